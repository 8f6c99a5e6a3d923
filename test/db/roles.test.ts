import { randomBytes } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { takeAnchor } from '../../src/consent/anchors.js'
import { createPool } from '../../src/db/client.js'
import { isMigrated, migrate } from '../../src/db/migrate.js'
import { startJobs } from '../../src/jobs/runner.js'
import { sweep } from '../../src/sends/sweep.js'
import { buildAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'

const SALE = { to: '+12025550101', type: 'text', text: { body: 'Two days of sale' } }

/** A database, and a pool on it as a service role of its own, which is gone at the end. */
async function asService(t: Test) {
  const { url, pool: owner } = await testDatabase(t)
  const name = `assent_service_${randomBytes(4).toString('hex')}`
  const password = 'Fictional-1'
  await migrate(url, { name, password })
  const theirs = new URL(url)
  theirs.username = name
  theirs.password = password
  const pool = createPool(theirs.href)
  t.teardown(async () => {
    await pool.end()
    await owner.query(`drop owned by ${name}`)
    await owner.query(`drop role ${name}`)
  })
  return { url, owner, pool, name }
}

t.test('the service does all its work in a role that cannot change the ledger', async (t) => {
  const { owner, pool, name } = await asService(t)
  t.equal((await pool.query('select current_user as name')).rows[0].name, name)
  t.equal(await isMigrated(pool), true)
  const assent = await buildAssent(t, pool)
  const ada = assent.emulator.person({ name: 'Ada', phone: SALE.to })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  t.equal((await assent.send(SALE)).status, 200)
  await assent.settle()
  assent.clock.advance(1_000)
  ada.text('STOP')
  await assent.settle()
  t.match((await assent.send(SALE)).body.error.consent, { reason: 'withdrawn' })
  const chat = ada.chat.filter((b) => b.from === 'business').map((b) => b.text)
  t.match(chat.at(-1), /unsubscribed/, 'the confirmation went out through the queue')
  await sweep(pool, assent.clock())
  t.match(await takeAnchor(pool, assent.clock()), { anchor: 1, leaves: 1, events: 3 })
  const { rows } = await pool.query('select id from contacts')
  t.match((await assent.call('GET', `/v1/ledger/verify?contact=${rows[0].id}`)).body, {
    valid: true,
    events: 3,
  })
  await pool.query(`select create_partitions('2031-12-30')`)
  await pool.query(`insert into inbound (occurred_on, key, kind, outcome, received_at)
    values ('2032-01-01', 'k', 'message', 'taken', now())`)
  t.match(
    (await owner.query(`select count(*)::int from inbound_2032_01`)).rows,
    [{ count: 1 }],
    'partitions made by the service serve it',
  )
  const { policy, graph, throughput, clock, config } = assent
  const deps = {
    pool,
    policy,
    graph,
    throughput,
    apiVersion: 'v26.0',
    clock,
    identityKeys: config.identityKeys,
    gate: config.gate,
  }
  const jobs = await startJobs({ ...deps, log: assent.app.log })
  await jobs.stop()
  const { rows: crontabs } = await pool.query(
    'select identifier from graphile_worker._private_known_crontabs',
  )
  t.ok(crontabs.map((c) => c.identifier).includes('anchor'), 'the ledger is anchored on a schedule')

  await owner.query(`do $$ declare r record; begin
    for r in select tgname, tgrelid::regclass as name from pg_trigger
              where tgfoid = 'refuse_change'::regproc loop
      execute format('drop trigger %I on %s', r.tgname, r.name);
    end loop; end $$`)
  for (const table of ['consent_events', 'notices', 'anchors', 'anchor_leaves']) {
    const column = table === 'notices' ? 'content' : table === 'anchors' ? 'root' : 'hash'
    for (const statement of [
      `update ${table} set ${column} = ${column}`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
      `alter table ${table} disable trigger user`,
      `drop table ${table}`,
    ]) {
      await t.rejects(pool.query(statement), { code: '42501' }, statement)
    }
  }
  for (const statement of [
    'truncate sends',
    'create table mine ()',
    'create schema mine',
    `set role ${pg.escapeIdentifier((await owner.query('select current_user as name')).rows[0].name)}`,
  ]) {
    await t.rejects(pool.query(statement), { code: '42501' }, statement)
  }
})

t.test('making the roles again changes nothing, and a mighty role is refused', async (t) => {
  const { url, owner, pool, name } = await asService(t)
  await migrate(url, { name })
  t.equal((await pool.query('select from consent_events')).rowCount, 0, 'the password is still the same')
  await t.rejects(pool.query('delete from consent_events'), { code: '42501' })
  const me = (await owner.query('select current_user as name')).rows[0].name
  await t.rejects(migrate(url, { name: me }), /choose another role/)
  await t.rejects(migrate(url, { name, password: 'pass wörd' }), /printable ASCII/)
  const { rows } = await owner.query('select rolpassword from pg_authid where rolname = $1', [name])
  t.match(rows[0].rolpassword, /^SCRAM-SHA-256\$4096:/)
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { migrate } from '../../src/db/migrate.js'
import { startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fixture } from '../helpers/fixtures.js'

t.test('a line of the ledger and a notice can never be changed, not even by its owner', async (t) => {
  const assent = await startAssent(t)
  await assent.deliver(fixture('text-start'))
  for (const statement of [
    `update consent_events set type = 'given'`,
    'delete from consent_events',
    'truncate consent_events',
    `update notices set content = 'nicer'`,
    'delete from notices',
    'truncate notices cascade',
  ]) {
    await t.rejects(assent.pool.query(statement), { code: '23000', message: /is append-only/ }, statement)
  }
})

t.test('the tables refuse what must not be', async (t) => {
  const { pool } = await testDatabase(t)
  const contact = '01900000-0000-7000-8000-000000000001'
  await pool.query('insert into contacts (id, created_at) values ($1, now())', [contact])
  const event = (more: Record<string, string>) => {
    const row: Record<string, string> = {
      contact_id: `'${contact}'`,
      seq: '1',
      id: 'gen_random_uuid()',
      type: `'withdrawn'`,
      channel: `'whatsapp'`,
      scope: `'{*}'`,
      occurred_at: 'now()',
      recorded_at: 'now()',
      source: `'chat'`,
      method: `'text'`,
      actor: `'person'`,
      source_key: `'k'`,
      evidence_digest: `'d'`,
      hash: `'h'`,
      ...more,
    }
    return `insert into consent_events (${Object.keys(row)}) values (${Object.values(row)})`
  }
  const refused: [string, string, string][] = [
    ['an unknown kind of event', event({ type: `'maybe'` }), 'consent_events_type'],
    ['an unknown channel', event({ channel: `'pigeon'` }), 'consent_events_channel'],
    ['a request without its notice', event({ type: `'requested'` }), 'consent_events_notice'],
    ['a second line without a predecessor', event({ seq: '2' }), 'consent_events_seq'],
    [
      'an event of nobody',
      event({ contact_id: 'gen_random_uuid()' }),
      'consent_events_contact_id_contacts_id_fk',
    ],
    [
      'a caller’s send without its yes',
      `insert into sends (id, created_at, phone_number_id, kind, status) values (uuidv7_floor(now()), now(), '1', 'message', 'sending')`,
      'sends_yes',
    ],
    [
      'a refusal without a reason',
      `insert into sends (id, created_at, phone_number_id, kind, status) values (uuidv7_floor(now()), now(), '1', 'message', 'refused')`,
      'sends_reason',
    ],
  ]
  for (const [name, statement, constraint] of refused)
    await t.rejects(pool.query(statement), new RegExp(constraint), name)
  await pool.query(event({}))
  await t.rejects(
    pool.query(event({ seq: '2', prev_hash: `'h'` })),
    /consent_events_source/,
    'the same cause twice',
  )
  const link = `insert into identifiers (value, kind, contact_id, source, valid_from) values ('12025550101', 'phone', '${contact}', 't', $1)`
  await pool.query(link, ['2026-01-01'])
  await t.rejects(pool.query(link, ['2026-01-02']), /identifiers_current/, 'two owners at one time')
})

t.test('ten programs migrate an empty database at once', async (t) => {
  const { pool, url } = await testDatabase(t)
  await pool.query(
    'drop schema public cascade; drop schema drizzle cascade; drop schema graphile_worker cascade; create schema public',
  )
  await Promise.all(Array.from({ length: 10 }, () => migrate(url)))
  t.match((await pool.query('select count(*)::int from drizzle.__drizzle_migrations')).rows, [{ count: 4 }])
  await migrate(url)
})

t.test('partitions are there for the time around today, and making them again changes nothing', async (t) => {
  const { pool } = await testDatabase(t)
  const partitions = async () =>
    (
      await pool.query(`select inhrelid::regclass::text as name from pg_inherits
    where inhparent in ('sends'::regclass, 'inbound'::regclass) order by 1`)
    ).rows.map((r) => r.name)
  await pool.query(`select create_partitions('2031-12-30')`)
  const made = await partitions()
  for (const name of ['sends_2031_11', 'sends_2032_03', 'inbound_2032_01', 'inbound_default'])
    t.ok(made.includes(name), name)
  await pool.query(`select create_partitions('2031-12-30')`)
  t.same(await partitions(), made)
})

t.test('migrations are in order: drizzle would silently skip one that comes late', async (t) => {
  const { entries } = JSON.parse(readFileSync('migrations/meta/_journal.json', 'utf8')) as {
    entries: { when: number }[]
  }
  entries.forEach((entry, i) => {
    t.ok(i === 0 || entry.when > (entries[i - 1]?.when ?? 0))
  })
})

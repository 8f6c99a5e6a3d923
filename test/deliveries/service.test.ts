// The whole product with receivers: jobs bring what is committed on its way, and the command shows what did not arrive.

import { execFile } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { SANDBOX } from '../../src/config.js'
import { createPool } from '../../src/db/client.js'
import { deliveryBacklog } from '../../src/deliveries/dead.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { startAssent } from '../helpers/assent.js'
import { says } from '../helpers/people.js'
import { phone, policyText, policyWith, secretOf, startReceiver, words } from '../helpers/receiver.js'
import { startSandbox } from '../helpers/sandbox.js'

t.test('a commit brings its letters and events on their way at once', async (t) => {
  const [chat, shop] = [await startReceiver(t), await startReceiver(t)]
  const policy = policyText({
    forward: [{ name: 'chat', url: chat.url }],
    events: [{ name: 'shop', url: shop.url }],
  })
  const { url, databaseUrl, emulator } = await startSandbox(t, { readFile: () => policy, secretOf })
  // A confirmation that leaves brings statuses, which are webhooks with kicks of their own.
  emulator.faults.failSends({ code: 130429 })
  const pool = createPool(databaseUrl, { max: 1 })
  t.teardown(() => pool.end())
  // The first wake makes receivers known.
  while ((await deliveryBacklog(pool)).length < 2) await turn()
  await pool.query(`
    create table kicks (at timestamptz default now());
    create function kicked() returns trigger language plpgsql as 'begin insert into kicks default values; return new; end';
    create trigger kicked after insert on graphile_worker._private_jobs
      for each row when (new.key = 'deliver') execute function kicked()`)
  const { body, signature } = signedBody(says('STOP', { from: phone(1) }, new Date()), SANDBOX.appSecret)
  const answer = await fetch(`${url}/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    body: new Uint8Array(body),
  })
  t.equal(answer.status, 200)
  while (chat.taken.length < 1 || shop.taken.length < 1) await turn()
  t.same(chat.taken[0], body)
  t.equal((await pool.query('select from kicks')).rowCount, 1, 'by a job of its own, not by the minutely one')
  t.match(JSON.parse(String(shop.taken[0])), { type: 'consent.withdrawn', data: { by: 'withdrawn' } })
})

t.test(
  'the backlog and the command say how much waits, and the command sends the dead once more',
  async (t) => {
    let status = 503
    const chat = await startReceiver(t, () => status)
    const policy = policyWith({ forward: [{ name: 'chat', url: chat.url }] })
    const assent = await startAssent(t, { policy })
    const { rows } = await assent.pool.query('select current_database() as name')
    const { options } = assent.pool
    const databaseUrl = new URL(options.connectionString ?? '').href
    t.ok(databaseUrl.includes(rows[0].name))
    const run = async (...args: string[]) => {
      const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl }
      const done = await promisify(execFile)(process.execPath, ['build/src/cli/deliveries.js', ...args], {
        env,
      }).catch((error) => error)
      return { out: String(done.stdout), err: String(done.stderr), code: done.code ?? 0 }
    }
    const since = assent.clock()
    for (let p = 0; p < 4; p++) await assent.deliver(says(`p${p} 0`, { from: phone(p) }, assent.clock()))
    await assent.forward()
    t.match(await deliveryBacklog(assent.pool), [
      { target: 'chat', waiting: 4, dead: 0, oldest: since, restUntil: Date },
    ])
    await assent.pool.query(
      `update deliveries set state = 'dead', dead_at = now() where letter = (select min(id) from letters)`,
    )
    t.match(await deliveryBacklog(assent.pool), [{ waiting: 3, dead: 1 }])

    const listed = await run('list')
    t.match(listed.err, /chat: 3 waiting, 1 dead/)
    const [dead] = listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    t.match(dead, { target: 'chat', state: 'dead', lastStatus: 503, replayable: true })
    t.equal((await run('list', '--state', 'waiting')).out.trim().split('\n').length, 3)
    t.match(await run('replay', '--target', 'chat', '--letter', 'x'), { code: 2 })
    t.match(await run('nonsense'), { code: 2, err: /Usage/ })
    t.match(await run('replay', '--target', 'chat', '--letter', dead.letter), { code: 0, out: /^1 letter/ })
    status = 200
    assent.clock.advance(60_000)
    await assent.settle()
    t.equal(words(chat.taken).length, 4)
    t.match(await deliveryBacklog(assent.pool), [{ target: 'chat', waiting: 0, dead: 0, oldest: null }])
  },
)

import t, { type Test } from 'tap'
import { claimReply } from '../../src/sends/replies.js'
import { buildAssent, makeClock } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { samplePolicy, withFrequency } from '../helpers/policy.js'

const TO = '+12025550101'
const TEXT = { to: TO, type: 'text', text: { body: 'Your tent is ready' } }

async function withAda(t: Test) {
  const { pool } = await testDatabase(t)
  const policy = withFrequency(samplePolicy, { atMost: 10_000, per: 'day' })
  const clock = makeClock()
  const one = await buildAssent(t, pool, { policy, clock })
  const other = await buildAssent(t, pool, { policy, clock })
  const ada = one.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await one.settle()
  clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await one.settle()
  // What was borrowed by our own replies is paid back.
  clock.advance(600_000)
  return { one, other, ada, clock, pool }
}

t.test('forty-five messages at once, then one in six seconds, however many replicas send', async (t) => {
  const { one, other, clock, pool } = await withAda(t)
  const burst = async (messages: number) => {
    const answers = await Promise.all(
      Array.from({ length: messages }, (_, n) => (n % 2 === 0 ? one : other).send(TEXT)),
    )
    return answers.filter(({ status }) => status === 200).length
  }
  t.equal(await burst(60), 45)
  clock.advance(5_999)
  t.equal(await burst(3), 0)
  clock.advance(1)
  t.equal(await burst(3), 1)
  clock.advance(12_000)
  t.equal(await burst(5), 2)
  clock.advance(3_600_000)
  t.equal(await burst(50), 45, 'an hour’s silence lends no more than a burst')
  const { rows } = await pool.query(
    `select status, count(*)::int from sends where kind = 'message' group by status`,
  )
  t.same(rows, [{ status: 'accepted', count: 93 }], 'of what came too fast nothing is on record')
})

t.test('what comes too fast is told so as Meta would, without asking it', async (t) => {
  const { one, clock } = await withAda(t)
  for (let n = 0; n < 45; n++) await one.send(TEXT)
  clock.advance(2_500)
  const before = one.emulator.requests.length
  const answer = await fetch(`${one.url}/v26.0/106540352242922/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox-admin-key', 'content-type': 'application/json' },
    body: JSON.stringify({ messaging_product: 'whatsapp', ...TEXT }),
  })
  t.equal(answer.status, 400)
  t.equal(answer.headers.get('retry-after'), '4')
  const { error } = (await answer.json()) as { error: object }
  t.match(error, { code: 131056, type: 'OAuthException', error_data: { messaging_product: 'whatsapp' } })
  t.notOk('consent' in error, 'nothing was said about consent')
  t.equal(one.emulator.requests.length, before)
})

t.test('who may not be written to is told why, however fast they are written to', async (t) => {
  const { one, ada, clock } = await withAda(t)
  for (let n = 0; n < 45; n++) await one.send(TEXT)
  ada.text('STOP')
  await one.settle()
  clock.advance(1_000)
  t.equal((await one.send(TEXT)).body.error.consent.reason, 'withdrawn')
})

t.test('our own replies keep the pace, and the confirmation of a stop waits for nobody', async (t) => {
  const { one, ada, clock, pool } = await withAda(t)
  for (let n = 0; n < 45; n++) await one.send(TEXT)
  ada.text('HELP')
  await one.emulator.flush()
  const { rows } = await pool.query(`select id from sends where kind = 'help' and status = 'queued'`)
  t.same(await claimReply(pool, rows[0].id, clock(), true), { verdict: 'too_fast' })
  const before = one.emulator.messagesTo(TO).length
  ada.text('STOP')
  await one.emulator.flush()
  const stopped = await pool.query(`select id from sends where kind = 'stopped' and status = 'queued'`)
  t.match(await claimReply(pool, stopped.rows[0].id, clock(), true), { verdict: 'go', kind: 'stopped' })
  t.equal(one.emulator.messagesTo(TO).length, before)
  const { rows: people } = await pool.query('select pace from contacts')
  const paidUntil = Date.parse(people[0].pace['106540352242922'])
  t.equal(paidUntil - clock().getTime(), 270_000, 'it is paid for, and owes no more than a burst')
})

t.test('every reply that leaves is paid for', async (t) => {
  const { one, ada } = await withAda(t)
  ada.text('HELP')
  await one.settle()
  let sent = 0
  while ((await one.send(TEXT)).status === 200) sent++
  t.equal(sent, 44)
})

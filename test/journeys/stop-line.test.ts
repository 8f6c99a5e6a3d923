// What the torture found, and what it leans on, one case each and without chance: the line that a stop draws (G3).

import { performance } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sendReply } from '../../src/sends/reply-job.js'
import { buildAssent, makeClock, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fixture } from '../helpers/fixtures.js'

const PHONE = '12025550101'
const TO = `+${PHONE}`
const SALE = { type: 'text', text: { body: 'Two days of sale' } }
const NOBODY = '00000000-0000-4000-8000-000000000000'

/** Ada, who has said yes. */
async function subscribed(assent: TestAssent) {
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  return ada
}

/** A webhook body of one text by Ada. */
function says(words: string, at: Date) {
  const body = fixture('text-stop')
  const seconds = Math.floor(at.getTime() / 1000)
  body.entry[0].changes[0].value.contacts = []
  body.entry[0].changes[0].value.messages = [
    {
      from: PHONE,
      id: `wamid.${words}.${seconds}`,
      timestamp: String(seconds),
      type: 'text',
      text: { body: words },
    },
  ]
  return body
}

const kinds = async (assent: TestAssent) =>
  (await assent.pool.query('select kind, status, reason from sends order by id')).rows.map(
    (r) => `${r.kind} ${r.status}${r.reason === null ? '' : ` ${r.reason}`}`,
  )

/** Puts the message back onto the wire, as if its request had not been answered yet. */
const onTheWire = (assent: TestAssent) =>
  assent.pool.query(
    `update sends set status = 'sending', settled_at = null, lease_until = $1 where kind = 'message'`,
    [new Date(assent.clock().getTime() + 15_000)],
  )

/** Resolves with true if the promise has not settled a good many looks at the database after the stop was committed. */
async function stillWaits(assent: TestAssent, work: Promise<unknown>): Promise<boolean> {
  let settled = false
  void work.finally(() => {
    settled = true
  })
  const committed = () => assent.pool.query(`select from consent_events where type = 'withdrawn'`)
  while ((await committed()).rowCount === 0) await turn()
  for (let i = 0; i < 200 && !settled; i++) await committed()
  return !settled
}

t.test('G3 a stop voids the card on its way to somebody who had left already', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  ada.text('STOP')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.text('START')
  await assent.emulator.flush()
  assent.clock.advance(1_000)
  ada.text('STOP')
  t.same(await assent.emulator.flush(), [200])
  await assent.settle()
  t.same(
    (await kinds(assent)).slice(2),
    ['stopped accepted', 'again cancelled left', 'stopped accepted'],
    'nothing is asked, and the stop that ended the question is confirmed',
  )
})

t.test('of two questions only the newest is asked, and none that is answered', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  for (const words of ['START', 'Start', 'yes']) {
    ada.text(words)
    t.same(await assent.emulator.flush(), [200])
    assent.clock.advance(1_000)
  }
  await assent.settle()
  // The yes was written before any card had come: it gets the newest one, and answers nothing.
  t.same((await kinds(assent)).sort(), ['card accepted', 'card cancelled closed', 'card cancelled closed'])
  ada.text('yes')
  await assent.settle()
  assent.clock.advance(1_000)
  t.equal((await kinds(assent)).filter((k) => k === 'done accepted').length, 1)
  ada.text('STOP')
  await assent.settle()
  assent.clock.advance(1_000)
  for (const words of ['START', 'Start']) {
    ada.text(words)
    t.same(await assent.emulator.flush(), [200])
    assent.clock.advance(1_000)
  }
  await assent.settle()
  t.same((await kinds(assent)).slice(-2).sort(), ['again accepted', 'again cancelled closed'])
})

t.test('a stop that a newer yes has overtaken ends nothing and is not confirmed', async (t) => {
  const assent = await startAssent(t)
  const early = new Date(assent.clock().getTime() - 60_000)
  await subscribed(assent)
  t.equal(await assent.deliver(says('STOP', early)), 200)
  await assent.settle()
  t.same(await kinds(assent), ['card accepted', 'done accepted'])
  t.equal((await assent.send({ to: TO, ...SALE })).status, 200)
  const { rows } = await assent.pool.query(`select from consent_events where type = 'withdrawn'`)
  t.equal(rows.length, 1, 'yet it is on the ledger')
})

t.test('G3 a stop waits for the send of a replica whose clock is ahead', async (t) => {
  const { pool } = await testDatabase(t)
  const start = new Date()
  const ahead = await buildAssent(t, pool, { clock: makeClock(new Date(start.getTime() + 2_000)) })
  const behind = await buildAssent(t, pool, { clock: makeClock(start) })
  await subscribed(ahead)
  t.equal((await ahead.send({ to: TO, ...SALE })).status, 200)
  await onTheWire(ahead)
  const stopping = behind.deliver(says('STOP', ahead.clock()))
  t.ok(await stillWaits(behind, stopping), 'no 200 while the message may be on its way')
  await pool.query(`update sends set status = 'accepted' where kind = 'message'`)
  t.equal(await stopping, 200)
})

t.test('G3 a stop waits for the send of a replica that died until its lease ends', async (t) => {
  const assent = await startAssent(t)
  await subscribed(assent)
  await assent.send({ to: TO, ...SALE })
  await onTheWire(assent)
  const stopping = assent.deliver(says('STOP', assent.clock()))
  t.ok(await stillWaits(assent, stopping), 'its request may still be on its way')
  assent.clock.advance(16_000)
  t.equal(await stopping, 200)
})

t.test(
  'G3 a reply whose process was stopped after its claim does not begin on the old claim',
  async (t: Test) => {
    const assent = await startAssent(t)
    const ada = assent.emulator.person({ name: 'Ada', phone: TO })
    ada.text('START')
    await assent.emulator.flush()
    const { rows } = await assent.pool.query(`select id from sends where kind = 'card'`)
    const now = performance.now
    t.teardown(() => {
      performance.now = now
    })
    const { pool, policy, graph, throughput, clock, config, app } = assent
    const stopped = sendReply(
      {
        pool,
        policy,
        graph,
        throughput,
        clock,
        apiVersion: config.apiVersion,
        identityKeys: config.identityKeys,
        gate: config.gate,
        log: app.log,
        pause: async (step) => {
          if (step === 'reserved') performance.now = () => now.call(performance) + 20_000
        },
      },
      rows[0].id,
    )
    await t.rejects(stopped, /too late/)
    performance.now = now
    t.equal(assent.emulator.messagesTo(TO).length, 0)
    t.same(await kinds(assent), ['card queued unavailable'])
    assent.clock.advance(1_000)
    ada.text('STOP')
    await assent.settle()
    t.same(await kinds(assent), ['card cancelled left', 'stopped accepted'])
  },
)

t.test('the event of a stop tells which sends had left when it came and which it cancelled', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  await assent.send({ to: TO, ...SALE })
  assent.clock.advance(1_000)
  assent.emulator.faults.hangSends({ afterMs: 300 })
  const before = assent.emulator.messagesTo(TO).length
  const sending = assent.send({ to: TO, ...SALE, biz_opaque_callback_data: 'on the wire' })
  await assent.emulator.until(() => assent.emulator.messagesTo(TO).length > before)
  ada.text('START')
  await assent.emulator.flush()
  assent.clock.advance(1_000)
  ada.text('STOP')
  const stopping = assent.emulator.flush()
  await sending
  await stopping
  await assent.settle()
  await assent.send({ to: TO, ...SALE })

  const { rows } = await assent.pool.query(
    `select e.id, s.id as send from consent_events e join sends s on s.callback_data = 'on the wire'
      where e.type = 'withdrawn'`,
  )
  const { status, body } = await assent.call('GET', `/v1/events/${rows[0].id}`)
  t.equal(status, 200)
  t.match(body, { id: rows[0].id, type: 'withdrawn', scope: ['basis:consent'], contact: String })
  t.match(body.sends, {
    left: [{ id: rows[0].send, kind: 'message', purpose: 'offers', status: 'accepted', reason: null }],
    cancelled: [{ kind: 'already', status: 'cancelled', reason: 'left' }],
  })
  t.equal(
    body.sends.left.length + body.sends.cancelled.length,
    2,
    'not the one before, nor the one refused after',
  )

  const given = await assent.pool.query(`select id from consent_events where type = 'given'`)
  t.match((await assent.call('GET', `/v1/events/${given.rows[0].id}`)).body, { type: 'given', sends: null })
  t.match(await assent.call('GET', `/v1/events/${NOBODY}`), { status: 404, body: { code: 'EVENT_UNKNOWN' } })
})

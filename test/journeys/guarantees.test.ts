// One promise of the README each; the names are quoted there.

import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createPool } from '../../src/db/client.js'
import { sweep } from '../../src/sends/sweep.js'
import { buildAssent, makeClock, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fixture } from '../helpers/fixtures.js'
import { wireTo } from '../helpers/proxy.js'

const SALE = { type: 'text', text: { body: 'Two days of sale' } }
const TO = '+12025550101'

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

const salesSent = (assent: TestAssent) =>
  assent.emulator
    .messagesTo(TO)
    .filter((r) => (r.body as { text?: { body: string } }).text?.body === SALE.text.body)

t.test('G1 without a recorded yes nothing leaves', async (t) => {
  const assent = await startAssent(t)
  const refusals: [object, Record<string, string>, string][] = [
    [{ to: TO }, {}, 'no_consent'],
    [{ to: TO }, { 'x-consent-purpose': 'lottery' }, 'purpose_unknown'],
    [{ to: TO }, { 'x-consent-purpose': 'orders' }, 'no_consent'],
    [{ to: '12' }, {}, 'recipient_invalid'],
    [{ to: TO, recipient: 'US.1' }, {}, 'no_consent'],
  ]
  for (const [message, headers, reason] of refusals) {
    const { status, body } = await assent.send({ ...message, ...SALE }, headers)
    t.match({ status, reason: body.error?.consent?.reason }, { status: 400, reason }, reason)
  }
  const ada = await subscribed(assent)
  t.match((await assent.send({ to: TO, recipient: 'US.1', ...SALE })).body.error.consent, {
    reason: 'identity_conflict',
  })
  t.match((await assent.send({ to: TO, ...SALE }, { 'x-consent-purpose': 'orders' })).body.error.consent, {
    reason: 'category_mismatch',
  })
  t.equal(
    (await assent.send({ to: TO, recipient: ada.userId, ...SALE })).status,
    200,
    'twice the same person',
  )
  assent.clock.advance(24 * 32 * 86_400_000)
  await assent.pool.query('select create_partitions($1)', [assent.clock()])
  t.match((await assent.send({ to: TO, ...SALE })).body.error.consent, { reason: 'expired' })
  t.equal(salesSent(assent).length, 1)
})

t.test('G1 without the database nothing leaves', async (t) => {
  const { url } = await testDatabase(t)
  const wire = await wireTo(t, url)
  const pool = createPool(wire.url)
  t.teardown(() => pool.end())
  const assent = await buildAssent(t, pool)
  await subscribed(assent)
  wire.cut()
  const away = await assent.send({ to: TO, ...SALE })
  t.match(away, { status: 503, body: { error: { code: 131016 } } })
  t.equal(salesSent(assent).length, 0)
  wire.mend()
  t.equal((await assent.send({ to: TO, ...SALE })).status, 200)
})

t.test('G2 a webhook is answered 200 only when it is committed', async (t) => {
  const { url, pool: direct } = await testDatabase(t)
  const wire = await wireTo(t, url)
  const pool = createPool(wire.url)
  t.teardown(() => pool.end())
  const assent = await buildAssent(t, pool)
  wire.cut()
  t.equal(await assent.deliver(fixture('text-stop')), 503)
  t.match((await direct.query('select from consent_events')).rowCount, 0)
  wire.mend()
  t.equal(await assent.deliver(fixture('text-stop')), 200, 'Meta delivers again')
  t.match((await direct.query('select type from consent_events')).rows, [{ type: 'withdrawn' }])
})

t.test('G3 a stop answered 200 lets nothing leave', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  ada.text('STOP')
  t.same(await assent.emulator.flush(), [200])
  // The confirmation has not even been sent yet.
  const tries = await Promise.all(Array.from({ length: 20 }, () => assent.send({ to: TO, ...SALE })))
  t.ok(tries.every((a) => a.status === 400 && a.body.error.code === 131050))
  t.equal(salesSent(assent).length, 0)
})

t.test('G3 a stop waits for the send that is on the wire, and its confirmation comes last', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  assent.emulator.faults.hangSends({ afterMs: 300 })
  const sending = assent.send({ to: TO, ...SALE })
  await assent.emulator.until(() => salesSent(assent).length === 1)
  let answered = false
  ada.text('STOP')
  const stopped = assent.emulator.flush().then((statuses) => {
    answered = true
    return statuses
  })
  const job = assent.settle()
  t.equal(answered, false, 'no 200 while the message may still be on its way')
  t.equal((await sending).status, 200)
  // The statuses of the send may ride along.
  t.same(new Set(await stopped), new Set([200]))
  await job
  await assent.settle()
  const order = assent.emulator
    .messagesTo(TO)
    .map((r) => r.body as { text?: { body: string }; interactive?: { body: { text: string } } })
    .map(({ text, interactive }) => text?.body ?? interactive?.body.text)
  t.match(order.slice(-2), [SALE.text.body, /unsubscribed/])
})

t.test('G3 a gate that had to wait for a stop decides on the state after it', async (t) => {
  const assent = await startAssent(t)
  await subscribed(assent)
  const { rows } = await assent.pool.query('select id from contacts')
  // A stop's transaction, held open by hand at the moment before its commit.
  const stop = await assent.pool.connect()
  t.teardown(() => stop.release())
  await stop.query('begin')
  await stop.query('select from contacts where id = $1 for no key update', [rows[0].id])
  await stop.query(
    `update contacts set states = jsonb_set(states, '{whatsapp,offers,status}', '"withdrawn"') where id = $1`,
    [rows[0].id],
  )
  const sending = assent.send({ to: TO, ...SALE })
  for (;;) {
    const waiting = await assent.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (waiting.rowCount === 1) break
    await turn()
  }
  await stop.query('commit')
  t.match((await sending).body.error, { code: 131050, consent: { reason: 'withdrawn' } })
  t.equal(salesSent(assent).length, 0)
})

t.test('G4 every send names the yes that permits it, every refusal its reason', async (t) => {
  const assent = await startAssent(t)
  await assent.send({ to: TO, ...SALE })
  assent.clock.advance(1_000)
  const ada = await subscribed(assent)
  await assent.send({ to: TO, ...SALE })
  assent.clock.advance(1_000)
  ada.text('STOP')
  await assent.settle()
  assent.clock.advance(1_000)
  await assent.send({ to: TO, ...SALE })
  const { rows } = await assent.pool.query(
    `select s.kind, s.status, s.reason, e.type as yes, s.person is not null as known from sends s
       left join consent_events e on e.id = s.permitted_by order by s.id`,
  )
  t.same(rows, [
    { kind: 'message', status: 'refused', reason: 'no_consent', yes: null, known: true },
    { kind: 'card', status: 'accepted', reason: null, yes: 'requested', known: false },
    { kind: 'done', status: 'accepted', reason: null, yes: 'given', known: false },
    { kind: 'message', status: 'accepted', reason: null, yes: 'given', known: true },
    { kind: 'stopped', status: 'accepted', reason: null, yes: 'withdrawn', known: false },
    { kind: 'message', status: 'refused', reason: 'withdrawn', yes: null, known: true },
  ])
})

t.test('G5 the same webhook twenty times at once on two replicas is one event and one reply', async (t) => {
  const { pool } = await testDatabase(t)
  const clock = makeClock(new Date(1795000000_000))
  const [one, two] = [await buildAssent(t, pool, { clock }), await buildAssent(t, pool, { clock })]
  for (const name of ['text-stop', 'text-no-phone', 'batch-mixed']) {
    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).deliver(fixture(name))),
    )
    t.ok(
      statuses.every((s) => s === 200),
      name,
    )
  }
  await Promise.all([one.settle(), two.settle()])
  const events = await pool.query('select contact_id, type, source_key from consent_events')
  t.equal(events.rowCount, 4, 'four different messages say STOP')
  t.equal((await pool.query('select from contacts')).rowCount, 2, 'by two people')
  const replies = [...one.emulator.requests, ...two.emulator.requests].filter((r) => r.method === 'POST')
  t.equal(replies.length, 2, 'each confirmed once')
})

t.test('G6 any order of arrival, split over any bodies, gives the same state', async (t) => {
  const { pool } = await testDatabase(t)
  const base = 1795000000
  const clock = makeClock(new Date((base + 600) * 1000))
  const assent = await buildAssent(t, pool, { clock })
  const words = ['STOP', 'hello', 'START', 'STOP', 'START', 'stop it', 'HELP']
  const bodies = (phone: string, order: number[], perBody: number) => {
    const messages = order.map((i) => ({
      from: phone,
      id: `wamid.${phone}.${i}`,
      // The last STOP and a START in the same second: the tie goes to the stop.
      timestamp: String(base + ([0, 1, 2, 9, 9, 5, 3][i] ?? 0)),
      type: 'text',
      text: { body: words[i] },
    }))
    const chunks = []
    for (let i = 0; i < messages.length; i += perBody) {
      const body = fixture('text-stop')
      body.entry[0].changes[0].value.contacts = []
      body.entry[0].changes[0].value.messages = messages.slice(i, i + perBody)
      chunks.push(body)
    }
    return chunks
  }
  const orders = [
    [0, 1, 2, 3, 4, 5, 6],
    [6, 5, 4, 3, 2, 1, 0],
    [4, 3, 0, 2, 6, 1, 5],
    [2, 0, 4, 6, 5, 1, 3],
    [3, 4, 0, 1, 2, 5, 6],
  ]
  const states = []
  for (const [n, order] of orders.entries()) {
    const phone = `1202555011${n}`
    for (const body of bodies(phone, order, [1, 7, 2, 3, 4][n] ?? 1)) t.equal(await assent.deliver(body), 200)
    const { body } = await assent.call('POST', '/v1/consents/lookup', { recipient: phone })
    const { status, since } = body.states.whatsapp.offers
    states.push(`${status} since ${since}`)
  }
  t.same(new Set(states), new Set([`withdrawn since ${new Date((base + 9) * 1000).toISOString()}`]))
})

t.test('G7 nobody but the person undoes their stop', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  ada.text('STOP')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.resumeMarketing()
  await assent.settle()
  t.equal(
    (await assent.send({ to: TO, ...SALE })).body.error.consent.reason,
    'withdrawn',
    'not WhatsApp’s resume',
  )
  assent.clock.advance(1_000)
  ada.text('START')
  await assent.settle()
  t.equal((await assent.send({ to: TO, ...SALE })).body.error.consent.reason, 'withdrawn', 'not START alone')
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, subscribe me')
  await assent.settle()
  t.equal((await assent.send({ to: TO, ...SALE })).status, 200, 'their own new yes does')
})

t.test('G9 a reply whose worker died is sent after all, once', async (t) => {
  const assent = await startAssent(t)
  assent.emulator.person({ name: 'Ada', phone: TO }).text('STOP')
  await assent.emulator.flush()
  await assent.pool.query('delete from graphile_worker._private_jobs')
  assent.clock.advance(60_000)
  t.match(await sweep(assent.pool, assent.clock()), { requeued: 1, uncertain: 0 })
  await sweep(assent.pool, assent.clock())
  await assent.settle()
  t.equal(assent.emulator.messagesTo(TO).length, 1)
})

t.test('G9 a send that got no answer is uncertain and never repeated', async (t) => {
  const assent = await startAssent(t, { timeouts: { total: 150 } })
  await subscribed(assent)
  assent.emulator.faults.hangSends({ accepted: false })
  const { status, body } = await assent.send({ to: TO, ...SALE })
  t.match({ status, code: body.error.code }, { status: 504, code: 131000 })
  assent.clock.advance(3_600_000)
  await sweep(assent.pool, assent.clock())
  await assent.settle()
  t.equal(salesSent(assent).length, 1)
  t.match((await assent.pool.query(`select status from sends where kind = 'message'`)).rows, [
    { status: 'uncertain' },
  ])
})

t.test('G9 a reservation left by a crash turns uncertain when its lease ends', async (t: Test) => {
  const assent = await startAssent(t)
  await subscribed(assent)
  await assent.send({ to: TO, ...SALE })
  await assent.pool.query(`update sends set status = 'sending', lease_until = $1 where kind = 'message'`, [
    new Date(assent.clock().getTime() + 15_000),
  ])
  t.match(await sweep(assent.pool, assent.clock()), { uncertain: 0 }, 'not while it may still be on the wire')
  assent.clock.advance(16_000)
  t.match(await sweep(assent.pool, assent.clock()), { uncertain: 1 })
})

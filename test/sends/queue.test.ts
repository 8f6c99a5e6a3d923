import pg from 'pg'
import t, { type Test } from 'tap'
import { unseal } from '../../src/db/sealed.js'
import { dispatch } from '../../src/sends/dispatch.js'
import { sweep } from '../../src/sends/sweep.js'
import { stoppedInApp } from '../../src/webhook/stopped-in-app.js'
import { readThroughput } from '../../src/whatsapp/throughput-level.js'
import { buildAssent, type Options, startAssent, type TestAssent } from '../helpers/assent.js'

const FROM = '106540352242922'
const TO = '+12025550101'
const NOBODY = '+447700900123'
const DAY = 86_400_000
const sale = (to = TO, more: object = {}) => ({
  messaging_product: 'whatsapp',
  to,
  type: 'text',
  text: { body: 'Two days of sale' },
  ...more,
})
const item = (to = TO, more: object = {}) => ({ from: FROM, message: sale(to), ...more })

/** Hands in with an Idempotency-Key. */
async function handInWith(assent: TestAssent, key: string, body: object) {
  const answer = await fetch(`${assent.url}/v1/messages`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer sandbox-admin-key',
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  })
  const replayed = answer.headers.get('idempotency-replayed')
  return { status: answer.status, replayed, text: await answer.text() }
}

/** Ada, who has said yes. */
async function withAda(t: Test, options: Options = {}) {
  const assent = await startAssent(t, options)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  const queue = async (more: object = {}) => {
    const { status, body } = await assent.call('POST', '/v1/messages', item(TO, more))
    t.equal(status, 202)
    return body.messages[0].id as string
  }
  const look = async (id: string) => (await assent.call('GET', `/v1/messages/${id}`)).body
  return { ...assent, ada, queue, look }
}

const salesTo = ({ emulator }: Pick<TestAssent, 'emulator'>, to = TO) =>
  emulator.messagesTo(to).filter((r) => (r.body as { type?: string }).type === 'text')
const parcels = async ({ pool }: Pick<TestAssent, 'pool'>) =>
  (await pool.query('select body from queued_messages')).rows

t.test('each of many messages has its own verdict, in order, and every refusal is on record', async (t) => {
  const { call, pool, look, settle, emulator } = await withAda(t)
  const { status, body } = await call('POST', '/v1/messages', {
    messages: [
      item(),
      item(NOBODY),
      item('12'),
      item(TO, { purpose: 'lottery' }),
      item(TO, { message: { ...sale(), type: 'hologram' } }),
      item(TO, { message: { ...sale(), recipient: 'US.1' } }),
      'no message',
      item(TO, { sendAt: 'tomorrow' }),
    ],
  })
  t.match({ status, ...body }, { status: 202, queued: 1, refused: 4, invalid: 3 })
  t.match(body.messages, [
    { verdict: 'queued', id: /^0/, reason: null, purpose: 'offers', sendAt: String, expiresAt: String },
    { verdict: 'refused', id: /^0/, reason: 'no_consent', detail: /has not said yes/ },
    { verdict: 'refused', reason: 'recipient_invalid' },
    { verdict: 'refused', reason: 'purpose_unknown' },
    { verdict: 'invalid', id: null, field: 'message.type', detail: /must be one of/ },
    { verdict: 'refused', reason: 'identity_conflict' },
    { verdict: 'invalid', field: 'message' },
    { verdict: 'invalid', field: 'sendAt', detail: /ISO 8601 with an offset/ },
  ])
  const { rows } = await pool.query(
    `select reason, person is not null as known from sends where status = 'refused' order by id`,
  )
  t.same(rows, [
    { reason: 'no_consent', known: true },
    { reason: 'recipient_invalid', known: false },
    { reason: 'purpose_unknown', known: true },
    { reason: 'identity_conflict', known: true },
  ])
  t.match(await look(body.messages[1].id), { status: 'refused', verdict: 'refused', permittedBy: null })
  await settle()
  t.equal(salesTo({ emulator }).length, 1)
  t.equal(salesTo({ emulator }, NOBODY).length, 0)
})

t.test('when none was queued the answer is no success, and says of each why', async (t) => {
  const { call } = await withAda(t)
  const { status, body } = await call('POST', '/v1/messages', item(NOBODY))
  t.match({ status, ...body }, { status: 422, code: 'NOTHING_QUEUED', queued: 0, refused: 1, invalid: 0 })
  t.match(body.messages, [{ verdict: 'refused', reason: 'no_consent' }])
})

t.test('a body that is no message, or times that cannot be, are invalid in words', async (t) => {
  const { call, clock } = await withAda(t)
  const at = (ms: number) => new Date(clock().getTime() + ms).toISOString()
  const cases: [object, string, RegExp][] = [
    [{ ...item(), from: '999999' }, 'from', /not one of "numbers"/],
    [{ message: sale() }, 'from', /expected string/],
    [{ ...item(), sendat: at(0) }, 'message', /sendat/],
    [{ ...item(), version: '26' }, 'version', /v26\.0/],
    [{ ...item(), endpoint: 'calls' }, 'endpoint', /marketing_messages/],
    [{ ...item(), sendAt: at(30 * DAY + 1_000) }, 'sendAt', /30 days/],
    [{ ...item(), sendAt: at(-DAY - 1_000) }, 'sendAt', /Over already/],
    [{ ...item(), expiresAt: at(-1_000), sendAt: at(-2_000) }, 'expiresAt', /Over already/],
    [{ ...item(), sendAt: at(5_000), expiresAt: at(5_000) }, 'expiresAt', /later than sendAt/],
    [{ ...item(), expiresAt: at(32 * DAY) }, 'expiresAt', /31 days/],
    [{ ...item(), expiresAt: '2026-12-01' }, 'expiresAt', /ISO 8601/],
    [
      { ...item(), message: { messaging_product: 'whatsapp', status: 'read', message_id: 'x' } },
      'message',
      /not queued/,
    ],
    [
      { ...item(), message: sale(TO, { biz_opaque_callback_data: 'a\0b' }) },
      'message.biz_opaque_callback_data',
      /U\+0000/,
    ],
    [
      { ...item(), message: sale(TO, { biz_opaque_callback_data: '\ud800' }) },
      'message.biz_opaque_callback_data',
      /surrogates/,
    ],
  ]
  const { status, body } = await call('POST', '/v1/messages', { messages: cases.map(([one]) => one) })
  t.match({ status, invalid: body.invalid }, { status: 422, invalid: cases.length })
  for (const [i, [, field, detail]] of cases.entries()) t.match(body.messages[i], { field, detail }, field)
  for (const wrong of [
    [],
    { messages: [] },
    { messages: Array(1001).fill({}) },
    { messages: [item()], from: FROM },
  ]) {
    t.match(await call('POST', '/v1/messages', wrong), { status: 400, body: { code: 'REQUEST_INVALID' } })
  }
})

t.test('a thousand messages cost as many statements as one', async (t) => {
  const { call, pool } = await withAda(t)
  const query = pg.Client.prototype.query
  const count = async (messages: object[]) => {
    const names: string[] = []
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      names.push(String((args[0] as { name?: string }).name ?? args[0]))
      return Reflect.apply(query, this, args)
    } as typeof query
    t.equal((await call('POST', '/v1/messages', { messages })).status, 202)
    pg.Client.prototype.query = query
    return names
  }
  t.teardown(() => {
    pg.Client.prototype.query = query
  })
  const one = await count([item()])
  const thousand = await count(Array.from({ length: 1_000 }, (_, i) => item(i % 2 ? TO : NOBODY)))
  t.same(one, ['states_read', 'begin', 'messages_queue', 'commit'])
  t.same(thousand, one)
  const { rows } = await pool.query(
    `select status, count(*)::int from sends where kind = 'message' group by status order by status`,
  )
  t.same(rows, [
    { status: 'queued', count: 501 },
    { status: 'refused', count: 500 },
  ])
})

t.test('a message rests sealed until it is due, leaves as it was written, and is forgotten', async (t) => {
  const assent = await withAda(t)
  const { queue, look, settle, later, clock, config, emulator } = assent
  const sendAt = new Date(clock().getTime() + 2 * 3_600_000)
  const id = await queue({
    message: sale(TO, { unknown: [1.5], biz_opaque_callback_data: 'campaign-7' }),
    sendAt: sendAt.toISOString().replace('Z', '+00:00'),
    version: 'v25.0',
  })
  const [parcel] = await parcels(assent)
  t.notOk(parcel.body.includes('sale'))
  t.match(unseal(config.identityKeys, parcel.body).toString(), /Two days of sale/)
  await settle()
  t.equal(salesTo(assent).length, 0, 'not before its time')
  t.match(await look(id), { status: 'queued', verdict: null, attempts: 0, sendAt: sendAt.toISOString() })
  await later(2 * 3_600_000)
  await settle()
  t.match(salesTo(assent), [{ path: `/v25.0/${FROM}/messages` }])
  t.match(salesTo(assent)[0]?.body, { unknown: [1.5], biz_opaque_callback_data: 'campaign-7' })
  assent.ada.openChat()
  await settle()
  t.match(await look(id), {
    status: 'accepted',
    verdict: 'allowed',
    permittedBy: String,
    attempts: 1,
    wamid: /^wamid\./,
    callbackData: 'campaign-7',
    statuses: { sent: String, delivered: String, read: String, failed: null },
  })
  t.same(await parcels(assent), [])
  t.equal(emulator.pending, 0)
})

t.test('a purpose that the caller chose counts when it is due as well', async (t) => {
  const { call, queue, look, settle } = await withAda(t)
  t.match((await call('POST', '/v1/messages', item(TO, { purpose: 'orders' }))).body.messages, [
    { reason: 'category_mismatch' },
  ])
  const id = await queue({
    purpose: 'orders',
    message: {
      messaging_product: 'whatsapp',
      to: TO,
      type: 'template',
      template: { name: 'order_shipped', language: { code: 'en_US' } },
    },
  })
  await settle()
  t.match(await look(id), { purpose: 'orders', template: 'order_shipped', attempts: 1 })
})

t.test('G3 a stop keeps back what was queued before it, and its event names it', async (t) => {
  const assent = await withAda(t)
  const { queue, look, settle, later, call, ada, clock } = assent
  const id = await queue({ sendAt: new Date(clock().getTime() + DAY).toISOString() })
  const cancelled = await queue({ sendAt: new Date(clock().getTime() + DAY).toISOString() })
  await call('POST', `/v1/messages/${cancelled}/cancel`)
  await later(60_000)
  ada.text('STOP')
  await settle()
  await later(DAY)
  await settle()
  t.equal(salesTo(assent).length, 0)
  const message = await look(id)
  t.match(message, { status: 'refused', verdict: 'refused', reason: 'withdrawn', attempts: 0 })
  const { body: stop } = await call('GET', `/v1/events/${message.decidedBy}`)
  t.match(stop, { type: 'withdrawn', sends: { left: [], cancelled: [{ id, status: 'refused' }] } })
  t.same(await parcels(assent), [])
})

t.test('G3 a stop waits for a queued message that is on the wire, however long it had waited', async (t) => {
  const assent = await withAda(t)
  const { queue, later, clock, emulator, ada, settle } = assent
  await queue({ sendAt: new Date(clock().getTime() + 29 * DAY).toISOString() })
  await assent.pool.query('select create_partitions($1)', [new Date(clock().getTime() + 29 * DAY)])
  await later(29 * DAY)
  // Free-form needs an open window.
  ada.text('hello')
  await emulator.flush()
  emulator.faults.hangSends({ afterMs: 300 })
  const job = settle()
  await emulator.until(() => salesTo(assent).length === 1)
  const arrived = salesTo(assent)[0]
  ada.text('STOP')
  t.same(new Set(await emulator.flush()), new Set([200]))
  t.equal(arrived?.answer, 200, 'the message was over before the stop was answered')
  await job
})

t.test('only what is queued can be cancelled, once', async (t) => {
  const assent = await withAda(t)
  const { queue, look, call, settle, pool } = assent
  const id = await queue()
  t.match(await call('POST', `/v1/messages/${id}/cancel`), {
    status: 200,
    body: { id, status: 'cancelled', reason: 'on_request', detail: String, settledAt: String },
  })
  t.same(await parcels(assent), [])
  t.equal((await pool.query(`select from graphile_worker.jobs where key = 'send:' || $1`, [id])).rowCount, 0)
  const again = await call('POST', `/v1/messages/${id}/cancel`)
  t.match(again, {
    status: 409,
    body: { code: 'MESSAGE_NOT_QUEUED', issues: [{ field: 'status', message: 'is cancelled' }] },
  })
  const sent = await queue()
  await settle()
  t.match(await call('POST', `/v1/messages/${sent}/cancel`), {
    status: 409,
    body: { issues: [{ message: 'is accepted' }] },
  })
  t.match(await look(sent), { status: 'accepted' })
  const unknown = '01900000-0000-7000-8000-000000000001'
  for (const path of [`/v1/messages/${unknown}`, `/v1/messages/${unknown}/cancel`]) {
    const method = path.endsWith('cancel') ? 'POST' : 'GET'
    t.match(await call(method, path), { status: 404, body: { code: 'MESSAGE_UNKNOWN' } })
  }
  t.equal(salesTo(assent).length, 1)
})

t.test('G9 of many workers and a caller who cancels, one gets the message', async (t) => {
  const assent = await withAda(t)
  const { queue, look, call } = assent
  const { pool, policy, graph, throughput, clock, app } = assent
  const { identityKeys, apiVersion } = assent.config
  const { gate } = assent.config
  const deps = { pool, policy, graph, throughput, clock, identityKeys, apiVersion, gate, log: app.log }
  const told = { ...deps, stoppedInApp: stoppedInApp(deps) }
  const WORKERS = 5
  /** All workers have read the message before the first of them asks the gate. */
  const atOnce = async (id: string, between: () => Promise<unknown>) => {
    let open = () => {}
    const go = new Promise<void>((resolve) => {
      open = resolve
    })
    let ready = 0
    const pause = async (step: string) => {
      if (step !== 'reserve') return
      ready += 1
      if (ready === WORKERS) void between().then(open)
      await go
    }
    await Promise.all(Array.from({ length: WORKERS }, () => dispatch({ ...told, pause }, id, FROM)))
    t.equal(ready, WORKERS)
  }
  const sent = await queue()
  await atOnce(sent, () => Promise.resolve())
  t.match(await look(sent), { status: 'accepted', attempts: 1 })
  t.equal(salesTo(assent).length, 1)
  const cancelled = await queue()
  await atOnce(cancelled, () => call('POST', `/v1/messages/${cancelled}/cancel`))
  t.match(await look(cancelled), { status: 'cancelled', attempts: 0 })
  t.equal(salesTo(assent).length, 1)
})

t.test('what cannot leave before it expires is cancelled, by its job or without', async (t) => {
  const assent = await withAda(t)
  const { queue, look, settle, later, clock, pool } = assent
  const soon = { expiresAt: new Date(clock().getTime() + 60_000).toISOString() }
  const [byJob, bySweep] = [await queue(soon), await queue(soon)]
  await later(60_000)
  await pool.query(`delete from graphile_worker._private_jobs where key = 'send:' || $1`, [bySweep])
  await settle()
  t.match(await look(byJob), { status: 'cancelled', reason: 'too_late', attempts: 0, detail: /expired/ })
  t.match(await look(bySweep), { status: 'queued' })
  t.match(await sweep(pool, clock()), { expired: 1, requeued: 0 })
  t.match(await look(bySweep), { status: 'cancelled', reason: 'too_late' })
  t.same(await parcels(assent), [])
  t.equal(salesTo(assent).length, 0)
})

t.test(
  'G9 a queued message whose job was lost is sent after all; one that is not due is not lost',
  async (t) => {
    const assent = await withAda(t)
    const { queue, look, settle, later, clock, pool } = assent
    const due = await queue()
    const future = await queue({ sendAt: new Date(clock().getTime() + DAY).toISOString() })
    const waiting = await queue({ sendAt: new Date(clock().getTime() + 1_000).toISOString() })
    await pool.query(`delete from graphile_worker._private_jobs where key = any ($1)`, [
      [due, future].map((id) => `send:${id}`),
    ])
    await later(90_000)
    t.match(await sweep(pool, clock()), { requeued: 1 }, 'a message whose job is there is not lost either')
    await settle()
    t.match(
      await Promise.all([due, future, waiting].map(look)),
      ['accepted', 'queued', 'accepted'].map((status) => ({ status })),
    )
    t.equal(salesTo(assent).length, 2)
  },
)

t.test('what surely was not sent is tried again later, with the gate asked again', async (t) => {
  const assent = await withAda(t)
  const { queue, look, settle, later, emulator, throughput, ada } = assent
  let slowed = 0
  const { slowDown } = throughput
  throughput.slowDown = (number) => {
    slowed += 1
    slowDown(number)
  }
  emulator.faults.failSends({ code: 130429, httpStatus: 400 })
  const id = await queue()
  await settle()
  t.match(await look(id), { status: 'queued', attempts: 1, permittedBy: null })
  t.equal(slowed, 1)
  t.equal((await parcels(assent)).length, 1)
  await later(1_000)
  await settle()
  t.match(await look(id), { status: 'accepted', attempts: 2 })

  emulator.faults.failSends({ code: 131056, httpStatus: 400 })
  const stopped = await queue()
  await settle()
  ada.text('STOP')
  await settle()
  await later(60_000)
  await settle()
  t.match(await look(stopped), { status: 'refused', reason: 'withdrawn', attempts: 1 })
})

t.test('what would be tried again only after it has expired is too late at once', async (t) => {
  const assent = await withAda(t)
  const { queue, look, settle, emulator, clock } = assent
  await emulator.close()
  const id = await queue({ expiresAt: new Date(clock().getTime() + 900).toISOString() })
  await settle()
  t.match(await look(id), { status: 'cancelled', reason: 'too_late', attempts: 1, wamid: null })
  t.same(await parcels(assent), [])
})

t.test('an error that says no is the end, and silence is uncertain and never repeated', async (t) => {
  const assent = await withAda(t, { timeouts: { total: 150 } })
  const { queue, look, settle, later, emulator, clock, pool, call } = assent
  emulator.faults.failSends({ code: 131026, httpStatus: 400 })
  const failed = await queue()
  await settle()
  t.match(await look(failed), { status: 'failed', errorCode: 131026, attempts: 1 })
  emulator.faults.hangSends({ accepted: false })
  const silent = await queue()
  await settle()
  t.match(await look(silent), { status: 'uncertain', attempts: 1 })
  await later(3_600_000)
  await sweep(pool, clock())
  await settle()
  t.equal(salesTo(assent).length, 2)
  t.same(await parcels(assent), [])
  emulator.faults.failSends({ code: 131050, httpStatus: 400 })
  const told = await queue()
  await settle()
  t.match(await look(told), { status: 'failed', errorCode: 131050 })
  t.match(
    (await call('POST', '/v1/messages', item())).body.messages,
    [{ reason: 'withdrawn' }],
    'that they stopped in WhatsApp is known from then on',
  )
})

t.test('G9 a queued message whose worker died on the wire is uncertain', async (t) => {
  const assent = await withAda(t)
  const { queue, look, settle, later, clock, pool } = assent
  const id = await queue()
  await pool.query(
    `update sends set status = 'sending', attempts = 1, lease_until = $2, permitted_by = gen_random_uuid() where id = $1`,
    [id, new Date(clock().getTime() + 15_000)],
  )
  await later(16_000)
  t.match(await sweep(pool, clock()), { uncertain: 1 })
  await settle()
  t.match(await look(id), { status: 'uncertain' })
  t.equal(salesTo(assent).length, 0)
  t.same(await parcels(assent), [])
})

t.test('the list goes on where it stopped, and finds by status, purpose and number', async (t) => {
  const { call, queue, settle, send, clock } = await withAda(t)
  await send(sale(NOBODY))
  clock.advance(1)
  const first = await queue()
  await settle()
  clock.advance(1)
  await call('POST', '/v1/messages', { messages: Array.from({ length: 5 }, () => item()) })
  const list = async (query: string) => (await call('GET', `/v1/messages?${query}`)).body
  const seen: { id: string; status: string }[] = []
  let pages = 0
  for (let after = ''; ; pages++) {
    const { messages, next } = await list(`limit=3${after}`)
    seen.push(...messages)
    if (next === null) break
    after = `&after=${next}`
  }
  t.same(
    seen.map((m) => m.status),
    ['refused', 'accepted', 'queued', 'queued', 'queued', 'queued', 'queued'],
    'and none of our own replies',
  )
  t.ok(pages >= 2)
  t.same(
    seen.map((m) => m.id),
    seen.map((m) => m.id).sort(),
  )
  t.equal((await list('status=queued')).messages.length, 5)
  t.match((await list('status=accepted')).messages, [{ id: first }])
  t.equal((await list('purpose=orders')).messages.length, 0)
  t.equal((await list(`from=${FROM}`)).messages.length, 7)
  t.equal((await list('from=1234')).messages.length, 0)
  t.match(await call('GET', '/v1/messages?status=lost'), { status: 400, body: { code: 'REQUEST_INVALID' } })
})

t.test(
  'a direct send that finds no turn within a second gets Meta’s own 130429, and nothing is sent',
  async (t) => {
    const policy = await samplePolicyAt(1)
    const assent = await withAda(t, { policy })
    // The cards have used the turns of two seconds.
    const answers = await Promise.all(Array.from({ length: 3 }, () => assent.send(sale())))
    const tooFast = answers.filter((a) => a.status === 400)
    t.ok(tooFast.length >= 2)
    t.match(tooFast[0]?.body.error, { code: 130429, error_data: { details: /Nothing was sent/ } })
    t.equal(salesTo(assent).length, answers.length - tooFast.length)
  },
)

t.test('a number tells its throughput; one that does not leaves the default', async (t) => {
  const { graph, emulator } = await startAssent(t)
  t.equal(await readThroughput(graph, 'v26.0', FROM), 80)
  t.equal(await readThroughput(graph, 'v26.0', '1'), null)
  await emulator.close()
  t.equal(await readThroughput(graph, 'v26.0', FROM), null)
})

async function samplePolicyAt(messagesPerSecond: number) {
  const { samplePolicy } = await import('../helpers/policy.js')
  return { ...samplePolicy, numbers: samplePolicy.numbers.map((n) => ({ ...n, messagesPerSecond })) }
}

t.test('a batch with one key, fifty times at once on two replicas, is queued once', async (t) => {
  const one = await withAda(t)
  const two = await buildAssent(t, one.pool, { clock: one.clock })
  const batch = { messages: [item(), item(NOBODY), { from: FROM }] }
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => handInWith(i % 2 ? one : two, 'newsletter-48', batch)),
  )
  t.equal(new Set(answers.map((a) => a.text)).size, 1)
  t.match(JSON.parse(answers[0]?.text ?? ''), { queued: 1, refused: 1, invalid: 1 })
  t.equal(answers.filter((a) => a.replayed === null).length, 1)
  t.equal((await one.pool.query('select from queued_messages')).rowCount, 1)
  const other = await handInWith(one, 'newsletter-48', { messages: [item()] })
  t.equal(other.status, 422)
  t.match(JSON.parse(other.text), { code: 'IDEMPOTENCY_MISMATCH' })
  const none = await handInWith(one, 'none', item(NOBODY))
  t.match(JSON.parse(none.text), { status: 422, code: 'NOTHING_QUEUED', refused: 1 })
  t.same(await handInWith(two, 'none', item(NOBODY)), { ...none, replayed: 'true' }, 'on record once')
})

t.test('messages and the answer for repeats are written together or not at all', async (t) => {
  const assent = await withAda(t)
  const rows = async () => (await assent.pool.query(`select from sends where kind = 'message'`)).rowCount
  // As if another replica had taken over while this one was at it.
  await assent.pool.query(`
    create function lost() returns trigger language plpgsql as 'begin return null; end';
    create trigger lost before update on idempotency_keys for each row when (new.answer is not null)
           execute function lost()`)
  const lost = await handInWith(assent, 'k', item())
  t.match([lost.status, JSON.parse(lost.text).code], [409, 'IDEMPOTENCY_BUSY'])
  t.equal(await rows(), 0)
  await assent.pool.query('drop trigger lost on idempotency_keys')
  t.equal((await handInWith(assent, 'k', item())).status, 202)
  t.equal(await rows(), 1)
})

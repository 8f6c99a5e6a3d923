// Sends whose answer never came, and the status webhooks that tell what became of them.

import t, { type Test } from 'tap'
import { askGate } from '../../src/consent/gate.js'
import { personKey } from '../../src/consent/recipient.js'
import { takeUp } from '../../src/sends/early.js'
import { sweep } from '../../src/sends/sweep.js'
import { settle } from '../../src/sends/wire.js'
import { buildAssent, type Options, startAssent, type TestAssent } from '../helpers/assent.js'
import { fixture } from '../helpers/fixtures.js'

const SALE = { type: 'text', text: { body: 'Two days of sale' } }
const TO = '+12025550101'
const BO = '+12025550102'

/** People who have said yes, and a Meta that answers nothing in time when it is told to. */
async function withPeople(t: Test, options: Options = {}) {
  const assent = await startAssent(t, { timeouts: { total: 150 }, ...options })
  for (const phone of [TO, BO]) {
    const person = assent.emulator.person({ name: phone, phone })
    person.text('START')
    await assent.settle()
    assent.clock.advance(1_000)
    person.tap('latest', 'Yes, send them')
    await assent.settle()
    assent.clock.advance(1_000)
  }
  return assent
}

const messages = async ({ pool }: Pick<TestAssent, 'pool'>) =>
  (
    await pool.query(
      `select status, wamid, sent_at, delivered_at, read_at, failed_at, error_code, callback_data as name
         from sends where kind = 'message' order by id`,
    )
  ).rows

let count = 0
/** A status as Meta posts it: of a message to `to`, with the name that its request gave it. */
function told(
  assent: TestAssent,
  about: { name: string; status?: string; to?: string; wamid?: string; number?: string; code?: number },
) {
  const body = fixture('status-sent')
  const { value } = body.entry[0].changes[0]
  value.metadata.phone_number_id = about.number ?? assent.policy.numbers[0]?.phoneNumberId
  value.contacts = []
  value.statuses = [
    {
      id: about.wamid ?? `wamid.TOLD.${++count}`,
      status: about.status ?? 'sent',
      timestamp: String(Math.floor(assent.clock().getTime() / 1000)),
      recipient_id: (about.to ?? TO).slice(1),
      biz_opaque_callback_data: about.name,
      ...(about.code === undefined ? {} : { errors: [{ code: about.code, title: 'x' }] }),
    },
  ]
  return body
}

t.test('a send that got no answer is settled by its statuses, and never sent again', async (t) => {
  for (const [name, more] of [
    ['our name', {}],
    ['the caller’s name', { biz_opaque_callback_data: 'order 4711' }],
  ] as const) {
    const assent = await withPeople(t)
    const { emulator } = assent
    emulator.faults.hangSends()
    t.equal((await assent.send({ to: TO, ...SALE, ...more })).status, 504, name)
    t.match(await messages(assent), [{ status: 'uncertain', wamid: null }])
    const at = assent.clock()
    await emulator.flush()
    t.match(await messages(assent), [
      { status: 'accepted', wamid: /^wamid\./, sent_at: at, delivered_at: at, error_code: null },
    ])
    for (const delivery of [...emulator.deliveries]) emulator.redeliver(delivery)
    await assent.settle()
    await sweep(assent.pool, assent.clock())
    t.match(
      await messages(assent),
      [{ status: 'accepted', sent_at: at, delivered_at: at }],
      'told again: no news',
    )
    const sales = emulator.messagesTo(TO).filter((r) => JSON.stringify(r.body).includes('sale'))
    t.equal(sales.length, 1)
    t.equal((await assent.pool.query('select from early_statuses')).rowCount, 0)
  }
})

t.test('a connection that was cut and an answer that says "something went wrong" are the same', async (t) => {
  const assent = await withPeople(t)
  assent.emulator.faults.dropSends({ accepted: true })
  t.equal((await assent.send({ to: TO, ...SALE })).status, 504)
  await assent.emulator.flush()
  assent.clock.advance(1_000)
  assent.emulator.faults.failSends({ code: 131000 })
  t.equal((await assent.send({ to: TO, ...SALE })).status, 500)
  const [{ id }] = (await assent.pool.query(`select id from sends where status = 'uncertain'`)).rows
  t.match((await messages(assent))[1], { status: 'uncertain', error_code: 131000 })
  t.equal(await assent.deliver(told(assent, { name: id })), 200)
  t.match(await messages(assent), [{ status: 'accepted' }, { status: 'accepted', error_code: null }])
})

t.test('statuses that come before the time-out find the send when it is over', async (t) => {
  for (const [name, more] of [
    ['our name', {}],
    ['the caller’s name', { biz_opaque_callback_data: 'order 4711' }],
  ] as const) {
    const assent = await withPeople(t, { timeouts: { total: 400 } })
    assent.emulator.faults.hangSends()
    const before = assent.emulator.requests.length
    const sending = assent.send({ to: TO, ...SALE, ...more })
    await assent.emulator.until(() => assent.emulator.requests.length > before && assent.emulator.pending > 0)
    t.same(new Set(await assent.emulator.flush()), new Set([200]))
    t.match(await messages(assent), [{ status: 'sending', wamid: null }], `${name}: still waited for`)
    t.equal((await sending).status, 504)
    t.match(await messages(assent), [{ status: 'accepted', wamid: /^wamid\./, delivered_at: Date }], name)
  }
})

t.test('a crash between the request and its settlement loses no status that came in between', async (t) => {
  for (const name of ['our name', 'order 4711']) {
    const assent = await withPeople(t)
    // What a process leaves behind that dies while it waits for Meta: a reservation.
    const sendId = '01930000-0000-7000-8000-00000000c0de'.replace(
      /^.{13}/,
      assent.clock().getTime().toString(16).padStart(12, '0').replace(/^.{8}/, '$&-'),
    )
    const recipient = { kind: 'phone', value: TO.slice(1) } as const
    const callbackData = name === 'our name' ? sendId : name
    const offers = assent.policy.purposes.get('offers') ?? null
    await askGate(assent.pool, assent.policy, {
      ...{ sendId, now: assent.clock(), leaseUntil: new Date(assent.clock().getTime() + 15_000) },
      ...{ recipient, alias: null, purpose: offers, purposeName: 'offers', type: 'text', template: null },
      ...{ language: null, category: 'marketing', refusal: null, observe: false },
      personKeys: assent.config.identityKeys.map((key) => personKey(key, recipient)),
      phoneNumberId: assent.policy.numbers[0]?.phoneNumberId ?? '',
      callbackData,
    })
    const wamid = `wamid.CRASH.${++count}`
    for (const status of ['read', 'sent', 'delivered'])
      t.equal(await assent.deliver(told(assent, { name: callbackData, status, wamid })), 200)
    await sweep(assent.pool, assent.clock())
    t.match(await messages(assent), [{ status: 'sending' }], 'not while it may still be answered')
    assent.clock.advance(16_000)
    await sweep(assent.pool, assent.clock())
    t.match(await messages(assent), [{ status: 'accepted', wamid, sent_at: Date, read_at: Date }], name)
  }
})

t.test('statuses on two replicas at once, in any order, end the same', async (t) => {
  const assent = await withPeople(t)
  const { pool, clock } = assent
  const replicas = [assent, await buildAssent(t, pool, { clock })]
  assent.emulator.faults.hangSends({ accepted: false })
  await assent.send({ to: TO, ...SALE, biz_opaque_callback_data: 'once' })
  const wamid = 'wamid.RACE'
  const bodies = ['delivered', 'sent', 'read', 'sent', 'read', 'delivered'].map((status) =>
    told(assent, { name: 'once', status, wamid }),
  )
  const answers = await Promise.all(bodies.map((body, i) => replicas[i % 2]?.deliver(body)))
  t.same(new Set(answers), new Set([200]))
  await sweep(assent.pool, assent.clock())
  const at = assent.clock()
  t.match(await messages(assent), [{ status: 'accepted', wamid, sent_at: at, delivered_at: at, read_at: at }])
})

t.test('a status that says failed settles it as failed, with its code', async (t) => {
  const assent = await withPeople(t)
  assent.emulator.faults.hangSends({ accepted: false })
  await assent.send({ to: TO, ...SALE, biz_opaque_callback_data: 'order 4711' })
  await assent.deliver(told(assent, { name: 'order 4711', status: 'failed', code: 131047 }))
  t.match(await messages(assent), [{ status: 'failed', error_code: 131047, failed_at: Date }])
})

t.test('where nothing comes it stays uncertain', async (t) => {
  const assent = await withPeople(t)
  assent.emulator.faults.hangSends({ accepted: false })
  await assent.send({ to: TO, ...SALE })
  await assent.settle()
  assent.clock.advance(3_600_000)
  await sweep(assent.pool, assent.clock())
  t.match(await messages(assent), [{ status: 'uncertain', wamid: null }])
})

t.test('a caller’s own name settles a send only when it can be no other one', async (t) => {
  const assent = await withPeople(t)
  const lost = async (to: string, name: string) => {
    assent.emulator.faults.hangSends({ accepted: false })
    await assent.send({ to, ...SALE, biz_opaque_callback_data: name })
    assent.clock.advance(1_000)
  }
  await lost(TO, 'campaign')
  const [{ id }] = (await assent.pool.query(`select id from sends where kind = 'message'`)).rows
  const strangers: [string, object][] = [
    ['to somebody else', { name: 'campaign', to: BO }],
    ['by another number of ours', { name: 'campaign', number: '999999999' }],
    ['of another name', { name: 'Campaign' }],
    ['with our id, which the caller’s name has replaced', { name: id }],
    ['whose name is longer than any', { name: 'campaign'.repeat(100) }],
  ]
  for (const [what, about] of strangers) {
    await assent.deliver(told(assent, about as { name: string }))
    t.match(await messages(assent), [{ status: 'uncertain', wamid: null }], what)
  }
  const [accepted] = (await assent.pool.query(`select wamid from sends where wamid is not null limit 1`)).rows
  await assent.deliver(told(assent, { name: 'campaign', wamid: accepted.wamid }))
  t.match(await messages(assent), [{ status: 'uncertain' }], 'a message id that is known never moves')

  // Its answer may have come at the very moment in which the status was being noted.
  await assent.pool.query(
    `insert into early_statuses (wamid, status, at, received_at, callback_data, phone_number_id, people)
     select $1, 'sent', $2, $2, callback_data, phone_number_id, array[person] from sends where id = $3`,
    [accepted.wamid, assent.clock(), id],
  )
  t.same(await takeUp(assent.pool, [accepted.wamid], assent.clock()), [])

  await lost(TO, 'campaign')
  await assent.deliver(told(assent, { name: 'campaign' }))
  t.match(
    await messages(assent),
    [{ status: 'uncertain' }, { status: 'uncertain' }],
    'one of two: nobody guesses',
  )

  await lost(BO, 'campaign')
  await assent.deliver(told(assent, { name: 'campaign', to: BO }))
  t.equal((await messages(assent))[2].status, 'accepted', 'the only one to that person')
})

t.test(
  'a send that is just being answered keeps its own statuses from an older one of the same name',
  async (t) => {
    const assent = await withPeople(t, { timeouts: { total: 600 } })
    const twin = { to: TO, ...SALE, biz_opaque_callback_data: 'campaign' }
    assent.emulator.faults.dropSends()
    await assent.send(twin)
    assent.clock.advance(1_000)
    assent.emulator.faults.hangSends({ afterMs: 300 })
    const second = assent.send(twin)
    await assent.emulator.until(() => assent.emulator.pending > 0)
    await assent.emulator.flush()
    t.match(await messages(assent), [{ status: 'uncertain' }, { status: 'sending' }])
    const answer = await second
    t.equal(answer.status, 200)
    await assent.settle()
    await sweep(assent.pool, assent.clock())
    t.match(await messages(assent), [
      { status: 'uncertain', wamid: null },
      { status: 'accepted', wamid: answer.body.messages[0].id, delivered_at: Date },
    ])
  },
)

t.test('a late answer finds what its status has settled, and changes nothing', async (t) => {
  const assent = await withPeople(t)
  assent.emulator.faults.hangSends({ accepted: false })
  await assent.send({ to: TO, ...SALE })
  const [{ id }] = (await assent.pool.query(`select id from sends where status = 'uncertain'`)).rows
  await assent.deliver(told(assent, { name: id, wamid: 'wamid.REAL' }))
  t.equal(await settle(assent.pool, id, { status: 'accepted', wamid: 'wamid.OTHER' }, assent.clock()), null)
  t.match(await messages(assent), [{ status: 'accepted', wamid: 'wamid.REAL' }])
})

// Webhooks under trouble: what Meta may do to a receiver, on request and without waiting.

import t from 'tap'
import { ordered } from '../../src/sandbox/faults.js'
import { send, startWorld, text } from './world.js'

const ADA = { name: 'Ada', phone: '+12025550101' }

t.test('manual delivery sends nothing by itself', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('one')
  ada.text('two')
  t.equal(emulator.pending, 2)
  t.equal(business.hooks.length, 0)
  t.notOk(ada.chat[0]?.heard)
  t.same(await emulator.flush(), [200, 200])
  t.equal(emulator.pending, 0)
  t.ok(ada.chat[0]?.heard, 'an answered webhook shows on the message')
})

t.test('flush goes on while answers bring new webhooks', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person(ADA)
  business.answer = (nth) => {
    if (nth < 3) ada.text(`reply ${nth}`)
    return 200
  }
  ada.text('one')
  t.same(await emulator.flush(), [200, 200, 200])
})

t.test('what is not answered 200 comes again, the same bytes, a bounded number of times', async (t) => {
  const { emulator, business } = await startWorld(t)
  business.answer = () => 503
  emulator.person(ADA).text('STOP')
  t.same(await emulator.flush(), [503])
  t.equal(emulator.pending, 1)
  business.answer = (nth) => (nth === 3 ? 200 : 500)
  t.same(await emulator.flush(), [500])
  t.same(await emulator.flush(), [200])
  t.same(await emulator.flush(), [])
  t.same(new Set(business.hooks.map((h) => h.raw.toString())).size, 1)
  t.same(emulator.deliveries[0]?.answers, [503, 500, 200])
  business.answer = () => 500
  emulator.people[0]?.text('again')
  for (let n = 0; n < 6; n++) await emulator.flush()
  t.equal(emulator.pending, 0, 'given up')
})

t.test('201 is not 200', async (t) => {
  const { emulator, business } = await startWorld(t)
  business.answer = () => 201
  emulator.person(ADA).text('STOP')
  await emulator.flush()
  t.equal(emulator.pending, 1)
})

t.test('a receiver that is away is answer 0', async (t) => {
  const { emulator } = await startWorld(t, { webhookUrl: 'http://127.0.0.1:1/webhook' })
  emulator.person(ADA).text('STOP')
  t.same(await emulator.flush(), [0])
  t.equal(emulator.pending, 1)
})

t.test('every webhook can come several times at once, and any one again later', async (t) => {
  const { emulator, business } = await startWorld(t)
  emulator.faults.duplicateWebhooks(3)
  emulator.person(ADA).text('STOP')
  t.same(await emulator.flush(), [200, 200, 200])
  emulator.faults.clear()
  const [delivery] = emulator.deliveries
  if (delivery) emulator.redeliver(delivery)
  t.same(await emulator.flush(), [200])
  t.equal(new Set(business.hooks.map((h) => h.raw.toString())).size, 1)
})

t.test('webhooks can be reordered, by the same seed always the same way', async (t) => {
  const arrivals = async (order: 'reverse' | { seed: number }) => {
    const { emulator, business } = await startWorld(t)
    const ada = emulator.person(ADA)
    for (let n = 0; n < 6; n++) ada.text(String(n))
    emulator.faults.reorderWebhooks(order)
    await emulator.flush()
    return business.values().flatMap((v) => v.messages?.map((m) => String(Object(m.text).body)) ?? [])
  }
  t.same(await arrivals('reverse'), ['5', '4', '3', '2', '1', '0'])
  const shuffled = await arrivals({ seed: 7 })
  t.same(await arrivals({ seed: 7 }), shuffled)
  t.not(shuffled.join(''), '012345')
  t.same(shuffled.toSorted(), ['0', '1', '2', '3', '4', '5'])
  t.not(shuffled.join(''), (await arrivals({ seed: 8 })).join(''))
  t.same(ordered([1, 2], null), [1, 2])
})

t.test('sends fail on request, with the code and status asked for, as often as asked', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  emulator.faults.failSends({ code: 130429, times: 2 })
  emulator.faults.failSends({ code: 131000, httpStatus: 503 })
  const answers = []
  for (let n = 0; n < 4; n++) answers.push(await send(emulator, { to: ada.phone, ...text('x') }))
  t.same(
    answers.map((a) => [a.status, a.json.error?.code]),
    [
      [400, 130429],
      [400, 130429],
      [503, 131000],
      [200, undefined],
    ],
  )
  t.equal(ada.chat.length, 2, 'failed sends reach nobody')
})

t.test('a hanging send is never answered and goes out all the same', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  emulator.faults.hangSends()
  const message = { to: ada.phone, biz_opaque_callback_data: 'send_9', ...text('x') }
  const given = new AbortController()
  emulator.onChange(() => {
    // The message is in the chat, and still there is no answer: the business gives up.
    if (ada.chat.length === 2) given.abort()
  })
  await t.rejects(send(emulator, message, { signal: given.signal }), { name: 'AbortError' })
  t.equal(emulator.requests.at(-1)?.answer, null)
  await emulator.flush()
  t.match(business.values().at(-1)?.statuses, [{ status: 'delivered', biz_opaque_callback_data: 'send_9' }])
})

t.test('a late answer comes, and a hanging send that was not accepted reaches nobody', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  emulator.faults.hangSends({ afterMs: 5 })
  t.equal((await send(emulator, { to: ada.phone, ...text('x') })).status, 200)
  emulator.faults.hangSends({ afterMs: 5, accepted: false })
  t.equal((await send(emulator, { to: ada.phone, ...text('x') })).status, 500)
  t.equal(ada.chat.length, 2)
})

t.test('a connection is cut before or after the message went out', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  emulator.faults.dropSends()
  await t.rejects(send(emulator, { to: ada.phone, ...text('x') }))
  t.equal(ada.chat.length, 1)
  emulator.faults.dropSends({ accepted: true })
  await t.rejects(send(emulator, { to: ada.phone, ...text('x') }))
  t.equal(ada.chat.length, 2)
})

t.test('closing does not wait for a hanging send', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  emulator.faults.hangSends({ times: 2 })
  emulator.faults.hangSends({ afterMs: 600_000 })
  const hanging = Array.from({ length: 3 }, () => send(emulator, { to: ada.phone, ...text('x') }))
  const settled = Promise.allSettled(hanging)
  while (ada.chat.length < 4) await new Promise((next) => setImmediate(next))
  await emulator.close()
  t.same((await settled).map((s) => s.status).slice(0, 2), ['rejected', 'rejected'])
})

t.test('automatic delivery posts by itself, redelivers, and keeps one person in order', async (t) => {
  const { emulator, business } = await startWorld(t, { deliver: 'auto' })
  business.answer = (nth) => (nth === 2 ? 503 : 200)
  const ada = emulator.person(ADA)
  const done = new Promise<void>((resolve) => {
    emulator.onChange(() => {
      if (ada.chat.every((b) => b.from === 'business' || b.heard) && emulator.pending === 0) resolve()
    })
  })
  for (const word of ['one', 'two', 'three']) ada.text(word)
  await done
  t.same(
    business.values().map((v) => Object(v.messages?.[0]?.text).body),
    ['one', 'two', 'three', 'two'],
  )
})

t.test('one person waits for their own webhooks, and nobody else’s', async (t) => {
  const { emulator, business } = await startWorld(t, { deliver: 'auto' })
  const bruno = emulator.person({ name: 'Bruno', phone: '+447700900123' })
  const ada = emulator.person(ADA)
  let answerFirst = (_status: number) => {}
  const first = new Promise<void>((arrived) => {
    business.answer = (nth) => {
      if (nth > 1) return 200
      arrived()
      return new Promise<number>((answer) => {
        answerFirst = answer
      })
    }
  })
  ada.text('one')
  await first
  ada.text('two')
  bruno.text('hello')
  await emulator.until(() => bruno.chat[0]?.heard === true)
  const words = () => business.values().map((v) => Object(v.messages?.[0]?.text).body)
  t.same(words(), ['one', 'hello'], 'Ada’s second waits while her first is not answered')
  answerFirst(200)
  await emulator.until(() => ada.chat[1]?.heard === true)
  t.same(words(), ['one', 'hello', 'two'])
})

t.test('webhooks can be late', async (t) => {
  const { emulator } = await startWorld(t, { deliver: 'auto' })
  const ada = emulator.person(ADA)
  emulator.faults.delayWebhooks(50)
  const before = performance.now()
  ada.text('one')
  await emulator.until(() => ada.chat[0]?.heard === true)
  t.ok(performance.now() - before >= 49)
})

t.test('waiting for something that does not come ends with an error', async (t) => {
  const { emulator } = await startWorld(t)
  await t.rejects(
    emulator.until(() => false, 1),
    { message: /did not reach/ },
  )
})

t.test('flush hurries automatic delivery: delays, holds and statuses included', async (t) => {
  const { emulator, business } = await startWorld(t, { deliver: 'auto' })
  const ada = emulator.person(ADA)
  emulator.faults.delayWebhooks(60_000)
  emulator.faults.reorderWebhooks('reverse')
  ada.text('one')
  await send(emulator, { to: ada.phone, ...text('x') })
  t.same(await emulator.flush(), [200, 200, 200])
  t.match(business.values(), [
    { statuses: [{ status: 'delivered' }] },
    { statuses: [{ status: 'sent' }] },
    { messages: [{ text: { body: 'one' } }] },
  ])
})

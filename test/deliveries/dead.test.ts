// What never arrives: how long it is tried, and what is left of it.

import t from 'tap'
import { startAssent } from '../helpers/assent.js'
import { says } from '../helpers/people.js'
import { left, phone, policyWith, startReceiver, words, wordsOf } from '../helpers/receiver.js'

const DAY_MS = 86_400_000

t.test('after seven days a letter is dead, can be sent once more, and is forgotten in the end', async (t) => {
  let refuse = true
  const chat = await startReceiver(t, (body) => (refuse && wordsOf(body) === 'ann 0' ? 422 : 200))
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  await assent.deliver(says('ann 0', { from: phone(1) }, assent.clock()))
  await assent.deliver(says('ann 1', { from: phone(1) }, assent.clock()))
  for (let hour = 0; hour < 7 * 24 - 1; hour++) {
    await assent.forward()
    assent.clock.advance(3_600_000)
  }
  await assent.forward()
  t.same(words(chat.taken), [], 'her second waits for her first')
  assent.clock.advance(9 * 3_600_000)
  await assent.forward()
  assent.clock.advance(600_000)
  await assent.forward()
  t.same(words(chat.taken), ['ann 1'], 'a dead letter holds up nobody')
  const dead = (await assent.call('GET', '/v1/deliveries')).body
  t.match(dead, {
    deliveries: [{ target: 'chat', kind: 'webhook', state: 'dead', lastStatus: 422, replayable: true }],
    next: null,
  })
  const { letter } = dead.deliveries[0]
  t.match(await assent.call('POST', '/v1/deliveries/replay', { target: 'nobody' }), {
    status: 404,
    body: { code: 'TARGET_UNKNOWN' },
  })

  refuse = false
  t.match((await assent.call('POST', '/v1/deliveries/replay', { target: 'chat', letters: ['999'] })).body, {
    replayed: 0,
  })
  t.match((await assent.call('POST', '/v1/deliveries/replay', { target: 'chat', letters: [letter] })).body, {
    replayed: 1,
  })
  await assent.forward()
  t.same(words(chat.taken), ['ann 1', 'ann 0'])
  t.same(await left(assent), { letters: 0, deliveries: 0 })

  refuse = true
  await assent.deliver(says('ann 0', { from: phone(1) }, assent.clock()))
  const tidy = () =>
    assent.pool.query(`select graphile_worker.add_job('tidy_deliveries')`).then(assent.settle)
  await assent.forward()
  assent.clock.advance(8 * DAY_MS)
  await tidy()
  t.same(await left(assent), { letters: 1, deliveries: 1 }, 'dead by its age')
  assent.clock.advance(14 * DAY_MS)
  await tidy()
  t.same(await left(assent), { letters: 0, deliveries: 1 }, 'the fact remains')
  t.match((await assent.call('GET', '/v1/deliveries?state=dead&target=chat')).body, {
    deliveries: [{ replayable: false }],
  })
  t.match((await assent.call('POST', '/v1/deliveries/replay', { target: 'chat' })).body, { replayed: 0 })
  assent.clock.advance(730 * DAY_MS)
  await tidy()
  t.same(await left(assent), { letters: 0, deliveries: 0 })
})

t.test('dead letters are listed page by page', async (t) => {
  const chat = await startReceiver(t, () => 500)
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  for (let p = 0; p < 5; p++) await assent.deliver(says(`p${p} 0`, { from: phone(p) }, assent.clock()))
  const seen: string[] = []
  let after = ''
  for (let pages = 0; pages < 9; pages++) {
    const { body } = await assent.call('GET', `/v1/deliveries?state=waiting&limit=2${after}`)
    seen.push(...body.deliveries.map((d: { letter: string }) => d.letter))
    if (body.next === null) break
    after = `&after=${body.next}`
  }
  t.equal(new Set(seen).size, 5)
  t.match(await assent.call('GET', '/v1/deliveries?after=nonsense'), {
    status: 400,
    body: { code: 'REQUEST_INVALID' },
  })
})

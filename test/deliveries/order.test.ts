// Each person’s webhooks arrive in their order, whatever the receiver does.

import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { startAssent } from '../helpers/assent.js'
import type { fixture } from '../helpers/fixtures.js'
import { says } from '../helpers/people.js'
import { byPerson, left, phone, policyWith, startReceiver, words, wordsOf } from '../helpers/receiver.js'

t.test('each person’s webhooks arrive in order at a receiver that fails at random', async (t) => {
  let seed = 7
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const under = new Map<string, number>()
  const shaky = await startReceiver(t, async (body) => {
    const [who = ''] = wordsOf(body).split(' ')
    under.set(who, (under.get(who) ?? 0) + 1)
    t.equal(under.get(who), 1, 'never two of one person at once')
    await turn()
    under.set(who, 0)
    return random() < 0.35 ? 500 : 200
  })
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: shaky.url }] }) })
  for (let i = 0; i < 12; i++) {
    for (let p = 0; p < 6; p++) await assent.deliver(says(`p${p} ${i}`, { from: phone(p) }, assent.clock()))
    await assent.forward()
  }
  // Six days, of the seven before a letter dies: somebody whose letters fail often waits for hours.
  for (let half = 0; half < 288 && (await left(assent)).letters > 0; half++) {
    assent.clock.advance(30 * 60_000)
    await assent.forward()
  }
  t.same(await left(assent), { letters: 0, deliveries: 0 })
  const want = Array.from({ length: 12 }, (_, i) => String(i))
  t.same(byPerson(shaky), Object.fromEntries(Array.from({ length: 6 }, (_, p) => [`p${p}`, want])))
  t.ok(shaky.all.length > 72, 'some had to be repeated')
})

t.test('a webhook about several people waits for all of theirs, and theirs wait for it', async (t) => {
  const refused = new Set(['first of ann'])
  const choosy = await startReceiver(t, (body) => (refused.has(wordsOf(body)) ? 500 : 200))
  const assent = await startAssent(t, {
    policy: policyWith({ forward: [{ name: 'chat', url: choosy.url }] }),
  })
  const say = (text: string, ...people: number[]) => {
    const body = says(text, { from: phone(people[0] ?? 0) }, assent.clock()) as ReturnType<typeof fixture>
    const { messages } = body.entry[0].changes[0].value
    for (const p of people.slice(1)) messages.push({ ...messages[0], id: `w.${text}.${p}`, from: phone(p) })
    return assent.deliver(body)
  }
  await say('first of ann', 1)
  await say('ann and bob', 1, 2)
  await say('bob alone', 2)
  await say('cem', 3)
  await assent.forward()
  t.same(words(choosy.taken), ['cem'])
  refused.clear()
  assent.clock.advance(60_000)
  await assent.forward()
  t.same(words(choosy.taken), ['cem', 'first of ann', 'ann and bob', 'bob alone'])
})

t.test('one person under two names stays in one line, once it is known to be one', async (t) => {
  const refused = new Set(['by number'])
  const choosy = await startReceiver(t, (body) => (refused.has(wordsOf(body)) ? 500 : 200))
  const assent = await startAssent(t, {
    policy: policyWith({ forward: [{ name: 'chat', url: choosy.url }] }),
  })
  const both = { from: phone(1), from_user_id: 'US.20250101aa' }
  await assent.deliver(says('both', both, assent.clock()))
  await assent.deliver(says('by number', { from: both.from }, assent.clock()))
  await assent.deliver(says('by id', { from_user_id: both.from_user_id }, assent.clock()))
  await assent.forward()
  t.same(words(choosy.taken), ['both'])
  refused.clear()
  assent.clock.advance(60_000)
  await assent.forward()
  t.same(words(choosy.taken), ['both', 'by number', 'by id'])
})

t.test('a receiver that was away for a day gets everything, each person’s in order', async (t) => {
  let away = true
  const chat = await startReceiver(t, () => (away ? 503 : 200))
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  for (let hour = 0; hour < 24; hour++) {
    for (let p = 0; p < 5; p++)
      await assent.deliver(says(`p${p} ${hour}`, { from: phone(p) }, assent.clock()))
    for (let minute = 0; minute < 60; minute += 20) {
      await assent.forward()
      assent.clock.advance(20 * 60_000)
    }
  }
  t.equal(chat.taken.length, 0)
  t.ok(chat.all.length < 24 * 60, `${chat.all.length} requests: it is not asked for every letter`)
  const during = chat.all.length
  away = false
  for (let minute = 0; minute < 15; minute += 5) {
    await assent.forward()
    assent.clock.advance(5 * 60_000)
  }
  const want = Array.from({ length: 24 }, (_, hour) => String(hour))
  t.same(byPerson(chat), Object.fromEntries(Array.from({ length: 5 }, (_, p) => [`p${p}`, want])))
  t.equal(chat.all.length - during, 120, 'each once')
  t.same(await left(assent), { letters: 0, deliveries: 0 })
})

t.test('a crash between request and note delivers once more, and in order', async (t) => {
  const chat = await startReceiver(t)
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  for (let i = 0; i < 3; i++) await assent.deliver(says(`ann ${i}`, { from: phone(1) }, assent.clock()))
  await assent.pool.query(
    `create function crash() returns trigger language plpgsql as 'begin raise exception ''crash''; end'`,
  )
  await assent.pool.query(
    'create trigger crash before delete on deliveries for each row execute function crash()',
  )
  await assent.forward()
  t.same(words(chat.taken), ['ann 0'], 'what is not noted lets nothing pass')
  await assent.pool.query('drop trigger crash on deliveries')
  await assent.forward()
  t.same(words(chat.taken), ['ann 0', 'ann 0', 'ann 1', 'ann 2'])
})

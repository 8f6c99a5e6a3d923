// Numbers and ids that change hands or change with their person (R49), each seen from outside.

import t from 'tap'
import { personKey } from '../../src/consent/recipient.js'
import { fixture } from '../helpers/fixtures.js'
import {
  BEA,
  cast,
  chainsVerify,
  contactOf,
  FIXTURE_TIME,
  LATER,
  reason,
  says,
  startBefore,
  subscribe,
} from '../helpers/people.js'

const PHONE = BEA.phone.slice(1)
const minutes = (n: number) => n * 60_000
const at = (seconds: number) => new Date((FIXTURE_TIME + seconds) * 1000)

t.test(
  'a change that names old and new takes stop and consent along, and leaves the old number bare',
  async (t) => {
    const assent = await startBefore(t)
    const stories = [
      'system-number-change-full',
      'system-number-change-bare',
      'system-customer-changed-number',
      'system-id-change',
      'user-id-update',
    ].flatMap((name, i) => [
      { name, stopped: false, ...cast(2 * i) },
      { name, stopped: true, ...cast(2 * i + 1) },
    ])
    for (const { before, stopped } of stories) {
      await subscribe(assent, before.named)
      if (stopped) await assent.deliver(says('STOP', before.named, assent.clock()))
    }
    const contacts = await Promise.all(stories.map(({ before }) => contactOf(assent, before.phone)))
    assent.clock.advance(minutes(20))
    for (const [i, { name, stopped, before, after, tells }] of stories.entries()) {
      for (let again = 0; again < 2; again++) await assent.deliver(tells(name))
      t.equal(await reason(assent, before.phone), 'no_consent', `${name}: the old number`)
      // The new number and id, seen together from now on.
      await assent.deliver(says('hello', after.named, assent.clock()))
      const expected = stopped ? 'withdrawn' : 'sent'
      t.equal(await reason(assent, after.phone), expected, `${name}: the new number`)
      t.equal(await reason(assent, after.userId), expected, `${name}: the new id`)
      t.equal(await contactOf(assent, after.userId), contacts[i], 'the same person')
      t.equal(await contactOf(assent, before.userId), null)
    }
    await chainsVerify(t, assent)
  },
)

t.test(
  'whoever writes from a number that was given up is new: no consent, and the stop stays on it',
  async (t) => {
    const assent = await startBefore(t)
    for (const stopped of [false, true]) {
      const { before } = cast(Number(stopped))
      await subscribe(assent, before.named)
      if (stopped) await assent.deliver(says('STOP', before.named, assent.clock()))
    }
    assent.clock.advance(minutes(20))
    for (const stopped of [false, true]) {
      const { before, after, tells } = cast(Number(stopped))
      await assent.deliver(tells('system-number-change-full'))
      t.equal(await reason(assent, after.phone), stopped ? 'withdrawn' : 'sent')
      // What the first one says later, elsewhere, is nothing to the number.
      await assent.deliver(says('STOP', { from_user_id: after.userId }, assent.clock()))
      const next = { ...before.named, from_user_id: `US.20250199${Number(stopped)}` }
      await assent.deliver(says('hello', next, assent.clock()))
      t.equal(await reason(assent, before.phone), stopped ? 'revoked' : 'no_consent')
      await subscribe(assent, next)
      t.equal(await reason(assent, before.phone), 'sent', 'their own yes lifts it')
      t.equal(await reason(assent, after.userId), 'withdrawn')
    }
    await chainsVerify(t, assent)
  },
)

t.test('half a change takes the stop along and not the consent', async (t) => {
  const assent = await startBefore(t)
  for (const stopped of [false, true]) {
    const { before } = cast(Number(stopped))
    await subscribe(assent, before.named)
    if (stopped) await assent.deliver(says('STOP', before.named, assent.clock()))
  }
  assent.clock.advance(minutes(20))
  for (const stopped of [false, true]) {
    const { before, after, tells } = cast(Number(stopped))
    await assent.deliver(tells('system-id-change-half'))
    t.equal(await reason(assent, after.userId), stopped ? 'revoked' : 'no_consent')
    t.equal(await reason(assent, before.phone), 'no_consent')
  }
  await chainsVerify(t, assent)
})

t.test('a suppression follows the person to what they are named by next', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent)
  const key = personKey(assent.config.identityKeys[0] ?? '', { kind: 'phone', value: PHONE })
  await assent.pool.query(
    `insert into suppressions (key, created_at, source) values ($1, now(), 'erasure')`,
    [key],
  )
  assent.clock.advance(minutes(20))
  await assent.deliver(fixture('system-number-change-full'))
  for (const name of [BEA.phone, LATER.phone, LATER.userId]) t.equal(await reason(assent, name), 'suppressed')
})

t.test('another BSUID on a known number is another person: consent is void, the stop stays', async (t) => {
  const assent = await startBefore(t)
  const said = [null, 'STOP', 'too many messages']
  for (const [n, words] of said.entries()) {
    const { before } = cast(n)
    await subscribe(assent, before.named)
    if (words) await assent.deliver(says(words, before.named, assent.clock()))
  }
  assent.clock.advance(minutes(20))
  for (const [n, words] of said.entries()) {
    const { before, after, tells } = cast(n)
    const first = await contactOf(assent, before.userId)
    await assent.deliver(tells('text-other-bsuid'))
    t.equal(await reason(assent, before.phone), words ? 'revoked' : 'no_consent', words ?? 'consent')
    t.equal(await contactOf(assent, before.phone), await contactOf(assent, after.userId))
    t.not(await contactOf(assent, before.phone), first)
    // A late message by the first one finds the first one, and moves nothing.
    await assent.deliver(says('STOP', before.named, at(-1)))
    t.equal(await contactOf(assent, before.userId), first)
    t.equal(await contactOf(assent, before.phone), await contactOf(assent, after.userId))
    t.equal(await reason(assent, before.userId), 'withdrawn')
    await subscribe(assent, { from: before.phone.slice(1), from_user_id: after.userId })
    t.equal(await reason(assent, before.phone), 'sent', 'their own yes lifts it')
  }
  await chainsVerify(t, assent)
})

t.test('a change may arrive before, between or after what was said around it', async (t) => {
  const assent = await startBefore(t)
  const orders = [
    ['stop', 'change', 'hello'],
    ['change', 'stop', 'hello'],
    ['hello', 'change', 'stop'],
    ['change', 'hello', 'stop'],
    ['hello', 'stop', 'change'],
    ['stop', 'hello', 'change'],
  ] as const
  for (const n of orders.keys()) await subscribe(assent, cast(n).before.named)
  assent.clock.advance(minutes(20))
  for (const [n, order] of orders.entries()) {
    const { before, after, tells } = cast(n)
    const bodies = {
      stop: says('STOP', before.named, at(-30)),
      hello: says('hello', after.named, at(30)),
      change: tells('system-number-change-full'),
    }
    for (const part of order) t.equal(await assent.deliver(bodies[part]), 200)
    t.equal(await reason(assent, after.phone), 'withdrawn', order.join())
    t.equal(await reason(assent, after.userId), 'withdrawn', order.join())
    t.equal(await reason(assent, before.phone), 'no_consent', order.join())
  }
  await chainsVerify(t, assent)
})

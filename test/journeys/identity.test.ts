// Who it is: links, forms of a number, merges and changes, each seen from outside.

import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { resolveContacts } from '../../src/consent/resolve.js'
import { fixture } from '../helpers/fixtures.js'
import {
  BEA,
  chainsVerify,
  contactOf,
  LATER,
  NAMED,
  reason,
  says,
  startBefore,
  subscribe,
} from '../helpers/people.js'

const PHONE = BEA.phone.slice(1)
const minutes = (n: number) => n * 60_000

t.test('a STOP without a phone refuses the phone, once a status has told whose BSUID it is', async (t) => {
  for (const told of ['status-sent-links', 'status-read-parent', 'contacts-shared-own'] as const) {
    const assent = await startBefore(t)
    // Known by phone only: a message from before there were BSUIDs.
    await assent.deliver(says('START', { from: PHONE }, assent.clock()))
    assent.clock.advance(minutes(20))
    t.equal(await assent.deliver(fixture(told)), 200)
    await assent.deliver(says('STOP', { from_user_id: BEA.userId }, assent.clock()))
    t.equal(await reason(assent, BEA.phone), 'withdrawn', told)
    t.equal(await contactOf(assent, BEA.userId), await contactOf(assent, BEA.phone), told)
  }
})

t.test('parents are learnt from statuses under both names of the field', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent)
  assent.clock.advance(minutes(20))
  await assent.deliver(fixture('status-delivered-old-parent'))
  await assent.deliver(fixture('status-read-parent'))
  const { body } = await assent.call('POST', '/v1/consents/lookup', { recipient: BEA.parent })
  t.match(
    body.identifiers
      .map((i: { kind: string; value: string; source: string }) => `${i.kind} ${i.value} ${i.source}`)
      .sort(),
    [
      'bsuid US.20250140aa webhook:message',
      'parent_bsuid CA.20250140aa webhook:status:read',
      'parent_bsuid US.ENT.20250140aa webhook:status:delivered',
      'phone 12025550140 webhook:message',
      'username bea.example webhook:status:delivered',
    ],
  )
  await assent.deliver(says('STOP', { from_parent_user_id: 'CA.20250140aa' }, assent.clock()))
  t.equal(await reason(assent, BEA.phone), 'withdrawn')
})

t.test('somebody else’s card, a group and a card that contradicts link nobody', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent, { from: PHONE, from_user_id: 'US.20250147' })
  assent.clock.advance(minutes(20))
  for (const name of [
    'contacts-other-no-phone',
    'contacts-no-origin',
    'status-group',
    'text-card-of-another',
  ])
    await assent.deliver(fixture(name))
  t.equal(await reason(assent, BEA.phone), 'sent')
  t.not(await contactOf(assent, BEA.userId), await contactOf(assent, BEA.phone))
  t.equal(await contactOf(assent, LATER.userId), null, 'the card of another is not put beside this phone')
})

t.test('nobody is guessed: what names nobody is on record and sounds an alarm without data', async (t) => {
  const assent = await startBefore(t)
  await assent.deliver(fixture('text-no-identity'))
  await assent.deliver(fixture('system-id-change-unlinked'))
  const { rows } = await assent.pool.query('select kind, outcome from inbound order by kind')
  t.same(rows, [
    { kind: 'message:text', outcome: 'unnamed' },
    { kind: 'system:user_changed_user_id', outcome: 'unlinked' },
  ])
  t.equal((await assent.pool.query('select from contacts')).rowCount, 0)
  const alarms = assent.logs.map((l) => JSON.parse(l)).filter((l) => l.level === 40)
  t.match(alarms, [
    { unnamed: 1, unlinked: 0 },
    { unnamed: 0, unlinked: 1 },
  ])
  t.notMatch(JSON.stringify(alarms), /US\.|STOP|2025/)
})

t.test('an odd id joins nobody to anybody, and its STOP counts', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent)
  await subscribe(assent, { from: '12025550142' })
  await assent.deliver(says('hi', { from: PHONE, from_user_id: 'undefined' }, assent.clock()))
  await assent.deliver(says('hi', { from: '12025550142', from_user_id: 'undefined' }, assent.clock()))
  t.not(await contactOf(assent, BEA.phone), await contactOf(assent, '12025550142'))
  await assent.deliver(says('STOP', { from: '12025550142', from_user_id: 'undefined' }, assent.clock()))
  t.equal(await reason(assent, '+12025550142'), 'withdrawn')
  t.equal(await reason(assent, BEA.phone), 'withdrawn', 'it might be from either, so it holds for both')
})

t.test('a STOP under one form of a number refuses every other form', async (t) => {
  const cases = {
    'text-brazil-without-nine': ['+55 11 99999-9999', '5511999999999', '551199999999', '+55 (0)11 9999-9999'],
    'text-mexico-with-one': ['+52 55 5555 5555', '525555555555', '5215555555555', '+52 044 55 5555 5555'],
    'text-argentina-with-nine': [
      '+54 9 11 2222-2222',
      '541122222222',
      '5491122222222',
      '+54 11 15 2222-2222',
    ],
  }
  for (const [name, forms] of Object.entries(cases)) {
    const assent = await startBefore(t)
    assent.clock.advance(minutes(15))
    await assent.deliver(fixture(name))
    for (const form of forms) t.equal(await reason(assent, form), 'withdrawn', `${name}: ${form}`)
    await assent.settle()
    const seen = fixture(name).entry[0].changes[0].value.messages[0].from
    t.match(
      assent.emulator.requests.at(-1)?.body,
      { to: seen },
      'the reply goes to the form that WhatsApp uses',
    )
  }
})

t.test('a number goes to Meta as the caller wrote it', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent, { from: '551199999999' })
  t.equal(await reason(assent, '+55 11 9999-9999'), 'sent')
  t.match(assent.emulator.requests.at(-1)?.body, { to: '+55 11 9999-9999' })
})

t.test('the number asked for and the wa_id answered are one person, whatever they look like', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent)
  // A rule that nobody has written down: Graph answers with a number of another form.
  const post = assent.graph.post
  assent.graph.post = async (...args) => {
    const answer = await post(...args)
    if (answer.outcome !== 'answered') return answer
    const body = JSON.parse(answer.body.toString())
    body.contacts[0].wa_id = '12025550199'
    return { ...answer, body: Buffer.from(JSON.stringify(body)) }
  }
  t.equal(await reason(assent, BEA.phone), 'sent')
  t.equal(await contactOf(assent, '12025550199'), await contactOf(assent, BEA.phone))
  await assent.deliver(says('STOP', { from: '12025550199' }, assent.clock()))
  t.equal(await reason(assent, BEA.phone), 'withdrawn')
})

t.test(
  'a dialled number that reaches another person no longer rests on the consent of the first',
  async (t) => {
    const assent = await startBefore(t)
    await subscribe(assent)
    await assent.deliver(says('STOP', { from: '12025550142', from_user_id: 'US.20250142' }, assent.clock()))
    const post = assent.graph.post
    assent.graph.post = async (...args) => {
      const answer = await post(...args)
      if (answer.outcome !== 'answered') return answer
      const body = JSON.parse(answer.body.toString())
      body.contacts[0].wa_id = '12025550142'
      return { ...answer, body: Buffer.from(JSON.stringify(body)) }
    }
    t.equal(await reason(assent, BEA.phone), 'sent', 'nobody knew')
    t.equal(await reason(assent, BEA.phone), 'withdrawn', 'now it is known')
  },
)

t.test('two contacts that turn out to be one are merged, and the most restrictive state wins', async (t) => {
  for (const stopped of ['phone', 'bsuid'] as const) {
    const assent = await startBefore(t)
    // One of the two says yes, then the other one stops.
    if (stopped === 'phone') await subscribe(assent, { from_user_id: BEA.userId })
    else await subscribe(assent, { from: PHONE })
    const named = stopped === 'phone' ? { from: PHONE } : { from_user_id: BEA.userId }
    await assent.deliver(says('STOP', named, assent.clock()))
    const before = await assent.pool.query('select contact_id, seq, hash from consent_events order by 1, 2')
    t.equal(await reason(assent, stopped === 'phone' ? BEA.userId : BEA.phone), 'sent', 'two people so far')
    assent.clock.advance(minutes(20))
    if (stopped === 'bsuid') await assent.deliver(fixture('status-sent-links'))
    else await assent.deliver(fixture('contacts-shared-own'))
    t.equal(await reason(assent, BEA.phone), 'withdrawn')
    t.equal(await reason(assent, BEA.userId), 'withdrawn')
    const { rows } = await assent.pool.query(
      'select contact_id, seq, hash from consent_events where source <> $1 order by 1, 2',
      ['identity'],
    )
    t.same(rows, before.rows, 'nothing is lost or rewritten')
    await chainsVerify(t, assent)
    const { rows: merges } = await assent.pool.query(
      'select m.source, c.merged_into = m.survivor as one from merges m join contacts c on c.id = m.merged',
    )
    t.match(merges, [{ source: /^webhook:/, one: true }])
    const contact = await contactOf(assent, BEA.phone)
    const { body } = await assent.call('GET', `/v1/contacts/${contact}/events`)
    t.same(
      body.events.map((e: { type: string }) => e.type),
      ['requested', 'given', 'withdrawn'],
      'one ledger to look at',
    )
    const merged = await assent.pool.query('select merged from merges')
    t.same(
      (await assent.call('GET', `/v1/contacts/${merged.rows[0].merged}/events`)).body,
      { ...body, contact: merged.rows[0].merged },
      'by either id',
    )
    // Their own new yes lifts it, as it would have for one contact.
    await subscribe(assent)
    t.equal(await reason(assent, BEA.phone), 'sent')
    await assent.deliver(says('STOP', NAMED, assent.clock()))
    t.equal(await reason(assent, BEA.userId), 'withdrawn')
    await chainsVerify(t, assent)
  }
})

t.test('consent never comes about, or back, by merging', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent, { from_user_id: BEA.userId })
  const flip = (name: string, by: object) => {
    const body = fixture(name)
    const [{ user_id: _, wa_id: __, ...preference }] = body.entry[0].changes[0].value.user_preferences
    const timestamp = Math.floor(assent.clock().getTime() / 1000)
    Object.assign(body.entry[0].changes[0].value, {
      contacts: [],
      user_preferences: [{ ...preference, ...by, timestamp }],
    })
    return assent.deliver(body)
  }
  await flip('preference-stop', { user_id: BEA.userId })
  assent.clock.advance(60_000)
  // The other half of the same person switches marketing on again, where it was never on.
  await flip('preference-resume', { wa_id: PHONE })
  t.equal(await reason(assent, BEA.userId), 'withdrawn')
  t.equal(await reason(assent, BEA.phone), 'no_consent')
  assent.clock.advance(minutes(20))
  await assent.deliver(fixture('status-sent-links'))
  t.equal(await contactOf(assent, BEA.userId), await contactOf(assent, BEA.phone))
  t.equal(await reason(assent, BEA.phone), 'revoked')
  await chainsVerify(t, assent)
  await subscribe(assent)
  t.equal(await reason(assent, BEA.phone), 'sent', 'asked again')
})

t.test('two replicas that learn the same thing at once merge once', async (t) => {
  const one = await startBefore(t)
  const two = await one.replica()
  await subscribe(one, { from_user_id: BEA.userId })
  await one.deliver(says('STOP', { from: PHONE }, one.clock()))
  one.clock.advance(minutes(20))
  const told = ['status-sent-links', 'contacts-shared-own', 'status-read-parent']
  const bodies = Array.from({ length: 24 }, (_, i) => fixture(told[i % 3] ?? ''))
  const stops = Array.from({ length: 8 }, (_, i) =>
    says('STOP', i % 2 ? { from: PHONE } : { from_user_id: BEA.userId }, one.clock()),
  )
  const answers = await Promise.all([...bodies, ...stops].map((body, i) => (i % 2 ? one : two).deliver(body)))
  t.same(new Set(answers), new Set([200]))
  t.equal((await one.pool.query('select from merges')).rowCount, 1)
  t.equal((await one.pool.query('select from contacts where merged_into is null')).rowCount, 1)
  t.equal(
    (
      await one.pool.query(
        `select from identifiers i join contacts c on c.id = i.contact_id where i.valid_to is null and c.merged_into is not null`,
      )
    ).rowCount,
    0,
    'nothing leads to the merged one',
  )
  t.equal((await one.pool.query(`select from consent_events where type = 'withdrawn'`)).rowCount, 9)
  for (const name of [BEA.phone, BEA.userId]) t.equal(await reason(two, name), 'withdrawn')
  await chainsVerify(t, one)
})

t.test('a merge hands what is queued or on the wire to the survivor', async (t) => {
  const assent = await startBefore(t)
  await subscribe(assent, { from_user_id: BEA.userId })
  // Asked on the number before, stopped under it: the answer to START is queued and now comes too late.
  await assent.deliver(says('START', { from: PHONE }, assent.clock()))
  assent.clock.advance(1_000)
  await assent.deliver(says('STOP', { from_user_id: BEA.userId }, assent.clock()))
  assent.clock.advance(minutes(2))
  assent.emulator.people.find((p) => p.userId === BEA.userId)?.text('hello')
  await assent.emulator.flush()
  t.equal((await assent.pool.query('select from merges')).rowCount, 1)
  const before = assent.emulator.requests.length
  await assent.settle()
  const sent = assent.emulator.requests.slice(before).map((r) => JSON.stringify(r.body))
  t.equal(sent.length, 1)
  t.match(sent[0], /unsubscribed/)
  const { rows } = await assent.pool.query(
    `select kind, status, reason from sends where kind in ('card', 'stopped') order by id desc limit 2`,
  )
  t.same(rows, [
    { kind: 'stopped', status: 'accepted', reason: null },
    { kind: 'card', status: 'cancelled', reason: 'left' },
  ])
  t.equal((await assent.pool.query('select count(distinct contact_id)::int from sends')).rows[0].count, 1)
})

t.test('a gate that had to wait for a merge decides on the person that came of it', async (t) => {
  const assent = await startBefore(t)
  // The contact of the number is the older one: it survives, and the gate waits for the row of the other.
  await assent.deliver(says('hello', { from: PHONE }, assent.clock()))
  await subscribe(assent, { from_user_id: BEA.userId })
  await assent.deliver(says('STOP', { from: PHONE }, assent.clock()))
  const tx = await assent.pool.connect()
  t.teardown(() => tx.release())
  await tx.query('begin')
  const identity = { phone: PHONE, bsuid: BEA.userId }
  const rules = { policy: assent.policy, identityKeys: assent.config.identityKeys }
  await resolveContacts(tx, [{ identity, at: assent.clock(), source: 'test' }], assent.clock(), rules)
  const sending = reason(assent, BEA.userId)
  for (;;) {
    const waiting = await assent.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (waiting.rowCount === 1) break
    await turn()
  }
  await tx.query('commit')
  t.equal(await sending, 'withdrawn')
})

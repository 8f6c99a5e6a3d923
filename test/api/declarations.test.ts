import t from 'tap'
import { startAssent, type TestAssent } from '../helpers/assent.js'

const TO = '+12025550101'
const TEXT = { type: 'text', text: { body: 'Two days of sale' } }
const EVIDENCE = {
  notice: 'Acme Outdoor GmbH may send me offers by WhatsApp, at most 4 a month. I can stop at any time.',
  language: 'en',
  where: 'https://acme.example/checkout',
  method: 'web_form',
  reference: 'form-4711',
}
const yes = (assent: TestAssent, more: object = {}) => ({
  recipient: TO,
  purposes: ['offers'],
  decision: 'given',
  at: assent.clock().toISOString(),
  source: 'shop',
  evidence: EVIDENCE,
  ...more,
})

t.test('a yes from elsewhere with its evidence opens its purpose and no other', async (t) => {
  const assent = await startAssent(t)
  const { status, body } = await assent.call('POST', '/v1/consents', yes(assent))
  t.match({ status, recorded: body.recorded }, { status: 200, recorded: true })
  t.match(body.event, {
    type: 'imported',
    actor: 'api',
    source: 'shop',
    method: 'web_form',
    scope: ['offers'],
    notice: /^[0-9a-f]{64}$/,
  })
  t.match(body.states, { offers: { status: 'given' } })
  assent.emulator.person({ name: 'Ada', phone: TO }).text('hello')
  await assent.settle()
  t.equal((await assent.send({ to: TO, ...TEXT })).status, 200)
  const { rows } = await assent.pool.query(
    `select e.type, n.content from sends s join consent_events e on e.id = s.permitted_by join notices n on n.hash = e.notice
      where s.kind = 'message'`,
  )
  t.same(rows, [{ type: 'imported', content: EVIDENCE.notice }])
  const again = await assent.call('POST', '/v1/consents', yes(assent))
  t.match(
    again.body,
    { recorded: false, event: { id: body.event.id } },
    'the same declaration twice is one event',
  )
})

t.test('a yes without its evidence is refused with the list of what is missing', async (t) => {
  const assent = await startAssent(t)
  const { status, body } = await assent.call('POST', '/v1/consents', {
    recipient: TO,
    decision: 'given',
    source: 'shop',
    evidence: { method: 'web_form' },
  })
  t.equal(status, 400)
  t.same(body.issues.map((i: { field: string }) => i.field).sort(), [
    'at',
    'evidence.language',
    'evidence.notice',
    'evidence.reference',
    'evidence.where',
    'purposes',
  ])
  t.equal((await assent.pool.query('select from contacts')).rowCount, 0)
})

t.test('a yes from elsewhere never lifts the person’s own stop', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('STOP')
  await assent.settle()
  const before = new Date(assent.clock().getTime() - 86_400_000).toISOString()
  assent.clock.advance(10_000)
  t.match(await assent.call('POST', '/v1/consents', yes(assent)), { status: 409, body: { code: 'OWN_STOP' } })
  const old = await assent.call('POST', '/v1/consents', yes(assent, { at: before }))
  t.match(
    old,
    { status: 200, body: { states: { offers: { status: 'withdrawn' } } } },
    'an older one is history, and no more',
  )
  t.equal((await assent.send({ to: TO, ...TEXT })).body.error.code, 131050)
})

t.test('a no needs only the person and the source, and stops at once', async (t) => {
  const assent = await startAssent(t)
  await assent.call('POST', '/v1/consents', yes(assent))
  assent.clock.advance(1_000)
  const { status, body } = await assent.call('POST', '/v1/consents', {
    recipient: TO,
    decision: 'withdrawn',
    source: 'telephone',
  })
  t.match(
    { status, type: body.event.type, scope: body.event.scope },
    { status: 200, type: 'withdrawn', scope: ['*'] },
  )
  t.match((await assent.send({ to: TO, ...TEXT })).body.error, {
    code: 131050,
    consent: { reason: 'withdrawn' },
  })
  assent.clock.advance(1_000)
  t.match(await assent.call('POST', '/v1/consents', yes(assent)), { status: 409 })
})

t.test('a stop that was told to a person keeps who took it down and what was said', async (t) => {
  const assent = await startAssent(t)
  const said = {
    recipient: TO,
    decision: 'withdrawn',
    source: 'telephone',
    operator: 'desk-7',
    reason: 'called twice',
  }
  t.equal((await assent.call('POST', '/v1/consents', said)).status, 200)
  const { rows } = await assent.pool.query('select body from evidence')
  t.match(JSON.stringify(rows), /desk-7.*called twice/)
  const long = { ...said, reason: 'x'.repeat(201) }
  t.match(await assent.call('POST', '/v1/consents', long), {
    status: 400,
    body: { issues: [{ field: 'reason' }] },
  })
})

t.test('consent for another channel is kept and does not open WhatsApp', async (t) => {
  const assent = await startAssent(t)
  t.equal((await assent.call('POST', '/v1/consents', yes(assent, { channel: 'sms' }))).status, 200)
  t.match((await assent.send({ to: TO, ...TEXT })).body.error.consent, { reason: 'no_consent' })
  const { body } = await assent.call('POST', '/v1/consents/lookup', { recipient: TO })
  t.match(body.states, { sms: { offers: { status: 'given' } } })
})

t.test('times in the future, unknown purposes and impossible people are named', async (t) => {
  const assent = await startAssent(t)
  const in6 = new Date(assent.clock().getTime() + 6 * 60_000).toISOString()
  const in4 = new Date(assent.clock().getTime() + 4 * 60_000).toISOString()
  t.match(await assent.call('POST', '/v1/consents', yes(assent, { at: in6 })), {
    status: 400,
    body: { issues: [{ field: 'at' }] },
  })
  t.equal(
    (await assent.call('POST', '/v1/consents', yes(assent, { at: in4 }))).status,
    200,
    'clocks differ a little',
  )
  t.match(await assent.call('POST', '/v1/consents', yes(assent, { purposes: ['lottery'] })), {
    status: 400,
    body: { issues: [{ field: 'purposes' }] },
  })
  t.match(await assent.call('POST', '/v1/consents', yes(assent, { recipient: '12' })), {
    status: 400,
    body: { issues: [{ field: 'recipient' }] },
  })
})

t.test('decisions answer any past moment, as it was known then and as it is known now', async (t) => {
  const assent = await startAssent(t)
  const at = (minutes: number) => new Date(start + minutes * 60_000)
  const start = assent.clock().getTime()
  await assent.call('POST', '/v1/consents', yes(assent))
  // A stop of minute 10 reaches us in minute 30, when messages had still been allowed.
  assent.clock.advance(30 * 60_000)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('STOP', { at: at(10) })
  await assent.settle()
  assent.clock.advance(30 * 60_000)
  const decide = async (minutes: number) => {
    const { body } = await assent.call('POST', '/v1/decisions', {
      recipient: TO,
      purpose: 'offers',
      at: at(minutes).toISOString(),
    })
    return [
      body.asKnownThen.reason ?? 'allowed',
      body.asKnownNow.reason ?? 'allowed',
      body.asKnownThen.event?.type,
      body.asKnownNow.event?.type,
    ]
  }
  t.same(await decide(-1), ['no_consent', 'no_consent', undefined, undefined])
  t.same(await decide(5), ['allowed', 'allowed', 'imported', 'imported'])
  t.same(await decide(20), ['allowed', 'withdrawn', 'imported', 'withdrawn'], 'what nobody could know then')
  t.same(await decide(40), ['withdrawn', 'withdrawn', 'withdrawn', 'withdrawn'])
  const now = await assent.call('POST', '/v1/decisions', { recipient: TO })
  t.match(now.body, { asKnownNow: { allowed: false, reason: 'withdrawn', event: { type: 'withdrawn' } } })
  t.match(await assent.call('POST', '/v1/decisions', { recipient: TO, at: at(600).toISOString() }), {
    status: 400,
  })
})

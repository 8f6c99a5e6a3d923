import fc from 'fast-check'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { askGate, GATE_SQL } from '../../src/consent/gate.js'
import { personKey } from '../../src/consent/recipient.js'
import { foldFingerprint, type PurposeState } from '../../src/consent/state.js'
import { verdict } from '../../src/consent/verdict.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import { startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fixture } from '../helpers/fixtures.js'
import { samplePolicy, samplePolicyText } from '../helpers/policy.js'

const NOW = new Date('2026-11-23T10:00:00Z')
const CONTACT = '01900000-0000-7000-8000-000000000001'
const phone = { kind: 'phone', value: '12025550101' } as const

const request = (more = {}) => ({
  sendId: uuidv7({ msecs: Date.now() }),
  now: NOW,
  leaseUntil: new Date(NOW.getTime() + 15_000),
  phoneNumberId: '106540352242922',
  recipient: phone,
  alias: null,
  personKeys: [personKey('identity-key', phone)],
  purpose: samplePolicy.purposes.get('offers') ?? null,
  purposeName: 'offers',
  template: null,
  language: null,
  category: 'marketing' as const,
  callbackData: null,
  refusal: null,
  ...more,
})

t.test('the statement and the pure verdict agree on any state', async (t) => {
  const { pool } = await testDatabase(t)
  const fingerprint = foldFingerprint(samplePolicy.purposes.values())
  await pool.query('insert into contacts (id, created_at, folded_with) values ($1, now(), $2)', [
    CONTACT,
    fingerprint,
  ])
  await pool.query(
    `insert into identifiers (value, kind, contact_id, source, valid_from) values ('12025550101', 'phone', $1, 't', now())`,
    [CONTACT],
  )
  const state = fc.option(
    fc.record({
      status: fc.constantFrom(
        'none',
        'requested',
        'given',
        'given',
        'refused',
        'withdrawn',
        'paused',
        'expired',
        'revoked',
      ),
      event: fc.uuid(),
      since: fc.constant('2026-11-01T00:00:00.000Z'),
      until: fc.option(fc.integer({ min: -2, max: 2 }).map((s) => new Date(NOW.getTime() + s).toISOString())),
    }) as fc.Arbitrary<PurposeState>,
    { nil: undefined },
  )
  await fc.assert(
    fc.asyncProperty(state, async (offers) => {
      await pool.query('update contacts set states = $2 where id = $1', [
        CONTACT,
        JSON.stringify(offers ? { whatsapp: { offers } } : {}),
      ])
      const expected = verdict(offers, NOW)
      const asked = await askGate(pool, samplePolicy, request())
      if (asked.allowed !== expected.allowed) return false
      return asked.allowed || expected.allowed || asked.reason === expected.reason
    }),
    { numRuns: 300 },
  )
})

t.test('the gate finds its person by index and reads no table whole', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(
    `insert into contacts (id, created_at) select gen_random_uuid(), now() from generate_series(1, 5000)`,
  )
  await pool.query(`insert into identifiers (value, kind, contact_id, source, valid_from)
    select row_number() over ()::text, 'phone', id, 't', now() from contacts`)
  await pool.query(
    `insert into suppressions (key, created_at, source) select int4send(n), now(), 't' from generate_series(1, 5000) n`,
  )
  await pool.query(`insert into templates (business_account_id, name, language, category, category_at, correct_at, status,
      status_at, seen_at, gone_at)
    select n % 3, 'template_' || n, 'en_US', 'utility', now(), now(), 'APPROVED', now(), now(), '-infinity'
      from generate_series(1, 5000) n`)
  await pool.query('analyze')
  const r = request()
  const { rows } = await pool.query(`explain (format json) ${GATE_SQL}`, [
    r.sendId,
    r.now,
    r.leaseUntil,
    '77',
    'phone',
    'offers',
    null,
    r.personKeys,
    null,
    null,
    'x',
    r.personKeys[0],
    '1',
    'template_77',
    null,
    '2',
    'en_US',
    'utility',
    null,
  ])
  const nodes: { type: string; name: string }[] = []
  const walk = (node: Record<string, unknown>) => {
    nodes.push({
      type: String(node['Node Type']),
      name: String(node['Index Name'] ?? node['Relation Name'] ?? ''),
    })
    for (const child of (node.Plans as Record<string, unknown>[]) ?? []) walk(child)
  }
  walk(rows[0]['QUERY PLAN'][0].Plan)
  const primary = 'templates_business_account_id_name_language_pk'
  for (const index of ['identifiers_current', 'contacts_pkey', 'suppressions_pkey', primary]) {
    t.ok(
      nodes.some((n) => n.name === index),
      `${index} is used`,
    )
  }
  t.same(
    nodes.filter((n) => n.type === 'Seq Scan'),
    [],
  )
  t.same(
    nodes.filter((n) => n.type === 'Sort'),
    [],
  )
})

t.test('a suppressed person is refused, whatever their state', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(`insert into suppressions (key, created_at, source) values ($1, now(), 'erasure')`, [
    personKey('old-key', phone),
  ])
  const keys = [personKey('identity-key', phone), personKey('old-key', phone)]
  t.match(await askGate(pool, samplePolicy, request({ personKeys: keys })), {
    allowed: false,
    reason: 'suppressed',
  })
})

t.test(
  'after a change of the policy a person is judged anew, not by the state of yesterday’s rules',
  async (t) => {
    const assent = await startAssent(t)
    const ada = assent.emulator.person({ name: 'Ada', phone: '+12025550101' })
    ada.text('START')
    await assent.settle()
    ada.tap('latest', 'Yes, send them')
    await assent.settle()
    ada.stopMarketing()
    await assent.settle()
    // Order updates are not marketing, so the in-app stop does not reach them; then the policy says that they are.
    const orders = { purposeName: 'orders' }
    t.match(await askGate(assent.pool, samplePolicy, request({ now: assent.clock(), ...orders })), {
      allowed: true,
    })
    const stricter = readPolicy(
      samplePolicyText.replace('category: utility', 'category: marketing'),
      TEXT_LANGUAGES,
      true,
    )
    t.match(await askGate(assent.pool, stricter, request({ now: assent.clock(), ...orders })), {
      allowed: false,
      reason: 'withdrawn',
    })
  },
)

t.test('check and lookup say what the gate would say, and change nothing', async (t) => {
  const assent = await startAssent(t)
  await assent.deliver(fixture('text-stop'))
  const before = await assent.pool.query('select count(*) from sends')
  const { status, body } = await assent.call('POST', '/v1/consents/check', {
    recipients: ['+1 202 555 0101', '+44 7700 900123', 'nonsense', 'US.20250101aa'],
    purpose: 'offers',
  })
  t.equal(status, 200)
  t.match(
    body.verdicts.map((v: { reason: string }) => v.reason),
    ['withdrawn', 'no_consent', 'recipient_invalid', 'withdrawn'],
  )
  const unknown = await assent.call('POST', '/v1/consents/check', {
    recipients: ['+12025550101'],
    purpose: 'lottery',
  })
  t.equal(unknown.body.verdicts[0].reason, 'purpose_unknown')
  t.match(await assent.call('POST', '/v1/consents/lookup', { recipient: '+44 7700 900123' }), {
    status: 200,
    body: { contact: null, states: {} },
  })
  t.same((await assent.pool.query('select count(*) from sends')).rows, before.rows)
})

t.test('every verdict names the event that decided it, allowed or refused, if one did', async (t) => {
  const assent = await startAssent(t)
  const { pool, emulator, clock, settle } = assent
  const SALE = { to: '+12025550101', type: 'text', text: { body: 'Two days of sale' } }
  const ada = emulator.person({ name: 'Ada', phone: SALE.to })
  await assent.send(SALE)
  clock.advance(1_000)
  for (const act of [
    () => ada.text('START'),
    () => ada.tap('latest', 'Yes, send them'),
    () => ada.text('STOP'),
  ]) {
    act()
    await settle()
    await assent.send(SALE)
    clock.advance(1_000)
  }
  await assent.send({ ...SALE, recipient: 'US.1' })
  clock.advance(1_000)
  await assent.send(SALE, { 'x-consent-purpose': 'lottery' })
  clock.advance(1_000)
  await pool.query(`insert into suppressions (key, created_at, source)
    select person, now(), 'erasure' from sends where person is not null limit 1`)
  await assent.send(SALE)
  const { rows } =
    await pool.query(`select s.status, s.reason, e.type as decided, s.permitted_by = s.decided_by as by_it,
      s.person is not null as known
    from sends s left join consent_events e on e.id = s.decided_by where s.kind = 'message' order by s.id`)
  const refused = (reason: string, decided: string | null) => ({
    status: 'refused',
    reason,
    decided,
    by_it: null,
    known: true,
  })
  t.same(rows, [
    refused('no_consent', null),
    refused('requested', 'requested'),
    { status: 'accepted', reason: null, decided: 'given', by_it: true, known: true },
    refused('withdrawn', 'withdrawn'),
    refused('identity_conflict', null),
    refused('purpose_unknown', null),
    refused('suppressed', null),
  ])
})

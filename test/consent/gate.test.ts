import fc from 'fast-check'
import t from 'tap'
import { leavesPeriod } from '../../src/consent/frequency.js'
import { askGate, GATE_SQL, gateValues } from '../../src/consent/gate.js'
import { quietHoursOf } from '../../src/consent/quiet-hours.js'
import { personKey } from '../../src/consent/recipient.js'
import type { PurposeState } from '../../src/consent/state.js'
import { verdict } from '../../src/consent/verdict.js'
import { closedWindow } from '../../src/consent/window.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { type Purpose, readPolicy } from '../../src/policy.js'
import { startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fixture } from '../helpers/fixtures.js'
import { gateRequest, PHONE, sent, somebody } from '../helpers/gate.js'
import { samplePolicy, samplePolicyText } from '../helpers/policy.js'

const NOW = new Date('2026-11-23T10:00:00Z')
const CONTACT = '01900000-0000-7000-8000-000000000001'
const NUMBER = '106540352242922'

t.test(
  'the statement and the pure verdict agree on any state, window, frequency and quiet hours',
  async (t) => {
    const { pool } = await testDatabase(t)
    await pool.query('select create_partitions($1)', [NOW])
    await somebody(pool, CONTACT, PHONE.value)
    const near = (ms: number) =>
      fc.integer({ min: -2, max: 2 }).map((off) => new Date(NOW.getTime() + ms + off))
    const state = fc.option(
      fc.record({
        status: fc.constantFrom(
          'none',
          'requested',
          'given',
          'given',
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
        until: fc.option(near(0).map((at) => at.toISOString())),
      }) as fc.Arbitrary<PurposeState>,
      { nil: undefined },
    )
    const days = (n: number) => -n * 86_400_000
    const send = fc.record({
      at: fc.oneof(near(-1_000), near(days(7)), near(days(1)), near(days(31)), near(days(12))),
      status: fc.constantFrom('accepted', 'sending', 'uncertain', 'failed', 'refused', 'cancelled', 'queued'),
      purpose: fc.constantFrom('offers', 'offers', 'orders'),
      kind: fc.constantFrom('message', 'message', 'message', 'card'),
    })
    const message = fc.record({
      offers: state,
      type: fc.constantFrom('template', 'template', 'text'),
      heardAt: fc.option(near(days(1))),
      sends: fc.array(send, { maxLength: 6 }),
      atMost: fc.integer({ min: 1, max: 4 }),
      per: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
      quietHours: fc.option(
        fc.constantFrom(
          { from: '21:00', to: '08:00' },
          { from: '02:00', to: '03:00' },
          { from: '05:00', to: '05:01' },
        ),
        { nil: undefined },
      ),
    })
    await fc.assert(
      fc.asyncProperty(message, async ({ offers, type, heardAt, sends, atMost, per, quietHours }) => {
        await pool.query(`update contacts set states = $2, windows = $3, pace = '{}' where id = $1`, [
          CONTACT,
          JSON.stringify(offers ? { whatsapp: { offers } } : {}),
          JSON.stringify(heardAt ? { [NUMBER]: heardAt } : {}),
        ])
        await pool.query('delete from sends')
        for (const [n, s] of sends.entries()) await sent(pool, CONTACT, { ...s, n })
        const { quietHours: _, ...loud } = samplePolicy.purposes.get('offers') as Purpose
        const purpose = { ...loud, frequency: { atMost, per }, ...(quietHours ? { quietHours } : {}) }
        const policy = { ...samplePolicy, purposes: new Map([...samplePolicy.purposes, ['offers', purpose]]) }
        const asked = await askGate(pool, policy, gateRequest({ type, purpose, now: NOW }))
        const counted = sends
          .filter((s) => s.purpose === 'offers' && s.kind === 'message')
          .filter((s) => ['accepted', 'sending', 'uncertain'].includes(s.status))
          .filter((s) => leavesPeriod(s.at, per) > NOW)
          .map((s) => s.at)
          .sort((a, b) => b.getTime() - a.getTime())
        const decisive = counted[atMost - 1]
        const expected = verdict(offers, NOW, {
          closed: type === 'template' ? null : closedWindow(heardAt, NOW),
          cappedUntil: decisive ? leavesPeriod(decisive, per) : null,
          quiet: quietHoursOf(policy, purpose, PHONE, NUMBER, NOW),
        })
        t.equal(asked.allowed ? null : asked.reason, expected.allowed ? null : expected.reason)
        if (asked.allowed || asked.reason === 'too_fast' || expected.allowed) return
        t.same(asked.retryAt, expected.retryAt)
        if (asked.reason === 'window_closed') t.equal(asked.since, expected.since)
      }),
      { numRuns: 400 },
    )
  },
)

t.test('the gate finds its person and what they have had by index, and reads no table whole', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query('select create_partitions($1)', [NOW])
  await pool.query(
    `insert into contacts (id, created_at) select gen_random_uuid(), now() from generate_series(1, 5000)`,
  )
  await pool.query(`insert into identifiers (value, kind, contact_id, source, valid_from)
    select row_number() over ()::text, 'phone', id, 't', now() from contacts`)
  await pool.query(
    `insert into suppressions (key, created_at, source) select int4send(n), now(), 't' from generate_series(1, 5000) n`,
  )
  await pool.query(
    `insert into sends (id, created_at, decided_at, contact_id, phone_number_id, kind, purpose, status, reason)
     select (left(uuidv7_floor($1)::text, 24) || lpad(to_hex(row_number() over ()), 12, '0'))::uuid, $1, $1, id, '1',
            'message', 'offers', 'refused', 'withdrawn' from contacts, generate_series(1, 4)`,
    [NOW],
  )
  await pool.query(`insert into templates (business_account_id, name, language, category, category_at, correct_at, status,
      status_at, seen_at, gone_at)
    select n % 3, 'template_' || n, 'en_US', 'utility', now(), now(), 'APPROVED', now(), now(), '-infinity'
      from generate_series(1, 5000) n`)
  await pool.query('analyze')
  const request = gateRequest({ now: NOW, recipient: { kind: 'phone', value: '77' }, category: null })
  const { rows } = await pool.query(
    `explain (format json) ${GATE_SQL}`,
    gateValues(samplePolicy, request, null),
  )
  type Node = { type: string; name: string; below: string[] }
  const nodes: Node[] = []
  const walk = (node: Record<string, unknown>): string[] => {
    const type = String(node['Node Type'])
    const seen = {
      type,
      name: String(node['Index Name'] ?? node['Relation Name'] ?? ''),
      below: [] as string[],
    }
    nodes.push(seen)
    for (const child of (node.Plans as Record<string, unknown>[]) ?? []) seen.below.push(...walk(child))
    return [seen.name, ...seen.below]
  }
  walk(rows[0]['QUERY PLAN'][0].Plan)
  const counted = `sends_${NOW.toISOString().slice(0, 7).replace('-', '_')}_contact_id_purpose_decided_at_idx`
  for (const index of [
    'identifiers_current',
    'contacts_pkey',
    'contacts_merged',
    'suppressions_pkey',
    counted,
    'templates_business_account_id_name_language_pk',
  ]) {
    t.ok(
      nodes.some((n) => n.name === index),
      `${index} is used`,
    )
  }
  // Months without a send are empty, whatever way they are read.
  const read = nodes.filter((n) => n.type === 'Seq Scan' && !/^sends_/.test(n.name))
  t.same(read, [])
  t.notOk(
    nodes.some((n) => n.type === 'Seq Scan' && n.name === counted.slice(0, 13)),
    'nor a month of sends',
  )
  t.ok(
    nodes.filter((n) => n.type === 'Sort').every((n) => n.below.includes(counted)),
    'nothing is sorted but the few that were counted',
  )
})

t.test('a verdict, whatever it rests on, is one statement', async (t) => {
  const { pool } = await testDatabase(t)
  await somebody(pool, CONTACT, PHONE.value)
  let statements = 0
  const counted = Object.assign(Object.create(pool) as typeof pool, {
    connect: () => t.fail('no transaction is opened'),
    query: (...args: unknown[]) => {
      statements++
      return Reflect.apply(pool.query, pool, args)
    },
  })
  const asked = []
  for (const type of ['template', 'text', 'template', 'template', 'template', 'template'])
    asked.push(await askGate(counted, samplePolicy, gateRequest({ type })))
  t.same(
    asked.map((verdict) => verdict.allowed || verdict.reason),
    [true, 'window_closed', true, true, true, 'frequency_cap'],
  )
  t.equal(statements, asked.length)
})

t.test('a suppressed person is refused, whatever their state', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(`insert into suppressions (key, created_at, source) values ($1, now(), 'erasure')`, [
    personKey('old-key', PHONE),
  ])
  const keys = [personKey('identity-key', PHONE), personKey('old-key', PHONE)]
  t.match(await askGate(pool, samplePolicy, gateRequest({ personKeys: keys })), {
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
    t.match(await askGate(assent.pool, samplePolicy, gateRequest({ now: assent.clock(), ...orders })), {
      allowed: true,
    })
    const stricter = readPolicy(
      samplePolicyText.replace('category: utility', 'category: marketing'),
      TEXT_LANGUAGES,
      true,
    )
    t.match(await askGate(assent.pool, stricter, gateRequest({ now: assent.clock(), ...orders })), {
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

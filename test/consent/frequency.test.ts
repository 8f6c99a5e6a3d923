import fc from 'fast-check'
import t from 'tap'
import { countsSince, leavesPeriod } from '../../src/consent/frequency.js'
import { askGate } from '../../src/consent/gate.js'
import { buildAssent, makeClock, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { gateRequest, sent, somebody } from '../helpers/gate.js'
import { samplePolicy, withEvery } from '../helpers/policy.js'

const TO = '+12025550101'
const SALE = { to: TO, type: 'template', template: { name: 'summer_sale', language: { code: 'en_US' } } }
const DAY_MS = 86_400_000

async function withAda(t: Parameters<typeof startAssent>[0], options = {}): Promise<TestAssent> {
  const assent = await startAssent(t, options)
  await saysYes(assent)
  return assent
}

async function saysYes(assent: TestAssent): Promise<void> {
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
}

const PER = ['day', 'week', 'month', 'year'] as const

t.test('what counts is what has not left the period, on any day of any year', async (t) => {
  const moment = fc.date({
    min: new Date('2023-12-01T00:00:00Z'),
    max: new Date('2029-03-05T00:00:00Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(moment, moment, fc.constantFrom(...PER), (at, now, per) => {
      return at > countsSince(now, per) === leavesPeriod(at, per) > now
    }),
    { numRuns: 20_000 },
  )
  // Beside each other, where the lengths of months differ.
  const near = fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS })
  fc.assert(
    fc.property(moment, near, fc.constantFrom(...PER), (now, off, per) => {
      const at = new Date(countsSince(now, per).getTime() + off)
      return at > countsSince(now, per) === leavesPeriod(at, per) > now
    }),
    { numRuns: 20_000 },
  )
  t.same(leavesPeriod(new Date('2026-11-03T10:00:00Z'), 'month'), new Date('2026-12-03T10:00:00Z'))
  t.same(leavesPeriod(new Date('2026-01-30T10:00:00Z'), 'month'), new Date('2026-03-01T00:00:00Z'))
  t.same(leavesPeriod(new Date('2028-02-29T10:00:00Z'), 'year'), new Date('2029-03-01T00:00:00Z'))
  t.same(leavesPeriod(new Date('2026-11-03T10:00:00Z'), 'week'), new Date('2026-11-10T10:00:00Z'))
})

t.test(
  'the fifth message of “at most 4 a month” within a month is refused, and says when it may come',
  async (t) => {
    const clock = makeClock(new Date('2026-11-03T10:00:00Z'))
    const assent = await withAda(t, { clock })
    const first = clock()
    for (let n = 0; n < 4; n++) {
      t.equal((await assent.send(SALE)).status, 200)
      clock.advance(DAY_MS)
    }
    const { status, body } = await assent.send(SALE)
    t.match(
      { status, body },
      { status: 400, body: { error: { code: 131950, consent: { reason: 'frequency_cap' } } } },
    )
    const retryAt = body.error.consent.retryAt
    t.equal(retryAt, leavesPeriod(first, 'month').toISOString())
    t.equal(
      (await assent.send(SALE, { 'x-consent-purpose': 'orders' })).body.error.consent.reason,
      'category_mismatch',
    )
    const components = [{ type: 'body', parameters: [{ type: 'text', text: '4711' }] }]
    const order = { ...SALE, template: { name: 'order_shipped', language: { code: 'en_US' }, components } }
    t.equal((await assent.send(order)).status, 200, 'every purpose has a promise of its own')
    clock.advance(Date.parse(retryAt) - clock().getTime() - 1)
    t.equal((await assent.send(SALE)).status, 400)
    clock.advance(1)
    t.equal((await assent.send(SALE)).status, 200)
  },
)

t.test(
  'only what may have reached the person counts: not what was refused, has failed or never left',
  async (t) => {
    const assent = await withAda(t)
    const { emulator, pool, clock } = assent
    emulator.faults.failSends({ code: 131026, httpStatus: 400 })
    t.equal((await assent.send(SALE)).status, 400)
    emulator.faults.failSends({ code: 131000, httpStatus: 500 })
    t.equal((await assent.send(SALE)).status, 500, 'of unknown fate: counts')
    for (let n = 0; n < 3; n++) t.equal((await assent.send(SALE)).status, 200)
    for (let n = 0; n < 3; n++) t.equal((await assent.send(SALE)).body.error.consent.reason, 'frequency_cap')
    // Meta says afterwards that one has not arrived.
    const { rows } = await pool.query(
      `select wamid from sends where status = 'accepted' and kind = 'message' limit 1`,
    )
    const timestamp = String(Math.floor(clock().getTime() / 1000))
    const failed = { id: rows[0].wamid, status: 'failed', timestamp, errors: [{ code: 131026 }] }
    await assent.deliver({ entry: [{ changes: [{ field: 'messages', value: { statuses: [failed] } }] }] })
    t.equal((await assent.send(SALE)).status, 200)
    t.equal((await assent.send(SALE)).body.error.consent.reason, 'frequency_cap')
  },
)

t.test('fifty sends at once on two replicas are four, however they meet', async (t) => {
  const { pool } = await testDatabase(t)
  const clock = makeClock()
  const one = await buildAssent(t, pool, { clock })
  const other = await buildAssent(t, pool, { clock })
  await saysYes(one)
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? one : other).send(SALE)),
    )
    const reasons = answers.map(({ status, body }) => (status === 200 ? 'sent' : body.error.consent?.reason))
    t.equal(reasons.filter((r) => r === 'sent').length, 4)
    t.equal(reasons.filter((r) => r === 'frequency_cap').length, 46)
    const { rows } = await pool.query(
      `select count(*)::int from sends where kind = 'message' and status = 'accepted'
      and decided_at = $1`,
      [clock()],
    )
    t.same(rows, [{ count: 4 }])
    // Long enough for the four to leave the period, and not for the consent.
    clock.advance(32 * DAY_MS)
    await pool.query('select create_partitions($1)', [clock()])
  }
})

t.test('a send that was decided while the gate waited for the person counts', async (t) => {
  const { pool } = await testDatabase(t)
  const contact = '01900000-0000-7000-8000-000000000001'
  await somebody(pool, contact, '12025550101')
  const once = withEvery(samplePolicy, { frequency: { atMost: 1, per: 'month' } })
  const purpose = once.purposes.get('offers') ?? null
  const first = await pool.connect()
  await first.query('begin')
  await first.query(`update contacts set pace = '{"1":"2026-11-01T00:00:00Z"}' where id = $1`, [contact])
  const asking = askGate(pool, once, gateRequest({ purpose }))
  for (;;) {
    const { rows } = await pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    if (rows.length > 0) break
  }
  await first.query(
    `insert into sends (id, created_at, decided_at, contact_id, phone_number_id, kind, purpose, status, permitted_by)
     select uuidv7_floor(now()), now(), now(), $1, '1', 'message', 'offers', 'accepted', $1`,
    [contact],
  )
  await first.query('commit')
  first.release()
  t.match(await asking, { allowed: false, reason: 'frequency_cap' })
})

t.test('people who turned out to be one have had what each of them had', async (t) => {
  const { pool } = await testDatabase(t)
  const [survivor, merged] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002']
  await somebody(pool, survivor, '12025550101')
  await somebody(pool, merged, null)
  await pool.query('update contacts set merged_into = $1 where id = $2', [survivor, merged])
  const now = new Date()
  for (const [n, contact] of [survivor, merged, merged].entries())
    await sent(pool, contact, { at: new Date(now.getTime() - n * 1_000) })
  t.match(await askGate(pool, samplePolicy, gateRequest({ now })), { allowed: true })
  const later = new Date(now.getTime() + 1_000)
  t.match(await askGate(pool, samplePolicy, gateRequest({ now: later })), {
    allowed: false,
    reason: 'frequency_cap',
    retryAt: leavesPeriod(new Date(now.getTime() - 2_000), 'month'),
  })
})

// Free-form goes under the default purpose, which is one of authentication here.
const CODE = { to: TO, type: 'text', text: { body: 'Your code is 123456' } }

t.test('a promise is kept for one-time codes as well', async (t) => {
  const policy = withEvery(samplePolicy, { category: 'authentication', frequency: { atMost: 1, per: 'day' } })
  const assent = await withAda(t, { policy })
  t.equal((await assent.send(CODE)).status, 200)
  t.equal((await assent.send(CODE)).body.error.consent.reason, 'frequency_cap')
})

t.test('checks and decisions know of it, in two statements for a thousand people', async (t) => {
  const assent = await withAda(t)
  for (let n = 0; n < 4; n++) await assent.send(SALE)
  const retryAt = (await assent.send(SALE)).body.error.consent.retryAt
  const recipients = [TO, ...Array.from({ length: 999 }, (_, n) => `+1202555${String(n + 1000)}`)]
  const query = assent.pool.query
  let statements = 0
  Object.assign(assent.pool, {
    query: (...args: unknown[]) => {
      statements++
      return Reflect.apply(query, assent.pool, args)
    },
  })
  const { body } = await assent.call('POST', '/v1/consents/check', { recipients, purpose: 'offers' })
  t.equal(statements, 2)
  Object.assign(assent.pool, { query })
  t.match(body.verdicts[0], { allowed: false, reason: 'frequency_cap', retryAt })
  t.match(body.verdicts[1], { allowed: false, reason: 'no_consent', retryAt: null })
  const orders = await assent.call('POST', '/v1/consents/check', { recipients: [TO], purpose: 'orders' })
  t.match(orders.body.verdicts[0], { allowed: true, reason: null, retryAt: null })
  const present = await assent.call('POST', '/v1/decisions', { recipient: TO, purpose: 'offers' })
  t.match(present.body.asKnownNow, { allowed: false, reason: 'frequency_cap', retryAt })
  const at = assent.clock().toISOString()
  const past = await assent.call('POST', '/v1/decisions', { recipient: TO, purpose: 'offers', at })
  t.match(past.body.asKnownNow, { allowed: true }, 'of any named moment only the ledger speaks')
})

import { getAllCountries } from 'countries-and-timezones'
import fc from 'fast-check'
import t from 'tap'
import { quietNow } from '../../src/consent/quiet-hours.js'
import { zonesOf } from '../../src/consent/time-zones.js'
import { makeClock, startAssent } from '../helpers/assent.js'
import { samplePolicy, withEvery } from '../helpers/policy.js'

const NIGHT = { from: '21:00', to: '08:00' }
const HOME = '+493023125000'
const phone = (value: string) => ({ kind: 'phone', value }) as const
const at = (time: string) => new Date(time)
const until = (hours: typeof NIGHT, zone: string, time: string) =>
  quietNow(hours, [zone], at(time))?.until?.toISOString() ?? null

t.test(
  'it is quiet from nine in the evening to eight in the morning, by the clock on the wall',
  async (t) => {
    const berlin = (time: string) => until(NIGHT, 'Europe/Berlin', time)
    t.equal(berlin('2026-11-23T19:59:59Z'), null, '20:59')
    t.equal(berlin('2026-11-23T20:00:00Z'), '2026-11-24T07:00:00.000Z', '21:00')
    t.equal(berlin('2026-11-24T06:59:59.999Z'), '2026-11-24T07:00:00.000Z')
    t.equal(berlin('2026-11-24T07:00:00Z'), null)
    t.equal(berlin('2026-07-01T19:00:00Z'), '2026-07-02T06:00:00.000Z', 'an hour earlier in summer')
    t.equal(
      until({ from: '13:00', to: '15:00' }, 'Asia/Kolkata', '2026-11-23T08:00:00Z'),
      '2026-11-23T09:30:00.000Z',
    )
    t.equal(
      until({ from: '13:00', to: '15:00' }, 'Asia/Kathmandu', '2026-11-23T09:14:30Z'),
      '2026-11-23T09:15:00.000Z',
    )
  },
)

t.test('nights on which the clocks change have their own length', async (t) => {
  // Berlin: 29 March 2026 at 01:00 UTC from 02:00 to 03:00; 25 October at 01:00 UTC from 03:00 back to 02:00.
  t.equal(until(NIGHT, 'Europe/Berlin', '2026-03-28T20:00:00Z'), '2026-03-29T06:00:00.000Z')
  t.equal(until(NIGHT, 'Europe/Berlin', '2026-10-24T19:00:00Z'), '2026-10-25T07:00:00.000Z')
  const short = { from: '23:00', to: '02:30' }
  t.equal(
    until(short, 'Europe/Berlin', '2026-03-28T23:00:00Z'),
    '2026-03-29T01:00:00.000Z',
    'ends with the leap',
  )
  t.equal(
    until(short, 'Europe/Berlin', '2026-10-25T00:00:00Z'),
    '2026-10-25T00:30:00.000Z',
    'ends the first time',
  )
  t.equal(until(short, 'Europe/Berlin', '2026-10-25T01:00:00Z'), '2026-10-25T01:30:00.000Z', 'and once more')
})

t.test('it is quiet as long as it is quiet in one of the zones, and never a minute longer', async () => {
  const zones = fc.uniqueArray(
    fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'America/Los_Angeles',
      'Pacific/Honolulu',
      'Asia/Tokyo',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/St_Johns',
      'Pacific/Kiritimati',
      'Africa/Casablanca',
    ),
    { minLength: 1, maxLength: 3 },
  )
  const time = fc
    .tuple(fc.nat(23), fc.nat(59))
    .map(([h, m]) => [h, m].map((n) => String(n).padStart(2, '0')).join(':'))
  const moment = fc.oneof(
    fc.date({ min: at('2026-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z'), noInvalidDate: true }),
    // Around changes of the clock.
    ...[
      '2026-03-29T01:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-03-08T10:00:00Z',
      '2026-11-01T06:00:00Z',
      '2026-04-04T15:00:00Z',
    ].map((change) =>
      fc.integer({ min: -1_500, max: 1_500 }).map((m) => new Date(at(change).getTime() + m * 60_000)),
    ),
  )
  // The plain way: what a clock on the wall shows, minute by minute.
  const clocks = new Map<string, Intl.DateTimeFormat>()
  const shows = (zone: string, ms: number) => {
    const clock =
      clocks.get(zone) ??
      new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' })
    clocks.set(zone, clock)
    return clock.format(ms)
  }
  const isQuiet = (from: string, to: string, zone: string, ms: number) => {
    const now = shows(zone, ms)
    return from < to ? now >= from && now < to : now >= from || now < to
  }
  fc.assert(
    fc.property(zones, time, time, moment, (zones, from, to, now) => {
      fc.pre(from !== to)
      const anywhere = (ms: number) => zones.some((zone) => isQuiet(from, to, zone, ms))
      const quiet = quietNow({ from, to }, zones, now)
      if (quiet === null) return !anywhere(now.getTime())
      const end = quiet.until?.getTime() ?? now.getTime() + 2 * 86_400_000
      if (quiet.until !== null && anywhere(end)) return false
      for (let ms = now.getTime(); ms < end; ms += 7 * 60_000) if (!anywhere(ms)) return false
      return anywhere(end - 60_000) || end - 60_000 < now.getTime()
    }),
    { numRuns: 600 },
  )
})

t.test('somebody may be wherever their number can be from', async (t) => {
  t.ok(zonesOf(phone('4930231250'), HOME).includes('Europe/Berlin'))
  t.same(zonesOf(phone('447700900123'), HOME).includes('Europe/London'), true)
  const american = zonesOf(phone('12025550101'), HOME)
  for (const zone of ['America/New_York', 'Pacific/Honolulu']) t.ok(american.includes(zone), zone)
  t.notOk(american.includes('America/Jamaica'), 'not in all countries that share +1')
  t.same(zonesOf(phone('18765550101'), HOME), ['America/Jamaica'])
  t.ok(
    zonesOf(phone('15555550101'), HOME).includes('America/Jamaica'),
    'unless the number does not tell which',
  )
  t.same(zonesOf({ kind: 'bsuid', value: 'JP.20250101aa' }, HOME), ['Asia/Tokyo'])
  t.same(zonesOf({ kind: 'parent_bsuid', value: 'JP.ENT.20250101aa' }, HOME), ['Asia/Tokyo'])
  const home = zonesOf(phone('4930231250'), HOME)
  t.same(zonesOf(phone('88312345678'), HOME), home, 'a number of no country: where the business is')
  t.same(zonesOf({ kind: 'bsuid', value: 'ZZ.1' }, HOME), home)
  t.same(zonesOf({ kind: 'bsuid', value: 'ZZ.1' }, '+99912345678'), ['UTC'])
  for (const { timezones } of Object.values(getAllCountries()))
    for (const zone of timezones)
      t.doesNotThrow(() => quietNow(NIGHT, [zone], at('2026-11-23T12:00:00Z')), zone)
})

t.test(
  'quiet hours hold a message back, tell when it may leave, and hold no answer of ours back',
  async (t) => {
    const clock = makeClock(at('2026-11-23T12:00:00Z'))
    const policy = withEvery(samplePolicy, { quietHours: NIGHT })
    const assent = await startAssent(t, { policy, clock })
    const SALE = { to: '+4930231250', type: 'text', text: { body: 'Two days of sale' } }
    const eva = assent.emulator.person({ name: 'Eva', phone: '+4930231250' })
    eva.text('START')
    await assent.settle()
    clock.advance(1_000)
    eva.tap('latest', 'Yes, send them')
    await assent.settle()
    t.equal((await assent.send(SALE)).status, 200)
    clock.advance(8 * 3_600_000)
    const { status, body } = await assent.send(SALE)
    t.match(
      { status, error: body.error },
      {
        status: 400,
        error: { code: 131950, consent: { reason: 'quiet_hours', retryAt: '2026-11-24T07:00:00.000Z' } },
      },
    )
    const checked = await assent.call('POST', '/v1/consents/check', {
      recipients: [SALE.to],
      purpose: 'offers',
    })
    t.match(checked.body.verdicts[0], { reason: 'quiet_hours', retryAt: '2026-11-24T07:00:00.000Z' })
    const decided = await assent.call('POST', '/v1/decisions', { recipient: SALE.to, purpose: 'offers' })
    t.match(decided.body.asKnownNow, { reason: 'quiet_hours', retryAt: '2026-11-24T07:00:00.000Z' })
    const before = assent.emulator.messagesTo(SALE.to).length
    eva.text('STOP')
    await assent.settle()
    t.equal(assent.emulator.messagesTo(SALE.to).length, before + 1, 'a stop is confirmed at night as well')
  },
)

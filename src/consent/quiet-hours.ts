// Quiet hours of a purpose, by the clock on the person's wall (47 CFR 64.1200(c)(1): no telephone solicitation before 8 in
// the morning or after 9 at night, local time at the called party's location). Promise kept: where somebody may be in
// several time zones, it is quiet as long as it is quiet in one of them. Pure.

import type { Policy, Purpose } from '../policy.js'
import type { Recipient } from './recipient.js'
import { zonesOf } from './time-zones.js'

export type QuietHours = NonNullable<Purpose['quietHours']>

/** `until` is the first moment at which nothing is quiet; null when there is none within days. */
export type Quiet = { until: Date | null }

const MINUTE_MS = 60_000
// Clocks are put forward or back at a quarter of an hour in UTC, everywhere.
const QUARTER_MS = 15 * MINUTE_MS
const DAY_MINUTES = 1_440
/** Zones whose days never meet outside quiet hours are not searched for longer. */
const SEARCHED_DAYS = 3

/** Whether a purpose has its quiet hours where a person may be; null when it has none, or not now. */
export function quietHoursOf(
  policy: Policy,
  { quietHours }: Purpose,
  recipient: Recipient,
  phoneNumberId: string | undefined,
  now: Date,
): Quiet | null {
  if (quietHours === undefined) return null
  const number = policy.numbers.find((n) => n.phoneNumberId === phoneNumberId) ?? policy.numbers[0]
  return quietNow(quietHours, zonesOf(recipient, number?.displayPhoneNumber ?? ''), now)
}

/**
 * @param hours local times `HH:MM`; from the evening to the morning if `from` is the later one
 * @param zones IANA names
 * @returns null when it is not quiet in any of the zones
 */
export function quietNow(hours: QuietHours, zones: readonly string[], now: Date): Quiet | null {
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)]
  const isQuiet = (zone: string, at: number) => {
    const minute = localMinute(zone, at)
    return from < to ? minute >= from && minute < to : minute >= from || minute < to
  }
  let at = now.getTime()
  let quiet = zones.filter((zone) => isQuiet(zone, at))
  if (quiet.length === 0) return null
  while (quiet.length > 0) {
    const start = at
    at = Math.max(...quiet.map((zone) => quietUntil(zone, to, start)))
    if (at > now.getTime() + SEARCHED_DAYS * DAY_MINUTES * MINUTE_MS) return { until: null }
    quiet = zones.filter((zone) => isQuiet(zone, at))
  }
  return { until: new Date(at) }
}

/**
 * A moment up to which it certainly stays quiet: when the clock shows `to`, or before that, when it is put forward or
 * back (over `to`, or to before quiet hours began).
 */
function quietUntil(zone: string, to: number, start: number): number {
  const minutes = (to - localMinute(zone, start) + DAY_MINUTES) % DAY_MINUTES
  const end = (Math.floor(start / MINUTE_MS) + minutes) * MINUTE_MS
  const offset = offsetOf(zone, start)
  if (offsetOf(zone, end) === offset) return end
  let [before, after] = [Math.floor(start / QUARTER_MS), Math.floor(end / QUARTER_MS)]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetOf(zone, middle * QUARTER_MS) === offset) before = middle
    else after = middle
  }
  return after * QUARTER_MS
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** Minutes since midnight on the clocks of a zone. */
function localMinute(zone: string, at: number): number {
  const minutes = Math.floor(at / MINUTE_MS) + offsetOf(zone, at)
  return ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES
}

const formatters = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, { quarter: number; minutes: number }>()

/** Minutes that the clocks of a zone are ahead of UTC. Asking Intl costs microseconds, so the last answer is kept. */
function offsetOf(zone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER_MS)
  const known = offsets.get(zone)
  if (known?.quarter === quarter) return known.minutes
  let formatter = formatters.get(zone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
    formatters.set(zone, formatter)
  }
  const start = new Date(quarter * QUARTER_MS)
  const parts = Object.fromEntries(
    formatter.formatToParts(start).map(({ type, value }) => [type, Number(value)]),
  )
  const { day = 0, hour = 0, minute = 0 } = parts
  // At most a day apart, so the days tell which one it is, whatever the month.
  const apart = day - start.getUTCDate()
  const days = Math.abs(apart) > 1 ? -Math.sign(apart) : apart
  const minutes = days * DAY_MINUTES + hour * 60 + minute - (start.getUTCHours() * 60 + start.getUTCMinutes())
  offsets.set(zone, { quarter, minutes })
  return minutes
}

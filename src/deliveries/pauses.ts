// How long to wait before trying again. Pure. A letter waits longer each time, for seven days; a receiver that fails
// again and again is given a rest as a whole, so that a backlog of any size costs it one request per rest.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** After this a letter that has not arrived is dead. As long as Meta itself delivers a webhook again. */
export const DEAD_AFTER_MS = 7 * DAY

// Svix' schedule, stretched from one day to seven.
const PAUSES = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
]
// While the receiver is away it is not the letter that fails: one of them must be due soon after its return.
const LONGEST_WHILE_AWAY = 10 * MINUTE
// Short even at its longest: it is what a receiver that has come back waits for.
const RESTS = [10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE]
// Standard Webhooks: 410 asks to be left alone. It is asked again once a day, since only the policy ends a delivery.
const REST_WHEN_GONE = DAY
const GONE = 410
/** So many failures in a row are the receiver's and not a letter's; fewer when it says so, or says nothing. */
const TOLERATED = 10
const TOLERATED_AWAY = 3
const AWAY: ReadonlySet<number | null> = new Set([null, 429, 502, 503, 504])

/** A fifth earlier or later, so that what failed together does not come back together. */
const jitter = (ms: number, random: () => number) => Math.round(ms * (0.8 + 0.4 * random()))

const step = (pauses: readonly number[], n: number) => pauses[Math.min(n, pauses.length - 1)] ?? 0

/**
 * When a letter is tried again; null when its time is over.
 * @param attempts how many have failed, this one included
 * @param status of the answer; null when there was none
 * @param random 0 ≤ n < 1
 */
export function nextAttempt(
  { since, attempts }: { since: Date; attempts: number },
  status: number | null,
  now: Date,
  random: () => number,
): Date | null {
  if (now.getTime() - since.getTime() >= DEAD_AFTER_MS) return null
  const pause = step(PAUSES, attempts - 1)
  return new Date(
    now.getTime() + jitter(AWAY.has(status) ? Math.min(pause, LONGEST_WHILE_AWAY) : pause, random),
  )
}

/** How a receiver fares. `rests`: since its last success. */
export type Health = { failures: number; rests: number; restUntil: Date | null }

export const HEALTHY: Health = { failures: 0, rests: 0, restUntil: null }

/** @param status of the answer; null when there was none */
export function afterFailure(health: Health, status: number | null, now: Date, random: () => number): Health {
  // What was under way when the rest began says nothing new.
  if (isResting(health, now)) return health
  const failures = health.failures + 1
  const gone = status === GONE
  // Back from a rest, one failure is enough for the next one.
  const tolerated = AWAY.has(status) ? TOLERATED_AWAY : TOLERATED
  if (!gone && health.rests === 0 && failures < tolerated) return { ...health, failures }
  const rest = gone ? REST_WHEN_GONE : jitter(step(RESTS, health.rests), random)
  return { failures, rests: health.rests + 1, restUntil: new Date(now.getTime() + rest) }
}

export const isResting = ({ restUntil }: Health, now: Date): boolean => restUntil !== null && restUntil > now

// `npm run torture -- --seed 7 --minutes 5`: hundreds of people for minutes, replicas killed and frozen, clocks apart, and
// then every breakage of breakage.ts, which must be caught. Bounded in time; exits 1 on any violation or missed breakage.

import './patience.js'
import process from 'node:process'
import { parseArgs } from 'node:util'
import tap from 'tap'
import { testDatabase } from '../helpers/database.js'
import { breakages } from './breakage.js'
import { stamp } from './clock.js'
import { prove } from './proof.js'
import { randomOf } from './random.js'
import { type Outcome, type Plan, type StageOptions, setStage } from './run.js'

const MOST_MINUTES = 60
// A replica that is down or frozen for long is one replica; the rest of a run is about two.
const DISASTER_EVERY_MS = 20_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '3' },
    people: { type: 'string', default: '250' },
  },
})
const seed = Number(values.seed)
const minutes = Math.min(Number(values.minutes), MOST_MINUTES)
const people = Number(values.people)
if (![seed, minutes, people].every((n) => n > 0))
  throw new Error('--seed, --minutes and --people are numbers above 0')

const say = (line: string) => process.stderr.write(`${line}\n`)

/** Every so often one replica is killed, or frozen: for less than a lease, or for longer. */
function disasters(forMs: number): Pick<Plan, 'kills' | 'freezes'> {
  const random = randomOf(seed, 'disasters')
  const plan: Pick<Plan, 'kills' | 'freezes'> = { kills: [], freezes: [] }
  for (let atMs = DISASTER_EVERY_MS / 4; atMs < forMs; atMs += DISASTER_EVERY_MS) {
    const replica = random.int(0, 1)
    if (random.chance(0.6)) plan.kills.push({ atMs, replica, downMs: random.int(0, 5_000) })
    else plan.freezes.push({ atMs, replica, forMs: random.chance(0.3) ? 17_000 : random.int(100, 4_000) })
  }
  return plan
}

async function onStage<T>(
  options: Pick<StageOptions, 'pauses' | 'skews' | 'speed' | 'graphTimeoutMs' | 'sweepEveryMs'>,
  act: (stage: Awaited<ReturnType<typeof setStage>>) => Promise<T>,
): Promise<T> {
  const stage = await setStage({ ...options, seed, database: await testDatabase(tap) })
  try {
    return await act(stage)
  } catch (error) {
    // Said before the curtain falls, in case that takes long.
    say(error instanceof Error ? (error.stack ?? error.message) : String(error))
    throw error
  } finally {
    await stage.close()
  }
}

const forMs = minutes * 60_000
say(`seed ${seed}: ${people} people on two replicas for ${minutes} minutes`)
const { outcome, pauses } = await onStage(
  {
    // In real time: leases of 15 s, a request's own limits, a sweep a minute.
    speed: 1,
    graphTimeoutMs: 10_000,
    sweepEveryMs: null,
    pauses: { chance: 0.1, longestMs: 1_000 },
    skews: [0, 1_500],
  },
  async (stage) => {
    const begun = stamp()
    const timer = setInterval(() => {
      const { arrivals } = stage.witness
      const down = stage.fleet.urls.filter((u) => u === undefined).length
      const passed = Math.round((stamp() - begun) / 1000)
      say(`${passed} s: Graph has seen ${arrivals.length} requests${down > 0 ? ', one replica is down' : ''}`)
    }, 10_000)
    const played: Outcome = await stage.play({
      seed,
      people,
      forMs,
      cycles: Number.POSITIVE_INFINITY,
      haste: 1,
      // Long, so that the crowd slows down with the machine instead of writing into the blue.
      patienceMs: 20_000,
      ...disasters(forMs),
      breakage: null,
      rests: true,
    })
    clearInterval(timer)
    return { outcome: played, pauses: stage.fleet.pauses() }
  },
)

const { summary, violations } = outcome
const rows = {
  seed,
  ...summary,
  pauses: pauses.count,
  pausedSeconds: Math.round(pauses.ms / 1000),
  violations: violations.length,
}
process.stdout.write('\n| | |\n| --- | ---: |\n')
for (const [name, value] of Object.entries(rows)) process.stdout.write(`| ${name} | ${value} |\n`)
for (const v of violations.slice(0, 50)) say(`VIOLATION ${v.check} ${v.what}`)

say('\nBroken on purpose:')
const proofs = await onStage(
  {
    speed: 3,
    graphTimeoutMs: 2_500,
    sweepEveryMs: 500,
    pauses: { chance: 0.4, longestMs: 700 },
    skews: [0, 0],
  },
  async (stage) => {
    const found = []
    for (const breakage of breakages) {
      const proof = await prove(stage, seed, breakage)
      const verdict = proof.example === null ? 'NOT CAUGHT' : `caught by ${proof.caughtBy}: ${proof.example}`
      process.stdout.write(`${breakage}: ${verdict}\n`)
      found.push(proof)
    }
    return found
  },
)

const missed = proofs.filter((p) => p.example === null).length
if (violations.length + missed > 0) {
  say(
    `FAILED: ${violations.length} violations, ${missed} breakages not caught. Again: npm run torture -- --seed ${seed}`,
  )
  tap.fail('the torture')
} else tap.pass('the torture')

// One torture: a database, a witness, two replicas, people, and what happens to them; then the verdict. The plan (who says
// what and when, each process's pauses, kills) comes from the seed alone; how the processes interleave is up to them.

import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { z } from 'zod'
import { sweep } from '../../src/sends/sweep.js'
import type { Breakage } from './breakage.js'
import { clockOf, type Pace, stamp } from './clock.js'
import { type Fleet, startFleet } from './fleet.js'
import { startWitness, type Witness } from './graph.js'
import { type Met, metSchema } from './met.js'
import { createMeta, type Meta } from './meta.js'
import { live, planCycle } from './person.js'
import { type Pauses, randomOf } from './random.js'
import { type Records, readRecords } from './records.js'
import { judge, type Violation } from './verdict.js'

export type Plan = {
  seed: number
  people: number
  /** How long people begin new cycles; milliseconds of real time. */
  forMs: number
  /** Cycles a person lives at most. */
  cycles: number
  haste: number
  /** How long somebody who wrote START waits for the card. */
  patienceMs: number
  kills: { atMs: number; replica: number; downMs: number }[]
  freezes: { atMs: number; replica: number; forMs: number }[]
  breakage: Breakage | null
  /** Whether the verdict waits until nothing is queued or on the wire; without that, c and e have nothing to say. */
  rests: boolean
}

export type Summary = {
  people: number
  stops: number
  statements: number
  bodies: number
  copies: number
  redelivered: number
  allowed: number
  refused: number
  uncertain: number
  replies: number
  confirmations: number
  cancelled: number
  /** Stops whose event was asked for over HTTP, and what they say had left, or was kept back. */
  stopsAsked: number
  hadLeft: number
  keptBack: number
  kills: number
  freezes: number
  longestStopMs: number
}
export type Outcome = { summary: Summary; violations: Violation[] }

/** What several plans, one after the other, can be played on. */
export type Stage = {
  pool: pg.Pool
  pace: Pace
  fleet: Fleet
  witness: Witness
  play(plan: Plan): Promise<Outcome>
  close(): Promise<void>
}

export type StageOptions = {
  seed: number
  database: { url: string; pool: pg.Pool }
  /**
   * How many times as fast as ours the servers' clock runs, so that a dead replica's leases end sooner. What must hold
   * beside a lease of 15 s / speed is real time: 2 s to begin a request and `graphTimeoutMs` to end it.
   */
  speed: number
  graphTimeoutMs: number
  pauses: Pauses
  /** By how much each replica's clock is ahead; milliseconds. */
  skews: number[]
  /** Once a minute is seldom for a short test: sweeps as another replica might, every so often. */
  sweepEveryMs: number | null
}

const FORGIVE_EVERY_MS = 1_000
const FORGIVE = `update contacts set pace = '{}' from
  (select id from contacts where pace <> '{}' order by id for no key update) as owing where owing.id = contacts.id`

export async function setStage(options: StageOptions): Promise<Stage> {
  const { seed, database, speed, pauses } = options
  const pace = { epoch: Date.now(), speed }
  const witness = await startWitness(randomOf(seed, 'graph'), {
    busy: 0.004,
    hangUp: 0.004,
    pauses: { ...pauses, chance: pauses.chance / 2 },
  })
  const fleet = await startFleet(
    {
      seed,
      databaseUrl: database.url,
      graphUrl: witness.url,
      graphTimeoutMs: options.graphTimeoutMs,
      pace,
      pauses,
      breakage: null,
    },
    options.skews,
  )
  const { sweepEveryMs } = options
  const timer =
    sweepEveryMs === null
      ? undefined
      : setInterval(() => void sweep(database.pool, clockOf(pace)()).catch(() => {}), sweepEveryMs)
  // They live faster than Meta lets anybody be written to (consent/pace.ts): what they owe is forgiven, in the order in
  // which everybody locks people.
  const forgiving = setInterval(() => void database.pool.query(FORGIVE).catch(() => {}), FORGIVE_EVERY_MS)
  let crowd = 0
  return {
    pool: database.pool,
    pace,
    fleet,
    witness,
    async play(plan) {
      const meta = createMeta(fleet, randomOf(plan.seed, 'meta', crowd))
      fleet.breakWith(plan.breakage)
      // +999 is a country code that is assigned to nobody.
      const phones = Array.from({ length: plan.people }, () => `999${200_000_000 + ++crowd}`)
      const begun = stamp()
      const over = () => stamp() - begun > plan.forMs
      const lives = phones.map((phone) => {
        const random = randomOf(plan.seed, 'person', phone)
        let cycles = 0
        const next = () => {
          cycles += 1
          return planCycle(random, plan.haste)
        }
        return live(
          phone,
          next,
          { meta, witness, pace, patienceMs: plan.patienceMs },
          () => cycles >= plan.cycles || over(),
        )
      })
      const disasters = [
        ...plan.kills.map((k) => wait(k.atMs).then(() => fleet.kill(k.replica, k.downMs))),
        ...plan.freezes.map((f) => wait(f.atMs).then(() => fleet.freeze(f.replica, f.forMs))),
      ]
      await Promise.all([...lives, ...disasters])
      await meta.quiet()
      if (plan.rests) await rest(database.pool, phones)
      const outcome = await conclude(plan, phones, meta)
      await meta.close()
      return outcome
    },
    async close() {
      clearInterval(timer)
      clearInterval(forgiving)
      await fleet.close()
      await witness.close()
    },
  }

  async function conclude(plan: Plan, phones: string[], meta: Meta): Promise<Outcome> {
    const records = await readRecords(database.pool, phones, meta.statements, witness.arrivals)
    const states = new Map<string, string>()
    for (const recipient of phones) states.set(recipient, await stateOf(meta, recipient))
    const met = new Map<string, Met>()
    const stops = [...records.eventById.values()].filter((e) => e.type === 'withdrawn')
    for (const { id } of stops.slice(-STOPS_ASKED)) {
      met.set(id, metSchema.parse((await meta.get(`/v1/events/${id}`)).body).sends)
    }
    const { statements, sends } = meta
    const violations = judge({ phones, statements, sends, records, states, met })
    return { summary: sumUp(plan, meta, records, met), violations }
  }
}

// One request each: enough to see every case, few enough not to take minutes.
const STOPS_ASKED = 400

const personSchema = z.looseObject({
  states: z.looseObject({
    whatsapp: z.looseObject({ offers: z.looseObject({ status: z.string() }).optional() }).optional(),
  }),
})

async function stateOf(meta: Meta, recipient: string): Promise<string> {
  const person = personSchema.parse(await meta.ask('/v1/consents/lookup', { recipient }))
  return person.states.whatsapp?.offers?.status ?? 'none'
}

// A minute until the next sweep, the wait for a lease, and the queue's own patience between tries.
const REST_WITHIN_MS = 150_000

/** Resolves when nothing of these people is queued or on the wire any more; what stays for ever is for the verdict. */
async function rest(pool: pg.Pool, phones: readonly string[]): Promise<void> {
  for (const deadline = stamp() + REST_WITHIN_MS; stamp() < deadline; await wait(100)) {
    const { rows } = await pool.query<{ busy: boolean }>(
      `select exists (select from sends s join identifiers i using (contact_id)
         where i.kind = 'phone' and i.value = any ($1) and s.status in ('queued', 'sending')) as busy`,
      [phones],
    )
    if (rows[0]?.busy === false) return
  }
}

function sumUp(plan: Plan, meta: Meta, records: Records, met: ReadonlyMap<string, Met>): Summary {
  const stops = meta.statements.filter((s) => s.said === 'stop')
  const rows = [...records.sends.values()].flat()
  const messages = rows.filter((r) => r.kind === 'message')
  const count = (list: typeof rows, ...statuses: string[]) =>
    list.filter((r) => statuses.includes(r.status)).length
  return {
    people: plan.people,
    stops: stops.length,
    statements: meta.statements.length,
    bodies: meta.counts.bodies,
    copies: meta.counts.copies,
    redelivered: meta.counts.redelivered,
    allowed: messages.length - count(messages, 'refused'),
    refused: count(messages, 'refused'),
    uncertain: count(rows, 'uncertain'),
    replies: rows.length - messages.length,
    confirmations: rows.filter((r) => r.kind === 'stopped').length,
    cancelled: count(rows, 'cancelled'),
    stopsAsked: met.size,
    hadLeft: [...met.values()].reduce((sum, m) => sum + m.left.length, 0),
    keptBack: [...met.values()].reduce((sum, m) => sum + m.cancelled.length, 0),
    kills: plan.kills.length,
    freezes: plan.freezes.length,
    longestStopMs: Math.round(
      Math.max(0, ...stops.map((s) => (s.answeredAt ?? s.firstSentAt) - s.firstSentAt)),
    ),
  }
}

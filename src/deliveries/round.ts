// One round over what waits for a receiver. Promise kept: of letters that concern the same person the later one is never
// attempted before the earlier one has arrived (or is dead), however many people a letter concerns; letters of different
// people travel side by side. The order lives in memory, because one replica at a time works for a receiver.

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Lease } from './lease.js'
import {
  type Failure,
  hurry,
  type Letter,
  noteArrived,
  noteFailed,
  openLetter,
  readPayload,
  readWaiting,
  type WaitingLetter,
} from './letters.js'
import { afterFailure, HEALTHY, type Health, isResting, nextAttempt } from './pauses.js'
import { CONCURRENCY, type Post } from './post.js'
import type { Target } from './targets.js'

export type RoundDeps = {
  pool: pg.Pool
  identityKeys: readonly string[]
  clock: () => Date
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>
  random: () => number
}

export type Round = {
  target: Target
  post: Post
  lease: Lease
  /** The process is about to end: begin nothing more. */
  closing: () => boolean
}

const PAGE = 200
/** Letters that are under way or wait for those of the same person; more would only fill the memory. */
const IN_HAND = 1_000
/** After this a round starts again from the first letter: what was committed late may lie before those it has read. */
const ROUND_MS = 10_000
// Enough to leave out the letters of those who wait; comparing with more costs more than reading them.
const HELD_AT_MOST = 200

export type RoundResult = {
  arrived: number
  /** When the next attempt is due, as far as this round has seen; null for never. */
  due: Date | null
}

/** Delivers what is due. Ends early when the receiver is given a rest, the lease is lost or the process closes. */
export async function deliverRound(deps: RoundDeps, round: Round): Promise<RoundResult> {
  const { pool, clock } = deps
  const { target } = round
  const began = performance.now()
  const errand = makeErrand(deps, round)
  /** Person → whether everything of theirs so far has arrived. */
  const lines = new Map<string, Promise<boolean>>()
  const held = new Set<string>()
  const inHand = new Set<Promise<unknown>>()
  let roomAgain = () => {}
  for (let after = '0', more = true; more && !errand.stopped(); ) {
    const page = await readWaiting(pool, target.name, after, [...held].slice(0, HELD_AT_MOST), PAGE)
    for (const letter of page) {
      if (errand.stopped()) break
      const before = letter.people.flatMap((person) => lines.get(person) ?? [])
      const turn = takeTurn(letter, before)
      for (const person of letter.people) lines.set(person, turn)
      const done = turn.then((arrived) => {
        inHand.delete(done)
        roomAgain()
        for (const person of letter.people) {
          if (!arrived) held.add(person)
          else if (lines.get(person) === turn) lines.delete(person)
        }
      })
      inHand.add(done)
      // A receiver that comes back from a rest is asked with one letter first.
      if (errand.health().rests > 0) await done
      if (inHand.size >= IN_HAND) {
        await new Promise<void>((resolve) => {
          roomAgain = resolve
        })
      }
    }
    after = page.at(-1)?.id ?? after
    more = page.length === PAGE && performance.now() - began < ROUND_MS
  }
  await Promise.all(inHand)
  return errand.result()

  async function takeTurn(letter: WaitingLetter, before: Promise<boolean>[]): Promise<boolean> {
    if (letter.dueAt !== null && letter.dueAt > clock()) {
      errand.later(letter.dueAt)
      return false
    }
    const arrived = await Promise.all(before)
    return arrived.every(Boolean) && (await errand.run(letter))
  }
}

/** The attempts of a round, a few at a time, and what is noted of them. */
function makeErrand(deps: RoundDeps, { target, post, lease, closing }: Round) {
  const { pool, identityKeys, clock, log, random } = deps
  const limit = limiter(CONCURRENCY)
  const note = together((letters: readonly string[]) => noteArrived(pool, target.name, letters))
  let health = lease.health
  let saved: Promise<void> = Promise.resolve()
  let lost = false
  let trouble: { error: unknown } | null = null
  let arrived = 0
  let due: Date | null = null
  const later = (at: Date) => {
    if (due === null || at < due) due = at
  }
  const stopped = () => lost || trouble !== null || closing() || isResting(health, clock())

  /** @returns whether the letter is out of the way of those behind it */
  async function attempt(letter: WaitingLetter): Promise<boolean> {
    if (stopped()) return false
    if (!(await lease.hold())) {
      lost = true
      return false
    }
    const payload = await readPayload(pool, letter.id)
    if (payload === null) return true
    const opened = open(payload, letter.event)
    if (opened === null) return fail(letter, { status: null, error: 'UNREADABLE' }, null)
    const failure = await post.send(opened.body, target.headers(opened, clock()))
    if (failure === null) return succeed(letter)
    await mourn(afterFailure(health, failure.status, clock(), random), failure)
    const tried = { since: letter.since, attempts: letter.attempts + 1 }
    return fail(letter, failure, nextAttempt(tried, failure.status, clock(), random))
  }

  function open(payload: Buffer, event: string | null): Letter | null {
    try {
      return openLetter(identityKeys, payload, event)
    } catch {
      return null
    }
  }

  async function succeed(letter: WaitingLetter): Promise<boolean> {
    // Noted before the next of the same person begins, so that a crash repeats this one and none before it.
    await note(letter.id)
    arrived += 1
    if (health.failures === 0) return true
    const back = health.rests > 0
    await save(HEALTHY)
    if (back) {
      await hurry(pool, target.name)
      log.info({ target: target.name }, 'a receiver is back')
    }
    return true
  }

  async function fail(letter: WaitingLetter, failure: Failure, next: Date | null): Promise<boolean> {
    await noteFailed(pool, target.name, letter.id, failure, next, clock())
    if (next !== null) later(next)
    else log.warn({ target: target.name, letter: letter.id, ...failure }, 'a letter is dead')
    return next === null
  }

  async function mourn(next: Health, { status, error }: Failure): Promise<void> {
    const begins = next.rests > health.rests
    if (next !== health) await save(next)
    if (begins)
      log.warn({ target: target.name, status, error, until: next.restUntil }, 'a receiver is given a rest')
  }

  /** One after the other: an older state that lands last would take back a rest. */
  function save(next: Health): Promise<void> {
    health = next
    saved = saved.catch(() => {}).then(() => lease.saveHealth(health))
    return saved
  }

  return {
    /** Never rejects: whatever is in the way of one (the database, as a rule) ends the round for all. */
    run: (letter: WaitingLetter) =>
      limit(() =>
        attempt(letter).catch((error: unknown) => {
          trouble ??= { error }
          return false
        }),
      ),
    stopped,
    later,
    health: () => health,
    result(): RoundResult {
      if (trouble !== null) throw trouble.error
      return { arrived, due: isResting(health, clock()) ? health.restUntil : due }
    },
  }
}

/** Runs at most `most` at once; the others wait in order. */
function limiter(most: number) {
  let free = most
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

/** Whoever comes while a call is under way shares the next one. Resolves when their own call has. */
function together<T>(call: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  let collected: T[] = []
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  return (item) => {
    collected.push(item)
    if (next === null) {
      next = last
        .catch(() => {})
        .then(() => {
          const items = collected
          collected = []
          next = null
          return call(items)
        })
      last = next
    }
    return next
  }
}

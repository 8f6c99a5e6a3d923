// Who delivers: a lane per receiver in this process, woken by a job, at rest otherwise. Promise kept: a receiver that does
// not answer holds up nobody but itself; neither another receiver, nor a job, nor a webhook waits for one.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Policy } from '../policy.js'
import { takeLease } from './lease.js'
import { isResting } from './pauses.js'
import { createPost, type Post } from './post.js'
import { deliverRound, type RoundDeps } from './round.js'
import { takeFromFeed } from './subscribe.js'
import { type Target, targetsOf } from './targets.js'

export type CourierDeps = Omit<RoundDeps, 'random'> & {
  policy: Policy
  random?: () => number
  /** For tests with receivers that hang; milliseconds. */
  timeoutMs?: number
  /** Asks for `wake` at a later time; the minutely job does it otherwise. */
  wakeAt?: (at: Date) => Promise<void>
}

export type Courier = {
  /** Lets every lane look for work; those that are at it look again afterwards. */
  wake(): void
  /** Resolves when no lane is at work. */
  idle(): Promise<void>
  /** Lets requests that are under way end for a while, then ends them; they will be made again. */
  close(): Promise<void>
}

// Shorter than what server.ts gives the whole process.
const CLOSE_WITHIN_MS = 5_000
// What is due later than this is found by the minutely job.
const SOON_MS = 60_000

type Lane = { target: Target; post: Post; work: Promise<void> | null; again: boolean }

export function createCourier(deps: CourierDeps): Courier {
  const { pool, policy, clock, log } = deps
  const random = deps.random ?? Math.random
  let closing = false
  const lanes = targetsOf(policy).map(
    (target): Lane => ({ target, post: createPost(target, deps.timeoutMs), work: null, again: false }),
  )

  function start(lane: Lane): void {
    if (closing) return
    lane.again = true
    lane.work ??= work(lane).finally(() => {
      lane.work = null
      if (lane.again) start(lane)
    })
  }

  async function work(lane: Lane): Promise<void> {
    while (lane.again && !closing) {
      lane.again = false
      await deliver(lane).catch((error: unknown) => {
        log.warn({ err: error, target: lane.target.name }, 'a delivery was interrupted')
      })
    }
  }

  /** Under the lease of the receiver: from the feed to letters, from letters to the receiver. */
  async function deliver({ target, post }: Lane): Promise<void> {
    const holder = randomUUID()
    for (let finished = false; !finished && !closing; ) {
      const lease = await takeLease(pool, target.name, holder)
      if (lease === null) return
      let due = lease.health.restUntil
      try {
        if (target.feed) await takeFromFeed(deps, target.name, target.feed.types, lease.position)
        const round = { target, post, lease, closing: () => closing }
        if (!isResting(lease.health, clock())) {
          const done = await deliverRound({ ...deps, random }, round)
          due = done.due
          // What has arrived may have let others pass, or have brought the receiver back.
          finished = done.arrived === 0
        } else finished = true
      } finally {
        finished = (await lease.release()) && finished
      }
      if (finished && due !== null && due.getTime() - clock().getTime() < SOON_MS) await deps.wakeAt?.(due)
    }
  }

  const idle = async () => {
    while (lanes.some((lane) => lane.work !== null)) await Promise.all(lanes.map((lane) => lane.work))
  }
  return {
    wake: () => lanes.forEach(start),
    idle,
    async close() {
      closing = true
      await Promise.race([idle(), pause(CLOSE_WITHIN_MS, undefined, { ref: false })])
      await Promise.all(lanes.map((lane) => lane.post.close()))
      await idle()
    },
  }
}

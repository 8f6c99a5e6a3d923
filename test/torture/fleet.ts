// Two replicas, and what can happen to them: killed without a word, frozen for a while, started anew.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Breakage } from './breakage.js'
import type { Order, Told } from './server-process.js'

const STARTS = 5

export type Fleet = {
  /** Where each replica listens; undefined while it is down. */
  urls: readonly (string | undefined)[]
  /** SIGKILL, and another process in its place after a while. */
  kill(replica: number, downMs: number): Promise<void>
  /** SIGSTOP and SIGCONT: the process loses the processor in the middle of whatever it does. */
  freeze(replica: number, ms: number): Promise<void>
  breakWith(breakage: Breakage | null): void
  pauses(): { count: number; ms: number }
  close(): Promise<void>
}

type Replica = { child: ChildProcess; pauses: number; pausedMs: number }

/** @param skews by how much each replica's clock is ahead; milliseconds */
export async function startFleet(order: Omit<Order, 'name' | 'skewMs'>, skews: number[]): Promise<Fleet> {
  const urls: (string | undefined)[] = []
  const replicas: Replica[] = []
  const past: Replica[] = []
  let lives = 0
  let closing = false

  async function start(index: number): Promise<void> {
    const child = fork(join(import.meta.dirname, 'server-process.js'))
    const replica: Replica = { child, pauses: 0, pausedMs: 0 }
    replicas[index] = replica
    past.push(replica)
    const ready = new Promise<string>((resolve, reject) => {
      child.on('message', (told: Told) => {
        if ('url' in told) resolve(told.url)
        else if ('failed' in told) reject(new Error(told.failed))
        else Object.assign(replica, told)
      })
      child.once('exit', (code, signal) => reject(new Error(`a replica ended: ${code ?? signal}`)))
    })
    child.send({ ...order, name: `${index}.${lives++}`, skewMs: skews[index] ?? 0 } satisfies Order)
    urls[index] = await ready
  }

  /** Only ever by the id of a process that we have started. */
  async function end(index: number): Promise<void> {
    const { child } = replicas[index] as Replica
    urls[index] = undefined
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  // What happens to one replica happens one after the other.
  const turns = skews.map(() => Promise.resolve())
  const inTurn = (index: number, work: () => Promise<void>): Promise<void> => {
    const mine = (turns[index] ?? Promise.resolve()).then(work)
    turns[index] = mine.catch(() => {})
    return mine
  }

  /** Again when a start fails, as whatever runs servers does: the other replica may be frozen with locks in its hands. */
  async function startAgain(index: number): Promise<void> {
    for (let tries = 1; !closing; tries++) {
      try {
        return await start(index)
      } catch (error) {
        await end(index)
        if (tries === STARTS) throw error
        await wait(1_000)
      }
    }
  }

  await Promise.all(skews.map((_, index) => start(index)))
  return {
    urls,
    kill: (index, downMs) =>
      inTurn(index, async () => {
        await end(index)
        await wait(downMs)
        await startAgain(index)
      }),
    freeze: (index, ms) =>
      inTurn(index, async () => {
        const { child } = replicas[index] as Replica
        child.kill('SIGSTOP')
        await wait(ms)
        child.kill('SIGCONT')
      }),
    breakWith(breakage) {
      order.breakage = breakage
      for (const { child } of replicas) if (child.connected) child.send({ breakage })
    },
    pauses: () => ({
      count: past.reduce((sum, p) => sum + p.pauses, 0),
      ms: past.reduce((sum, p) => sum + p.pausedMs, 0),
    }),
    async close() {
      closing = true
      await Promise.all(replicas.map((_, index) => end(index)))
    },
  }
}

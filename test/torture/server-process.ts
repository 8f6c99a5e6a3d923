// One replica in a process of its own: the production app, its background jobs and its Graph client on the database it
// is told, with its gaps stretched at random. It ends when its parent does, or is killed.

import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { buildApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { createPool } from '../../src/db/client.js'
import { startJobs } from '../../src/jobs/runner.js'
import { sharedThroughput } from '../../src/sends/number-pace.js'
import { createGraph } from '../../src/whatsapp/graph.js'
import { samplePolicy, withFrequency } from '../helpers/policy.js'
import { type Breakage, breakGraph, breakPool } from './breakage.js'
import { clockOf, type Pace } from './clock.js'
import { type Pauses, pauseOf, randomOf } from './random.js'

// Nobody else says so much within an hour, or is sent so much: what is tortured here is the stop, not the frequency.
const policy = { ...withFrequency(samplePolicy, { atMost: 100_000, per: 'day' }), repliesPerHour: 1_000_000 }
const PER_SECOND = 1_000

export type Order = {
  /** Tells this process's pauses from those of the others. */
  name: string
  seed: number
  databaseUrl: string
  graphUrl: string
  graphTimeoutMs: number
  pace: Pace
  skewMs: number
  pauses: Pauses
  breakage: Breakage | null
}
export type Told = { url: string } | { pauses: number; pausedMs: number } | { failed: string }

const tell = (told: Told) => process.send?.(told)

process.once('disconnect', () => process.exit(0))
process.once('message', (order: Order) => {
  run(order).catch((error: unknown) => {
    tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  })
})

async function run(order: Order): Promise<void> {
  let { breakage } = order
  process.on('message', (message: { breakage?: Breakage | null }) => {
    if (message.breakage !== undefined) breakage = message.breakage
  })
  const config = readConfig({ LOG_LEVEL: 'silent' })
  const clock = clockOf(order.pace, order.skewMs)
  const pool = createPool(order.databaseUrl)
  breakPool(pool, () => breakage)
  const client = createGraph(
    { url: order.graphUrl, accessToken: config.accessToken },
    { total: order.graphTimeoutMs },
  )
  const graph = breakGraph(client, () => breakage)
  const random = randomOf(order.seed, 'pauses', order.name)
  let pauses = 0
  let pausedMs = 0
  const pause = async () => {
    const ms = pauseOf(random, order.pauses)
    if (ms === 0) return
    pauses += 1
    pausedMs += ms
    await wait(ms)
  }
  const throughput = sharedThroughput(pool, policy, PER_SECOND)
  const app = await buildApp({ config, policy, pool, graph, throughput, clock, pause })
  await startJobs({
    pool,
    policy,
    graph,
    throughput,
    apiVersion: config.apiVersion,
    identityKeys: config.identityKeys,
    gate: config.gate,
    clock,
    log: app.log,
    pause,
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  setInterval(() => tell({ pauses, pausedMs }), 200)
  tell({ url })
}

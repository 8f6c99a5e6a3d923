// The production app on a real database, with an emulated WhatsApp on a real socket, and verbs to play with it.
// Nothing here waits for time to pass: the clock stands still until it is told to move, jobs run when they are drained.

import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Logger, runOnce, type TaskList } from 'graphile-worker'
import type pg from 'pg'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.js'
import { type Config, type GateMode, readConfig, SANDBOX } from '../../src/config.js'
import { type Courier, createCourier } from '../../src/deliveries/courier.js'
import { messageTasks, taskList } from '../../src/jobs/runner.js'
import type { Policy } from '../../src/policy.js'
import { type Emulator, startEmulator } from '../../src/sandbox/emulator.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { sharedThroughput } from '../../src/sends/number-pace.js'
import type { Throughput } from '../../src/sends/throughput.js'
import type { Pause } from '../../src/sends/wire.js'
import { readTemplates } from '../../src/templates/reading.js'
import { createGraph, type Graph } from '../../src/whatsapp/graph.js'
import { testDatabase } from './database.js'
import { samplePolicy } from './policy.js'

/** A clock that moves only by hand. */
export type Clock = { (): Date; advance(ms: number): void }

export function makeClock(start = new Date()): Clock {
  let now = Math.floor(start.getTime() / 1000) * 1000
  return Object.assign(() => new Date(now), {
    advance: (ms: number) => {
      now += ms
    },
  })
}

export type Answer = {
  status: number
  body: Record<string, never> & { error?: { code: number; consent?: never } }
}

export type TestAssent = {
  app: FastifyInstance
  url: string
  pool: pg.Pool
  emulator: Emulator
  policy: Policy
  clock: Clock
  config: Config
  graph: Graph
  courier: Courier
  tasks: TaskList
  throughput: Throughput
  /** Everything that was logged. */
  logs: string[]
  /** Delivers webhooks and runs jobs until nothing is left to do, deliveries to receivers included. */
  settle(): Promise<void>
  /** Lets receivers have what is due for them. */
  forward(): Promise<void>
  /** Time passes, for the app and for its jobs. */
  later(ms: number): Promise<void>
  /** One caller's send through the drop-in route. */
  send(body: object, headers?: Record<string, string>): Promise<{ status: number; body: any }>
  /** Any JSON request with the admin key. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<{ status: number; body: any }>
  /** Posts a signed webhook body; answers the HTTP status. */
  deliver(payload: unknown): Promise<number>
}

export type Options = {
  gate?: GateMode
  policy?: Policy
  clock?: Clock
  timeouts?: { connect?: number; total?: number }
  graphUrl?: string
  /** `unread`: nothing is known of Meta's templates yet; else they are read once, as a start does. */
  templates?: 'unread'
  /** Settings beside those of the sandbox. */
  env?: Record<string, string>
  /** How long a receiver may take to answer; milliseconds. */
  receiverTimeoutMs?: number
  pause?: Pause
  patienceMs?: number
}

export async function startAssent(t: Test, options: Options = {}): Promise<TestAssent> {
  const { pool } = await testDatabase(t)
  return buildAssent(t, pool, options)
}

/** A further replica on a database that a test already has. */
export async function buildAssent(t: Test, pool: pg.Pool, options: Options = {}): Promise<TestAssent> {
  const policy = options.policy ?? samplePolicy
  const clock = options.clock ?? makeClock()
  const config = readConfig({ LOG_LEVEL: 'debug', GATE: options.gate, ...options.env })
  const logs: string[] = []
  let url = ''
  const emulator = await startEmulator({
    accessToken: SANDBOX.accessToken,
    appSecret: SANDBOX.appSecret,
    webhookUrl: () => `${url}/webhook`,
    numbers: policy.numbers,
    clock,
    deliver: 'manual',
  })
  const graph = createGraph(
    { url: options.graphUrl ?? emulator.url, accessToken: config.accessToken },
    options.timeouts,
  )
  const throughput = sharedThroughput(pool, policy)
  const app = await buildApp({
    config,
    policy,
    pool,
    graph,
    throughput,
    clock,
    logStream: { write: (line) => void logs.push(line) },
    ...(options.pause === undefined ? {} : { pause: options.pause }),
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const { apiVersion, identityKeys, gate } = config
  const courier = createCourier({
    pool,
    policy,
    identityKeys,
    clock,
    log: app.log,
    // Every pause exactly as long as it is meant.
    random: () => 0.5,
    ...(options.receiverTimeoutMs === undefined ? {} : { timeoutMs: options.receiverTimeoutMs }),
  })
  const forward = async () => {
    courier.wake()
    await courier.idle()
  }
  // Receivers are known from the start on: what happens from now on is theirs.
  await forward()
  t.teardown(async () => {
    await courier.close()
    await app.close()
    await emulator.close()
    await graph.close()
  })

  const jobs = {
    pool,
    policy,
    graph,
    apiVersion,
    identityKeys,
    clock,
    gate,
    log: app.log,
    courier,
    throughput,
  }
  const tasks = { ...taskList(jobs), ...messageTasks(jobs) }
  if (options.templates !== 'unread') {
    const meta = createGraph({ url: emulator.url, accessToken: config.accessToken })
    await readTemplates({ pool, policy, graph: meta, apiVersion, clock, log: app.log })
    await meta.close()
  }
  const quiet = new Logger(() => () => {})
  const call = async (
    method: string,
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${SANDBOX.adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
  return {
    app,
    url,
    pool,
    emulator,
    policy,
    clock,
    config,
    graph,
    courier,
    tasks,
    logs,
    forward,
    throughput,
    async later(ms) {
      clock.advance(ms)
      await pool.query(`update graphile_worker._private_jobs set run_at = run_at - $1 * interval '1 ms'`, [
        ms,
      ])
    },
    async settle() {
      for (let round = 0; round < 20; round++) {
        await emulator.flush()
        await runOnce({ pgPool: pool, taskList: tasks, logger: quiet, noHandleSignals: true })
        await forward()
        if (emulator.pending === 0) return
      }
      throw new Error('webhooks and jobs do not come to rest')
    },
    send: (body, headers) =>
      call(
        'POST',
        `/v26.0/${policy.numbers[0]?.phoneNumberId}/messages`,
        { messaging_product: 'whatsapp', ...body },
        headers,
      ),
    call: (method, path, body) => call(method, path, body),
    async deliver(payload) {
      const { body, signature } = signedBody(payload, SANDBOX.appSecret)
      const answer = await fetch(`${url}/webhook`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
        body: new Uint8Array(body),
      })
      await answer.arrayBuffer()
      return answer.status
    },
  }
}

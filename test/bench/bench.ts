// `npm run bench`: webhook ingest and gate decisions beside two floors, in one run, on one machine, over loopback HTTP.
// Rounds take turns, so that a noisy moment hits all alike; read the ratios, not the absolute numbers. Bounded: a fixed
// number of requests, then it stops.

import { fork } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { buildApp } from '../../src/app.js'
import { readConfig, SANDBOX } from '../../src/config.js'
import { createPool } from '../../src/db/client.js'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import { migrate } from '../../src/db/migrate.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { sharedThroughput } from '../../src/sends/number-pace.js'
import { createGraph } from '../../src/whatsapp/graph.js'
import { samplePolicy } from '../helpers/policy.js'
import { ceiling, gateCeiling, gateNaive, naive } from './floors.js'
import type { Order, Report } from './load.js'

const ROUNDS = 3
const CONCURRENCY = 32
const PEOPLE = 2_000
const SENT = 20_000

// A Postgres as it comes: every commit reaches the disk.
const dir = mkdtempSync(path.join(os.tmpdir(), 'assent-bench-'))
chmodSync(dir, 0o755)
const postgres = await startEmbeddedPostgres({ dir, log: (line) => console.error(line) })
await migrate(postgres.url)
const pool = createPool(postgres.url)

const now = new Date()
const seconds = String(Math.floor(now.getTime() / 1000))
const number = samplePolicy.numbers[0]
// +999 is a country code that is assigned to nobody.
const phoneOf = (n: number) => `999${String(100_000_000 + n)}`
let serial = 0

const envelope = (value: object) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: number?.businessAccountId,
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '493023125000', phone_number_id: number?.phoneNumberId },
            ...value,
          },
        },
      ],
    },
  ],
})
const text = (body: string, person: number) => {
  const phone = phoneOf(person)
  return envelope({
    contacts: [{ profile: { name: 'Bench' }, wa_id: phone, user_id: `US.${phone}` }],
    messages: [
      {
        from: phone,
        from_user_id: `US.${phone}`,
        id: `wamid.bench.${++serial}`,
        timestamp: seconds,
        type: 'text',
        text: { body },
      },
    ],
  })
}
const status = (n: number) => ({
  id: `wamid.sent.${n % SENT}`,
  status: ['sent', 'delivered', 'read'][n % 3],
  timestamp: seconds,
  recipient_id: phoneOf(n % PEOPLE),
  pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
})
const sign = (payload: object) => {
  const { body, signature } = signedBody(payload, SANDBOX.appSecret)
  return {
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    body: body.toString(),
  }
}
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

async function measure(
  app: FastifyInstance,
  requestPath: string,
  requests: Order['requests'],
): Promise<Report> {
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const child = fork(path.join(import.meta.dirname, 'load.js'))
  const report = new Promise<Report>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Report))
    child.once('error', reject)
  })
  child.send({
    url: `http://127.0.0.1:${port}`,
    path: requestPath,
    concurrency: CONCURRENCY,
    requests,
  } satisfies Order)
  return report
}

const quantile = (sorted: number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0

async function compare(
  title: string,
  requestPath: string,
  itemsPerRequest: number,
  subjects: Record<string, FastifyInstance>,
  makeRequests: () => Order['requests'],
): Promise<void> {
  const sums = new Map<
    string,
    { seconds: number; requests: number; latencies: number[]; statuses: Set<string> }
  >()
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, app] of Object.entries(subjects)) {
      const report = await measure(app, requestPath, makeRequests())
      // The first round warms up: code compiled, statements planned, pages read.
      if (round === 0) continue
      const sum = sums.get(name) ?? { seconds: 0, requests: 0, latencies: [], statuses: new Set() }
      sum.seconds += report.seconds
      sum.requests += report.latencies.length
      sum.latencies.push(...report.latencies)
      for (const code of Object.keys(report.statuses)) sum.statuses.add(code)
      sums.set(name, sum)
      process.stderr.write('.')
      await pause(50)
    }
  }
  process.stderr.write('\n')
  const rate = (name: string) => {
    const sum = sums.get(name)
    return sum ? (sum.requests * itemsPerRequest) / sum.seconds : 0
  }
  console.log(`\n${title} (${itemsPerRequest} per request, ${CONCURRENCY} connections, ${ROUNDS} rounds)`)
  console.log(
    '| | items/s | of the ceiling | times the naive | median ms | p99 ms | answers |\n|---|---|---|---|---|---|---|',
  )
  for (const [name, sum] of sums) {
    const sorted = sum.latencies.sort((a, b) => a - b)
    const cells = [
      name,
      Math.round(rate(name)),
      `${Math.round((100 * rate(name)) / rate('ceiling'))} %`,
      `${(rate(name) / rate('naive')).toFixed(1)} ×`,
      quantile(sorted, 0.5).toFixed(1),
      quantile(sorted, 0.99).toFixed(1),
      [...sum.statuses].join(' '),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

const config = readConfig({ LOG_LEVEL: 'silent' })
const graph = createGraph({ url: 'http://127.0.0.1:9', accessToken: config.accessToken })
const throughput = sharedThroughput(pool, samplePolicy, 1_000)
const assent = await buildApp({
  config,
  policy: samplePolicy,
  pool,
  graph,
  throughput,
  clock: () => new Date(),
})
await assent.listen({ port: 0, host: '127.0.0.1' })
const floors = { ceiling: await ceiling(SANDBOX.appSecret), naive: await naive(SANDBOX.appSecret, pool) }
const gates = { ceiling: await gateCeiling(), naive: await gateNaive(pool) }

console.error('People who have written STOP, and messages that were sent to them:')
for (const start of range(PEOPLE / 500)) {
  const stops = range(500).map((i) => text('STOP', start * 500 + i).entry[0]?.changes[0])
  const request = sign({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: stops }] })
  const answer = await assent.inject({
    method: 'POST',
    url: '/webhook',
    headers: request.headers,
    payload: request.body,
  })
  if (answer.statusCode !== 200) throw new Error(`preparing failed: ${answer.statusCode}`)
}
await pool.query(
  `insert into sends (id, created_at, phone_number_id, kind, status, wamid)
   select id, now(), '1', 'bench', 'accepted', 'wamid.sent.' || (n - 1) from unnest($1::uuid[]) with ordinality as u (id, n)`,
  [range(SENT).map(() => uuidv7())],
)
await pool.query('vacuum analyze')

await compare('Webhook bodies of one status', '/webhook', 1, { ...floors, Assent: assent }, () =>
  range(1500).map(() => sign(envelope({ statuses: [status(++serial)] }))),
)
await compare(
  'Webhook bodies of one text by somebody known',
  '/webhook',
  1,
  { ...floors, Assent: assent },
  () => range(1000).map((i) => sign(text('When do you open on Sunday?', i % PEOPLE))),
)
await compare('Webhook bodies of 100 statuses', '/webhook', 100, { ...floors, Assent: assent }, () =>
  range(60).map(() => sign(envelope({ statuses: range(100).map(() => status(++serial)) }))),
)
await compare(
  'Gate decisions over HTTP, refused and recorded',
  `/v26.0/${number?.phoneNumberId}/messages`,
  1,
  { ...gates, Assent: assent },
  () =>
    range(1500).map((i) => ({
      headers: { 'content-type': 'application/json', authorization: `Bearer ${SANDBOX.adminKey}` },
      body: JSON.stringify({
        messaging_product: 'whatsapp',
        to: `+${phoneOf(i % PEOPLE)}`,
        type: 'text',
        text: { body: 'Sale' },
      }),
    })),
)

for (const app of [assent, ...Object.values(floors), ...Object.values(gates)]) await app.close()
await graph.close()
await pool.end()
await postgres.stop()
rmSync(dir, { recursive: true, force: true })

// What operators count, for Prometheus. Promise kept: every label value is of a closed list that the types name, so that
// no number, id or text of a person or a caller can become one. A registry per app; `app.ts` makes it and passes it on.
// To count something more, add a function here whose arguments are such lists.

import type { FastifyPluginAsync } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import type { GateVerdict } from '../consent/gate.js'
import { REASONS } from '../consent/verdict.js'
import type { Executor } from '../db/client.js'
import { deliveryBacklog } from '../deliveries/dead.js'
import type { Update } from '../webhook/payload.js'

/** What became of a body at the webhook; Meta delivers again what is not `taken`. */
export const BODY_OUTCOMES = ['taken', 'unsigned', 'too_large', 'unavailable', 'failed'] as const
type BodyOutcome = (typeof BODY_OUTCOMES)[number]

const UPDATE_KINDS = [
  'message',
  'preference',
  'renamed',
  'status',
  'ignored',
  'malformed',
] as const satisfies readonly Update['kind'][]

export type Metrics = {
  webhookBody(outcome: BodyOutcome): void
  /** What a body was read into, once it is committed. */
  updates(updates: readonly Pick<Update, 'kind'>[]): void
  /** One verdict of the gate. */
  verdict(verdict: GateVerdict): void
  /** @param route the pattern of the route, never the URL; `none` for what met no route */
  request(method: string, route: string, status: number, ms: number): void
  /** Everything in Prometheus' text format. */
  text(): Promise<string>
  contentType: string
}

// The count ends at a number, so that a long queue never makes a scrape slow.
const JOBS_SQL = `
select count(*) filter (where attempts < max_attempts)::int as waiting,
       count(*) filter (where attempts >= max_attempts)::int as dead
  from (select attempts, max_attempts from graphile_worker._private_jobs where locked_at is null limit 100000) as jobs`

export function createMetrics(ex: Executor, clock: () => Date): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const bodies = new Counter({
    name: 'assent_webhook_bodies_total',
    help: 'Bodies delivered to the webhook, by what became of them',
    labelNames: ['outcome'],
    registers,
  })
  const updates = new Counter({
    name: 'assent_updates_total',
    help: 'Messages, statuses and other updates taken in, redeliveries included',
    labelNames: ['kind'],
    registers,
  })
  const verdicts = new Counter({
    name: 'assent_verdicts_total',
    help: 'Verdicts of the gate on sends',
    labelNames: ['verdict', 'reason'],
    registers,
  })
  const requests = new Histogram({
    name: 'assent_request_duration_seconds',
    help: 'Time to answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const reachable = new Gauge({
    name: 'assent_database_reachable',
    help: '1 when the database answered this scrape, else 0',
    registers,
  })
  const waiting = new Gauge({
    name: 'assent_jobs_waiting',
    help: 'Jobs that are yet to run, scheduled ones included; the count ends at 100,000',
    registers,
  })
  const dead = new Gauge({
    name: 'assent_jobs_dead',
    help: 'Jobs that failed as often as they may and need a person',
    registers,
  })
  const undelivered = new Gauge({
    name: 'assent_deliveries',
    help: 'Webhooks and events for a receiver that the policy names: waiting, or dead and waiting for a replay',
    labelNames: ['target', 'state'],
    registers,
  })
  const oldest = new Gauge({
    name: 'assent_delivery_oldest_seconds',
    help: 'How long the oldest that waits for a receiver has been waiting',
    labelNames: ['target'],
    registers,
  })
  // A counter that begins at 0 shows its first rise.
  for (const outcome of BODY_OUTCOMES) bodies.inc({ outcome }, 0)
  for (const kind of UPDATE_KINDS) updates.inc({ kind }, 0)
  verdicts.inc({ verdict: 'allowed', reason: 'none' }, 0)
  verdicts.inc({ verdict: 'too_fast', reason: 'none' }, 0)
  for (const verdict of ['refused', 'observed'])
    for (const reason of REASONS) verdicts.inc({ verdict, reason }, 0)

  async function readJobs(): Promise<void> {
    const found = await ex
      .query<{ waiting: number; dead: number }>({ name: 'jobs_count', text: JOBS_SQL })
      .then(
        ({ rows }) => rows[0] ?? null,
        () => null,
      )
    reachable.set(found === null ? 0 : 1)
    // No number is better than the last one when nobody knows.
    waiting.set(found?.waiting ?? Number.NaN)
    dead.set(found?.dead ?? Number.NaN)
  }

  async function readDeliveries(): Promise<void> {
    const backlog = await deliveryBacklog(ex).catch(() => [])
    undelivered.reset()
    oldest.reset()
    for (const { target, waiting, dead, oldest: since } of backlog) {
      undelivered.set({ target, state: 'waiting' }, waiting)
      undelivered.set({ target, state: 'dead' }, dead)
      oldest.set({ target }, since === null ? 0 : Math.max(0, (clock().getTime() - since.getTime()) / 1000))
    }
  }

  return {
    webhookBody: (outcome) => bodies.inc({ outcome }),
    updates(list) {
      for (const { kind } of list) updates.inc({ kind })
    },
    verdict: (verdict) => verdicts.inc(labelsOf(verdict)),
    request: (method, route, status, ms) =>
      requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, ms / 1000),
    async text() {
      await Promise.all([readJobs(), readDeliveries()])
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

/** `observed` left although it would be refused (GATE=observe), `too_fast` was asked to come again. */
function labelsOf(verdict: GateVerdict): { verdict: string; reason: string } {
  if (verdict.allowed)
    return { verdict: verdict.observed ? 'observed' : 'allowed', reason: verdict.observed ?? 'none' }
  if (verdict.reason === 'too_fast') return { verdict: 'too_fast', reason: 'none' }
  return { verdict: 'refused', reason: verdict.reason }
}

/** What an answer of the webhook says about the body. */
export function bodyOutcome(status: number): BodyOutcome {
  if (status === 200) return 'taken'
  if (status === 401) return 'unsigned'
  if (status === 413) return 'too_large'
  return status === 503 ? 'unavailable' : 'failed'
}

export const metricsRoutes: FastifyPluginAsync<{ metrics: Metrics }> = async (app, { metrics }) => {
  app.get(
    '/metrics',
    {
      logLevel: 'warn',
      config: {
        documented: { response: { 200: z.string().meta({ description: 'Prometheus’ text format' }) } },
      },
      schema: { summary: 'Counts and times for Prometheus' },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )
}

// What is being refused, and why: counts by purpose, template and reason. In shadow mode, what would be.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { GateMode } from '../config.js'
import { REASONS } from '../consent/verdict.js'
import type { Executor } from '../db/client.js'
import { problem } from '../errors.js'
import { readRefusals } from '../sends/refusals.js'

const DAY_MS = 86_400_000
const MOST_DAYS = 31

const answerSchema = z.object({
  gate: z.enum(['enforce', 'observe']).meta({ description: 'Whether refusals are enforced at present' }),
  since: z.iso.datetime(),
  total: z.int(),
  refusals: z.array(
    z.object({
      purpose: z.string(),
      template: z.string().nullable(),
      reason: z.enum(REASONS),
      observed: z
        .boolean()
        .meta({ description: 'True: these left all the same, since nothing was enforced' }),
      count: z.int(),
    }),
  ),
})

export const refusalRoutes: FastifyPluginAsyncZod<{
  pool: Executor
  clock: () => Date
  gate: GateMode
}> = async (app, { pool, clock, gate }) => {
  app.get(
    '/v1/refusals',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'What is being refused, by purpose, template and reason',
        querystring: z.strictObject({ since: z.iso.datetime({ offset: true }).optional() }),
        response: { 200: answerSchema },
      },
    },
    async (request) => {
      const now = clock().getTime()
      const since = new Date(request.query.since ?? now - DAY_MS)
      if (since.getTime() < now - MOST_DAYS * DAY_MS)
        throw problem('REQUEST_INVALID', [{ field: 'since', message: `at most ${MOST_DAYS} days ago` }])
      const refusals = await readRefusals(pool, since)
      const total = refusals.reduce((sum, { count }) => sum + count, 0)
      return { gate, since: since.toISOString(), total, refusals }
    },
  )
}

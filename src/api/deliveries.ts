// What is on its way to receivers, what did not arrive, and sending that once more. Never shows a payload.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Executor } from '../db/client.js'
import { type Delivery, listDeliveries, replay } from '../deliveries/dead.js'
import { problem } from '../errors.js'
import type { Policy } from '../policy.js'

const letter = z.string().regex(/^[1-9]\d{0,17}$/, 'the digits of a letter')
const deliverySchema = z.object({
  target: z.string(),
  letter: z.string(),
  kind: z.string().meta({ description: '`webhook` for a forwarded one, else the type of the event' }),
  event: z.string().nullable(),
  state: z.enum(['waiting', 'dead']),
  since: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable().meta({ description: 'Null: as soon as its turn comes' }),
  attempts: z.int(),
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  deadAt: z.iso.datetime().nullable(),
  replayable: z.boolean().meta({ description: 'False once the payload of a dead letter is gone' }),
})

export type DeliveryRoutesDeps = { pool: Executor; policy: Policy; clock: () => Date }

export const deliveryRoutes: FastifyPluginAsyncZod<DeliveryRoutesDeps> = async (
  app,
  { pool, policy, clock },
) => {
  const config = { errors: 'problem', scope: 'staff' } as const
  const targets = new Set([...policy.forward, ...policy.events].map((target) => target.name))

  app.get(
    '/v1/deliveries',
    {
      config,
      schema: {
        summary: 'What is on its way to receivers, and what did not arrive',
        querystring: z.strictObject({
          state: z.enum(['waiting', 'dead']).default('dead'),
          target: z.string().max(40).optional(),
          after: z.string().max(100).optional(),
          limit: z.coerce.number().int().min(1).max(1_000).default(100),
        }),
        response: { 200: z.object({ deliveries: z.array(deliverySchema), next: z.string().nullable() }) },
      },
    },
    async (request) => {
      const { state, target = null, after, limit } = request.query
      const from = after === undefined ? BEGINNING : readCursor(after)
      if (from === null) throw problem('REQUEST_INVALID', [{ field: 'after', message: 'not a cursor' }])
      const found = await listDeliveries(pool, { state, target }, from, limit)
      const last = found.at(-1)
      return {
        deliveries: found.map(present),
        next: last === undefined || found.length < limit ? null : writeCursor(last),
      }
    },
  )

  app.post(
    '/v1/deliveries/replay',
    {
      config,
      schema: {
        summary: 'Send once more what did not arrive, all of it or the letters named',
        body: z
          .strictObject({ target: z.string(), letters: z.array(letter).min(1).max(1_000).optional() })
          .meta({ examples: [{ target: 'crm' }, { target: 'crm', letters: ['4711'] }] }),
        response: { 200: z.object({ target: z.string(), replayed: z.int() }) },
      },
    },
    async (request) => {
      const { target, letters = null } = request.body
      // What is sent again to nobody would only die again.
      if (!targets.has(target)) throw problem('TARGET_UNKNOWN')
      return { target, replayed: await replay(pool, target, letters, clock()) }
    },
  )
}

const BEGINNING = { letter: '0', target: '' }

const writeCursor = ({ letter, target }: Delivery) => Buffer.from(`${letter} ${target}`).toString('base64url')

function readCursor(cursor: string): { letter: string; target: string } | null {
  const found = /^(\d{1,18}) ([a-z0-9_-]{1,40})$/.exec(Buffer.from(cursor, 'base64url').toString())
  return found === null ? null : { letter: found[1] ?? '', target: found[2] ?? '' }
}

const present = ({ since, dueAt, deadAt, ...delivery }: Delivery) => ({
  ...delivery,
  since: since.toISOString(),
  dueAt: dueAt?.toISOString() ?? null,
  deadAt: deadAt?.toISOString() ?? null,
})

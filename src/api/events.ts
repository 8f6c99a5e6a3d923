// One line of the ledger by its id, as sends, refusals and lookups name it; for a stop also what it met: the messages
// that had already left when it came, and those it kept from leaving (G3).

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readEvent } from '../consent/ledger.js'
import { RESTRICTING } from '../consent/state.js'
import type { Executor } from '../db/client.js'
import { problem } from '../errors.js'
import { type MetSend, metByStop } from '../sends/stopped.js'
import { eventSchema, presentEvent } from './consents.js'

const sendSchema = z.object({
  id: z.string(),
  kind: z.string().meta({ description: '`message` for a caller’s send, else the kind of our own reply' }),
  purpose: z.string().nullable(),
  status: z.string(),
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
})

const answerSchema = eventSchema.extend({
  contact: z.string(),
  sends: z
    .object({
      left: z.array(sendSchema).meta({ description: 'On the wire when the stop was written down' }),
      cancelled: z.array(sendSchema).meta({ description: 'Never left, because of the stop or before it' }),
    })
    .nullable()
    .meta({ description: 'Null for an event that is no stop' }),
})

export const eventRoutes: FastifyPluginAsyncZod<{ pool: Executor }> = async (app, { pool }) => {
  app.get(
    '/v1/events/:id',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'One event; of a stop also the messages that had left and those it kept back',
        params: z.object({ id: z.uuid().meta({ examples: ['01935a4c-7d00-7000-8000-0000000e7e01'] }) }),
        response: { 200: answerSchema },
      },
    },
    async (request) => {
      const event = await readEvent(pool, request.params.id)
      if (event === null) throw problem('EVENT_UNKNOWN')
      const met = RESTRICTING.has(event.type) ? await metByStop(pool, event) : null
      return {
        ...presentEvent(event),
        contact: event.contactId,
        sends: met && { left: met.left.map(presentSend), cancelled: met.cancelled.map(presentSend) },
      }
    },
  )
}

const presentSend = (send: MetSend) => ({
  ...send,
  createdAt: send.createdAt.toISOString(),
  settledAt: send.settledAt?.toISOString() ?? null,
})

// The feed: what receivers of events are told, for those who would rather ask. One order, no gaps; a cursor from the last
// answer reads on where it ended.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Executor } from '../db/client.js'
import { problem } from '../errors.js'
import { cursorOf, givePlaces, positionOf, presentFeedEvent, readFeed } from '../feed/feed.js'
import { FEED_TYPES } from '../feed/types.js'

const known = new Set<string>(FEED_TYPES)
const types = z
  .string()
  .transform((list) => list.split(',').map((type) => type.trim()))
  .refine(
    (list) => list.every((type) => known.has(type)),
    `a comma-separated list of ${FEED_TYPES.join(', ')}`,
  )
  .pipe(z.array(z.enum(FEED_TYPES)))

const answerSchema = z.object({
  events: z.array(
    z.object({
      id: z.string().meta({ description: 'The same as the header webhook-id' }),
      type: z.enum(FEED_TYPES),
      timestamp: z.iso.datetime(),
      data: z.looseObject({ contact: z.string().nullable() }),
    }),
  ),
  next: z.string().meta({ description: 'Cursor of where this answer ends: `after` of the next question' }),
  more: z.boolean().meta({ description: 'Whether more is there already' }),
})

export const feedRoutes: FastifyPluginAsyncZod<{ pool: Executor }> = async (app, { pool }) => {
  app.get(
    '/v1/events',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'What other systems are told, as a feed: one order, no gaps',
        querystring: z.strictObject({
          after: z.string().max(100).optional(),
          limit: z.coerce.number().int().min(1).max(1_000).default(100),
          types: types.optional(),
        }),
        response: { 200: answerSchema },
      },
    },
    async (request) => {
      const { after, limit, types } = request.query
      const position = after === undefined ? '0' : positionOf(after)
      if (position === null) throw problem('REQUEST_INVALID', [{ field: 'after', message: 'not a cursor' }])
      await givePlaces(pool)
      const page = await readFeed(pool, position, types ?? null, limit)
      // Who begins has lost nothing.
      if (after !== undefined && page.gone) throw problem('CURSOR_EXPIRED')
      const events = page.events.map((event) => ({ id: event.id, ...presentFeedEvent(event) }))
      return { events, next: cursorOf(page.position), more: page.more }
    },
  )
}

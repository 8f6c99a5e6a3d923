// Keys over HTTP, for whoever holds `admin`. The answer that makes a key is the only time it is seen.

import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { problem } from '../errors.js'
import { type Issued, listKeys, makeKey, type Randomness, revokeKey, rotateKey } from '../keys/issue.js'
import { type ApiKey, SCOPES } from '../keys/key.js'
import type { Ring } from '../keys/ring.js'

export type KeyRoutesDeps = { pool: pg.Pool; ring: Ring; clock: () => Date }

const DAY_SECONDS = 86_400

const recordSchema = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string().meta({ description: 'How the key begins' }),
  scopes: z.array(z.enum(SCOPES)),
  requestsPerMinute: z.int().nullable().meta({ description: 'Null: the limit that every key has' }),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable().meta({ description: 'At most a minute behind' }),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  replacedBy: z.string().nullable().meta({ description: 'The key that this one was rotated to' }),
})
const issuedSchema = recordSchema.extend({
  key: z.string().meta({ description: 'The key itself. It is shown this once and kept nowhere' }),
})
const params = z.object({ id: z.uuid().meta({ examples: ['01935a4c-7d00-7000-8000-00000000c0de'] }) })

export const keyRoutes: FastifyPluginAsyncZod<KeyRoutesDeps> = async (app, { pool, ring, clock }) => {
  const config = { errors: 'problem', scope: 'admin' } as const

  app.post(
    '/v1/keys',
    {
      config,
      schema: {
        summary: 'Make a key',
        body: z
          .strictObject({
            name: z.string().trim().min(1).max(80).meta({ description: 'Whose key it is, for people' }),
            scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
            requestsPerMinute: z.int().min(1).max(10_000_000).optional(),
            expiresAt: z.iso.datetime({ offset: true }).optional(),
          })
          .meta({ examples: [{ name: 'Shop', scopes: ['send', 'consents:read'] }] }),
        response: { 201: issuedSchema },
      },
    },
    async (request, reply) => {
      const { name, scopes, requestsPerMinute = null, expiresAt } = request.body
      const now = clock()
      const end = expiresAt === undefined ? null : new Date(expiresAt)
      if (end !== null && end <= now)
        throw problem('REQUEST_INVALID', [{ field: 'expiresAt', message: 'lies in the past' }])
      const wanted = { name, scopes: [...new Set(scopes)], requestsPerMinute, expiresAt: end }
      return reply.code(201).send(presentIssued(await makeKey(pool, wanted, now, randomness)))
    },
  )

  app.get(
    '/v1/keys',
    {
      config,
      schema: {
        summary: 'List all keys, the newest first, without the keys themselves',
        response: { 200: z.object({ keys: z.array(recordSchema) }) },
      },
    },
    async () => ({ keys: (await listKeys(pool)).map(present) }),
  )

  app.post(
    '/v1/keys/:id/rotate',
    {
      config,
      schema: {
        summary: 'Replace a key by a new one; the old one works for a time of grace',
        params,
        body: z
          .strictObject({
            graceSeconds: z
              .int()
              .min(0)
              .max(30 * DAY_SECONDS)
              .default(DAY_SECONDS),
          })
          .meta({ examples: [{ graceSeconds: 3600 }] }),
        response: { 201: issuedSchema },
      },
    },
    async (request, reply) => {
      const graceMs = request.body.graceSeconds * 1_000
      const rotated = await rotateKey(pool, request.params.id, graceMs, clock(), randomness)
      ring.forget()
      switch (rotated.outcome) {
        case 'rotated':
          return reply.code(201).send(presentIssued(rotated.issued))
        case 'ended':
          throw problem('KEY_ENDED')
        case 'unknown':
          throw problem('KEY_ID_UNKNOWN')
      }
    },
  )

  app.delete(
    '/v1/keys/:id',
    {
      config,
      schema: {
        summary: 'Revoke a key; it stays in the list',
        params,
        response: { 200: recordSchema },
      },
    },
    async (request) => {
      const revoked = await revokeKey(pool, request.params.id, clock())
      ring.forget()
      if (revoked === null) throw problem('KEY_ID_UNKNOWN')
      return present(revoked)
    },
  )
}

const randomness: Randomness = { newId: () => uuidv7(), newSecret: () => randomBytes(32) }

/** A key as JSON shows it: ISO 8601 times. */
export function present(key: ApiKey): z.infer<typeof recordSchema> {
  return {
    ...key,
    scopes: [...key.scopes],
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  }
}

const presentIssued = ({ key, record }: Issued) => ({ key, ...present(record) })

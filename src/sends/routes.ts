// The drop-in face of the gateway: the same paths, bodies and answers as Meta's send API. Only this file and
// whatsapp/graph.ts know that there is a Meta behind it. A refusal is HTTP 400, because popular clients throw the code
// away at 401, 403 and 429 (tried; see ARCHITECTURE.md).

import type { FastifyPluginAsync } from 'fastify'
import { giveAnswer, idempotent } from '../api/idempotency.js'
import { requireKey } from '../api/keys.js'
import { problem } from '../errors.js'
import { graphError } from '../whatsapp/envelope.js'
import { answerTo, passedOn, recallSend } from './answers.js'
import { readOutgoing } from './outgoing.js'
import { type SubmitDeps, submit } from './submit.js'

export type SendRoutesDeps = SubmitDeps & {
  adminKey: string
  /** How long a repeat waits for the first request; for tests. */
  patienceMs?: number
}

// Whose an Idempotency-Key is; there is one key for the gateway so far.
const CALLER = 'admin'

// Meta's own limits add up to far less: text 4,096, a template with all its parameters some tens of kilobytes.
const BODY_LIMIT = 256 * 1024

type Params = { version?: string; phoneNumberId: string }

export const sendRoutes: FastifyPluginAsync<SendRoutesDeps> = async (app, deps) => {
  // Bytes, not JSON: what the caller wrote goes to Meta as it is.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (_req, body, done) => done(null, body),
  )
  app.addHook('onRequest', requireKey(deps.adminKey))
  const numbers = new Set(deps.policy.numbers.map((n) => n.phoneNumberId))
  for (const endpoint of ['messages', 'marketing_messages']) {
    for (const prefix of ['/:version(^v\\d{1,3}\\.\\d{1,2}$)', '']) {
      app.post<{ Params: Params }>(
        `${prefix}/:phoneNumberId(^\\d{3,32}$)/${endpoint}`,
        { bodyLimit: BODY_LIMIT, config: { errors: 'graph' } },
        async (request, reply) => {
          const { version = '', phoneNumberId } = request.params
          const raw = request.body
          if (!Buffer.isBuffer(raw)) throw problem('BODY_NOT_JSON')
          if (!numbers.has(phoneNumberId)) {
            const details = 'This phone number ID is not one of "numbers" in the policy file.'
            return reply.code(400).send(graphError(33, 'Unknown phone number ID', details, request.id))
          }
          const wanted = request.headers['x-consent-purpose']
          const body = parse(raw)
          const message = readOutgoing(body, typeof wanted === 'string' ? wanted : undefined, deps.policy)
          if (message.kind === 'invalid') {
            return reply.code(400).send(graphError(100, 'Invalid parameter', message.details, request.id))
          }
          if (message.kind === 'receipt') {
            const result = await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw)
            return giveAnswer(reply, { ...passedOn(result, request.id), replayed: false })
          }
          const answer = await idempotent(
            deps,
            request,
            CALLER,
            async ({ sendId }) => {
              const submission = { message, raw, version, phoneNumberId, endpoint, sendId }
              return answerTo(await submit(deps, submission), message.purposeName, request.id)
            },
            (sendId) => recallSend(deps.pool, sendId, nameIn(body), request.id),
          )
          return giveAnswer(reply, answer)
        },
      )
    }
  }
}

/** The recipient as the caller wrote it. */
const nameIn = (body: unknown): string => {
  const { to, recipient } = body as { to?: unknown; recipient?: unknown }
  return String(to ?? recipient ?? '')
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString())
  } catch {
    throw problem('BODY_NOT_JSON')
  }
}

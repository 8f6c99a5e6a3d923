// The drop-in face of the gateway: the same paths, bodies and answers as Meta's send API. Only this file and
// whatsapp/graph.ts know that there is a Meta behind it. A refusal is HTTP 400, because popular clients throw the code
// away at 401, 403 and 429 (tried; see ARCHITECTURE.md).

import type { FastifyPluginAsync } from 'fastify'
import { giveAnswer, idempotent } from '../api/idempotency.js'
import { problem } from '../errors.js'
import { LIMITS } from '../limits.js'
import { type GraphParams, openDoor, refuse, refuseDisguised, refuseId } from '../passing/doors.js'
import { ownerOf, PASSING } from '../passing/table.js'
import { readQuery, saysJson } from '../passing/target.js'
import type { Category } from '../policy.js'
import { explainMismatch } from '../templates/mismatch.js'
import { answerTo, passedOn, recallSend } from './answers.js'
import { readBody } from './body.js'
import { documentedSend } from './documented.js'
import { readOutgoing } from './outgoing.js'
import { type SubmitDeps, submit } from './submit.js'

export type SendRoutesDeps = SubmitDeps & {
  /** How long a repeat waits for the first request; for tests. */
  patienceMs?: number
}

export const sendRoutes: FastifyPluginAsync<SendRoutesDeps> = async (app, deps) => {
  // Bytes, not JSON: what the caller wrote goes to Meta as it is.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: LIMITS.sendBodyBytes },
    (_req, body, done) => done(null, body),
  )
  if (deps.gate === 'observe') {
    app.addHook('onSend', async (_request, reply) => {
      reply.header('x-assent-gate', 'observe')
    })
  }
  app.addHook('onRequest', refuseDisguised)
  app.addHook('preParsing', async (request) => {
    if (!saysJson(request.headers)) throw problem('MEDIA_TYPE_UNKNOWN')
  })
  for (const row of PASSING.filter((r) => r.through === 'gate')) {
    const endpoint = row.edge
    openDoor(
      app,
      row,
      async (request, reply) => {
        const { version = '', id: phoneNumberId } = request.params as GraphParams
        if (ownerOf(phoneNumberId, deps.policy) !== row.of) return refuseId(reply, 'phoneNumberId')
        const query = readQuery(request.raw.url ?? '', row.query)
        if ('problem' in query) return refuse(reply, 400, query.problem)
        const raw = request.body
        if (!Buffer.isBuffer(raw)) throw problem('BODY_NOT_JSON')
        const body = readBody(raw)
        if (!body.readable) return refuse(reply, 400, body.details)
        const wanted = request.headers['x-consent-purpose']
        const message = readOutgoing(body.value, typeof wanted === 'string' ? wanted : undefined, deps.policy)
        if (message.kind === 'invalid') return refuse(reply, 400, message.details)
        if (message.kind === 'receipt') {
          const result = await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw)
          return giveAnswer(reply, { ...passedOn(result, request.id), replayed: false })
        }
        const explain = (category: Category) =>
          explainMismatch(deps.policy, {
            ...message,
            purpose: message.purposeName,
            category,
            marketingOnly: endpoint === 'marketing_messages',
          })
        const answer = await idempotent(
          deps,
          request,
          request.caller?.id ?? '',
          async ({ sendId }) => {
            const submission = { message, raw, version, phoneNumberId, endpoint, sendId }
            const submitted = await submit(deps, submission)
            if (deps.gate === 'observe' && 'verdict' in submitted) {
              const { verdict } = submitted
              const said = verdict.allowed ? (verdict.observed ?? 'allowed') : verdict.reason
              reply.header('x-assent-verdict', said)
            }
            const about = { purpose: message.purposeName, traceId: request.id, now: deps.clock(), explain }
            return answerTo(submitted, about)
          },
          (sendId) => recallSend(deps.pool, sendId, nameIn(body.value), request.id),
        )
        return giveAnswer(reply, answer)
      },
      {
        summary: 'Send a message if its recipient has said yes; same body and answer as at Meta',
        documented: (versioned) => documentedSend(endpoint, versioned),
        bodyLimit: LIMITS.sendBodyBytes,
      },
    )
  }
}

/** The recipient as the caller wrote it. */
const nameIn = (body: unknown): string => {
  const { to, recipient } = body as { to?: unknown; recipient?: unknown }
  return String(to ?? recipient ?? '')
}

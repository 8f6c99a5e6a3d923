// The drop-in face of the gateway: the same paths, bodies and answers as Meta's send API. Only this file and
// whatsapp/graph.ts know that there is a Meta behind it. A refusal is HTTP 400, because popular clients throw the code
// away at 401, 403 and 429 (tried; see ARCHITECTURE.md).

import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import type { Refused } from '../consent/gate.js'
import { REASON_SENTENCES } from '../consent/verdict.js'
import { problem } from '../errors.js'
import { LIMITS } from '../limits.js'
import {
  type GraphParams,
  openDoor,
  refuseDisguised,
  refuseId,
  refuse as refuseRequest,
} from '../passing/doors.js'
import { ownerOf, PASSING } from '../passing/table.js'
import { readQuery, saysJson } from '../passing/target.js'
import type { Category } from '../policy.js'
import { explainMismatch } from '../templates/mismatch.js'
import {
  CODE_PERSON_SAID_NO,
  CODE_REFUSED,
  CODE_THROUGHPUT,
  CODE_TOO_FAST,
  graphError,
} from '../whatsapp/envelope.js'
import type { GraphAnswer } from '../whatsapp/graph.js'
import { readBody } from './body.js'
import { documentedSend } from './documented.js'
import { readOutgoing } from './outgoing.js'
import { type SubmitDeps, type Submitted, submit } from './submit.js'

export const sendRoutes: FastifyPluginAsync<SubmitDeps> = async (app, deps) => {
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
        if ('problem' in query) return refuseRequest(reply, 400, query.problem)
        const raw = request.body
        if (!Buffer.isBuffer(raw)) throw problem('BODY_NOT_JSON')
        const body = readBody(raw)
        if (!body.readable) return refuseRequest(reply, 400, body.details)
        const wanted = request.headers['x-consent-purpose']
        const message = readOutgoing(body.value, typeof wanted === 'string' ? wanted : undefined, deps.policy)
        switch (message.kind) {
          case 'invalid':
            return refuseRequest(reply, 400, message.details)
          case 'receipt':
            return passOn(
              await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw),
              reply,
              request.id,
            )
          case 'message': {
            const submitted = await submit(deps, { message, raw, version, phoneNumberId, endpoint })
            if (deps.gate === 'observe' && 'verdict' in submitted) {
              const { verdict } = submitted
              reply.header(
                'x-assent-verdict',
                verdict.allowed ? (verdict.observed ?? 'allowed') : verdict.reason,
              )
            }
            return answer(submitted, reply, request.id, message.purposeName, deps.clock(), (category) =>
              explainMismatch(deps.policy, {
                ...message,
                purpose: message.purposeName,
                category,
                marketingOnly: endpoint === 'marketing_messages',
              }),
            )
          }
        }
      },
      {
        summary: 'Send a message if its recipient has said yes; same body and answer as at Meta',
        documented: (versioned) => documentedSend(endpoint, versioned),
        bodyLimit: LIMITS.sendBodyBytes,
      },
    )
  }
}

/** @param explain what to do about a purpose of another category than the message has */
function answer(
  submitted: Submitted,
  reply: FastifyReply,
  traceId: string,
  purpose: string,
  now: Date,
  explain: (category: Category) => string,
) {
  switch (submitted.outcome) {
    case 'refused':
      return refuse(submitted.verdict, submitted.sendId, reply, traceId, purpose, explain)
    case 'busy':
      return busy(submitted.retryMs, reply, traceId)
    case 'too_fast':
      return slowDown(submitted.verdict.retryAt, reply, traceId, now)
    case 'answered':
      return passOn(submitted.answer, reply, traceId)
    default:
      return passOn({ outcome: submitted.outcome, cause: '' }, reply, traceId)
  }
}

/** As Meta answers when a number sends too fast. */
function busy(retryMs: number, reply: FastifyReply, traceId: string) {
  const details =
    'The number sends as fast as it may, and no turn was free within a second. Nothing was sent.'
  return reply
    .code(400)
    .header('retry-after', String(Math.ceil(retryMs / 1000)))
    .send(graphError(CODE_THROUGHPUT, 'Rate limit hit', details, traceId))
}

/** As Meta answers more than it takes for one person, without asking it. Clients know the code and wait. */
function slowDown(retryAt: Date, reply: FastifyReply, traceId: string, now: Date) {
  const details =
    'Too many messages to this person from this number in a short time. Nothing was sent; wait and try again.'
  const seconds = Math.max(1, Math.ceil((retryAt.getTime() - now.getTime()) / 1000))
  return reply
    .code(400)
    .header('retry-after', String(seconds))
    .send(graphError(CODE_TOO_FAST, 'Pair rate limit hit', details, traceId))
}

function refuse(
  verdict: Refused,
  send: string,
  reply: FastifyReply,
  traceId: string,
  purpose: string,
  explain: (category: Category) => string,
) {
  const { reason, contactId, event, since, category, retryAt } = verdict
  const saidNo = reason === 'withdrawn' || reason === 'refused' || reason === 'paused'
  const code = saidNo ? CODE_PERSON_SAID_NO : CODE_REFUSED
  const title = saidNo ? 'The person said no' : 'Refused by the consent gateway'
  const mismatch = reason === 'category_mismatch' && category !== null
  const details = mismatch ? explain(category) : REASON_SENTENCES[reason]
  const consent = {
    reason,
    purpose,
    ...(mismatch ? { category } : {}),
    contact: contactId,
    event,
    since,
    ...(retryAt === null ? {} : { retryAt }),
    send,
  }
  return reply.code(400).send(graphError(code, title, details, traceId, { consent }))
}

/** Hands Graph's answer back unchanged, or says in Graph's shape that there was none and what that means. */
function passOn(result: GraphAnswer, reply: FastifyReply, traceId: string) {
  switch (result.outcome) {
    case 'answered':
      return reply.code(result.status).type(result.contentType).send(result.body)
    case 'unsent':
      return reply
        .code(503)
        .header('retry-after', '5')
        .send(
          graphError(
            131016,
            'Service unavailable',
            'WhatsApp could not be reached. Nothing was sent; try again.',
            traceId,
          ),
        )
    case 'uncertain':
      return reply
        .code(504)
        .send(
          graphError(
            131000,
            'Something went wrong',
            'The request left, but no answer came in time: the message may have been sent. Do not send it again before its status is known.',
            traceId,
          ),
        )
  }
}

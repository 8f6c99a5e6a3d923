// The drop-in face of the gateway: the same paths, bodies and answers as Meta's send API. Only this file and
// whatsapp/graph.ts know that there is a Meta behind it. A refusal is HTTP 400, because popular clients throw the code
// away at 401, 403 and 429 (tried; see ARCHITECTURE.md).

import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { requireKey } from '../api/keys.js'
import { REASON_SENTENCES } from '../consent/verdict.js'
import { problem } from '../errors.js'
import { CODE_PERSON_SAID_NO, CODE_REFUSED, CODE_TOO_FAST, graphError } from '../whatsapp/envelope.js'
import type { GraphAnswer } from '../whatsapp/graph.js'
import { readOutgoing } from './outgoing.js'
import { type SubmitDeps, type Submitted, submit } from './submit.js'

export type SendRoutesDeps = SubmitDeps & { adminKey: string }

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
          const message = readOutgoing(
            parse(raw),
            typeof wanted === 'string' ? wanted : undefined,
            deps.policy,
          )
          switch (message.kind) {
            case 'invalid':
              return reply.code(400).send(graphError(100, 'Invalid parameter', message.details, request.id))
            case 'receipt':
              return passOn(
                await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw),
                reply,
                request.id,
              )
            case 'message':
              return answer(
                await submit(deps, { message, raw, version, phoneNumberId, endpoint }),
                reply,
                request.id,
                message.purposeName,
              )
          }
        },
      )
    }
  }
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString())
  } catch {
    throw problem('BODY_NOT_JSON')
  }
}

function answer(submitted: Submitted, reply: FastifyReply, traceId: string, purpose: string) {
  if (submitted.outcome === 'too_fast') {
    const details =
      'The number sends as fast as it may, and no turn was free within a second. Nothing was sent.'
    return reply
      .code(400)
      .header('retry-after', String(Math.ceil(submitted.retryMs / 1000)))
      .send(graphError(CODE_TOO_FAST, 'Rate limit hit', details, traceId))
  }
  if (submitted.outcome !== 'refused') {
    const { outcome } = submitted
    return passOn(outcome === 'answered' ? submitted.answer : { outcome, cause: '' }, reply, traceId)
  }
  const { reason, contactId, event, since } = submitted.verdict
  const saidNo = reason === 'withdrawn' || reason === 'refused' || reason === 'paused'
  const code = saidNo ? CODE_PERSON_SAID_NO : CODE_REFUSED
  const title = saidNo ? 'The person said no' : 'Refused by the consent gateway'
  const consent = { reason, purpose, contact: contactId, event, since, send: submitted.sendId }
  return reply.code(400).send(graphError(code, title, REASON_SENTENCES[reason], traceId, { consent }))
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

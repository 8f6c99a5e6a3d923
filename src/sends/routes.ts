// The drop-in face of the gateway: the same paths, bodies and answers as Meta's send API. Only this file and
// whatsapp/graph.ts know that there is a Meta behind it. A refusal is HTTP 400, because popular clients throw the code
// away at 401, 403 and 429 (tried; see ARCHITECTURE.md).

import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { requireKey } from '../api/keys.js'
import { REASON_SENTENCES } from '../consent/verdict.js'
import { problem } from '../errors.js'
import { type GraphParams, openDoor, refuse, refuseDisguised, refuseId } from '../passing/doors.js'
import { ownerOf, PASSING } from '../passing/table.js'
import { readQuery, saysJson } from '../passing/target.js'
import { CODE_PERSON_SAID_NO, CODE_REFUSED, graphError } from '../whatsapp/envelope.js'
import type { GraphAnswer } from '../whatsapp/graph.js'
import { readBody } from './body.js'
import { readOutgoing } from './outgoing.js'
import { type SubmitDeps, type Submitted, submit } from './submit.js'

export type SendRoutesDeps = SubmitDeps & { adminKey: string }

// Meta's own limits add up to far less: text 4,096, a template with all its parameters some tens of kilobytes.
const BODY_LIMIT = 256 * 1024

export const sendRoutes: FastifyPluginAsync<SendRoutesDeps> = async (app, deps) => {
  // Bytes, not JSON: what the caller wrote goes to Meta as it is.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (_req, body, done) => done(null, body),
  )
  app.addHook('onRequest', refuseDisguised)
  app.addHook('onRequest', requireKey(deps.adminKey))
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
        switch (message.kind) {
          case 'invalid':
            return refuse(reply, 400, message.details)
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
      BODY_LIMIT,
    )
  }
}

function answer(submitted: Submitted, reply: FastifyReply, traceId: string, purpose: string) {
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

// Meta's door: verification and deliveries. A route of its own scope, because here the body stays bytes until its
// signature is verified, whatever content type it claims.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { bodyOutcome, type Metrics } from '../api/metrics.js'
import { forwardLetter } from '../deliveries/forward.js'
import { problem } from '../errors.js'
import { LIMITS } from '../limits.js'
import { DELIVERY, VERIFICATION } from './documented.js'
import type { IngestDeps } from './ingest.js'
import { createIntake } from './intake.js'
import { readUpdates } from './payload.js'
import { verifySignature } from './signature.js'

export type WebhookDeps = IngestDeps & {
  appSecrets: readonly string[]
  verifyToken: string
  metrics?: Metrics
}

export const webhookRoutes: FastifyPluginAsync<WebhookDeps> = async (app, deps) => {
  const { identityKeys, policy, clock } = deps
  const intake = createIntake(deps)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: LIMITS.webhookBodyBytes },
    (_request, body, done) => done(null, body),
  )

  app.get<{ Querystring: Record<string, unknown> }>(
    '/webhook',
    {
      config: { errors: 'bare', documented: VERIFICATION },
      schema: { summary: 'Meta’s verification of the webhook' },
    },
    async (request, reply) => {
      const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = request.query
      if (mode !== 'subscribe' || token !== deps.verifyToken || typeof challenge !== 'string') {
        return reply.code(403).type('text/plain').send('Forbidden')
      }
      return reply.type('text/plain').header('x-content-type-options', 'nosniff').send(challenge)
    },
  )

  const delivery = {
    bodyLimit: LIMITS.webhookBodyBytes,
    config: { errors: 'bare', documented: DELIVERY },
    schema: { summary: 'Meta’s deliveries, signed with the app secret' },
    onResponse: async (_request: FastifyRequest, { statusCode }: FastifyReply) =>
      deps.metrics?.webhookBody(bodyOutcome(statusCode)),
  } as const
  app.post('/webhook', delivery, async (request, reply) => {
    const { body, headers } = request
    if (!Buffer.isBuffer(body) || !verifySignature(body, headers['x-hub-signature-256'], deps.appSecrets)) {
      throw problem('SIGNATURE_INVALID')
    }
    const json = parse(body)
    const signature = String(headers['x-hub-signature-256'])
    const contentType = headers['content-type'] ?? 'application/json'
    const letter = forwardLetter(
      identityKeys,
      policy.forward,
      { raw: body, signature, contentType, json },
      clock(),
    )
    const updates = readUpdates(json)
    await intake(updates, letter)
    deps.metrics?.updates(updates)
    return reply.type('text/plain').send('OK')
  })
}

/** A signed body that is no JSON will be none in a week either: it is on record as malformed and acknowledged. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return body.toString('base64')
  }
}

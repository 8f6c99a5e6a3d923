// Meta's door: verification and deliveries. A route of its own scope, because here the body stays bytes until its
// signature is verified, whatever content type it claims.

import type { FastifyPluginAsync } from 'fastify'
import { forwardLetter } from '../deliveries/forward.js'
import { problem } from '../errors.js'
import type { IngestDeps } from './ingest.js'
import { createIntake } from './intake.js'
import { readUpdates } from './payload.js'
import { verifySignature } from './signature.js'

export type WebhookDeps = IngestDeps & { appSecrets: readonly string[]; verifyToken: string }

// Meta's bodies have up to 3 MB and 1,000 updates; a 413 would be redelivered for a week.
const BODY_LIMIT = 4 * 1024 * 1024

export const webhookRoutes: FastifyPluginAsync<WebhookDeps> = async (app, deps) => {
  const { identityKeys, policy, clock } = deps
  const intake = createIntake(deps)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
    done(null, body),
  )

  app.get<{ Querystring: Record<string, unknown> }>(
    '/webhook',
    { config: { errors: 'bare' } },
    async (request, reply) => {
      const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = request.query
      if (mode !== 'subscribe' || token !== deps.verifyToken || typeof challenge !== 'string') {
        return reply.code(403).type('text/plain').send('Forbidden')
      }
      return reply.type('text/plain').header('x-content-type-options', 'nosniff').send(challenge)
    },
  )

  app.post('/webhook', { bodyLimit: BODY_LIMIT, config: { errors: 'bare' } }, async (request, reply) => {
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
    await intake(readUpdates(json), letter)
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

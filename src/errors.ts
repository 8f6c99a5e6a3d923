// Every error that a caller can see, in one catalogue, and the one handler that writes it: RFC 9457 problem details on
// /v1, Graph's envelope on Graph paths, and nothing at all to whoever knocks at the webhook with a bad signature.
// Promise kept: no phone number, text, token, SQL or stack leaves the process in an error or a log line.

import { createError, type FastifyError } from '@fastify/error'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isUnavailable, sqlState } from './db/client.js'
import { graphError } from './whatsapp/envelope.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** In whose shape this route answers errors. */
    errors?: 'problem' | 'graph' | 'bare'
  }
}

/** code → status, title, and what to do about it. */
export const CATALOGUE = {
  KEY_MISSING: [401, 'No API key', 'Send the header "Authorization: Bearer <key>".'],
  KEY_UNKNOWN: [
    401,
    'Unknown API key',
    'The key is not one of this gateway. Note that Meta’s token is not used here.',
  ],
  KEY_REVOKED: [
    401,
    'Revoked API key',
    'This key was revoked. Ask whoever runs the gateway for another one.',
  ],
  KEY_EXPIRED: [
    401,
    'Expired API key',
    'This key has reached its end, or was replaced and its time of grace is over. Use the one that replaced it.',
  ],
  SCOPE_MISSING: [
    403,
    'Not allowed with this key',
    'The key lacks the scope of this route; the documentation names it.',
  ],
  RATE_LIMITED: [
    429,
    'Too many requests',
    'Nothing was done. Try again after the seconds of Retry-After, and slow down.',
  ],
  SIGNATURE_INVALID: [401, 'Unauthorized', ''],
  REQUEST_INVALID: [400, 'Invalid request', 'See "issues" for each field that is wrong.'],
  BODY_NOT_JSON: [400, 'Not JSON', 'The body must be a JSON object with Content-Type application/json.'],
  BODY_TOO_LARGE: [
    413,
    'Body too large',
    'Send less at once; the limit is in the documentation of the route.',
  ],
  URL_TOO_LONG: [414, 'URL too long', 'Nothing that belongs into a URL here is that long.'],
  HEADERS_TOO_LARGE: [431, 'Headers too large', 'Send fewer or shorter headers.'],
  REQUEST_TOO_SLOW: [
    408,
    'Request too slow',
    'The request did not arrive in time. Nothing was done; try again.',
  ],
  REQUEST_BROKEN: [400, 'Not HTTP', 'This is no request that can be read.'],
  MEDIA_TYPE_UNKNOWN: [415, 'Unsupported media type', 'Send Content-Type application/json.'],
  FORM_EXPECTED: [415, 'Not a form', 'Send the file as multipart/form-data, uncompressed.'],
  OWN_STOP: [
    409,
    'The person said no',
    'Their own stop is newer; only they can lift it, by writing START. Nothing was recorded.',
  ],
  PERSON_SUPPRESSED: [409, 'The person was erased', 'They asked not to be added again, and are not.'],
  CONTACT_UNKNOWN: [
    404,
    'Unknown contact',
    'No contact has this id. Ids come from POST /v1/consents/lookup.',
  ],
  EVENT_UNKNOWN: [
    404,
    'Unknown event',
    'No line of the ledger has this id. Ids come from lookups, refusals and the ledger of a contact.',
  ],
  KEY_ID_UNKNOWN: [404, 'Unknown key', 'No key has this id. GET /v1/keys lists them all.'],
  KEY_ENDED: [
    409,
    'The key has ended',
    'It was revoked, has expired or was rotated before. Make a new one with POST /v1/keys.',
  ],
  TARGET_UNKNOWN: [
    404,
    'Unknown receiver',
    'The policy names no receiver of this name under forward or events.',
  ],
  CURSOR_EXPIRED: [
    410,
    'The cursor is too old',
    'Events after it have been deleted by retention. Look up what matters, then read on without `after`.',
  ],
  MESSAGE_UNKNOWN: [
    404,
    'Unknown message',
    'No message has this id. Ids come from POST /v1/messages and from refusals.',
  ],
  MESSAGE_NOT_QUEUED: [
    409,
    'Not queued any more',
    'Only a queued message can be cancelled. "issues" says what has become of this one.',
  ],
  NOTHING_QUEUED: [
    422,
    'Nothing was queued',
    'None of the messages was queued. "messages" says of each why not.',
  ],
  HALT_UNKNOWN: [404, 'Unknown halt', 'No halt has this id, or it was lifted. Ids come from GET /v1/halts.'],
  IDEMPOTENCY_KEY_INVALID: [
    400,
    'Unusable Idempotency-Key',
    'The header Idempotency-Key takes 1–255 visible ASCII characters, without spaces, and only once.',
  ],
  IDEMPOTENCY_MISMATCH: [
    422,
    'Idempotency-Key used for another request',
    'This key was used for another body or path within 24 hours. Nothing was done; take a new key for a new request.',
  ],
  IDEMPOTENCY_BUSY: [
    409,
    'The first request is still under way',
    'A request with this Idempotency-Key has not been answered yet. Repeat it later, with the same key.',
  ],
  NOT_FOUND: [404, 'Not found', 'There is nothing at this path and method.'],
  UNAVAILABLE: [
    503,
    'Temporarily unavailable',
    'The database cannot be reached. Nothing was done; try again.',
  ],
  INTERNAL: [500, 'Internal error', 'This is our fault. The request id finds it in the log.'],
} as const satisfies Record<string, readonly [number, string, string]>
export type ErrorCode = keyof typeof CATALOGUE

export type Issue = { field: string; message: string }

/** Makes an error of the catalogue; `throw problem('CONTACT_UNKNOWN')`. */
export function problem(code: ErrorCode, issues: readonly Issue[] = []): FastifyError {
  const [status, title] = CATALOGUE[code]
  return Object.assign(new (createError(code, title, status))(), { issues })
}

/** Whether an error is one of ours, meant for the caller. */
export function isProblem(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && String(error.code) in CATALOGUE
}

const RETRY_AFTER_SECONDS = '5'

/** Installs the error handler and the not-found handler. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const code = codeOf(error)
    if (code === 'INTERNAL') request.log.error({ err: error }, 'unexpected error')
    if (code === 'UNAVAILABLE') request.log.warn({ err: error }, 'the database is away')
    return sendError(request, reply, code, issuesOf(error))
  })
  app.setNotFoundHandler((request, reply) => sendError(request, reply, 'NOT_FOUND', []))
  // Before a body is read: that it is wrong as well would only lead astray.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return sendError(request, reply, 'NOT_FOUND', [])
    return undefined
  })
}

/** What the router itself cannot read: a path that does not decode names nothing. */
export function answerBadPath(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void sendError(request, reply, 'NOT_FOUND', [])
}

function sendError(request: FastifyRequest, reply: FastifyReply, code: ErrorCode, issues: readonly Issue[]) {
  const [status, title, detail] = CATALOGUE[code]
  if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  switch (request.routeOptions.config?.errors ?? (request.url.startsWith('/v1/') ? 'problem' : 'graph')) {
    case 'bare':
      return reply.code(status).type('text/plain').send(title)
    case 'graph': {
      const details = [detail, ...issues.map((i) => `${i.field}: ${i.message}`)].join(' ')
      return reply
        .code(status === 429 ? 400 : status)
        .type('application/json')
        .send(graphProblem(status, details, request.id))
    }
    case 'problem':
      return reply
        .code(status)
        .type('application/problem+json')
        .send(problemDetails(code, issues, request.id))
  }
}

/** RFC 9457, with our code and, for invalid requests, each field that is wrong. */
export function problemDetails(code: ErrorCode, issues: readonly Issue[], requestId: string): object {
  const [status, title, detail] = CATALOGUE[code]
  return {
    type: `urn:assent:error:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code,
    detail,
    instance: `urn:request:${requestId}`,
    ...(issues.length > 0 ? { issues } : {}),
  }
}

/**
 * Meta's own codes where they say the same. 190 token; 10 permission (200 says it too, but is also Meta's answer to a
 * missing token); 80007 call rate, which clients know to wait minutes for, and not 130429, which is about the
 * throughput of one number and makes them halve it; 100 parameter; 131016 service unavailable; 131000 unknown.
 */
export function graphProblem(status: number, details: string, traceId: string): object {
  if (status === 401) return graphError(190, 'Invalid OAuth access token', details, traceId)
  if (status === 403) return graphError(10, 'Permission denied', details, traceId)
  if (status === 429) return graphError(80007, 'Rate limit issues', details, traceId)
  // Not 100, which tells clients that their request is wrong.
  if (status === 409) return graphError(2, 'Service temporarily unavailable', details, traceId)
  if (status === 503) return graphError(131016, 'Service unavailable', details, traceId)
  if (status === 404)
    return graphError(100, 'Unsupported request', details, traceId, { type: 'GraphMethodException' })
  if (status < 500) return graphError(100, 'Invalid parameter', details, traceId)
  return graphError(131000, 'Something went wrong', details, traceId)
}

/** Fastify's own errors, ours, the database's, and everything else (which is a bug). */
function codeOf(error: unknown): ErrorCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code in CATALOGUE) return code as ErrorCode
  if (hasZodFastifySchemaValidationErrors(error)) return 'REQUEST_INVALID'
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'BODY_TOO_LARGE'
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'MEDIA_TYPE_UNKNOWN'
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY' || code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return 'BODY_NOT_JSON'
  if (code.startsWith('FST_ERR_CTP_') || code === 'FST_ERR_VALIDATION') return 'REQUEST_INVALID'
  if (isUnavailable(error)) return 'UNAVAILABLE'
  return 'INTERNAL'
}

/** Field paths and zod's messages; zod names what it expected, never the value it got. */
function issuesOf(error: unknown): readonly Issue[] {
  if (error instanceof Error && 'issues' in error && Array.isArray(error.issues)) {
    return error.issues
  }
  if (!hasZodFastifySchemaValidationErrors(error)) return []
  return error.validation.map((issue) => ({
    field: issue.instancePath.replace(/^\//, '').replaceAll('/', '.') || 'body',
    message: issue.message ?? 'invalid',
  }))
}

/**
 * What a log line may say of an error: kind, codes, place. Never the message of a foreign error: Postgres' and
 * drizzle's repeat the bound values, undici's the URL.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error ? String(error.code) : undefined
  const constraint = 'constraint' in error ? String(error.constraint) : undefined
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  return {
    type: error.name,
    code: code ?? sqlState(error),
    constraint,
    stack: frames.slice(0, 12).join('\n'),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}

// The errors of the emulated Graph API.
// Promise kept: code, HTTP status and envelope are those of the Cloud API's error table, so a client that works
// here reads the real thing. Details say what was wrong and never repeat a number or a text.

import { randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** Cloud API codes that the emulator answers or reports by webhook: title and HTTP status. */
const CATALOGUE: Readonly<Record<number, readonly [title: string, http: number]>> = {
  1: ['An unknown error occurred', 400],
  2: ['Service temporarily unavailable', 503],
  4: ['Application request limit reached', 400],
  100: ['Invalid parameter', 400],
  190: ['Invalid OAuth access token', 401],
  368: ['Temporarily blocked for policies violations', 403],
  2500: ['Unknown path components', 404],
  80007: ['Rate limit issues', 400],
  130429: ['Rate limit hit', 400],
  130472: ["User's number is part of an experiment", 400],
  131000: ['Something went wrong', 500],
  131005: ['Access denied', 403],
  131008: ['Required parameter is missing', 400],
  131009: ['Parameter value is not valid', 400],
  131016: ['Service unavailable', 500],
  131021: ['Recipient cannot be sender', 400],
  131026: ['Message undeliverable', 400],
  131031: ['Account has been locked', 403],
  131047: ['Re-engagement message', 400],
  131048: ['Spam rate limit hit', 400],
  131049: ['This message was not delivered to maintain healthy ecosystem engagement', 400],
  131050: ['User has stopped marketing messages', 400],
  131051: ['Unsupported message type', 400],
  131053: ['Media upload error', 400],
  131055: ['Only marketing templates are supported', 400],
  131056: ['Pair rate limit hit', 400],
  131059: ['Invalid cursor', 400],
  131062: ['Business-scoped User ID (BSUID) recipients are not supported for this message', 400],
  132000: ['Template parameter count mismatch', 400],
  132001: ['Template does not exist', 404],
  132015: ['Template is paused', 400],
  132016: ['Template is disabled', 400],
  133010: ['Phone number not registered', 400],
}

export type GraphProblem = { code: number; details: string; http?: number; subcode?: number }

/** The envelope that a failed call is answered with, and its HTTP status. */
export function graphError({ code, details, http, subcode }: GraphProblem) {
  const [title, status] = CATALOGUE[code] ?? ['Emulated error', 400]
  return {
    status: http ?? status,
    body: {
      error: {
        message: `(#${code}) ${title}`,
        type: code === 100 && subcode === 33 ? 'GraphMethodException' : 'OAuthException',
        code,
        ...(subcode === undefined ? {} : { error_subcode: subcode }),
        error_data: { messaging_product: 'whatsapp', details },
        fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
      },
    },
  }
}

/** What an id that names nothing is answered with. */
export const NO_SUCH_OBJECT: GraphProblem = {
  code: 100,
  subcode: 33,
  details: 'No object with this id, or the token may not use it.',
}

/** Answers a call with a problem. */
export function refuse(reply: FastifyReply, problem: GraphProblem): FastifyReply {
  const { status, body } = graphError(problem)
  return reply.code(status).send(body)
}

/** One element of `errors` in a `failed` status. */
export function statusError(code: number, details: string) {
  const title = CATALOGUE[code]?.[0] ?? 'Emulated error'
  return {
    code,
    title,
    message: title,
    error_data: { details },
    href: 'https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes',
  }
}

// Who calls, and whether they may. Every route says which scope opens it; one that says nothing cannot be registered
// unless it is in the short list of what is open, so that a route is never public by oversight. A caller without a good
// key is counted by address, one with a key by the key's id; the key itself is in no count, no log line and no error.

import { createHash, timingSafeEqual } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, problem } from '../errors.js'
import { type ApiKey, endOf, mayPass, type Scope } from '../keys/key.js'
import type { Ring } from '../keys/ring.js'
import { LIMITS } from '../limits.js'

/** Whose key a request came with; `admin` is the key of the environment, any other id one of the table. */
export type Caller = Pick<ApiKey, 'id' | 'scopes' | 'requestsPerMinute'>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must hold to call this route; of several, any one. */
    scope?: Scope | readonly Scope[]
  }
  interface FastifyRequest {
    /** Set on every route with a scope. */
    caller: Caller | null
  }
}

// Health and numbers for operators, Meta's signed webhook, the documentation, the keys that receipts are checked with, and the
// pages of sandbox mode.
const OPEN = /^\/(livez|readyz|metrics|webhook|docs(\/.*)?|\.well-known\/jwks\.json|sandbox\/.*)?$/
const MINUTE_MS = 60_000

export type AuthenticationDeps = { adminKey: string; ring: Ring; clock: () => Date }

/** Call it before any route is registered. */
export async function registerAuthentication(app: FastifyInstance, deps: AuthenticationDeps): Promise<void> {
  const { adminKey, ring, clock } = deps
  const expected = digest(adminKey)
  await app.register(rateLimit, { global: false, enableDraftSpec: true })
  app.decorateRequest('caller', null)
  app.addHook('onClose', () => ring.close())

  const countByKey = app.rateLimit({
    timeWindow: MINUTE_MS,
    max: (request) => request.caller?.requestsPerMinute ?? LIMITS.requestsPerMinute,
    keyGenerator: (request) => request.caller?.id ?? '',
    errorResponseBuilder: () => problem('RATE_LIMITED'),
  })
  const countByAddress = app.createRateLimit({ timeWindow: MINUTE_MS, max: LIMITS.failuresPerMinute })

  async function identify(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given === undefined) return refuse(request, reply, 'KEY_MISSING')
    // Over digests, so that neither the key's length nor its beginning can be measured. A key of the table is found by
    // its digest, which nobody can choose bit by bit.
    if (timingSafeEqual(digest(given), expected)) {
      request.caller = { id: 'admin', scopes: ['admin'], requestsPerMinute: null }
      return
    }
    // Whoever has used up their failures cannot make us look for one more key that nobody knows.
    if (!ring.knows(given)) await stopAtLimit(request, reply, { increment: false })
    const key = await ring.find(given)
    const trouble = key === null ? 'KEY_UNKNOWN' : endOf(key, clock())
    if (key === null || trouble !== null) return refuse(request, reply, trouble ?? 'KEY_UNKNOWN')
    ring.used(key.id)
    request.caller = key
  }

  async function refuse(request: FastifyRequest, reply: FastifyReply, code: ErrorCode): Promise<never> {
    await stopAtLimit(request, reply, { increment: true })
    throw problem(code)
  }

  async function stopAtLimit(request: FastifyRequest, reply: FastifyReply, how: { increment: boolean }) {
    const count = await countByAddress(request, how)
    if (count.isAllowed || !(count.isExceeded || (!how.increment && count.remaining === 0))) return
    reply.header('retry-after', count.ttlInSeconds)
    throw problem('RATE_LIMITED')
  }

  async function authorise({ caller, routeOptions }: FastifyRequest): Promise<void> {
    if (caller === null || !mayPass(caller.scopes, scopesOf(routeOptions.config)))
      throw problem('SCOPE_MISSING')
  }

  app.addHook('onRoute', (route) => {
    const hooks = [route.onRequest ?? []].flat()
    // A HEAD route is made of its GET route, with what that one has.
    if (hooks.includes(identify)) return
    if (scopesOf(route.config).length > 0) route.onRequest = [identify, countByKey, authorise, ...hooks]
    else if (!OPEN.test(route.url)) throw new Error(`${route.method} ${route.url} does not say its scope`)
  })
}

/** The scopes any of which opens a route; none when it is open. */
export function scopesOf(config: { scope?: Scope | readonly Scope[] } | undefined): readonly Scope[] {
  return [config?.scope ?? []].flat()
}

const digest = (text: string) => createHash('sha256').update(text).digest()

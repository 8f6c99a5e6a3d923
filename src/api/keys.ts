// Who may call the gateway. One key for now, which holds every scope; compared in constant time over digests, so that
// neither its length nor its beginning can be measured.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { onRequestHookHandler } from 'fastify'
import { problem } from '../errors.js'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** A hook that lets only requests with `Authorization: Bearer <key>` pass. */
export function requireKey(adminKey: string): onRequestHookHandler {
  const expected = digest(adminKey)
  return (request, _reply, done) => {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given === undefined) return done(problem('KEY_MISSING'))
    return timingSafeEqual(digest(given), expected) ? done() : done(problem('KEY_UNKNOWN'))
  }
}

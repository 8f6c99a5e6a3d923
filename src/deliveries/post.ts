// One request to a receiver. Each receiver has connections of its own, so that a dead one takes none from another.
// Redirects are not followed: the URL in the policy is the one that was checked.

import { Agent, request } from 'undici'
import { publicLookup } from './address.js'
import type { Failure } from './letters.js'
import type { Target } from './targets.js'

/** From the first byte to the answer's head. What a receiver does with a letter is better done after its answer. */
export const POST_TIMEOUT_MS = 15_000
/** Requests to one receiver at once. */
export const CONCURRENCY = 16

const CONNECT_TIMEOUT_MS = 5_000
// An answer is read so that its connection can be used again; nobody looks at it.
const LARGEST_ANSWER = 64 * 1024

export type Post = {
  /** Never throws. Null: it has arrived. */
  send(body: Buffer, headers: Record<string, string>): Promise<Failure | null>
  /** Ends what is under way. */
  close(): Promise<void>
}

/** @param timeoutMs for tests with receivers that hang */
export function createPost(target: Target, timeoutMs: number = POST_TIMEOUT_MS): Post {
  const agent = new Agent({
    connections: CONCURRENCY,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(target.private ? {} : { lookup: publicLookup() }) },
    maxResponseSize: LARGEST_ANSWER,
  })
  return {
    async send(body, headers) {
      try {
        const { statusCode: status, body: answer } = await request(target.url, {
          dispatcher: agent,
          method: 'POST',
          headers: { ...headers, 'user-agent': 'assent' },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        })
        // The verdict stands; an answer that is cut off changes nothing about it.
        await answer.dump().catch(() => {})
        return status >= 200 && status < 300 ? null : { status, error: null }
      } catch (error) {
        return { status: null, error: codeOf(error) }
      }
    },
    close: () => agent.destroy(),
  }
}

/** The error's code, through wrappers. Never its message: that may hold the URL. */
function codeOf(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof AggregateError && e.errors.length > 0) return codeOf(e.errors[0])
    if (e.name === 'TimeoutError') return 'TIMEOUT'
    if ('code' in e && typeof e.code === 'string') return e.code
  }
  return 'UNKNOWN'
}

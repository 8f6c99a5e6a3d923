// The client of Meta's Graph API. It knows three outcomes, because they differ in what may be done next: an answer, a
// request that certainly never left, and one whose fate is unknown, which nobody may send again on their own.

import { Agent, type Dispatcher, request } from 'undici'

export type GraphAnswer =
  | { outcome: 'answered'; status: number; contentType: string; body: Buffer }
  | { outcome: 'unsent'; cause: string }
  | { outcome: 'uncertain'; cause: string }

export type Graph = {
  /**
   * Posts JSON to `/{version}/{path}` with Meta's token. Never throws.
   * @param body bytes as the caller wrote them, or a value to be written as JSON
   * @param version `v26.0`; empty for a path without one
   */
  post(version: string, path: string, body: Buffer | object): Promise<GraphAnswer>
  /**
   * Reads `/{version}/{path}` with Meta's token. Never throws.
   * @param path with its query; `uncertain` means no more than that no answer came
   */
  get(version: string, path: string): Promise<GraphAnswer>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 3_000
// Meta answers within a second or two; the whole must stay below the lease of a send (sends/wire.ts).
const TOTAL_TIMEOUT_MS = 10_000
// A send's answer is under a kilobyte; anything endless is not Graph.
const LARGEST_ANSWER = 1024 * 1024

/** Failures before a connection stood: no byte of the request has left. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** @param timeouts for tests with a server that hangs; milliseconds */
export function createGraph(
  options: { url: string; accessToken: string },
  timeouts: { connect?: number; total?: number } = {},
): Graph {
  const agent = new Agent({
    connect: { timeout: timeouts.connect ?? CONNECT_TIMEOUT_MS },
    // One request a connection at a time: a reset then concerns exactly one send.
    pipelining: 1,
    maxResponseSize: LARGEST_ANSWER,
  })
  const headers = { authorization: `Bearer ${options.accessToken}`, 'content-type': 'application/json' }
  async function exchange(
    method: 'GET' | 'POST',
    version: string,
    path: string,
    body?: Buffer | string,
  ): Promise<GraphAnswer> {
    const url = `${options.url}/${version === '' ? '' : `${version}/`}${path}`
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(timeouts.total ?? TOTAL_TIMEOUT_MS),
      })
      return {
        outcome: 'answered',
        status: answer.statusCode,
        contentType: typeOf(answer),
        body: Buffer.from(await answer.body.arrayBuffer()),
      }
    } catch (error) {
      const cause = codeOf(error)
      return { outcome: UNSENT.has(cause) ? 'unsent' : 'uncertain', cause }
    }
  }
  return {
    post: (version, path, body) =>
      exchange('POST', version, path, Buffer.isBuffer(body) ? body : JSON.stringify(body)),
    get: (version, path) => exchange('GET', version, path),
    close: () => agent.destroy(),
  }
}

function typeOf({ headers }: Dispatcher.ResponseData): string {
  const type = headers['content-type']
  return typeof type === 'string' ? type : 'application/json'
}

/** The error's code, through wrappers. Never its message: that may hold the URL or the body. */
function codeOf(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof AggregateError && e.errors.length > 0) return codeOf(e.errors[0])
    if ('code' in e && typeof e.code === 'string') return e.code
    if (e.name === 'TimeoutError') return 'TIMEOUT'
  }
  return 'UNKNOWN'
}

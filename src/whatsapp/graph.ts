// The client of Meta's Graph API. It knows three outcomes, because they differ in what may be done next: an answer, a
// request that certainly never left, and one whose fate is unknown, which nobody may send again on their own.
// Promise kept: Meta's token is known here and nowhere else, and no answer that holds it leaves this file.

import { pipeline, type Readable } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { isMediaUrl } from './media-url.js'
import { holds, inPlaceOf, withholding, withoutTokenInLinks } from './withheld.js'

type Unanswered = { outcome: 'unsent'; cause: string } | { outcome: 'uncertain'; cause: string }

/** @property headers those of Graph's that say something about the answer; see HEADERS */
export type GraphAnswer =
  | {
      outcome: 'answered'
      status: number
      contentType: string
      headers?: Readonly<Record<string, string>>
      body: Buffer
    }
  | Unanswered

export type GraphRequest = {
  method: 'GET' | 'POST' | 'DELETE'
  version: string
  /** `{id}` or `{id}/{edge}`, with a query or without; made of checked parts only */
  path: string
  /** A form on its way, with its length if that is known. */
  form?: { contentType: string; length: string | undefined; bytes: Readable }
}

/** A file on its way, what came in its place (`status` 400 or above), or none, because it lies where nobody may ask. */
export type GraphFile =
  | { outcome: 'file'; headers: Readonly<Record<string, string>>; bytes: Readable }
  | { outcome: 'none'; status: number; cause: string }
  | Unanswered

export type Graph = {
  /**
   * Posts JSON to `/{version}/{path}` with Meta's token. Never throws.
   * @param body bytes as the caller wrote them, or a value to be written as JSON
   * @param version `v26.0`; empty for a path without one
   */
  post(version: string, path: string, body: Buffer | object): Promise<GraphAnswer>
  /** Anything but a send: reads whatever Graph answers, up to 16 MB. Never throws. */
  request(request: GraphRequest): Promise<GraphAnswer>
  /** Fetches a file from where Graph said it lies, if that is Meta's. Never throws; `bytes` may fail on the way. */
  download(url: string): Promise<GraphFile>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 3_000
// Meta answers within a second or two; the whole must stay below the lease of a send (sends/wire.ts).
const TOTAL_TIMEOUT_MS = 10_000
// A send's answer is under a kilobyte; anything endless is not Graph.
const LARGEST_ANSWER = 1024 * 1024
// 250 templates, the most an account has before it is verified, are some 2 MB.
const LARGEST_READING = 16 * 1024 * 1024
const READING_TIMEOUT_MS = 30_000
// Meta takes and keeps files of up to 100 MB.
const LARGEST_FILE = 128 * 1024 * 1024
const FILE_TIMEOUT_MS = 300_000
const REDIRECTS = 2

// What a caller may learn of Graph's headers: when to try again, how much is used up, what to name to Meta's support.
const HEADERS = [
  'content-type',
  'retry-after',
  'facebook-api-version',
  'x-app-usage',
  'x-business-use-case-usage',
  'x-fb-request-id',
  'x-fb-trace-id',
]
const FILE_HEADERS = ['content-type', 'content-length', 'content-disposition', 'etag', 'last-modified']

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
  const { url: apiUrl, accessToken } = options
  const connect = { timeout: timeouts.connect ?? CONNECT_TIMEOUT_MS }
  // One request a connection at a time: a reset then concerns exactly one send.
  const sends = new Agent({ connect, pipelining: 1, maxResponseSize: LARGEST_ANSWER })
  const readings = new Agent({ connect, pipelining: 1, maxResponseSize: LARGEST_READING })
  const files = new Agent({ connect, pipelining: 1, maxResponseSize: LARGEST_FILE })
  // What is compressed could not be searched for the token.
  const own = { authorization: `Bearer ${accessToken}`, 'accept-encoding': 'identity' }

  async function ask(path: string, init: Parameters<typeof request>[1]): Promise<GraphAnswer> {
    try {
      const answer = await request(`${apiUrl}/${path}`, init)
      const body = withoutTokenInLinks(accessToken, Buffer.from(await answer.body.arrayBuffer()))
      const headers = headersOf(answer, HEADERS)
      const safe =
        holds(accessToken, body) || isEncoded(answer) ? inPlaceOf(answer.statusCode, body) : undefined
      return {
        outcome: 'answered',
        status: answer.statusCode,
        contentType: headers['content-type'] ?? 'application/json',
        headers,
        body,
        ...safe,
      }
    } catch (error) {
      return unanswered(error)
    }
  }

  /** The headers named, without any that holds the token. */
  function headersOf(
    answer: Pick<Dispatcher.ResponseData, 'headers'>,
    names: readonly string[],
  ): Record<string, string> {
    const found = names.map((name) => [name, answer.headers[name]])
    return Object.fromEntries(
      found.filter(([, value]) => typeof value === 'string' && !holds(accessToken, Buffer.from(value))),
    )
  }

  return {
    post: (version, path, body) =>
      ask(versioned(version, path), {
        dispatcher: sends,
        method: 'POST',
        headers: { ...own, 'content-type': 'application/json' },
        body: Buffer.isBuffer(body) ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(timeouts.total ?? TOTAL_TIMEOUT_MS),
      }),
    request: ({ method, version, path, form }) =>
      ask(versioned(version, path), {
        dispatcher: readings,
        method,
        headers: {
          ...own,
          ...(form === undefined ? {} : { 'content-type': form.contentType }),
          ...(form?.length === undefined ? {} : { 'content-length': form.length }),
        },
        body: form?.bytes ?? null,
        signal: AbortSignal.timeout(form === undefined ? READING_TIMEOUT_MS : FILE_TIMEOUT_MS),
      }),
    async download(url) {
      try {
        for (let hop = 0, next = url; hop <= REDIRECTS && isMediaUrl(next, apiUrl); hop++) {
          const signal = AbortSignal.timeout(FILE_TIMEOUT_MS)
          const answer = await request(next, { dispatcher: files, headers: own, signal })
          const { statusCode: status } = answer
          if (status === 200 && !isEncoded(answer)) {
            // Whoever reads sees a broken end as a failure of what they read.
            const bytes = pipeline(answer.body, withholding(accessToken), () => {})
            return { outcome: 'file', headers: headersOf(answer, FILE_HEADERS), bytes }
          }
          await answer.body.dump()
          const location = answer.headers.location
          if (status < 300 || status >= 400 || typeof location !== 'string') {
            return { outcome: 'none', status, cause: 'STATUS' }
          }
          next = URL.canParse(location, next) ? new URL(location, next).href : ''
        }
        return { outcome: 'none', status: 502, cause: 'NOT_A_MEDIA_ADDRESS' }
      } catch (error) {
        return unanswered(error)
      }
    },
    async close() {
      await Promise.all([sends.destroy(), readings.destroy(), files.destroy()])
    },
  }
}

const versioned = (version: string, path: string) => (version === '' ? path : `${version}/${path}`)

const isEncoded = ({ headers }: Pick<Dispatcher.ResponseData, 'headers'>) =>
  (headers['content-encoding'] ?? 'identity') !== 'identity'

function unanswered(error: unknown): Unanswered {
  const cause = codeOf(error)
  return { outcome: UNSENT.has(cause) ? 'unsent' : 'uncertain', cause }
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

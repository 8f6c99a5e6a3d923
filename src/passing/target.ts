// The request line and the headers of a Graph path: taken as they are written, or refused.
// Promise kept: the path that our router matched is the path that was sent. Decoding, normalising and overriding are
// how one path passes for another, so nothing of it is needed here and nothing of it is let through.

const PATH = /^\/(?:v\d{1,3}\.\d{1,2}\/)?\d{3,32}(?:\/[a-z_]{1,40})?$/

// Requests that say they are another one, or that would not stay requests.
const PRETENDING = [
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'upgrade',
]

/** Whether a request target (RFC 9112 section 3.2) is a Graph path in its one plain spelling, with or without a query. */
export function isPlainTarget(target: string): boolean {
  return PATH.test(target.split('?', 1)[0] ?? '')
}

/** The first header by which a request pretends to be another one. */
export function pretence(headers: Readonly<Record<string, unknown>>): string | undefined {
  return PRETENDING.find((name) => headers[name] !== undefined)
}

export type Query = { query: string } | { problem: string }

/**
 * Reads the query of a request target against what may stand in it.
 * @returns the query to send on, made anew from what was read (empty, or with its `?`), or what is wrong with it
 */
export function readQuery(target: string, allowed: Readonly<Record<string, RegExp>>): Query {
  const given = new URLSearchParams(target.split('?').slice(1).join('?'))
  const names = Object.keys(allowed)
  for (const [name, value] of given) {
    const pattern = Object.hasOwn(allowed, name) ? allowed[name] : undefined
    if (pattern === undefined) {
      const known = names.length === 0 ? 'none is known here' : `known here: ${names.join(', ')}`
      return { problem: `A query parameter that is not known; ${known}.` }
    }
    if (given.getAll(name).length > 1) return { problem: `Query parameter ${name}: send it once.` }
    if (!pattern.test(value))
      return { problem: `Query parameter ${name}: not a value that can be passed on.` }
  }
  return { query: given.size === 0 ? '' : `?${given}` }
}

const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"?)? *$/i
// RFC 2046 section 5.1.1 without space and comma, at which some readers end the boundary.
const MULTIPART_TYPE = /^multipart\/form-data *; *boundary=("?)([\w'()+./:=?-]{1,70})\1 *$/i

/** Whether a body is said to be JSON in UTF-8, as it stands. */
export function saysJson(headers: Readonly<Record<string, unknown>>): boolean {
  return JSON_TYPE.test(String(headers['content-type'])) && headers['content-encoding'] === undefined
}

/** The boundary of a multipart form; undefined when the body is said to be anything else. */
export function boundaryOf(headers: Readonly<Record<string, unknown>>): string | undefined {
  if (headers['content-encoding'] !== undefined) return undefined
  return MULTIPART_TYPE.exec(String(headers['content-type']))?.[2]
}

// The body of a send, read only if there is one way to read it.
// Promise kept: whoever parses these bytes after us (Meta's parser is not ours) finds the same recipient, type and
// template that the gate was asked about. What could be read in two ways is refused, never guessed (G1).

import { keysOf } from './keys-of.js'

export type Body = { readable: true; value: unknown } | { readable: false; details: string }

/** A carousel template, the deepest message that Meta documents, is 10 deep. */
const DEEPEST = 64

/** What decides who gets which message, by the object that it stands in. */
const READ_BY_US: ReadonlyMap<string | null, readonly string[]> = new Map([
  [null, 'messaging_product recipient_type to recipient type template status message_id'.split(' ')],
  ['template', ['name', 'language']],
])

/**
 * Parameters of the Graph API itself, which it takes from a body as well as from the query: another token, another
 * method, further requests, another shape of answer (Meta: "Graph API overview", "Batch requests").
 */
const STEERS_GRAPH =
  'access_token appsecret_proof appsecret_time batch callback debug ids include_headers method _method relative_url suppress_http_code'.split(
    ' ',
  )

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the bytes of a send as JSON. `details` says what is wrong and where, and never repeats a value. */
export function readBody(raw: Buffer): Body {
  let json: string
  let value: unknown
  try {
    json = utf8.decode(raw)
    value = JSON.parse(json)
  } catch {
    return doubt('The body must be a JSON object in UTF-8, without a byte order mark.')
  }
  const keys = keysOf(json, DEEPEST)
  if (keys === null) return doubt(`The body is nested deeper than ${DEEPEST} levels.`)
  for (const { name, parent, depth, repeated, valueAt } of keys) {
    if (repeated) return doubt('A key stands twice in the same object: send each key once.')
    if (name === '__proto__') return doubt('The key __proto__ cannot be sent.')
    const top = depth === 1
    const plain = plainly(name)
    if (top && STEERS_GRAPH.includes(plain)) {
      return doubt(`Parameter ${plain} belongs to the Graph API, not to a message: leave it out.`)
    }
    const meant = top || depth === 2 ? READ_BY_US.get(parent) : undefined
    if (meant?.includes(plain) && name !== plain) {
      return doubt(`A key that is almost "${plain}": write it exactly so, or leave it out.`)
    }
    if (top && (plain === 'to' || plain === 'recipient') && isOddNumber(json.slice(valueAt))) {
      return doubt(`Parameter ${plain}: write it as a string.`)
    }
  }
  return { readable: true, value }
}

/** `1.2e10`, `-1` or more digits than a double holds: one parser's integer is another one's fraction. */
function isOddNumber(value: string): boolean {
  return /^\s*[-\d]/.test(value) && !/^\s*[1-9]\d{0,14}\s*[,}]/.test(value)
}

/** A key as a lenient reader could take it: `To`, `to `, `ＴＯ`, `to[]`. */
function plainly(name: string): string {
  if (/^\w*$/.test(name)) return name.toLowerCase()
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\[.*$/s, '')
    .replace(/[\s\p{C}]/gu, '')
}

const doubt = (details: string): Body => ({ readable: false, details })

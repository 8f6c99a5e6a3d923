// Lists come in pages, and Graph links them by whole addresses of its own. A client that follows one must come back to
// the gateway, or its key would travel to Meta and the next page would be refused.

import { parseJson } from './media.js'
import { readQuery } from './target.js'

const LINKS = ['next', 'previous'] as const

/**
 * A list with its links leading to us; the same bytes when it has none.
 * @param here our own address of the list, without query
 * @param allowed what may stand in the query of this list
 */
export function withOwnLinks(body: Buffer, here: string, allowed: Readonly<Record<string, RegExp>>): Buffer {
  const list = parseJson(body)
  if (!isRecord(list) || !isRecord(list.paging)) return body
  const paging = { ...list.paging }
  const linked = LINKS.filter((name) => paging[name] !== undefined)
  if (linked.length === 0) return body
  for (const name of linked) {
    const query = queryOf(paging[name], allowed)
    if (query === null) delete paging[name]
    else paging[name] = here + query
  }
  return Buffer.from(JSON.stringify({ ...list, paging }))
}

/** Of a link's query what we take ourselves; null when it cannot be followed here. */
function queryOf(link: unknown, allowed: Readonly<Record<string, RegExp>>): string | null {
  if (typeof link !== 'string' || !URL.canParse(link)) return null
  const kept = [...new URL(link).searchParams].filter(([name]) => Object.hasOwn(allowed, name))
  const read = readQuery(`?${new URLSearchParams(kept)}`, allowed)
  return 'query' in read ? read.query : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// A line of the ledger as its hash is taken over it, straight from Postgres' text of its columns. Verifying hashes every
// line there is, and turning each into dates, buffers and a generic canonical JSON costs several times the hash itself.
// Promise kept: for every line, this is byte for byte what `hashEvent` hashes; a property test holds the two together.

import type { Column } from './cursor.js'

/** The columns of a line in the order of `LineText`, bytes in hex. */
export const LINE_COLUMNS: readonly Column[] = [
  { sql: 'contact_id' },
  { sql: 'seq' },
  { sql: 'id' },
  { sql: 'type' },
  { sql: 'channel' },
  { sql: 'scope' },
  { sql: 'occurred_at' },
  { sql: 'recorded_at' },
  { sql: 'source' },
  { sql: 'method' },
  { sql: 'actor' },
  { sql: 'rule', nullable: 'word' },
  { sql: 'request', nullable: 'code' },
  { sql: `encode(notice, 'hex')`, nullable: 'code' },
  { sql: 'valid_until', nullable: 'code' },
  { sql: 'phone_number_id', nullable: 'word' },
  { sql: `encode(source_key, 'hex')` },
  { sql: `encode(evidence_digest, 'hex')` },
  { sql: `encode(prev_hash, 'hex')`, nullable: 'code' },
  { sql: `encode(hash, 'hex')` },
  // Postgres' own digest over salt and body as they are: a person's words need not leave the database to be verified.
  {
    sql: `select case when sha256(v.salt || convert_to(v.body, 'UTF8')) = batch.evidence_digest then 'kept' else 'altered' end
            from evidence v where v.contact_id = batch.contact_id and v.seq = batch.seq`,
    nullable: 'code',
  },
]

type Text = string
type Maybe = string | null

/** Columns of a line as Postgres writes them, with `TEXT_SETTINGS`, bytes in hex. Null only where it may be. */
export type LineText = readonly [
  contact: Text,
  seq: Text,
  id: Text,
  type: Text,
  channel: Text,
  scope: Text,
  occurredAt: Text,
  recordedAt: Text,
  source: Text,
  method: Text,
  actor: Text,
  rule: Maybe,
  request: Maybe,
  notice: Maybe,
  validUntil: Maybe,
  phoneNumberId: Maybe,
  sourceKey: Text,
  evidenceDigest: Text,
  prevHash: Maybe,
  hash: Text,
  /** Null when it was erased. */
  evidence: 'kept' | 'altered' | null,
]

/** What a session must be set to for its text to be a `LineText`. */
export const TEXT_SETTINGS = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'`

/**
 * Canonical JSON (RFC 8785) of everything on a line that its hash is taken over.
 * @param seq the place in the chain to write into it; the line's own unless somebody tries another
 */
export function canonicalLine(line: LineText, seq: string = line[1]): string {
  const [contact, , id, type, channel, scope, occurredAt, recordedAt, source, method] = line
  const [, , , , , , , , , , actor, rule, request, notice, validUntil, phone, sourceKey, evidence, prev] =
    line
  // Keys in the order of their UTF-16 code units. Ids and hex need no escaping; words do.
  return (
    `{"actor":${quoted(actor)},"channel":${quoted(channel)},"contact":"${contact}",` +
    `"evidence":"${evidence}","id":"${id}","method":${quoted(method)},` +
    `"notice":${notice === null ? 'null' : `"${notice}"`},"occurredAt":"${isoOf(occurredAt)}",` +
    `"phoneNumberId":${phone === null ? 'null' : quoted(phone)},` +
    `"prev":${prev === null ? 'null' : `"${prev}"`},"recordedAt":"${isoOf(recordedAt)}",` +
    `"request":${request === null ? 'null' : `"${request}"`},"rule":${rule === null ? 'null' : quoted(rule)},` +
    `"scope":${scopeOf(scope)},"seq":${seq},"source":${quoted(source)},"sourceKey":"${sourceKey}",` +
    `"type":${quoted(type)},"validUntil":${validUntil === null ? 'null' : `"${isoOf(validUntil)}"`}}`
  )
}

/**
 * `2026-11-23 10:00:00.12+00` → `2026-11-23T10:00:00.120Z`. What is no such time (`infinity`, a year before Christ) stays
 * what it is, and so matches no hash.
 */
export function isoOf(timestamp: string): string {
  if (timestamp.charCodeAt(4) !== 45 || !timestamp.endsWith('+00')) return timestamp
  const fraction = timestamp.length === 22 ? '000' : timestamp.slice(20, -3).padEnd(3, '0')
  return `${timestamp.slice(0, 10)}T${timestamp.slice(11, 19)}.${fraction}Z`
}

/** Unix milliseconds of what `isoOf` writes; many lines share a day, and reading a whole date costs thrice as much. */
export function millisecondsOf(iso: string): number {
  const day = remembered(days, iso.slice(0, 10), Date.parse)
  const seconds = two(iso, 11) * 3_600 + two(iso, 14) * 60 + two(iso, 17)
  return day + seconds * 1_000 + two(iso, 20) * 10 + iso.charCodeAt(22) - 48
}

const two = (digits: string, at: number) => digits.charCodeAt(at) * 10 + digits.charCodeAt(at + 1) - 48 * 11

// A ledger knows a handful of sources, methods, rules and scopes; the memory for them is bounded all the same.
const REMEMBERED = 1_000
const words = new Map<string, string>()
const scopes = new Map<string, string>()
const days = new Map<string, number>()
const lists = new Map<string, string[]>()

const quoted = (word: string): string => remembered(words, word, JSON.stringify)

/** `{offers,"category:marketing"}` → `["offers","category:marketing"]` */
const scopeOf = (array: string): string => remembered(scopes, array, (text) => JSON.stringify(itemsOf(text)))

const ITEM = /"((?:[^"\\]|\\.)*)"|([^,{}"\\]+)/gs

/** Postgres' text of a text[] of one dimension; what is no such text stays what it is, and so matches no hash. */
function itemsOf(array: string): (string | null)[] | string {
  if (!array.startsWith('{')) return array
  return [...array.matchAll(ITEM)].map(([, quoted, bare]) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/gs, '$1')
    return bare === undefined || bare === 'NULL' ? null : bare
  })
}

/** The purposes of a line's scope. */
export const scopeList = (array: string): readonly string[] =>
  remembered(lists, array, (text) => JSON.parse(scopeOf(text)))

function remembered<T>(memory: Map<string, T>, text: string, make: (text: string) => T): T {
  const known = memory.get(text)
  if (known !== undefined) return known
  const made = make(text)
  if (memory.size < REMEMBERED) memory.set(text, made)
  return made
}

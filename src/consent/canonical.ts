// A line of the ledger as its hash is taken over it: its columns as Postgres keeps them, written out byte by byte in the
// order of canonical JSON. Making a value of each column and canonical JSON of all costs several times the hash itself.
// Promise kept: for every line, this is byte for byte what `hashEvent` hashes; a property test holds the two together.

import { hash } from 'node:crypto'
import { endOf, lengthOf, type Row, startOf, writeHex, writeUuid } from './copy.js'
import type { FoldEvent } from './state.js'

/** What a column holds, as SQL casts it: this fixes its bytes, whatever has become of the table. */
type Kind = 'text' | 'text[]' | 'uuid' | 'bytea' | 'timestamptz' | 'int4'
type Field = { key: string; column: string; kind: Kind; word: boolean }

const word = (key: string, column: string, kind: Kind): Field => ({ key, column, kind, word: true })
const value = (key: string, column: string, kind: Kind): Field => ({ key, column, kind, word: false })

// Keys in the order of their UTF-16 code units (RFC 8785, 3.2.3). A word is what a ledger has few of, and many lines share.
const FIELDS: readonly Field[] = [
  word('actor', 'actor', 'text'),
  word('channel', 'channel', 'text'),
  value('contact', 'contact_id', 'uuid'),
  value('evidence', 'evidence_digest', 'bytea'),
  value('id', 'id', 'uuid'),
  word('method', 'method', 'text'),
  word('notice', 'notice', 'bytea'),
  value('occurredAt', 'occurred_at', 'timestamptz'),
  word('phoneNumberId', 'phone_number_id', 'text'),
  value('prev', 'prev_hash', 'bytea'),
  value('recordedAt', 'recorded_at', 'timestamptz'),
  value('request', 'request', 'uuid'),
  word('rule', 'rule', 'text'),
  word('scope', 'scope', 'text[]'),
  value('seq', 'seq', 'int4'),
  word('source', 'source', 'text'),
  value('sourceKey', 'source_key', 'bytea'),
  word('type', 'type', 'text'),
  value('validUntil', 'valid_until', 'timestamptz'),
]

const WORDS = FIELDS.filter((f) => f.word)
const VALUES = FIELDS.filter((f) => !f.word)

/** The columns with which a row begins that `readLine` reads: words side by side, then values. */
export const LINE_COLUMNS = [...WORDS, ...VALUES]

/** What lines share, as far as it is looked at: the ledger's own words under a hash that was found right, else anything. */
export type Words = Pick<FoldEvent, 'actor' | 'channel' | 'scope' | 'source' | 'type'> & {
  notice: string | null
}

/** Lines with the same words differ only between these pieces of canonical JSON, each of which ends where a value stands. */
type Template = { pieces: readonly Buffer[]; last: Buffer; words: Words }

// Bounded, though a ledger knows a handful of methods, rules, scopes and notices.
const REMEMBERED = 10_000
const templates = new Map<string, Template>()

function templateOf(row: Row): Template {
  const together = row.bytes.toString('latin1', startOf(row, 0) - 4, endOf(row, WORDS.length - 1))
  let template = templates.get(together)
  if (template === undefined) {
    template = makeTemplate(row)
    if (templates.size < REMEMBERED) templates.set(together, template)
  }
  return template
}

function makeTemplate(row: Row): Template {
  const words: Record<string, unknown> = Object.fromEntries(
    WORDS.map(({ key, kind }, i) => [key, wordOf(row, i, kind)]),
  )
  const pieces: Buffer[] = []
  let text = '{'
  for (const { key, word } of FIELDS) {
    text += `${text === '{' ? '' : ','}"${key}":`
    // What is no word is written as nothing: then this is no JSON, and matches no hash.
    if (word) text += JSON.stringify(words[key]) ?? ''
    else {
      pieces.push(Buffer.from(text))
      text = ''
    }
  }
  return { pieces, last: Buffer.from(`${text}}`), words: words as Words }
}

function wordOf(row: Row, column: number, kind: Kind): unknown {
  if (lengthOf(row, column) < 0) return null
  const bytes = row.bytes.subarray(startOf(row, column), endOf(row, column))
  return kind === 'text[]' ? listOf(bytes) : bytes.toString(kind === 'bytea' ? 'hex' : 'utf8')
}

/** Dimensions, whether there are nulls, type; then for the dimension size and first index; then words with lengths. */
function listOf(array: Buffer): string[] | undefined {
  const dimensions = array.readInt32BE(0)
  if (dimensions === 0) return []
  if (dimensions > 1) return undefined
  const words: string[] = []
  for (let at = 20; at < array.length; ) {
    const length = array.readInt32BE(at)
    if (length < 0) return undefined
    words.push(array.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return words
}

/** Writes a value that is not null into `to` from `at` on; answers where it ends. */
type Write = (bytes: Buffer, start: number, length: number, to: Buffer, at: number) => number
const WRITE: Record<string, Write> = {
  uuid: quoted((bytes, start, _length, to, at) => writeUuid(bytes, start, to, at)),
  bytea: quoted(writeHex),
  timestamptz: writeTime,
  int4: (bytes, start, _length, to, at) => at + to.write(`${bytes.readInt32BE(start)}`, at),
}
const WRITE_VALUES = VALUES.map(({ kind }) => WRITE[kind] ?? writeHex)

const NULL = Buffer.from('null')

const PAGE_BYTES = 65_536
const JSON_BYTES = 1_000

// Lines are written one behind the other on a page; a new page is begun when one is full, and whoever looks at a line
// keeps its page. Escaping makes six bytes of one at most; the rest is keys, quotation marks and dashes.
let page = Buffer.allocUnsafe(PAGE_BYTES)
let used = 0

/**
 * Reads a line.
 * @param row begins with `LINE_COLUMNS`
 * @returns its words, and canonical JSON (RFC 8785), in UTF-8, of everything that its hash is taken over; both stay
 */
export function readLine(row: Row): { words: Words; canonical: Buffer } {
  const { pieces, last, words } = templateOf(row)
  const most = JSON_BYTES + row.bytes.length * 6
  if (used + most > page.length) {
    page = Buffer.allocUnsafe(Math.max(PAGE_BYTES, most))
    used = 0
  }
  const to = page
  const start = used
  let at = start
  let column = WORDS.length
  for (const write of WRITE_VALUES) {
    const length = lengthOf(row, column)
    at = writeAll(pieces[column - WORDS.length] ?? last, to, at)
    at = length < 0 ? writeAll(NULL, to, at) : write(row.bytes, startOf(row, column), length, to, at)
    column += 1
  }
  used = writeAll(last, to, at)
  return { words, canonical: to.subarray(start, used) }
}

/** A line's hash in hex, as it is or as if it stood at another place of its chain. */
export function hashLine(canonical: Buffer, seq?: number): string {
  if (seq === undefined) return hash('sha256', canonical)
  // A quotation mark within a word is escaped, so that this is the key and nothing else.
  return hash('sha256', canonical.toString().replace(/,"seq":-?\d+,/, `,"seq":${seq},`))
}

function writeAll(bytes: Buffer, to: Buffer, at: number): number {
  to.set(bytes, at)
  return at + bytes.length
}

const [QUOTE, POINT, ZERO, COLON, LETTER_Z] = [0x22, 0x2e, 0x30, 0x3a, 0x5a]

function quoted(write: Write): Write {
  return (bytes, start, length, to, at) => {
    to[at] = QUOTE
    const end = write(bytes, start, length, to, at + 1)
    to[end] = QUOTE
    return end + 1
  }
}

const DAY_MS = 86_400_000
const days = new Map<number, Buffer>()

/** `"2026-11-23T10:00:00.120Z"`. Many lines share a day, and writing a whole date costs as much as a hash. */
function writeTime(bytes: Buffer, start: number, _length: number, to: Buffer, at: number): number {
  const ms = millisecondsAt(bytes, start)
  // Not what a line can hold: as nothing, like a word that is none.
  if (Number.isNaN(ms)) return at
  const day = Math.floor(ms / DAY_MS)
  let written = days.get(day)
  if (written === undefined) {
    written = Buffer.from(new Date(day * DAY_MS).toISOString().replace(/(.*T).*/, '"$1'))
    if (days.size < REMEMBERED) days.set(day, written)
  }
  const rest = ms - day * DAY_MS
  const seconds = Math.floor(rest / 1_000)
  const clock = writeAll(written, to, at)
  writeTwo(Math.floor(seconds / 3_600), COLON, to, clock)
  writeTwo(Math.floor(seconds / 60) % 60, COLON, to, clock + 3)
  writeTwo(seconds % 60, POINT, to, clock + 6)
  to[clock + 9] = ZERO + (Math.floor(rest / 100) % 10)
  writeTwo(rest % 100, LETTER_Z, to, clock + 10)
  to[clock + 13] = QUOTE
  return clock + 14
}

/** Two digits and the sign behind them. */
function writeTwo(number: number, sign: number, to: Buffer, at: number): void {
  const tens = Math.floor(number / 10)
  to[at] = ZERO + tens
  to[at + 1] = ZERO + number - tens * 10
  to[at + 2] = sign
}

/** A `timestamptz`; no valid date where `Date` cannot hold it. */
export const dateOf = (row: Row, column: number) => new Date(millisecondsAt(row.bytes, startOf(row, column)))

const YEAR_2000_MS = Date.UTC(2000, 0, 1)
const LAST_MS = 8.64e15

/** Unix milliseconds of a `timestamptz`: 64 bits, microseconds since 2000. NaN for what no `Date` can hold. */
function millisecondsAt(bytes: Buffer, start: number): number {
  const high = bytes.readInt32BE(start)
  const low = bytes.readUInt32BE(start + 4)
  // 2 ** 32 is 296 more than a multiple of 1,000; times of far years are more than a double counts in microseconds.
  if (((high % 1_000) * 296 + low) % 1_000 !== 0) return Number.NaN
  const ms = Math.round((high * 2 ** 32 + low) / 1_000) + YEAR_2000_MS
  return Math.abs(ms) <= LAST_MS ? ms : Number.NaN
}

// Whether one person's chain is what was written: every hash computed anew, every link followed, head, evidence,
// anchors and folded state held against it. Pure: what to check comes in as Postgres' text, what is wrong comes out in
// words that name nobody. Promise kept: any altered, removed, inserted or reordered line is found (G8).

import { hash } from 'node:crypto'
import { canonicalLine, isoOf, type LineText, millisecondsOf, scopeList } from './canonical.js'
import {
  type Channel,
  type EventType,
  type FoldEvent,
  fold,
  foldFingerprint,
  type Purposes,
} from './state.js'

export type FindingKind =
  | 'altered'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'head'
  | 'evidence'
  | 'notice'
  | 'anchor'
  | 'state'

/** What is wrong, where first. `contact` is null for what belongs to nobody: notices and anchors. */
export type Finding = { contact: string | null; seq: number | null; kind: FindingKind; detail: string }

/** Evidence of a line that does not exist. */
export type StrayText = readonly [contact: string, seq: string]
export type LeafText = readonly [contact: string, seq: string, hash: string, anchor: string]
export type HeadText = readonly [
  contact: string,
  seq: string,
  hash: string | null,
  states: string,
  foldedWith: string,
]

/** Everything that is known of one chain; lines, strays and leaves by ascending place. */
export type Chain = {
  contactId: string
  /** Null when the contact's row is gone. */
  head: HeadText | null
  lines: readonly LineText[]
  strays: readonly StrayText[]
  leaves: readonly LeafText[]
}

export type Rules = {
  /** SHA-256, in hex, of every notice that is kept. */
  notices: ReadonlySet<string>
  /** Absent: states are not checked. */
  purposes?: Purposes | undefined
}

type Fault = Omit<Finding, 'contact'>

/** A function that finds what is first wrong with a chain, or null. */
export function chainVerifier(rules: Rules): (chain: Chain) => Finding | null {
  const purposes = rules.purposes ?? null
  const fingerprint = purposes && foldFingerprint(purposes)
  return (chain) => {
    const fault =
      faultOfLines(chain) ??
      faultOfHead(chain) ??
      faultOfEvidence(chain) ??
      faultOfNotices(chain, rules.notices) ??
      faultOfLeaves(chain) ??
      (purposes && chain.head?.[4] === fingerprint ? faultOfState(chain, purposes) : null)
    return fault && { contact: chain.contactId, ...fault }
  }
}

const storedHash = (line: LineText) => line[19]

/** The hash of a line as if it stood at `seq`; null when a column holds what no line can hold. */
function hashOf(line: LineText, seq?: string): string | null {
  try {
    return hash('sha256', canonicalLine(line, seq))
  } catch {
    return null
  }
}

function faultOfLines({ lines }: Chain): Fault | null {
  let prev: string | null = null
  let expected = 1
  for (const line of lines) {
    const follows = Number(line[1]) === expected && line[18] === prev
    if (!follows || hashOf(line) !== storedHash(line)) return explain(lines, expected - 1)
    prev = line[19]
    expected += 1
  }
  return null
}

// Looking for the place where a line once stood costs a hash per place.
const PLACES_TRIED = 10_000

/** Puts into words what is wrong with the line at `index`, the first that does not fit. */
function explain(lines: readonly LineText[], index: number): Fault {
  const line = lines[index]
  if (line === undefined) return { seq: null, kind: 'altered', detail: 'the chain cannot be read' }
  const seq = Number(line[1])
  const expected = index + 1
  if (seq !== expected) {
    const missing = seq - 1 === expected ? `line ${expected} is` : `lines ${expected} to ${seq - 1} are`
    return { seq: expected, kind: 'removed', detail: `${missing} missing` }
  }
  if (hashOf(line) === storedHash(line)) {
    return {
      seq,
      kind: 'altered',
      detail:
        index === 0
          ? 'line 1 names a line before it, and there is none'
          : `line ${seq} does not follow line ${seq - 1}: one of the two was replaced, its hash made anew`,
    }
  }
  const once = placeOnce(line, lines.length + 1)
  if (once === null) {
    const next = lines[index + 1]
    const inserted = next !== undefined && hashOf(next, String(seq)) === storedHash(next)
    return inserted
      ? { seq, kind: 'inserted', detail: `line ${seq} was put in: the line after it was once line ${seq}` }
      : { seq, kind: 'altered', detail: `line ${seq} was altered: its hash is not that of its content` }
  }
  const other = lines[once - 1]
  if (other !== undefined && hashOf(other, String(seq)) === storedHash(other)) {
    return { seq, kind: 'reordered', detail: `lines ${seq} and ${once} have changed places` }
  }
  return once < seq
    ? { seq, kind: 'inserted', detail: `line ${seq} was once line ${once}: something was put in before it` }
    : { seq, kind: 'removed', detail: `line ${seq} was once line ${once}: something before it was removed` }
}

/** The place where a line once stood: with that number in it, it has its hash. */
function placeOnce(line: LineText, last: number): number | null {
  for (let place = 1; place <= Math.min(last, PLACES_TRIED); place++) {
    if (hashOf(line, String(place)) === storedHash(line)) return place
  }
  return null
}

function faultOfHead({ head, lines }: Chain): Fault | null {
  const last = lines.length
  if (head === null) {
    return last === 0
      ? null
      : { seq: last, kind: 'head', detail: 'the contact was deleted, its lines were not' }
  }
  const seq = Number(head[1])
  if (seq > last) {
    const missing = seq === last + 1 ? `line ${seq} is` : `lines ${last + 1} to ${seq} are`
    return { seq: last + 1, kind: 'removed', detail: `${missing} missing at the end of the chain` }
  }
  if (seq < last) {
    return {
      seq: seq + 1,
      kind: 'inserted',
      detail: `line ${seq + 1} is beyond the contact's head, line ${seq}`,
    }
  }
  return head[2] === (lines.at(-1)?.[19] ?? null)
    ? null
    : { seq, kind: 'head', detail: `the contact's head is not the hash of its last line, ${seq}` }
}

/** Erased evidence is no fault; evidence that is there must be what was digested. */
function faultOfEvidence({ lines, strays }: Chain): Fault | null {
  for (const line of lines) {
    if (line[20] !== 'altered') continue
    return { seq: Number(line[1]), kind: 'evidence', detail: `the evidence of line ${line[1]} was altered` }
  }
  const [stray] = strays
  if (stray === undefined) return null
  const detail = `evidence was put in for line ${stray[1]}, which does not exist`
  return { seq: Number(stray[1]), kind: 'evidence', detail }
}

function faultOfNotices({ lines }: Chain, notices: ReadonlySet<string>): Fault | null {
  for (const line of lines) {
    if (line[13] === null || notices.has(line[13])) continue
    const seq = Number(line[1])
    return { seq, kind: 'notice', detail: `the notice that line ${seq} names was removed` }
  }
  return null
}

/** A chain rewritten from end to end fits itself, but not the heads that were anchored before. */
function faultOfLeaves({ lines, leaves }: Chain): Fault | null {
  for (const [, place, anchored, anchor] of leaves) {
    const seq = Number(place)
    const line = lines[seq - 1]
    if (line === undefined) {
      const gone = lines.length === 0 ? 'the whole chain was removed' : `line ${seq} was removed`
      return { seq, kind: 'removed', detail: `${gone}: anchor ${anchor} has seen line ${seq}` }
    }
    if (line[19] !== anchored)
      return {
        seq,
        kind: 'anchor',
        detail: `the chain was rewritten: at line ${seq} it is not what anchor ${anchor} has seen`,
      }
  }
  return null
}

function faultOfState({ lines, head }: Chain, purposes: Purposes): Fault | null {
  const folded = fold(lines.map(foldEvent), purposes)
  return sameValue(JSON.parse(head?.[3] ?? '{}'), folded)
    ? null
    : {
        seq: lines.length,
        kind: 'state',
        detail: 'the state was edited by hand: the ledger adds up to another',
      }
}

/** Whether two values are the same JSON, in any order of keys. */
function sameValue(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => sameValue(a[key], b[key]))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function foldEvent(line: LineText): FoldEvent {
  const [, , id, type, channel, scope, occurredAt, , source, , actor, , request, , validUntil] = line
  return {
    id,
    // Under a hash that was just found right, so one of the ledger's own words.
    type: type as EventType,
    channel: channel as Channel,
    scope: scopeList(scope),
    occurredAt: instant(occurredAt),
    actor,
    source,
    request,
    validUntil: validUntil === null ? null : instant(validUntil),
  }
}

/** A date that knows how it is written: the fold asks for it several times, and writing it costs more than making it. */
function instant(timestamp: string): Date {
  const iso = isoOf(timestamp)
  const date = new Date(millisecondsOf(iso))
  date.toISOString = () => iso
  return date
}

// Whether one person's chain is what was written: every hash computed anew, every link followed, head, evidence,
// anchors and folded state held against it. Pure: what is wrong comes out in words that name nobody. Promise kept: any
// altered, removed, inserted or reordered line is found (G8).

import { hashLine } from './canonical.js'
import { type FoldEvent, fold, foldFingerprint, type Purposes } from './state.js'

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

/** A line of the ledger, as far as it is verified: hashes in hex. */
export type Line = {
  /** Everything that its hash is taken over. */
  canonical: Buffer
  seq: number
  hash: string
  prev: string | null
  notice: string | null
  /** False when its evidence is there and not what was digested. */
  evidenceKept: boolean
  event: FoldEvent
}

/** Everything that is known of one chain; lines by ascending place. */
export type Chain = {
  contactId: string
  /** Null when the contact's row is gone. States are JSON text, folded with what `foldFingerprint` names. */
  head: { seq: number; hash: string | null; states: string; foldedWith: string } | null
  lines: Line[]
  /** Evidence of lines that do not exist. */
  strays: number[]
  /** Heads as they were anchored. */
  leaves: { seq: number; hash: string; anchor: number }[]
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
      (purposes && chain.head?.foldedWith === fingerprint ? faultOfState(chain, purposes) : null)
    return fault && { contact: chain.contactId, ...fault }
  }
}

/** Whether a line has its hash where it stands, or would have it at another place. */
const fits = (line: Line, seq?: number) => hashLine(line.canonical, seq) === line.hash

function faultOfLines({ lines }: Chain): Fault | null {
  let prev: string | null = null
  let expected = 1
  for (const line of lines) {
    const follows = line.seq === expected && line.prev === prev
    if (!follows || !fits(line)) return explain(lines, expected - 1)
    prev = line.hash
    expected += 1
  }
  return null
}

// Looking for the place where a line once stood costs a hash per place.
const PLACES_TRIED = 10_000

/** Puts into words what is wrong with the line at `index`, the first that does not fit. */
function explain(lines: readonly Line[], index: number): Fault {
  const line = lines[index]
  if (line === undefined) return { seq: null, kind: 'altered', detail: 'the chain cannot be read' }
  const { seq } = line
  const expected = index + 1
  if (seq !== expected) {
    const missing = seq - 1 === expected ? `line ${expected} is` : `lines ${expected} to ${seq - 1} are`
    return { seq: expected, kind: 'removed', detail: `${missing} missing` }
  }
  if (fits(line)) {
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
    const inserted = next !== undefined && fits(next, seq)
    return inserted
      ? { seq, kind: 'inserted', detail: `line ${seq} was put in: the line after it was once line ${seq}` }
      : { seq, kind: 'altered', detail: `line ${seq} was altered: its hash is not that of its content` }
  }
  const other = lines[once - 1]
  if (other !== undefined && fits(other, seq)) {
    return { seq, kind: 'reordered', detail: `lines ${seq} and ${once} have changed places` }
  }
  return once < seq
    ? { seq, kind: 'inserted', detail: `line ${seq} was once line ${once}: something was put in before it` }
    : { seq, kind: 'removed', detail: `line ${seq} was once line ${once}: something before it was removed` }
}

/** The place where a line once stood: with that number in it, it has its hash. */
function placeOnce(line: Line, last: number): number | null {
  for (let place = 1; place <= Math.min(last, PLACES_TRIED); place++) {
    if (fits(line, place)) return place
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
  const { seq } = head
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
  return head.hash === (lines.at(-1)?.hash ?? null)
    ? null
    : { seq, kind: 'head', detail: `the contact's head is not the hash of its last line, ${seq}` }
}

/** Erased evidence is no fault; evidence that is there must be what was digested. */
function faultOfEvidence({ lines, strays }: Chain): Fault | null {
  for (const line of lines) {
    if (line.evidenceKept) continue
    return { seq: line.seq, kind: 'evidence', detail: `the evidence of line ${line.seq} was altered` }
  }
  const [stray] = strays
  if (stray === undefined) return null
  const detail = `evidence was put in for line ${stray}, which does not exist`
  return { seq: stray, kind: 'evidence', detail }
}

function faultOfNotices({ lines }: Chain, notices: ReadonlySet<string>): Fault | null {
  for (const line of lines) {
    if (line.notice === null || notices.has(line.notice)) continue
    const { seq } = line
    return { seq, kind: 'notice', detail: `the notice that line ${seq} names was removed` }
  }
  return null
}

/** A chain rewritten from end to end fits itself, but not the heads that were anchored before. */
function faultOfLeaves({ lines, leaves }: Chain): Fault | null {
  for (const { seq, hash: anchored, anchor } of leaves) {
    const line = lines[seq - 1]
    if (line === undefined) {
      const gone = lines.length === 0 ? 'the whole chain was removed' : `line ${seq} was removed`
      return { seq, kind: 'removed', detail: `${gone}: anchor ${anchor} has seen line ${seq}` }
    }
    if (line.hash !== anchored)
      return {
        seq,
        kind: 'anchor',
        detail: `the chain was rewritten: at line ${seq} it is not what anchor ${anchor} has seen`,
      }
  }
  return null
}

function faultOfState({ lines, head }: Chain, purposes: Purposes): Fault | null {
  const folded = fold(
    lines.map((line) => line.event),
    purposes,
  )
  return sameValue(JSON.parse(head?.states ?? '{}'), folded)
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

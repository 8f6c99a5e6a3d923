// The promises, asserted from outside: only from HTTP answers, from what Graph has seen, and from the database at the
// end. Each violation names its assertion, the person and what happened; no promise is taken on the product's word.
//
// a  No request reaches Graph after the 200 of a stop, unless a yes to a card that is newer than the stop permits it.
// b  The confirmation reaches Graph after everything that was let through before the stop.
// c  One confirmation for each stop that ends something, be it an open question, and none for the others; a lost answer
//    leaves it `uncertain`.
// d  Every send names its yes, every reply the statement it answers.
// e  Nothing is accepted by Graph twice, and what the rows, the callers and Graph say of a send agrees.
// f  Every webhook that got its 200 is on record, everybody's state is what their words add up to, and the event of a
//    stop tells truly which sends had left when it came, and which it kept back.

import { createHash } from 'node:crypto'
import type { Met } from './met.js'
import type { Send, Statement } from './meta.js'
import type { EventRow, Records, SendRow } from './records.js'
import { changed, type Heard, standing } from './reference.js'

export type Violation = { check: 'a' | 'b' | 'c' | 'd' | 'e' | 'f'; phone: string; what: string }

export type Evidence = {
  phones: readonly string[]
  statements: readonly Statement[]
  sends: readonly Send[]
  records: Records
  /** What the gateway itself says of each person's state, asked over HTTP. */
  states: ReadonlyMap<string, string>
  /** What GET on a stop's event says of the sends around it. */
  met: ReadonlyMap<string, Met>
}

export function judge(evidence: Evidence): Violation[] {
  const { records } = evidence
  const said = groupBy(evidence.statements, (s) => s.phone)
  const sent = groupBy(evidence.sends, (s) => s.phone)
  const found = evidence.phones.flatMap((phone) => {
    const case_: Case = {
      phone,
      statements: said.get(phone) ?? [],
      calls: sent.get(phone) ?? [],
      events: records.events.get(phone) ?? [],
      rows: records.sends.get(phone) ?? [],
      records,
      state: evidence.states.get(phone) ?? 'none',
      met: evidence.met,
    }
    const checks = { a: afterStop, b: lastWord, c: confirmations, d: namedYes, e: onlyOnce, f: onRecord }
    return Object.entries(checks).flatMap(([check, run]) =>
      run(case_).map((what): Violation => ({ check: check as Violation['check'], phone, what })),
    )
  })
  const strangers = records.unknown.map(
    (a): Violation => ({ check: 'e', phone: a.to, what: `Graph got ${a.callback}, which no send is` }),
  )
  return [...found, ...strangers]
}

type Case = {
  phone: string
  statements: Statement[]
  calls: Send[]
  events: EventRow[]
  rows: SendRow[]
  records: Records
  state: string
  met: ReadonlyMap<string, Met>
}

const isReply = (row: SendRow) => row.kind !== 'message'
const begun = (row: SendRow) => row.arrivals.filter((a) => a.outcome !== 'busy')

/** WhatsApp's time of the card that a yes answers: the moment from which on a stop undoes the yes. */
function cardTime(records: Records, yes: EventRow | undefined): number | null {
  const card = yes?.request ? records.eventById.get(yes.request) : undefined
  return card?.cause.seconds ?? null
}

function afterStop({ statements, rows, events, records }: Case): string[] {
  const stops = statements.filter((s) => s.said === 'stop' && s.answeredAt !== null)
  // "You are on the list" is true again if a newer yes has been given.
  const yesAfter = (stop: Statement, before: number) =>
    events.some(
      (e) => e.type === 'given' && e.cause.firstSentAt < before && (cardTime(records, e) ?? 0) > stop.seconds,
    )
  return rows.flatMap((row) => {
    const cause = row.permittedBy === null ? undefined : records.eventById.get(row.permittedBy)
    if (row.kind === 'stopped' || (isReply(row) && cause === undefined)) return []
    return row.arrivals.flatMap(({ at }) =>
      stops
        .filter((stop) => stop.answeredAt !== null && stop.answeredAt < at)
        .filter((stop) => {
          // A message stands on its yes, and that on its card. A reply stands on what it answers.
          if (!isReply(row)) return (cardTime(records, cause) ?? 0) <= stop.seconds
          if (row.kind === 'done' && yesAfter(stop, at)) return false
          return (cause?.cause.seconds ?? 0) <= stop.seconds
        })
        .map((stop) => {
          const late = Math.round(at - (stop.answeredAt ?? at))
          return `${row.kind} ${row.id} began ${late} ms after the 200 of ${stop.wamid}`
        }),
    )
  })
}

function lastWord({ rows, records }: Case): string[] {
  return rows
    .filter((row) => row.kind === 'stopped')
    .flatMap((confirmation) => {
      const stop = records.eventById.get(confirmation.permittedBy ?? '')
      const first = confirmation.arrivals[0]
      if (stop === undefined || first === undefined) return []
      return rows
        .filter((row) => row.kind !== 'stopped' && row.arrivals.some((a) => a.at > first.at))
        .filter((row) => {
          if (isReply(row)) return (row.asOf ?? 0) < stop.seq
          return (records.eventById.get(row.permittedBy ?? '')?.seq ?? 0) < stop.seq
        })
        .map((row) => `${row.kind} ${row.id} came after the confirmation ${confirmation.id}`)
    })
}

function confirmations({ events, rows }: Case): string[] {
  const confirmed = groupBy(
    rows.filter((r) => r.kind === 'stopped'),
    (r) => r.permittedBy ?? '',
  )
  const heard: Heard[] = []
  const found: string[] = []
  // In the order in which the gateway heard it: whether a stop ends something depends on what is known by then.
  for (const event of events) {
    const before = standing(heard)
    heard.push(heardOf(event))
    if (event.type !== 'withdrawn') continue
    const wanted = changed(before, standing(heard)) ? 1 : 0
    const mine = confirmed.get(event.id) ?? []
    if (mine.length !== wanted)
      found.push(`${event.cause.wamid} has ${mine.length} confirmations, not ${wanted}`)
    for (const row of mine) {
      const times = begun(row).length
      const right = row.status === 'accepted' ? times === 1 : row.status === 'uncertain' && times <= 1
      if (!right)
        found.push(`confirmation ${row.id} is ${row.status} (${row.reason}) and came ${times} times`)
    }
  }
  return found
}

const CAUSES: Readonly<Record<string, string>> = {
  message: 'given',
  card: 'requested',
  again: 'requested',
  done: 'given',
  stopped: 'withdrawn',
}

function namedYes({ rows, records }: Case): string[] {
  return rows.flatMap((row) => {
    const wanted = CAUSES[row.kind]
    if (wanted === undefined || row.status === 'refused') return []
    const cause = records.eventById.get(row.permittedBy ?? '')
    const right = cause?.type === wanted && cause.contact === row.contact
    return right ? [] : [`${row.kind} ${row.id} names ${cause?.type ?? 'nothing'} instead of ${wanted}`]
  })
}

function onlyOnce({ rows, calls }: Case): string[] {
  const found: string[] = []
  for (const row of rows) {
    const times = begun(row).length
    if (times > 1) found.push(`${row.kind} ${row.id} went out ${times} times`)
    if (row.status === 'accepted' && times !== 1) found.push(`accepted ${row.id} came ${times} times`)
    if (row.status === 'refused' && row.arrivals.length > 0) found.push(`refused ${row.id} has begun`)
    if (row.status === 'cancelled' && times > 0) found.push(`cancelled ${row.id} went out`)
    if (row.status === 'sending' || row.status === 'queued') found.push(`${row.id} is ${row.status} for ever`)
  }
  const byWamid = new Map(rows.flatMap((r) => r.arrivals.map((a) => [a.wamid, r] as const)))
  const byId = new Map(rows.map((r) => [r.id, r]))
  for (const call of calls) {
    const row = call.wamid === undefined ? undefined : byWamid.get(call.wamid)
    if (call.status === 200 && row?.status !== 'accepted')
      found.push(`${call.serial} was answered 200 and is ${row?.status ?? 'nowhere'}`)
    if (call.refusedId !== undefined && (byId.get(call.refusedId)?.status ?? 'refused') !== 'refused')
      found.push(`${call.serial} was refused and is not`)
  }
  return found
}

function onRecord({ statements, events, rows, records, state, met }: Case): string[] {
  const found: string[] = []
  for (const event of events) {
    const told = met.get(event.id)
    if (told) found.push(...toldTruly(event, told, rows))
  }
  const heardOnce = new Set(events.map((e) => e.cause.wamid))
  for (const s of statements) {
    if (s.answeredAt === null) found.push(`${s.wamid} was never answered`)
    const key = createHash('sha256').update(`message\0${s.wamid}`).digest('hex')
    if (!records.inbound.has(key)) found.push(`${s.wamid} was answered 200 and is not on record`)
    if (s.said === 'stop' && !heardOnce.has(s.wamid)) found.push(`stop ${s.wamid} is not on the ledger`)
  }
  const cards = new Map(events.filter((e) => e.type === 'requested').map((e) => [e.cause.wamid, e.id]))
  const { consent: wanted } = standing(
    statements.map((s) => {
      const card = cards.get(s.wamid)
      return card === undefined ? s : { ...s, card }
    }),
  )
  const actual = state === 'given' || state === 'withdrawn' ? state : 'none'
  if (actual !== wanted) found.push(`the state is ${state}, what was said adds up to ${wanted}`)
  return found
}

function toldTruly(stop: EventRow, told: Met, rows: readonly SendRow[]): string[] {
  const byId = new Map(rows.map((r) => [r.id, r]))
  const found: string[] = []
  for (const { id } of told.cancelled) {
    if (byId.get(id)?.arrivals.some((a) => a.outcome !== 'busy'))
      found.push(`${id} is said to be cancelled and went out`)
  }
  for (const { id } of told.left) {
    const late = byId.get(id)?.arrivals.some((a) => a.at > (stop.cause.answeredAt ?? a.at))
    if (late) found.push(`${id} is said to have left before ${stop.cause.wamid} and began after its 200`)
  }
  return found
}

/** What an event of the ledger tells about the statement that caused it. */
function heardOf({ type, cause, request, id }: EventRow): Heard {
  const { seconds } = cause
  if (type === 'requested') return { said: 'start', seconds, card: id }
  return type === 'given' && request !== null
    ? { said: 'yes', seconds, ref: request }
    : { said: 'stop', seconds }
}

function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

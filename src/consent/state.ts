// What a person's ledger adds up to: a pure function of the SET of events. It sorts before it folds, so neither the
// order of arrival nor a duplicate can change the result (G6); at equal times the more restrictive event comes last
// and wins (GDPR Art. 7(3): withdrawing is as easy as giving). Times compared are WhatsApp's own.

import { createHash } from 'node:crypto'
import type { Basis, Category } from '../policy.js'

export const EVENT_TYPES = [
  'requested',
  'imported',
  'given',
  'resumed',
  'expired',
  'paused',
  'refused',
  'invalidated',
  'revoked',
  'withdrawn',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** Events after which less may be sent than before. */
export const RESTRICTING: ReadonlySet<EventType> = new Set(['withdrawn', 'paused', 'refused', 'revoked'])

export const CHANNELS = ['whatsapp', 'sms', 'email', 'phone'] as const
export type Channel = (typeof CHANNELS)[number]

/** One line of the ledger, as far as the fold looks at it. */
export type FoldEvent = {
  id: string
  type: EventType
  channel: Channel
  scope: readonly string[]
  occurredAt: Date
  /** `person` for the person's own acts; everything else cannot undo the person's own stop (G7). */
  actor: string
  /** `in_app` marks WhatsApp's own stop/resume switch, a register of its own. */
  source: string
  request: string | null
  validUntil: Date | null
}

export type Status =
  | 'none'
  | 'requested'
  | 'given'
  | 'refused'
  | 'withdrawn'
  | 'paused'
  | 'expired'
  | 'revoked'

/** State of one purpose. Times are ISO 8601 so that the value survives JSON unchanged. */
export type PurposeState = {
  status: Status
  /** Event that decides. */
  event: string
  since: string
  /** End of a given consent, or of an open request. */
  until: string | null
  /** The open request, if one was shown and not yet answered: `request` is its event. */
  pending?: { request: string; until: string }
}

/** channel → purpose → state. A purpose never spoken of is absent, which means `none`. */
export type States = { [channel in Channel]?: { [purpose: string]: PurposeState } }

/** As much of a purpose as scopes can name. */
type NamedPurpose = { id: string; category: Category; basis: Basis }
export type Purposes = Iterable<NamedPurpose>

/** Rank at equal times: the later in EVENT_TYPES, the more restrictive, the later applied. */
const RANK = new Map(EVENT_TYPES.map((type, i) => [type, i]))

/** Total order of a ledger: WhatsApp's time, then restrictiveness, then id. */
export function ledgerOrder(a: FoldEvent, b: FoldEvent): number {
  return (
    a.occurredAt.getTime() - b.occurredAt.getTime() ||
    (RANK.get(a.type) ?? 0) - (RANK.get(b.type) ?? 0) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}

/**
 * Folds a person's events into the state per channel and purpose.
 * @param events in any order, duplicates allowed
 * @param purposes of the policy: a scope names one by its id, its category or its basis, or all of them by `*`
 */
export function fold(events: Iterable<FoldEvent>, purposes: Purposes): States {
  const unique = new Map<string, FoldEvent>()
  for (const event of events) unique.set(event.id, event)
  const ordered = [...unique.values()].sort(ledgerOrder)
  const named = [...purposes]
  const states: States = {}
  for (const channel of CHANNELS) {
    const heard = ordered.filter((e) => e.channel === channel)
    if (heard.length === 0) continue
    let before: readonly FoldEvent[] = []
    let state = foldPurpose(before)
    for (const purpose of named) {
      const about = heard.filter((event) => covers(event.scope, purpose))
      if (about.length === 0) continue
      // Most of what people say is about several purposes, and adds up to the same for each.
      if (!sameEvents(about, before)) state = foldPurpose(about)
      before = about
      states[channel] ??= {}
      states[channel][purpose.id] = state
    }
  }
  return states
}

const sameEvents = (a: readonly FoldEvent[], b: readonly FoldEvent[]) =>
  a.length === b.length && a.every((event, i) => event === b[i])

/** A state while it is folded: times are written out at the end, once, since writing them is most of what folding costs. */
type Folded = {
  status: Status
  event: string
  since: Date | null
  until: Date | null
  pending: { request: string; until: Date } | null
}

function written({ status, event, since, until, pending }: Folded): PurposeState {
  return {
    status,
    event,
    since: since?.toISOString() ?? '',
    until: until?.toISOString() ?? null,
    ...(pending && { pending: { request: pending.request, until: pending.until.toISOString() } }),
  }
}

/** Whether a scope speaks of a purpose. Written out, since verifying a ledger asks it millions of times. */
export function covers(scope: readonly string[], { id, category, basis }: NamedPurpose): boolean {
  for (const name of scope) {
    if (name === '*' || name === id || name === BY_CATEGORY[category] || name === BY_BASIS[basis]) return true
  }
  return false
}

const BY_CATEGORY: Readonly<Record<Category, string>> = {
  marketing: 'category:marketing',
  utility: 'category:utility',
  authentication: 'category:authentication',
  service: 'category:service',
}
const BY_BASIS: Readonly<Record<Basis, string>> = {
  consent: 'basis:consent',
  contract: 'basis:contract',
  legal_obligation: 'basis:legal_obligation',
  legitimate_interests: 'basis:legitimate_interests',
}

function foldPurpose(events: readonly FoldEvent[]): PurposeState {
  const spoken = events.filter((e) => e.source !== 'in_app')
  let own: Folded = { status: 'none', event: '', since: null, until: null, pending: null }
  let beforePause: Folded | null = null
  for (const event of spoken) {
    const next = step(own, beforePause, event)
    if (event.type === 'paused' && next.status === 'paused' && own.status !== 'paused') beforePause = own
    own = next
  }
  // WhatsApp's own switch is a second source of the same truth: the most restrictive of both is in force, and
  // `resume` lifts only what `stop` set.
  const inApp = events.filter((e) => e.source === 'in_app').at(-1)
  if (inApp?.type === 'withdrawn' && own.status !== 'withdrawn' && own.status !== 'refused') {
    own = { status: 'withdrawn', event: inApp.id, since: inApp.occurredAt, until: null, pending: null }
  }
  return written(own)
}

function step(own: Folded, beforePause: Folded | null, event: FoldEvent): Folded {
  const { occurredAt: since, validUntil } = event
  const said = (status: Status, until: Date | null = null, pending: Folded['pending'] = null): Folded => ({
    status,
    event: event.id,
    since,
    until,
    pending,
  })
  switch (event.type) {
    case 'requested': {
      const pending = { request: event.id, until: validUntil ?? since }
      // Being asked changes nothing for somebody who has answered before: only the answer does.
      if (own.status === 'none' || own.status === 'requested') return said('requested', validUntil, pending)
      return { ...own, pending }
    }
    case 'given':
    case 'imported':
      return counts(own, event) ? said('given', validUntil) : own
    case 'resumed':
      return own.status === 'paused' && event.actor === 'person'
        ? { ...(beforePause ?? said('none')), since, event: event.id }
        : own
    case 'paused':
      return own.status === 'withdrawn' || own.status === 'refused' ? own : said('paused')
    case 'expired':
      return own.status === 'given' ? said('expired') : own
    case 'refused':
      return own.status === 'withdrawn' ? { ...own, pending: null } : said('refused')
    case 'invalidated':
    case 'revoked':
      return own.status === 'withdrawn' || own.status === 'refused' ? own : said('revoked')
    case 'withdrawn':
      return said('withdrawn')
  }
}

/** Whether a yes is one: R5, R6 for the person's own, G7 for everybody else's. */
function counts(own: Folded, event: FoldEvent): boolean {
  if (event.actor !== 'person') {
    return (
      own.status === 'none' ||
      own.status === 'requested' ||
      own.status === 'given' ||
      own.status === 'expired'
    )
  }
  if (event.request === null) return true
  // A yes answers the newest request, before it lapses; a withdrawal in between has voided it.
  return own.pending?.request === event.request && event.occurredAt <= own.pending.until
}

// Raise when the fold's rules change: stored states made by other rules are folded again before they are trusted.
const FOLD_VERSION = 2

/** Names the rules and purposes that a stored state was folded with. */
export function foldFingerprint(purposes: Purposes): string {
  const named = [...purposes].map((p) => `${p.id}:${p.category}:${p.basis}`).sort()
  return createHash('sha256')
    .update(`${FOLD_VERSION}\n${named.join('\n')}`)
    .digest('hex')
    .slice(0, 16)
}

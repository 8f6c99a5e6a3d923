// One turn of the conversation: what each move (leave, ask, accept, refuse, pause, keep, choose …) means for a person in
// their present state. Pure; flows.ts says which words lead to which move.

import {
  covers,
  type EventType,
  type FoldEvent,
  fold,
  type PurposeState,
  type States,
} from '../consent/state.js'
import { consentPurposes, type Policy } from '../policy.js'
import { addDuration } from './duration.js'
import type { Standing } from './flows.js'
import { type Choice, isGiven, type MessageKind } from './messages.js'

/** What is known of the person at this point of the ledger. */
export type Person = {
  states: States
  events: readonly FoldEvent[]
  language: string | null
  /** Requests that never left: words cannot answer what was not seen (R5). */
  unseen?: ReadonlySet<string>
}

/** An event as the conversation decides it; when, how and from which message is the caller's to add. */
export type Statement = {
  id: string
  type: EventType
  scope: string[]
  source: 'chat' | 'in_app' | 'in_app_signup' | 'silence'
  request: string | null
  validUntil: Date | null
  /** The event whose notice covers it, where that is not the request. */
  restsOn?: string
}

/** The one answer. `ref` is the event that its buttons are bound to. */
export type Reply = {
  kind: MessageKind
  purposes: string[]
  ref: string
  language: string
  choices?: Choice[]
  until?: string
}

export type Decision = { events: Statement[]; reply: Reply | null; language: string | null }

/** A shown notice can be answered for a day (R6), a confirmation be mended for as long. */
const DAY_MS = 24 * 3_600_000
/** A consent is renewed in its last 30 days (F12), and a question left alone for as long is a stop (R26). */
export const RENEW_WITHIN_MS = 30 * DAY_MS
export const PAUSE_ENDS_MS = 30 * DAY_MS

/** Nothing on record, nothing said. */
export const NOTHING: Decision = { events: [], reply: null, language: null }

export class Turn {
  readonly #person: Person
  readonly #at: Date
  readonly #policy: Policy
  readonly #newId: () => string
  readonly #language: string

  constructor(person: Person, at: Date, policy: Policy, newId: () => string, language: string) {
    this.#person = person
    this.#at = at
    this.#policy = policy
    this.#newId = newId
    this.#language = language
  }

  standing(): Standing {
    const asked = this.#asked()
    const has = (...statuses: string[]) => asked.some((id) => statuses.includes(this.#status(id)))
    if (has('paused')) return 'paused'
    if (this.openRequest() !== undefined) return 'asked'
    if (asked.every((id) => this.#isGiven(id))) return 'all'
    if (asked.some((id) => this.#isGiven(id))) return 'some'
    return asked.every((id) => this.#hasLeft(id)) ? 'left' : 'new'
  }

  event(type: EventType, scope: string[], more: Partial<Statement> = {}): Statement {
    return { id: this.#newId(), type, scope, source: 'chat', request: null, validUntil: null, ...more }
  }

  /** @param more `ref` is the first event's id unless it says otherwise */
  answer(
    kind: MessageKind,
    purposes: string[],
    events: Statement[] = [],
    more: Partial<Reply> = {},
  ): Decision {
    const ref = more.ref ?? events[0]?.id ?? this.#newId()
    return {
      events,
      reply: { kind, purposes, language: this.#language, ...more, ref },
      language: this.#language,
    }
  }

  /** F4. Always on record, since a late START must find it; confirmed only if there was something to end (R23). */
  leave(scope: string[], kind: 'stopped' | 'minor' = 'stopped'): Decision {
    const event = this.event('withdrawn', scope)
    const covered = this.#covered(scope)
    if (this.#areOver(covered)) return { ...NOTHING, events: [event] }
    const ended = covered.filter((id) => this.#asked().includes(id) || this.#status(id) !== 'none')
    const choices = kind === 'stopped' ? this.#choicesAfter(ended) : []
    return this.answer(kind, ended, [event], choices.length > 0 ? { choices } : {})
  }

  /** What a stop can be made wider or narrower by: only what would change something is offered. */
  #choicesAfter(ended: readonly string[]): Choice[] {
    const given = ended.filter((id) => this.#isGiven(id))
    const goesOn = [...this.#policy.purposes.keys()].some((id) => !ended.includes(id) && this.#isGiven(id))
    return [
      ...(goesOn ? (['stop_all'] as const) : []),
      ...(given.some((id) => this.#serves(id)) && given.some((id) => !this.#serves(id))
        ? (['keep'] as const)
        : []),
      ...(given.length > 0 ? (['undo'] as const) : []),
    ]
  }

  /** F4: "keep order updates" after a stop. Gives back what they had agreed to before it, and not a day longer. */
  narrow(ref: string): Decision {
    const { events } = this.#person
    const stop = events.find((e) => e.id === ref && e.type === 'withdrawn')
    if (stop === undefined) return NOTHING
    if (this.#at.getTime() > stop.occurredAt.getTime() + DAY_MS) return this.ask()
    const earlier = events.filter((e) => e.id !== ref && e.occurredAt.getTime() <= stop.occurredAt.getTime())
    const before = fold(earlier, this.#policy.purposes.values()).whatsapp ?? {}
    const back = this.#asked().filter(
      (id) => this.#serves(id) && isGiven(before[id], this.#at) && this.#state(id)?.event === ref,
    )
    const statements = back.map((id) => {
      const { until = null, event = '' } = before[id] ?? {}
      return this.event('given', [id], {
        validUntil: until === null ? null : new Date(until),
        restsOn: event,
      })
    })
    return back.length > 0 ? this.answer('narrowed', back, statements) : NOTHING
  }

  /** No message follows: nothing opens the 24-hour window (R50), and WhatsApp has confirmed it itself. */
  signUp(purposes: readonly string[]): Decision {
    const { events } = this.#give(purposes, null)
    return { ...NOTHING, events: events.map((event) => ({ ...event, source: 'in_app_signup' as const })) }
  }

  /** F5: nothing more is sent until the person says which. */
  pause(): Decision {
    const event = this.event('paused', ['category:marketing'])
    const over = this.#covered(event.scope).every((id) => this.#hasLeft(id) || this.#status(id) === 'paused')
    return over ? { ...NOTHING, events: [event] } : this.answer('unsure', [], [event])
  }

  /** F5: a question that was left alone for 30 days is a stop (R26). */
  lapse(): Decision {
    const waiting = this.#asked().filter((id) => {
      const state = this.#state(id)
      return state?.status === 'paused' && Date.parse(state.since) + PAUSE_ENDS_MS <= this.#at.getTime()
    })
    if (waiting.length === 0) return NOTHING
    return { ...NOTHING, events: [this.event('withdrawn', waiting, { source: 'silence' })] }
  }

  keep(): Decision {
    return this.answer('kept', [], [this.event('resumed', ['category:marketing'])])
  }

  /** F1, F6: shows the notice. An older START that comes late asks nothing of a person who has left since. */
  ask(kind?: 'topics'): Decision {
    const asked = this.#asked()
    const moment = this.#at.toISOString()
    const leftSince = asked.some(
      (id) =>
        (this.#hasLeft(id) || this.#status(id) === 'paused') && (this.#state(id)?.since ?? '') >= moment,
    )
    if (leftSince) return NOTHING
    const hadLeft = asked.some((id) => this.#status(id) === 'withdrawn')
    if (this.#policy.optIn === 'direct' && !hadLeft && kind === undefined) return this.#give(asked, null)
    return this.#request(kind ?? (hadLeft ? 'again' : 'card'), asked)
  }

  /** F12: asks once, while the consent is valid, and never after. */
  renew(): Decision {
    const soon = this.#at.getTime() + RENEW_WITHIN_MS
    const ending = this.#asked().filter((id) => {
      const until = this.#state(id)?.until
      return this.#isGiven(id) && until != null && Date.parse(until) <= soon
    })
    const ends = ending.map((id) => this.#state(id)?.until ?? '').sort()[0]
    if (ends === undefined || this.#askedSince(Date.parse(ends) - RENEW_WITHIN_MS)) return NOTHING
    return this.#request('renewal', ending, ends)
  }

  already(): Decision {
    return this.answer('already', this.#asked())
  }

  receipt(): Decision {
    return this.answer('receipt', this.#asked())
  }

  /** Words can only answer what was seen; to anything else they show the card again. */
  accept(request: FoldEvent | undefined): Decision {
    if (request === undefined) return NOTHING
    return this.#person.unseen?.has(request.id) ? this.ask() : this.acceptTap(request)
  }

  /** A yes to a shown notice. To one that lapsed, was replaced or voided it gives nothing and shows the card again. */
  acceptTap(request: FoldEvent | undefined, purpose?: string): Decision {
    if (request === undefined) return NOTHING
    const wanted = purpose === undefined ? request.scope : request.scope.filter((id) => id === purpose)
    const open = wanted.filter((id) => this.#isOpen(id, request.id))
    if (open.length > 0) return this.#give(open, request.id)
    return wanted.every((id) => this.#isGiven(id)) ? NOTHING : this.ask()
  }

  /** A no always counts, even to a notice that has lapsed. */
  refuse(request: FoldEvent | undefined): Decision {
    if (request === undefined) return NOTHING
    const event = this.event('refused', [...request.scope], { request: request.id })
    return this.#areOver(request.scope)
      ? { ...NOTHING, events: [event] }
      : this.answer('refused', [...request.scope], [event])
  }

  /** F3: the list of topics, bound to the open request or to a new one. */
  choose(ref?: string): Decision {
    const request = ref === undefined ? this.openRequest() : this.request(ref)
    // A stop voids a request for its topics: those need a new one.
    if (
      request?.scope.every((id) => this.#isOpen(id, request.id) || this.#isGiven(id)) &&
      this.#isAnyOpen(request)
    ) {
      return this.answer('topics', [...request.scope], [], { ref: request.id })
    }
    if (ref !== undefined && !this.knows(ref)) return NOTHING
    // The list alone tells too little to agree to: it is for people who have read the card.
    return this.ask(this.#asked().some((id) => this.#isGiven(id)) ? 'topics' : undefined)
  }

  request(ref: string): FoldEvent | undefined {
    return this.#person.events.find((e) => e.id === ref && e.type === 'requested')
  }

  knows(ref: string): boolean {
    return this.#person.events.some((e) => e.id === ref)
  }

  openRequest(): FoldEvent | undefined {
    const pending = this.#asked()
      .map((id) => this.#pending(id))
      .find((p) => p !== undefined && this.#at.toISOString() <= p.until)
    return pending && this.request(pending.request)
  }

  #request(kind: 'card' | 'again' | 'topics' | 'renewal', purposes: string[], ends?: string): Decision {
    const until = new Date(this.#at.getTime() + DAY_MS)
    const event = this.event('requested', purposes, { validUntil: until })
    return this.answer(kind, purposes, [event], ends === undefined ? {} : { until: ends })
  }

  /** One event per validity, because the ledger line carries the date on which the consent ends. */
  #give(purposes: readonly string[], request: string | null): Decision {
    const byValidity = new Map<string, string[]>()
    for (const id of purposes) {
      const validity = this.#policy.purposes.get(id)?.validity ?? 'P0D'
      byValidity.set(validity, [...(byValidity.get(validity) ?? []), id])
    }
    const events = [...byValidity].map(([validity, scope]) =>
      this.event('given', scope, { request, validUntil: addDuration(this.#at, validity) }),
    )
    return this.answer('done', [...purposes], events)
  }

  /** The purposes that a scope speaks of. */
  #covered(scope: readonly string[]): string[] {
    return [...this.#policy.purposes.values()].filter((p) => covers(scope, p)).map((p) => p.id)
  }

  /** Left before, and not asked again since: one more stop has nothing to end. */
  #areOver(purposes: readonly string[]): boolean {
    return purposes.every((id) => this.#hasLeft(id) && !this.#pending(id))
  }

  /** The purposes asked for in the chat. */
  #asked(): string[] {
    return consentPurposes(this.#policy).map((p) => p.id)
  }

  /** Whether a purpose serves something ordered or agreed. */
  #serves(id: string): boolean {
    return this.#policy.purposes.get(id)?.category === 'utility'
  }

  #askedSince(time: number): boolean {
    return this.#person.events.some((e) => e.type === 'requested' && e.occurredAt.getTime() >= time)
  }

  #state(id: string): PurposeState | undefined {
    return this.#person.states.whatsapp?.[id]
  }

  #status(id: string): string {
    return this.#state(id)?.status ?? 'none'
  }

  #hasLeft(id: string): boolean {
    return ['withdrawn', 'refused'].includes(this.#status(id))
  }

  #pending(id: string) {
    return this.#state(id)?.pending
  }

  #isOpen(id: string, request: string): boolean {
    const pending = this.#pending(id)
    return pending?.request === request && this.#at.toISOString() <= pending.until
  }

  #isAnyOpen({ id, scope }: FoldEvent): boolean {
    return scope.some((purpose) => this.#isOpen(purpose, id))
  }

  #isGiven(id: string): boolean {
    return isGiven(this.#state(id), this.#at)
  }
}

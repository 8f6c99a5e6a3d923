// One turn of the conversation: what each move (leave, ask, accept, refuse, pause, keep, choose) means for a person in
// their present state. Pure; decide.ts says which words and taps lead to which move.

import type { EventType, FoldEvent, PurposeState, States } from '../consent/state.js'
import { consentPurposes, type Policy } from '../policy.js'
import { addDuration } from './duration.js'
import type { MessageKind } from './messages.js'

/** What is known of the person at this point of the ledger. */
export type Person = { states: States; events: readonly FoldEvent[]; language: string | null }

/** An event as the conversation decides it; when, how and from which message is the caller's to add. */
export type Statement = {
  id: string
  type: EventType
  scope: string[]
  source: 'chat' | 'in_app' | 'in_app_signup'
  request: string | null
  validUntil: Date | null
}

/** The one answer. `ref` is the event that its buttons are bound to. */
export type Reply = { kind: MessageKind; purposes: string[]; ref: string; language: string }

export type Decision = { events: Statement[]; reply: Reply | null; language: string | null }

/** A shown notice can be answered for a day (R6). */
export const REQUEST_HOURS = 24

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

  event(type: EventType, scope: string[], more: Partial<Statement> = {}): Statement {
    return { id: this.#newId(), type, scope, source: 'chat', request: null, validUntil: null, ...more }
  }

  answer(kind: MessageKind, purposes: string[], ref: string, events: Statement[] = []): Decision {
    const bound = ref === '' ? (events[0]?.id ?? this.#newId()) : ref
    return {
      events,
      reply: { kind, purposes, ref: bound, language: this.#language },
      language: this.#language,
    }
  }

  /** F4. Always on record, since a late START must find it; confirmed only if there was something to end (R23). */
  leave(scope: string[]): Decision {
    const event = this.event('withdrawn', scope)
    const ended = this.#covered(scope)
    const left = ended.every((id) => this.#status(id) === 'withdrawn')
    return left ? { ...NOTHING, events: [event] } : this.answer('stopped', ended, event.id, [event])
  }

  /** No message follows: nothing opens the 24-hour window (R50), and WhatsApp has confirmed it itself. */
  signUp(purposes: readonly string[]): Decision {
    const { events } = this.#give(purposes, null)
    return { ...NOTHING, events: events.map((event) => ({ ...event, source: 'in_app_signup' as const })) }
  }

  /** F5: nothing more is sent until the person says which. */
  pause(): Decision {
    const event = this.event('paused', ['category:marketing'])
    const left = this.#covered(event.scope).every((id) =>
      ['withdrawn', 'refused', 'paused'].includes(this.#status(id)),
    )
    return left ? { ...NOTHING, events: [event] } : this.answer('unsure', [], event.id, [event])
  }

  keep(): Decision {
    return this.answer('kept', [], '', [this.event('resumed', ['category:marketing'])])
  }

  /** F1, F6: shows the notice. An older START that comes late asks nothing of a person who has left since. */
  ask(kind?: MessageKind): Decision {
    const asked = this.#asked()
    const moment = this.#at.toISOString()
    const leftSince = asked.some(
      (id) =>
        ['withdrawn', 'refused', 'paused'].includes(this.#status(id)) &&
        (this.#state(id)?.since ?? '') >= moment,
    )
    if (leftSince) return NOTHING
    if (asked.every((id) => this.#isGiven(id)) && kind === undefined) return this.answer('already', asked, '')
    const hadLeft = asked.some((id) => this.#status(id) === 'withdrawn')
    if (this.#policy.optIn === 'direct' && !hadLeft) return this.#give(asked, null)
    const until = new Date(this.#at.getTime() + REQUEST_HOURS * 3_600_000)
    const event = this.event('requested', asked, { validUntil: until })
    return this.answer(kind ?? (hadLeft ? 'again' : 'card'), asked, event.id, [event])
  }

  /** A yes to a shown notice. To one that lapsed, was replaced or voided it gives nothing and shows the card again. */
  accept(request: FoldEvent | undefined, purpose?: string): Decision {
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
    const over = request.scope.every(
      (id) => ['withdrawn', 'refused'].includes(this.#status(id)) && !this.#pending(id),
    )
    return over
      ? { ...NOTHING, events: [event] }
      : this.answer('refused', [...request.scope], event.id, [event])
  }

  /** F3: the list of topics, bound to the open request or to a new one. */
  choose(ref: string): Decision {
    const request = this.request(ref)
    if (request?.scope.some((id) => this.#isOpen(id, request.id))) {
      return this.answer('topics', [...request.scope], request.id)
    }
    const known = this.#person.events.some((e) => e.id === ref)
    return known ? this.ask(this.#asked().some((id) => this.#isGiven(id)) ? 'topics' : undefined) : NOTHING
  }

  request(ref: string): FoldEvent | undefined {
    return this.#person.events.find((e) => e.id === ref && e.type === 'requested')
  }

  openRequest(): FoldEvent | undefined {
    const pending = this.#asked()
      .map((id) => this.#pending(id))
      .find((p) => p !== undefined)
    return pending && this.request(pending.request)
  }

  isPaused(): boolean {
    return this.#asked().some((id) => this.#status(id) === 'paused')
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
    return this.answer('done', [...purposes], events[0]?.id ?? '', events)
  }

  /** The purposes asked for in the chat that a scope speaks of. */
  #covered(scope: readonly string[]): string[] {
    if (scope.includes('*')) return this.#asked()
    return consentPurposes(this.#policy).flatMap((p) =>
      scope.includes(p.id) || scope.includes(`category:${p.category}`) ? [p.id] : [],
    )
  }

  #asked(): string[] {
    return consentPurposes(this.#policy).map((p) => p.id)
  }

  #state(id: string): PurposeState | undefined {
    return this.#person.states.whatsapp?.[id]
  }

  #status(id: string): string {
    return this.#state(id)?.status ?? 'none'
  }

  #pending(id: string) {
    return this.#state(id)?.pending
  }

  #isOpen(id: string, request: string): boolean {
    const pending = this.#pending(id)
    return pending?.request === request && this.#at.toISOString() <= pending.until
  }

  #isGiven(id: string): boolean {
    const state = this.#state(id)
    return state?.status === 'given' && (state.until === null || state.until > this.#at.toISOString())
  }
}

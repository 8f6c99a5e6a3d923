// The conversation: what a person said, and what their ledger adds up to, becomes events and at most one reply. Pure.
// Flows F1, F4, F5, F6 and F7: START shows the notice, only an answer to a shown notice gives consent (R5), STOP works
// from anywhere in one message (R19), nothing is asked of a person who has left (R7), ordinary chat gets no reply.

import type { Understanding } from '../language/classify.js'
import { consentPurposes, type Policy } from '../policy.js'
import type { EventType, FoldEvent, PurposeState, States } from '../consent/state.js'
import { addDuration } from './duration.js'
import type { Action, MessageKind } from './messages.js'

export type Heard =
  | { by: 'text'; understanding: Understanding }
  | { by: 'tap'; action: Action; ref: string; purpose?: string }
  | { by: 'switch'; value: 'stop' | 'resume' }

/** What is known of the person at this point of the ledger. */
export type Person = { states: States; events: readonly FoldEvent[]; language: string | null }

/** An event as the conversation decides it; when, how and from which message is the caller's to add. */
export type Statement = {
  id: string
  type: EventType
  scope: string[]
  source: 'chat' | 'in_app'
  request: string | null
  validUntil: Date | null
}

/** The one answer. `ref` is the event that its buttons are bound to. */
export type Reply = { kind: MessageKind; purposes: string[]; ref: string; language: string }

export type Decision = { events: Statement[]; reply: Reply | null; language: string | null }

/** A shown notice can be answered for a day (R6). */
export const REQUEST_HOURS = 24

const NOTHING: Decision = { events: [], reply: null, language: null }

/**
 * Decides what one statement of a person does.
 * @param at WhatsApp's time of the statement
 * @param newId makes event ids: unguessable, since buttons carry them
 */
export function decide(heard: Heard, person: Person, at: Date, policy: Policy, newId: () => string): Decision {
  const turn = new Turn(person, at, policy, newId, languageOf(heard, person, policy))
  switch (heard.by) {
    case 'text':
      return onText(heard.understanding, turn)
    case 'tap':
      return onTap(heard.action, heard.ref, heard.purpose, turn)
    case 'switch':
      return onSwitch(heard.value, turn)
  }
}

/** Which question, if any, a "yes" of this moment would answer. */
export function openQuestion(states: States, at: Date): 'consent' | 'stop' | null {
  const all = Object.values(states.whatsapp ?? {})
  if (all.some((s) => s.status === 'paused')) return 'stop'
  return all.some((s) => s.pending && at.toISOString() <= s.pending.until) ? 'consent' : null
}

function onText({ intent, confidence, scope }: Understanding, turn: Turn): Decision {
  switch (intent) {
    case 'opt_out':
      if (confidence === 'unsure') return turn.pause()
      return turn.leave(scope?.only === 'marketing' || scope?.keep !== undefined ? ['category:marketing'] : ['*'])
    case 'erasure':
    case 'minor':
      // Out at once; the case itself is opened elsewhere and the stop does not wait for it (F9, F10).
      return turn.leave(['*'])
    case 'opt_in':
      // Consent needs certainty; anything less is ordinary chat (section 8.1, step 14).
      return confidence === 'certain' ? turn.ask() : NOTHING
    case 'topics':
      return turn.ask()
    case 'yes':
      return turn.isPaused() ? turn.leave(['*']) : turn.accept(turn.openRequest())
    case 'no':
      return turn.isPaused() ? turn.keep() : turn.refuse(turn.openRequest())
    case 'help':
    case 'data_access':
    case 'receipt':
    case 'complaint':
      return turn.answer('help', [], '')
    case 'other':
      return NOTHING
  }
}

function onTap(action: Action, ref: string, purpose: string | undefined, turn: Turn): Decision {
  switch (action) {
    case 'stop':
    case 'stop_all':
    case 'stop_yes':
      return turn.leave(['*'])
    case 'no':
      return turn.refuse(turn.request(ref))
    case 'yes':
      return turn.accept(turn.request(ref))
    case 'topic':
      return turn.accept(turn.request(ref), purpose)
    case 'topics':
      return turn.choose(ref)
    case 'stop_no':
      return turn.isPaused() ? turn.keep() : NOTHING
    default:
      // Buttons of messages that are not sent yet: an id made up by hand does nothing (R54).
      return NOTHING
  }
}

/** WhatsApp's own switch (R50): an event, never a message, since it opens no window. */
function onSwitch(value: 'stop' | 'resume', turn: Turn): Decision {
  const type = value === 'stop' ? 'withdrawn' : 'resumed'
  const event = turn.event(type, ['category:marketing'])
  return { ...NOTHING, events: [{ ...event, source: 'in_app' }] }
}

class Turn {
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
    return { events, reply: { kind, purposes, ref: bound, language: this.#language }, language: this.#language }
  }

  /** F4. Always on record, since a late START must find it; confirmed only if there was something to end (R23). */
  leave(scope: string[]): Decision {
    const event = this.event('withdrawn', scope)
    const left = this.#asked().every((id) => this.#state(id)?.status === 'withdrawn')
    return left ? { ...NOTHING, events: [event] } : this.answer('stopped', this.#asked(), event.id, [event])
  }

  /** F5: nothing more is sent until the person says which. */
  pause(): Decision {
    const event = this.event('paused', ['category:marketing'])
    const left = this.#asked().every((id) => ['withdrawn', 'refused', 'paused'].includes(this.#status(id)))
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
      (id) => ['withdrawn', 'refused', 'paused'].includes(this.#status(id)) && (this.#state(id)?.since ?? '') >= moment,
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
    const over = request.scope.every((id) => ['withdrawn', 'refused'].includes(this.#status(id)) && !this.#pending(id))
    return over ? { ...NOTHING, events: [event] } : this.answer('refused', [...request.scope], event.id, [event])
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
    const pending = this.#asked().map((id) => this.#pending(id)).find((p) => p !== undefined)
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

/** Answer in the language of the words, else of the last answer, else the policy's first. */
function languageOf(heard: Heard, person: Person, policy: Policy): string {
  const known = heard.by === 'text' && policy.languages.includes(heard.understanding.language)
  if (known && heard.by === 'text' && heard.understanding.intent !== 'other') return heard.understanding.language
  return person.language ?? policy.languages[0] ?? 'en'
}

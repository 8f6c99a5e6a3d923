// The conversation: what a person said, and what their ledger adds up to, becomes events and at most one reply. Pure.
// Flows F1, F4, F5, F6 and F7: START shows the notice, only an answer to a shown notice gives consent (R5), STOP works
// from anywhere in one message (R19), nothing is asked of a person who has left (R7), ordinary chat gets no reply.

import type { States } from '../consent/state.js'
import type { Understanding } from '../language/classify.js'
import type { Policy } from '../policy.js'
import type { Action } from './messages.js'
import { type Decision, NOTHING, type Person, Turn } from './turn.js'

export type Heard =
  /** `about`: the purposes that the words answer, when they are a template's button. */
  | { by: 'text'; understanding: Understanding; about?: string[] }
  | { by: 'tap'; action: Action; ref: string; purpose?: string }
  | { by: 'switch'; value: 'stop' | 'resume' }
  /** In-App Signup: a yes to a notice that WhatsApp itself has shown. */
  | { by: 'signup'; purposes: string[] }

/**
 * Decides what one statement of a person does.
 * @param at WhatsApp's time of the statement
 * @param newId makes event ids: unguessable, since buttons carry them
 */
export function decide(
  heard: Heard,
  person: Person,
  at: Date,
  policy: Policy,
  newId: () => string,
): Decision {
  const turn = new Turn(person, at, policy, newId, languageOf(heard, person, policy))
  switch (heard.by) {
    case 'text':
      return onText(heard.understanding, heard.about, turn)
    case 'tap':
      return onTap(heard.action, heard.ref, heard.purpose, turn)
    case 'switch':
      return onSwitch(heard.value, turn)
    case 'signup':
      return turn.signUp(heard.purposes)
  }
}

/** Which question, if any, a "yes" of this moment would answer. */
export function openQuestion(states: States, at: Date): 'consent' | 'stop' | null {
  const all = Object.values(states.whatsapp ?? {})
  if (all.some((s) => s.status === 'paused')) return 'stop'
  return all.some((s) => s.pending && at.toISOString() <= s.pending.until) ? 'consent' : null
}

function onText(
  { intent, confidence, scope }: Understanding,
  about: string[] | undefined,
  turn: Turn,
): Decision {
  switch (intent) {
    case 'opt_out':
      if (confidence === 'unsure') return turn.pause()
      if (about) return turn.leave(about)
      return turn.leave(
        scope?.only === 'marketing' || scope?.keep !== undefined ? ['category:marketing'] : ['*'],
      )
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

/** Answer in the language of the words, else of the last answer, else the policy's first. */
function languageOf(heard: Heard, person: Person, policy: Policy): string {
  const known = heard.by === 'text' && policy.languages.includes(heard.understanding.language)
  if (known && heard.by === 'text' && heard.understanding.intent !== 'other')
    return heard.understanding.language
  return person.language ?? policy.languages[0] ?? 'en'
}

// The conversation: what a person said, and what their ledger adds up to, becomes events and at most one reply. Pure.
// What happens when is the table in flows.ts: only an answer to a shown notice gives consent (R5), STOP works from
// anywhere in one message (R19), nothing is asked of a person who has left (R7), ordinary chat gets no reply.

import type { States } from '../consent/state.js'
import type { Understanding } from '../language/classify.js'
import type { Policy } from '../policy.js'
import type { Tap } from './buttons.js'
import { type Said, WORDS } from './flows.js'
import { type Decision, NOTHING, type Person, Turn } from './turn.js'

export type Heard =
  /** `about`: the purposes that the words answer, when they are a template's button. */
  | { by: 'text'; understanding: Understanding; about?: string[] }
  | ({ by: 'tap' } & Tap)
  | { by: 'switch'; value: 'stop' | 'resume' }
  /** In-App Signup: a yes to a notice that WhatsApp itself has shown. */
  | { by: 'signup'; purposes: string[] }
  /** Nothing was said: a pause has waited for 30 days, or a consent is about to end. */
  | { by: 'silence'; about: 'pause' | 'end' }

/** What a plain STOP ends: all that rests on consent. What rests on a contract goes on unless they say everything. */
const CONSENT = ['basis:consent']
const EVERYTHING = ['*']
const MARKETING = ['category:marketing']

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
      return onTap(heard, turn)
    case 'switch':
      return onSwitch(heard.value, turn)
    case 'signup':
      return turn.signUp(heard.purposes)
    case 'silence':
      return heard.about === 'pause' ? turn.lapse() : turn.renew()
  }
}

/** Which question, if any, a "yes" of this moment would answer. */
export function openQuestion(states: States, at: Date): 'consent' | 'stop' | null {
  const all = Object.values(states.whatsapp ?? {})
  if (all.some((s) => s.status === 'paused')) return 'stop'
  return all.some((s) => s.pending && at.toISOString() <= s.pending.until) ? 'consent' : null
}

function onText(understanding: Understanding, about: string[] | undefined, turn: Turn): Decision {
  switch (WORDS[saidIn(understanding)][turn.standing()]) {
    case 'ask':
      return turn.ask()
    case 'already':
      return turn.already()
    case 'leave':
      return turn.leave(about ?? scopeOf(understanding))
    case 'protect':
      return turn.leave(EVERYTHING, 'minor')
    case 'pause':
      return turn.pause()
    case 'accept':
      return turn.accept(turn.openRequest())
    case 'refuse':
      return turn.refuse(turn.openRequest())
    case 'keep':
      return turn.keep()
    case 'choose':
      return turn.choose()
    case 'help':
      return turn.answer('help', [])
    case 'receipt':
      return turn.receipt()
    case 'nothing':
      return NOTHING
  }
}

const SAID: Readonly<Record<Understanding['intent'], Said>> = {
  opt_in: 'start',
  opt_out: 'stop',
  yes: 'yes',
  no: 'no',
  topics: 'topics',
  help: 'help',
  receipt: 'receipt',
  data_access: 'my data',
  erasure: 'erase',
  minor: 'child',
  complaint: 'complaint',
  other: 'talk',
}

function saidIn({ intent, confidence }: Understanding): Said {
  if (intent === 'opt_out' && confidence === 'unsure') return 'maybe stop'
  // Consent needs certainty; anything less is ordinary chat.
  if (intent === 'opt_in' && confidence !== 'certain') return 'talk'
  return SAID[intent]
}

function scopeOf({ intent, scope }: Understanding): string[] {
  // Out at once; the case itself does not hold the stop up (F9, F10).
  if (intent === 'erasure' || intent === 'minor' || scope?.all) return EVERYTHING
  return scope?.only === 'marketing' || scope?.keep !== undefined ? MARKETING : CONSENT
}

/** Taps are bound to the event that their message stands for: they mean the same wherever somebody stands. */
function onTap({ action, ref, purpose }: Tap, turn: Turn): Decision {
  switch (action) {
    case 'stop':
    case 'stop_yes':
      return turn.leave(CONSENT)
    case 'stop_all':
      return turn.leave(EVERYTHING)
    case 'topic_off':
      return turn.leave([purpose ?? ''])
    case 'stop_no':
      return turn.standing() === 'paused' ? turn.keep() : NOTHING
    case 'yes':
    case 'topic':
      return turn.acceptTap(turn.request(ref), purpose)
    case 'no':
      return turn.refuse(turn.request(ref))
    case 'topics':
      return turn.choose(ref)
    case 'keep':
      return turn.narrow(ref)
    case 'undo':
      return turn.knows(ref) ? turn.ask() : NOTHING
  }
}

/** WhatsApp's own switch (R50): an event, never a message, since it opens no window. */
function onSwitch(value: 'stop' | 'resume', turn: Turn): Decision {
  const type = value === 'stop' ? 'withdrawn' : 'resumed'
  return { ...NOTHING, events: [turn.event(type, MARKETING, { source: 'in_app' })] }
}

/** Answer in the language of the words, else of the last answer, else the policy's first. */
function languageOf(heard: Heard, person: Person, policy: Policy): string {
  if (heard.by === 'text' && heard.understanding.intent !== 'other') {
    const { language } = heard.understanding
    if (policy.languages.includes(language)) return language
  }
  return person.language ?? policy.languages[0] ?? 'en'
}

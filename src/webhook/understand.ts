// What one message says: whether it can matter at all, decided without state, and what it is heard as, once it is known
// where the person stands. Pure.

import { type Notice, noticeOf } from '../consent/notices.js'
import type { States } from '../consent/state.js'
import { readButtonId } from '../conversation/buttons.js'
import { type Heard, openQuestion } from '../conversation/decide.js'
import { withoutOurs } from '../conversation/echo.js'
import { namedStops } from '../conversation/texts/wording.js'
import { classify, type Understanding } from '../language/classify.js'
import { isStopPromotions } from '../language/stop-promotions.js'
import type { Policy } from '../policy.js'
import type { Content, MessageUpdate, PreferenceUpdate } from './payload.js'

export type Said = MessageUpdate | PreferenceUpdate

/**
 * `silent`: no statement whatever came before. `restricting`: whoever said it, less may be sent to them. `ending`: not
 * theirs at all, but the moment to ask whether a consent that is about to end shall go on (F12).
 */
export type Attention = 'silent' | 'speaking' | 'restricting' | 'ending'

const RESTRICTING_TAPS = new Set(['no', 'stop', 'stop_all', 'stop_yes', 'topic_off'])
// "yes" too: it may answer "do you want us to stop?".
const RESTRICTING_INTENTS = new Set(['opt_out', 'erasure', 'minor', 'yes', 'no'])

/**
 * How much a message matters, decided without state: ordinary talk needs no look at the ledger, and a redelivered stop
 * waits for sends on the wire exactly like the first one.
 */
export function attentionTo(update: Said, policy: Policy): Attention {
  if (update.kind === 'preference') return update.value === 'stop' ? 'restricting' : 'speaking'
  const { content } = update
  switch (content?.by) {
    case undefined:
      return 'silent'
    case 'tap': {
      const action = readButtonId(content.id)?.action
      if (action === undefined) return 'silent'
      return RESTRICTING_TAPS.has(action) ? 'restricting' : 'speaking'
    }
    case 'label':
      return classifyLabel(content, []) === null ? 'silent' : 'restricting'
    case 'text': {
      // With a question pending more words count than without: a superset of what can be a statement.
      const { intent } = classify(content.text, {
        question: 'consent',
        languages: [],
        named: namedStops(policy),
      })
      if (intent === 'other') return 'silent'
      return RESTRICTING_INTENTS.has(intent) ? 'restricting' : 'speaking'
    }
  }
}

/** `notice`: what the person was told elsewhere, for a statement that answers no card of ours. */
export type Understood = { heard: Heard | null; method: string; rule: string | null; notice?: Notice }

export function understand(
  update: Said,
  states: States,
  at: Date,
  policy: Policy,
  templates: ReadonlyMap<string, string>,
  language: string | null,
): Understood {
  if (update.kind === 'preference') {
    const { value, method, signup } = update
    const rule = `${method}.${value}`
    if (value !== 'signup') return { heard: { by: 'switch', value }, method, rule }
    // What they were told is written in the policy, or there is no proof of it and so no consent (R13).
    const told = policy.signups[signup ?? '']
    if (told === undefined) return { heard: null, method: '', rule: null }
    const notice = noticeOf(told.notice, told.language, told.purposes)
    return { heard: { by: 'signup', purposes: told.purposes }, method: 'in_app_signup', rule, notice }
  }
  const { content } = update
  if (content === null) return { heard: null, method: '', rule: null }
  if (content.by === 'tap') {
    const button = readButtonId(content.id)
    if (button === null) return { heard: null, method: '', rule: null }
    return { heard: { by: 'tap', ...button }, method: content.method, rule: `tap.${button.action}` }
  }
  // A word of several languages ("stop") is one of the language that we have spoken last.
  const languages = language === null ? policy.languages : [language, ...policy.languages]
  if (content.by === 'label') return understandLabel(content, languages, templates)
  const question = openQuestion(states, at)
  const said = withoutOurs(content.text, policy)
  const understanding = classify(said, { question, languages, named: namedStops(policy) })
  return { heard: { by: 'text', understanding }, method: content.method, rule: understanding.rule }
}

/** A tap on a template's quick reply carries the sender's label and payload: only a stop in either counts. */
function understandLabel(
  label: Extract<Content, { by: 'label' }>,
  languages: readonly string[],
  templates: ReadonlyMap<string, string>,
): Understood {
  const understanding = classifyLabel(label, languages)
  if (understanding === null) return { heard: null, method: '', rule: null }
  const purpose = templates.get(label.template ?? '')
  // "Unsubscribe from all" means all. Otherwise the tap answers that template, and ends what it was sent for.
  const about = understanding.scope?.all || purpose === undefined ? undefined : [purpose]
  const heard: Heard = { by: 'text', understanding, ...(about ? { about } : {}) }
  return { heard, method: label.method, rule: understanding.rule }
}

function classifyLabel(
  { payload, text }: { payload: string; text: string },
  languages: readonly string[],
): Understanding | null {
  if ([text, payload].some(isStopPromotions)) {
    const language = languages[0] ?? 'und'
    return {
      intent: 'opt_out',
      confidence: 'certain',
      scope: { only: 'marketing' },
      language,
      rule: 'label.stop-promotions',
    }
  }
  const found = [text, payload].map((words) => classify(words, { languages }))
  return found.find((u) => u.intent === 'opt_out' || u.intent === 'erasure') ?? null
}

// Our own messages as WhatsApp takes them. Pure: the same input gives the same bytes, so that the hash of a notice stands
// for exactly what a person read, and buttons carry the event they answer (R5), never the person.

import type { PurposeState } from '../consent/state.js'
import { consentPurposes, type Policy, type Purpose, titleOf } from '../policy.js'
import { type Action, buttonId } from './buttons.js'
import type { Texts } from './texts/texts.js'
import { textsOf } from './texts/wording.js'

export const KINDS = [
  'card',
  'again',
  'renewal',
  'done',
  'already',
  'help',
  'unsure',
  'topics',
  'stopped',
  'narrowed',
  'kept',
  'refused',
  'minor',
  'receipt',
] as const
export type MessageKind = (typeof KINDS)[number]

/** Buttons under the confirmation of a stop, as far as they would change anything. */
export type Choice = keyof Texts['stopped']['buttons']

type Button = { type: 'reply'; reply: { id: string; title: string } }
export type Row = { id: string; title: string; description?: string }
type Footer = { footer?: { text: string } }
type Buttons = Footer & { type: 'button'; body: { text: string }; action: { buttons: Button[] } }
type List = Footer & {
  type: 'list'
  body: { text: string }
  action: { button: string; sections: { rows: Row[] }[] }
}

/** The part of a Cloud API send that says what is sent. */
export type Content =
  | { type: 'text'; text: { body: string } }
  | { type: 'interactive'; interactive: Buttons | List }

export type MessageInput = {
  language: string
  policy: Policy
  /** Ids of the purposes that the message speaks of. */
  purposes: readonly string[]
  /** Id of the event that the buttons answer. */
  ref: string
  /** For `stopped`. */
  choices?: readonly Choice[]
  /** For `renewal`: when the consent ends. ISO 8601. */
  until?: string
  /** For `topics` and `receipt`: what the person's record says. */
  record?: PersonRecord
}

export type PersonRecord = {
  /** By purpose, on WhatsApp. */
  states: Readonly<Record<string, PurposeState>>
  now: Date
  /** Names the newest line of the ledger. */
  proof: string
}

const NO_RECORD: PersonRecord = { states: {}, now: new Date(0), proof: '' }

/** @throws Error if no language of the policy has texts, which `readPolicy` has ruled out */
export function renderMessage(kind: MessageKind, input: MessageInput): Content {
  const texts = textsOf(input.language, input.policy)
  const write = filler(texts, input)
  switch (kind) {
    case 'card':
    case 'again':
    case 'renewal':
    case 'done':
    case 'already':
    case 'help':
    case 'unsure':
      return buttonMessage(write(texts[kind].body), Object.entries(texts[kind].buttons), input.ref)
    case 'stopped':
      return confirmation(texts, write, input)
    case 'topics':
      return topicList(texts, write, input)
    case 'receipt':
      return plain(write(texts.receipt.body.replace('{lines}', receiptLines(texts, input))))
    case 'narrowed':
    case 'kept':
    case 'refused':
    case 'minor':
      return plain(write(texts[kind].body))
  }
}

/** What a person reads, top to bottom: body, footer, buttons or rows, one per line. This is what is hashed and archived. */
export function noticeText(content: Content): string {
  if (content.type === 'text') return content.text.body
  const { interactive } = content
  const choices =
    interactive.type === 'button'
      ? interactive.action.buttons.map((b) => b.reply.title)
      : [interactive.action.button, ...rowsOf(interactive).flatMap((r) => [r.title, r.description ?? ''])]
  return [interactive.body.text, interactive.footer?.text, ...choices].filter(Boolean).join('\n')
}

export function rowsOf(list: List): Row[] {
  return list.action.sections.flatMap((section) => section.rows)
}

const plain = (body: string): Content => ({ type: 'text', text: { body } })

function buttonMessage(body: string, buttons: readonly (readonly [string, string])[], ref: string): Content {
  const all = buttons.map(([action, title]): Button => {
    return { type: 'reply', reply: { id: buttonId(action as Action, ref), title } }
  })
  return {
    type: 'interactive',
    interactive: { type: 'button', body: { text: body }, action: { buttons: all } },
  }
}

/** M3. Without anything to choose it is a plain message. */
function confirmation(texts: Texts, write: (text: string) => string, input: MessageInput): Content {
  const { body, more, buttons } = texts.stopped
  const offered = Object.entries(buttons).filter(([action]) => input.choices?.some((c) => c === action))
  if (offered.length === 0) return plain(write(body))
  return buttonMessage(`${write(body)}\n${write(more)}`, offered, input.ref)
}

/** F3: a row for each topic, on or off, and one for all. */
function topicList(texts: Texts, write: (text: string) => string, input: MessageInput): Content {
  const { body, footer, open, given, stop_all } = texts.topics
  const { states, now } = input.record ?? NO_RECORD
  const rows = purposesOf(input).map((purpose) => {
    const on = isGiven(states[purpose.id], now)
    return {
      id: buttonId(on ? 'topic_off' : 'topic', input.ref, purpose.id),
      title: titleOf(purpose, texts.language, input.policy),
      description: on ? given : frequencyOf(purpose, texts),
    }
  })
  const end = { id: buttonId('stop_all', input.ref), title: stop_all }
  return {
    type: 'interactive',
    interactive: {
      type: 'list',
      body: { text: write(body) },
      footer: { text: write(footer) },
      action: { button: open, sections: [{ rows: [...rows, end] }] },
    },
  }
}

function receiptLines(texts: Texts, input: MessageInput): string {
  const { states, now } = input.record ?? NO_RECORD
  const { given, ended, open, never } = texts.receipt
  const lines = purposesOf(input).map((purpose) => {
    const state = states[purpose.id]
    const line = (text: string) =>
      fill(text, {
        topic: titleOf(purpose, texts.language, input.policy),
        date: longDate(state?.since, texts),
        until: longDate(state?.until ?? undefined, texts),
      })
    if (isGiven(state, now)) return line(given)
    if (state === undefined || state.status === 'none') return line(never)
    return line(['requested', 'paused'].includes(state.status) ? open : ended)
  })
  return lines.join('\n')
}

export function isGiven(state: PurposeState | undefined, now: Date): boolean {
  return state?.status === 'given' && (state.until === null || state.until > now.toISOString())
}

function longDate(iso: string | undefined, { language }: Texts): string {
  if (iso === undefined) return ''
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso))
}

function filler(texts: Texts, input: MessageInput): (text: string) => string {
  const { controller } = input.policy
  const topics = spokenOf(input).map((purpose) => ({
    topic: titleOf(purpose, texts.language, input.policy),
    frequency: frequencyOf(purpose, texts),
  }))
  const { separator, words, terms, subscription } = texts
  const each = topics.map(({ topic, frequency }) => `${topic}${separator.colon}${frequency}`)
  const values = {
    ...words,
    business: controller.name,
    privacy: controller.privacyNotice,
    contact: controller.contact,
    topics: topics.map(({ topic }) => topic).join(separator.topics),
    // The frequency of a single topic, else each with its topic.
    frequency: topics.length === 1 ? (topics[0]?.frequency ?? '') : each.join(separator.frequencies),
    subscribed: topics.map((topic) => fill(subscription, topic)).join(separator.topics),
    date: longDate(input.until ?? input.record?.now.toISOString(), texts),
    proof: input.record?.proof ?? '',
  }
  return (text) => fill(text, { ...values, terms: fill(terms, values) })
}

function purposesOf({ purposes, policy }: MessageInput): Purpose[] {
  return purposes.flatMap((id) => policy.purposes.get(id) ?? [])
}

/** Those the message speaks of, else all that can be chosen: HELP says what there is. */
function spokenOf(input: MessageInput): Purpose[] {
  return input.purposes.length > 0 ? purposesOf(input) : consentPurposes(input.policy)
}

function frequencyOf({ frequency: { atMost, per } }: Purpose, { language, frequency }: Texts): string {
  const forms = frequency[per]
  const form = forms[new Intl.PluralRules(language).select(atMost)] ?? forms.other
  return fill(form, { n: new Intl.NumberFormat(language).format(atMost) })
}

/** @throws Error at a placeholder that nobody knows; `checkTexts` finds it at the start */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`{${name}} is no placeholder of this text`)
    return value
  })
}

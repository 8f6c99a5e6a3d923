// Our own messages as WhatsApp takes them. Pure: the same input gives the same bytes, so that the hash of a notice stands
// for exactly what a person read, and buttons carry the event they answer (R5), never the person.

import { consentPurposes, type Policy, type Purpose, titleOf } from '../policy.js'
import { type Texts, textsFor } from './texts/texts.js'

const KINDS = [
  'card',
  'again',
  'done',
  'stopped',
  'help',
  'unsure',
  'topics',
  'already',
  'kept',
  'refused',
] as const
export type MessageKind = (typeof KINDS)[number]

/** What a tap asks for; `topic` names a purpose. Some belong to messages that later versions send. */
const ACTIONS = [
  'yes',
  'topics',
  'no',
  'topic',
  'stop',
  'stop_all',
  'stop_yes',
  'stop_no',
  'keep',
  'undo',
  'my_data',
] as const
export type Action = (typeof ACTIONS)[number]

type Button = { type: 'reply'; reply: { id: string; title: string } }
type Row = { id: string; title: string; description?: string }
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
  /** Ids of the purposes that are given now, for the list of topics. */
  given?: readonly string[]
}

/** @throws Error if no language of the policy has texts, which `readPolicy` has ruled out */
export function renderMessage(kind: MessageKind, input: MessageInput): Content {
  const texts = textsOf(input)
  const write = filler(texts, input)
  switch (kind) {
    case 'card':
    case 'again':
    case 'done':
    case 'already':
    case 'help':
    case 'unsure':
      return buttonMessage(write(texts[kind].body), texts[kind].buttons, input.ref)
    case 'topics':
      return topicList(texts, write, input)
    case 'stopped':
    case 'kept':
    case 'refused':
      return { type: 'text', text: { body: write(texts[kind].body) } }
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

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const BUTTON_ID = new RegExp(`^assent:([a-z_]{1,16}):(${UUID})(?::([a-z][a-z0-9_]{0,39}))?$`)

/** @param purpose for `topic` only */
export function buttonId(action: Action, ref: string, purpose?: string): string {
  return `assent:${action}:${ref}${purpose === undefined ? '' : `:${purpose}`}`
}

/** The inverse of `buttonId`; null for anything else, whoever made it. */
export function readButtonId(id: string): { action: Action; ref: string; purpose?: string } | null {
  const [, name, ref, purpose] = BUTTON_ID.exec(id) ?? []
  const action = ACTIONS.find((a) => a === name)
  if (!action || ref === undefined || (action === 'topic') !== (purpose !== undefined)) return null
  return { action, ref, ...(purpose !== undefined && { purpose }) }
}

/** WhatsApp's limits in characters, rows and buttons (Cloud API, interactive messages). */
const LIMITS = {
  body: 1024,
  footer: 60,
  button: 20,
  rowTitle: 24,
  rowDescription: 72,
  rows: 10,
  id: 200,
} as const

/** Every text of every language of the policy that WhatsApp would not take, filled in with the policy's own names. */
export function checkTexts(policy: Policy): string[] {
  const purposes = consentPurposes(policy).map((p) => p.id)
  const ref = '00000000-0000-4000-8000-000000000000'
  return policy.languages.flatMap((language) =>
    KINDS.flatMap((kind) =>
      [...overlong(renderMessage(kind, { language, policy, purposes, ref }))].map(
        (problem) =>
          `texts.${language}.${kind}: ${problem}; shorten or reduce the policy's names and purposes`,
      ),
    ),
  )
}

function* overlong(content: Content): Generator<string> {
  const check = (what: string, text: string, limit: number) =>
    text.length > limit ? [`${what} has ${text.length} characters, WhatsApp takes ${limit}`] : []
  if (content.type === 'text') return yield* check('the body', content.text.body, LIMITS.body)
  const { interactive } = content
  yield* check('the body', interactive.body.text, LIMITS.body)
  yield* check('the footer', interactive.footer?.text ?? '', LIMITS.footer)
  if (interactive.type === 'button') {
    for (const { reply } of interactive.action.buttons) yield* check('a button', reply.title, LIMITS.button)
    return
  }
  const rows = rowsOf(interactive)
  if (rows.length > LIMITS.rows) yield `the list has ${rows.length} rows, WhatsApp takes ${LIMITS.rows}`
  yield* check('the list button', interactive.action.button, LIMITS.button)
  for (const row of rows) {
    yield* check(`the row "${row.title}"`, row.title, LIMITS.rowTitle)
    yield* check(`the description of "${row.title}"`, row.description ?? '', LIMITS.rowDescription)
    yield* check(`the id of "${row.title}"`, row.id, LIMITS.id)
  }
}

function rowsOf(list: List): Row[] {
  return list.action.sections.flatMap((section) => section.rows)
}

function buttonMessage(body: string, buttons: readonly (readonly [Action, string])[], ref: string): Content {
  const all = buttons.map(([action, title]): Button => {
    return { type: 'reply', reply: { id: buttonId(action, ref), title } }
  })
  return {
    type: 'interactive',
    interactive: { type: 'button', body: { text: body }, action: { buttons: all } },
  }
}

function topicList(texts: Texts, write: (text: string) => string, input: MessageInput): Content {
  const { body, footer, open, given, stop_all } = texts.topics
  const rows = purposesOf(input).map((purpose) => ({
    id: buttonId('topic', input.ref, purpose.id),
    title: titleOf(purpose, texts.language, input.policy),
    description: input.given?.includes(purpose.id) ? given : frequencyOf(purpose, texts),
  }))
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

function textsOf({ language, policy }: MessageInput): Texts {
  for (const candidate of [language, ...policy.languages]) {
    const texts = textsFor(candidate)
    if (texts) return texts
  }
  throw new Error(`no texts for ${language} nor for any language of the policy`)
}

function filler(texts: Texts, input: MessageInput): (text: string) => string {
  const { controller } = input.policy
  const topics = spokenOf(input).map((purpose) => ({
    topic: titleOf(purpose, texts.language, input.policy),
    frequency: frequencyOf(purpose, texts),
  }))
  const { separator } = texts
  const each = topics.map(({ topic, frequency }) => `${topic}${separator.colon}${frequency}`)
  const values = {
    business: controller.name,
    privacy: controller.privacyNotice,
    contact: controller.contact,
    topics: topics.map(({ topic }) => topic).join(separator.topics),
    // The frequency of a single topic, else each with its topic.
    frequency: topics.length === 1 ? (topics[0]?.frequency ?? '') : each.join(separator.frequencies),
    subscribed: topics.map((topic) => fill(texts.subscription, topic)).join(separator.topics),
    ...texts.words,
  }
  return (text) => fill(text, values)
}

function purposesOf({ purposes, policy }: MessageInput): Purpose[] {
  return purposes.flatMap((id) => policy.purposes.get(id) ?? [])
}

/** Those the message speaks of, else all that can be chosen: HELP says what there is. */
function spokenOf(input: MessageInput): Purpose[] {
  return input.purposes.length > 0 ? purposesOf(input) : consentPurposes(input.policy)
}

function frequencyOf({ frequency: { atMost, per } }: Purpose, texts: Texts): string {
  const [one, other] = texts.frequency[per]
  return fill(atMost === 1 ? one : other, { n: String(atMost) })
}

/** @throws Error at a placeholder that nobody knows; `checkTexts` finds it at the start */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`{${name}} is no placeholder of this text`)
    return value
  })
}

// What WhatsApp would not take, and what a person would not be understood by, found at the start and not in a chat.

import { classify, type Intent } from '../language/classify.js'
import { consentPurposes, type Policy } from '../policy.js'
import { type Content, KINDS, renderMessage, rowsOf } from './messages.js'
import { strayTexts, textsOf } from './texts/wording.js'

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

const REF = '00000000-0000-4000-8000-000000000000'
// In September names of months are long in many languages.
const LONG_DATE = new Date('2026-09-23T12:00:00Z')

/** Every text of every language of the policy that cannot be sent as it is, filled in with the policy's own names. */
export function checkTexts(policy: Policy): string[] {
  const stray = strayTexts(policy)
  if (stray.length > 0) return stray.map((path) => `${path}: there is no such text to replace`)
  return policy.languages.flatMap((language) => [
    ...KINDS.flatMap((kind) =>
      problemsOf(kind, language, policy).map((problem) => `texts.${language}.${kind}: ${problem}`),
    ),
    ...notUnderstood(language, policy),
  ])
}

function problemsOf(kind: (typeof KINDS)[number], language: string, policy: Policy): string[] {
  const purposes = consentPurposes(policy)
  const until = LONG_DATE.toISOString()
  const given = { status: 'given' as const, event: REF, since: until, until }
  try {
    const content = renderMessage(kind, {
      language,
      policy,
      purposes: purposes.map((p) => p.id),
      ref: REF,
      choices: ['stop_all', 'keep', 'undo'],
      until,
      record: {
        states: Object.fromEntries(purposes.map((p) => [p.id, given])),
        now: new Date(0),
        proof: '0'.repeat(16),
      },
    })
    return [...overlong(content)].map((p) => `${p}; shorten it, or the policy's names and purposes`)
  } catch (error) {
    return [error instanceof Error ? error.message : 'cannot be filled in']
  }
}

/** Words that we tell people to send must do what we say they do. */
function notUnderstood(language: string, policy: Policy): string[] {
  const { words } = textsOf(language, policy)
  const meant: Record<Exclude<keyof typeof words, 'stop'>, Intent> = {
    start: 'opt_in',
    choose: 'topics',
    receipt: 'receipt',
  }
  return Object.entries(meant).flatMap(([name, intent]) => {
    const word = words[name as keyof typeof words]
    return classify(word, { languages: policy.languages }).intent === intent
      ? []
      : [`texts.${language}.words.${name}: "${word}" is not understood that way; choose another word`]
  })
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
    const titles = interactive.action.buttons.map(({ reply }) => reply.title)
    if (new Set(titles).size !== titles.length) yield 'two buttons have one title'
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

// What we answer, in every language we can answer in. Promise kept: a language is here with all its messages or not at
// all, because the type leaves nothing out, and every message is neutral: no offer, no regret, no second question.

import type { Purpose } from '../../policy.js'
import { de } from './de.js'
import { en } from './en.js'
import { es } from './es.js'
import { zhHant } from './zh-Hant.js'

/** Singular and plural; {n} is the number. */
type Counted = readonly [one: string, other: string]

/** A body and its buttons in their order: what a tap asks for, and the title. */
type Buttons<Actions extends string[]> = {
  readonly body: string
  readonly buttons: { readonly [At in keyof Actions]: readonly [action: Actions[At], title: string] }
}
type Ask = Buttons<['yes', 'topics', 'no']>

/**
 * The texts of one language. Placeholders: {business} {topics} {frequency} {privacy} {contact}, {subscribed} for topics
 * with their frequencies, and {stop} {start} {choose} for the words that people can send. WhatsApp shows `*…*` in bold.
 */
export type Texts = {
  /** BCP 47. */
  readonly language: string
  /** Words we tell people to send; the lexicon of the language must understand them. */
  readonly words: { readonly stop: string; readonly start: string; readonly choose: string }
  readonly separator: { readonly topics: string; readonly frequencies: string; readonly colon: string }
  /** A topic with its frequency: {topic} and {frequency}. */
  readonly subscription: string
  readonly frequency: Readonly<Record<Purpose['frequency']['per'], Counted>>
  readonly card: Ask
  readonly again: Ask
  readonly done: Buttons<['topics', 'stop']>
  readonly already: Buttons<['topics', 'stop']>
  readonly help: Buttons<['stop', 'topics']>
  readonly unsure: Buttons<['stop_yes', 'stop_no']>
  readonly topics: {
    readonly body: string
    readonly footer: string
    readonly open: string
    readonly given: string
    readonly stop_all: string
  }
  readonly stopped: { readonly body: string }
  readonly kept: { readonly body: string }
  readonly refused: { readonly body: string }
}

const ALL: ReadonlyMap<string, Texts> = new Map([en, es, de, zhHant].map((texts) => [texts.language, texts]))

export const TEXT_LANGUAGES: readonly string[] = [...ALL.keys()]

/** Exact, else by ever shorter prefix (`de-AT` is answered in `de`), else nothing. */
export function textsFor(language: string): Texts | undefined {
  const parts = language.split('-')
  for (let length = parts.length; length > 0; length -= 1) {
    const texts = ALL.get(parts.slice(0, length).join('-'))
    if (texts) return texts
  }
  return undefined
}

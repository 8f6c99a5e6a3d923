// Our own labelled messages, one JSON object a line: what a reasonable person would read in it, without a question open.

import { readFileSync } from 'node:fs'
import { classify, type Understanding } from '../../src/language/classify.js'
import { LEXICONS } from '../../src/language/languages.js'

export type Line = {
  text: string
  lang: string
  intent: Understanding['intent']
  kind: 'keyword' | 'phrase' | 'near_miss' | 'noise'
  ambiguous: boolean
}

export const LANGUAGES = LEXICONS.map((lexicon) => lexicon.language)

export function linesOf(language: string): Line[] {
  const text = readFileSync(`test/fixtures/language/${language}.jsonl`, 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line): Line => JSON.parse(line))
}

export const ALL_LINES = LANGUAGES.flatMap(linesOf)

/** Without a pending question. */
export function understand(text: string): Understanding {
  return classify(text, { languages: LANGUAGES })
}

/** What the product does about it: `ask` is an unsure stop, which pauses and asks. */
export function outcome({ intent, confidence }: Understanding): string {
  return intent === 'opt_out' && confidence === 'unsure' ? 'ask' : intent
}

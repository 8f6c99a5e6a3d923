// The first messages after a start are read as quickly as all others: what is worked out when a word is met for the
// first time is worked out before.

import { classify } from './classify.js'
import { LEXICONS } from './languages.js'

/** Reads the keywords of every language once. Takes a fraction of a second. */
export function warmUp(): void {
  const languages = LEXICONS.map(({ language }) => language)
  const keywords = LEXICONS.flatMap((lexicon) => Object.values(lexicon.keywords).flat())
  for (const words of keywords) classify(words.replace(/[^\p{L}\p{M}]+/gu, ' ').slice(0, 80), { languages })
}

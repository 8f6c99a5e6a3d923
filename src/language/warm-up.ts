// The first messages after a start are read as quickly as all others: what is worked out when a word is met for the
// first time is worked out before.

import { classify } from './classify.js'
import { LEXICONS } from './languages.js'
import { prepare } from './machine.js'
import { RULEBOOK } from './rules.js'

/** Looks every word up once and reads the keywords of every language. Takes about a second. */
export function warmUp(): void {
  for (const machine of [RULEBOOK.whole, RULEBOOK.clause, RULEBOOK.fillers]) prepare(machine)
  const languages = LEXICONS.map(({ language }) => language)
  const keywords = LEXICONS.flatMap((lexicon) => Object.values(lexicon.keywords).flat())
  // Twice: the compiler takes a second look before it is quick.
  for (const words of [...keywords, ...keywords])
    classify(words.replace(/[^\p{L}\p{M}]+/gu, ' ').slice(0, 80), { languages })
}

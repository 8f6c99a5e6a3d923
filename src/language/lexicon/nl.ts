import type { Lexicon } from './lexicon.js'

export const nl: Lexicon = {
  language: 'nl',
  words: {},
  keywords: {},
  weak: [],
  phrases: {},
  unsure: {},
  guards: {},
  things: '',
  politeness: '',
  breaks: '',
  negations: '',
  scope: { everything: '', marketing: '', keep: [] },
  typos: {},
  spellings: [],
  footers: [],
}

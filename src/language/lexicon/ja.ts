import type { Lexicon } from './lexicon.js'

export const ja: Lexicon = {
  language: 'ja',
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

import type { Lexicon } from './lexicon.js'

export const hiLatn: Lexicon = {
  language: 'hi-Latn',
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

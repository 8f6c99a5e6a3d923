import type { Lexicon } from './lexicon.js'

export const zhHans: Lexicon = {
  language: 'zh-Hans',
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

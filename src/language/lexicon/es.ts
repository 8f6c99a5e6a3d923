import type { Lexicon } from './lexicon.js'

export const es: Lexicon = {
  language: 'es',
  words: {},
  keywords: {},
  weak: [],
  phrases: {},
  unsure: {},
  guards: {},
  things: 'zzz',
  politeness: 'zzz',
  breaks: 'zzz',
  negations: 'zzz',
  scope: { everything: 'zzz', marketing: 'zzz', keep: [] },
  typos: {},
  spellings: [],
  footers: [],
}

import type { Lexicon } from './lexicon.js'

export const ptBR: Lexicon = {
  language: 'pt-BR',
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

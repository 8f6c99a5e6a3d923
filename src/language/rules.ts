// All word lists as three machines, built once when the module loads: whole messages, clauses inside them, and fillers.
// Promise kept: every rule has an id that stays, because it is stored as evidence of what decided.

import { LEXICONS } from './languages.js'
import type { Lexicon, Rules, Topic } from './lexicon/lexicon.js'
import { createLists, type Lists } from './lists.js'
import { buildMachine, type Machine } from './machine.js'
import { normalise } from './normalise.js'
import { compilePattern, entriesOf, type Pattern } from './patterns.js'

/** `thing` to `everything` say something about a message without deciding it. */
export type Kind =
  | 'keyword'
  | 'weak'
  | 'phrase'
  | 'unsure'
  | 'guard'
  | 'polite'
  | 'break'
  | 'thing'
  | 'negation'
  | 'keep'
  | 'marketing'
  | 'everything'

/** `topic` is what a rule understands; null for those that decide nothing. */
export type Rule = {
  readonly id: string
  readonly language: string
  readonly kind: Kind
  readonly topic: Topic | null
}

export type Rulebook = {
  readonly whole: Machine<Rule>
  readonly clause: Machine<Rule>
  readonly fillers: Machine<Rule>
  readonly lists: Lists
  /** Keywords of one word that stop, for spelt and disguised ones. */
  readonly stopWords: ReadonlyMap<string, readonly Rule[]>
  readonly footers: readonly string[]
}

// Enough to find a pattern by; names are kept with every decision.
const LONGEST_NAME = 40

type Compiled = readonly [Pattern, Rule]

/**
 * @param lexicons in the order that settles ties
 * @throws Error at the first pattern that makes no sense
 */
export function compileRules(lexicons: readonly Lexicon[]): Rulebook {
  const lists = createLists()
  const build = (sources: (lexicon: Lexicon) => Source[]) =>
    buildMachine(
      lexicons.flatMap((l) => sources(l).flatMap((source) => compile(source, l, lists))),
      lists,
    )
  const [whole, clause, fillers] = [build(wholeMessages), build(clauses), build(fillerWords)]
  return {
    whole,
    clause,
    fillers,
    lists,
    stopWords: stopWords(lexicons),
    footers: lexicons.flatMap((l) => l.footers.map((line) => normalise(line))),
  }
}

export const RULEBOOK = compileRules(LEXICONS)

/** Patterns of one rule; without a name each pattern is a rule of its own, named after its words. */
type Source = { kind: Kind; topic: Topic | null; name?: string; patterns: readonly string[] }

function wholeMessages({ keywords, weak }: Lexicon): Source[] {
  return [
    ...byTopic(keywords).map(([topic, patterns]): Source => ({ kind: 'keyword', topic, patterns })),
    { kind: 'weak', topic: 'opt_out', patterns: weak },
  ]
}

function clauses(lexicon: Lexicon): Source[] {
  const { phrases, unsure, guards, things, negations, scope } = lexicon
  return [
    ...byTopic(phrases).flatMap(([topic, rules]) => named('phrase', topic, rules)),
    ...named('unsure', 'opt_out', unsure),
    ...named('guard', null, guards),
    { kind: 'keep', topic: null, patterns: scope.keep },
    list('thing', things),
    list('negation', negations),
    list('marketing', scope.marketing),
    list('everything', scope.everything),
  ]
}

function fillerWords({ politeness, breaks }: Lexicon): Source[] {
  return [list('polite', politeness), list('break', breaks)]
}

function named(kind: Kind, topic: Topic | null, rules: Rules): Source[] {
  return Object.entries(rules).map(([name, patterns]) => ({ kind, topic, name, patterns }))
}

/** Entries between bars, each a word or several, as one pattern. */
function list(kind: Kind, entries: string): Source {
  const patterns = entries === '' ? [] : [`( ${entries.replaceAll('|', ' | ')} )`]
  return { kind, topic: null, name: 'list', patterns }
}

function byTopic<T>(lists: Readonly<Partial<Record<Topic, T>>>): [Topic, T][] {
  return Object.entries(lists) as [Topic, T][]
}

function compile({ kind, topic, name, patterns }: Source, lexicon: Lexicon, lists: Lists): Compiled[] {
  const { language } = lexicon
  return patterns.map((pattern) => {
    const last = name ?? slug(pattern)
    const id = kind === 'guard' ? `guard.${language}.${last}` : `${language}.${kind}.${last}`
    return [compilePattern(pattern, lexicon, lists), { id, language, kind, topic }]
  })
}

function slug(pattern: string): string {
  const words = pattern.replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
  return [...words].slice(0, LONGEST_NAME).join('').replace(/-$/, '')
}

/** The keywords that stop and are one word, misspellings included. */
function stopWords(lexicons: readonly Lexicon[]): ReadonlyMap<string, readonly Rule[]> {
  const words = new Map<string, Rule[]>()
  for (const lexicon of lexicons) {
    const { language, keywords } = lexicon
    for (const pattern of (keywords.opt_out ?? []).filter((p) => /^[\p{L}\p{M}]+$/u.test(p))) {
      const rule: Rule = {
        id: `${language}.keyword.${slug(pattern)}`,
        language,
        kind: 'keyword',
        topic: 'opt_out',
      }
      for (const [word, ...more] of entriesOf(pattern, lexicon)) {
        if (word !== undefined && more.length === 0) words.set(word, [...(words.get(word) ?? []), rule])
      }
    }
  }
  return words
}

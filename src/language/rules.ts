// All word lists as three machines, built once when the module loads: whole messages, clauses inside them, and fillers.
// Promise kept: every rule has an id that stays, because it is stored as evidence of what decided.

import { LEXICONS } from './languages.js'
import type { Lexicon, Topic } from './lexicon/lexicon.js'
import { buildMachine, type Machine, type Vocabulary, vocabularyOf } from './machine.js'
import { normalise } from './normalise.js'
import { compilePattern, type Pattern } from './patterns.js'

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
  readonly vocabulary: Vocabulary
  /** Keywords of one word that stop, for spelt and disguised ones. */
  readonly stopWords: ReadonlyMap<string, Rule>
  /** Whether some pattern tells words apart by their accents. */
  readonly exact: boolean
  readonly footers: readonly string[]
}

type Compiled = readonly [Pattern, Rule]

/**
 * @param lexicons in the order that settles ties
 * @throws Error at the first pattern that makes no sense
 */
export function compileRules(lexicons: readonly Lexicon[]): Rulebook {
  const whole = lexicons.flatMap(wholeMessages)
  const clause = lexicons.flatMap(clauses)
  const fillers = lexicons.flatMap((l) => [
    ...compileList(l, 'polite', l.politeness),
    ...compileList(l, 'break', l.breaks),
  ])
  const vocabulary = vocabularyOf([...whole, ...clause, ...fillers].map(([pattern]) => pattern))
  return {
    whole: buildMachine(whole),
    clause: buildMachine(clause),
    fillers: buildMachine(fillers),
    vocabulary,
    stopWords: stopWords(whole),
    exact: [...vocabulary.names].some((name) => name.startsWith('=')),
    footers: lexicons.flatMap((l) => l.footers.map((line) => normalise(line))),
  }
}

export const RULEBOOK = compileRules(LEXICONS)

function wholeMessages(lexicon: Lexicon): Compiled[] {
  return [
    ...topics(lexicon.keywords).flatMap(([topic, list]) => compile(lexicon, 'keyword', topic, list)),
    ...compile(lexicon, 'weak', 'opt_out', lexicon.weak),
  ]
}

function clauses(lexicon: Lexicon): Compiled[] {
  const { scope } = lexicon
  return [
    ...topics(lexicon.phrases).flatMap(([topic, rules]) =>
      Object.entries(rules).flatMap(([name, list]) => compile(lexicon, 'phrase', topic, list, name)),
    ),
    ...Object.entries(lexicon.unsure).flatMap(([name, l]) => compile(lexicon, 'unsure', 'opt_out', l, name)),
    ...Object.entries(lexicon.guards).flatMap(([name, l]) => compile(lexicon, 'guard', null, l, name)),
    ...compileList(lexicon, 'thing', lexicon.things),
    ...compileList(lexicon, 'negation', lexicon.negations),
    ...compile(lexicon, 'keep', null, scope.keep),
    ...compileList(lexicon, 'marketing', scope.marketing),
    ...compileList(lexicon, 'everything', scope.everything),
  ]
}

/** @param name of the rule; without it each pattern is a rule of its own, named after its words */
function compile(
  lexicon: Lexicon,
  kind: Kind,
  topic: Topic | null,
  sources: readonly string[],
  name?: string,
): Compiled[] {
  const { language } = lexicon
  return sources.map((source) => {
    const last = name ?? source.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
    const id = kind === 'guard' ? `guard.${language}.${last}` : `${language}.${kind}.${last}`
    return [compilePattern(source, lexicon), { id, language, kind, topic }]
  })
}

/** A list of entries as one rule. */
function compileList(lexicon: Lexicon, kind: Kind, entries: string): Compiled[] {
  const words = { ...lexicon.words, [kind]: entries }
  return compile({ ...lexicon, words }, kind, null, [`{${kind}}`])
}

function topics<T>(lists: Readonly<Partial<Record<Topic, T>>>): [Topic, T][] {
  return Object.entries(lists) as [Topic, T][]
}

function stopWords(whole: readonly Compiled[]): ReadonlyMap<string, Rule> {
  const words = new Map<string, Rule>()
  for (const [pattern, rule] of whole) {
    if (rule.kind !== 'keyword' || rule.topic !== 'opt_out') continue
    for (const at of pattern.first.filter((p) => pattern.last.has(p))) {
      for (const word of pattern.positions[at]?.words ?? []) if (!words.has(word)) words.set(word, rule)
    }
  }
  return words
}

// Everything a reading could mean, before the strongest meaning is chosen. Here guards take their words away, and an
// unsure phrase swallows the firm one inside it ("how do I unsubscribe" holds "unsubscribe"), whatever their languages:
// "don't stop the updates" is no stop in German either.

import { findAll, type Hit, matchWhole, type Seen } from './machine.js'
import { isDisguised } from './normalise.js'
import { type Clause, type Reading, readMessage } from './reading.js'
import type { Kind, Rule, Rulebook } from './rules.js'

/** One meaning and the words it rests on, the last included. */
export type Finding = {
  readonly rule: Rule
  readonly confidence: 'certain' | 'likely' | 'unsure'
  readonly start: number
  readonly end: number
}

export type Findings = {
  readonly found: readonly Finding[]
  /** Marks such as negations and scope words, with their places. */
  readonly marks: readonly Hit<Rule>[]
  /** The guard that took a phrase away, if one did. */
  readonly guard: Rule | undefined
}

/** In words, or in letters where a script has no spaces: a longer message is no keyword. */
const LONGEST_KEYWORD = 48

export function findMeanings(reading: Reading, book: Rulebook): Findings {
  const { words, clauses } = reading
  const hits = findAll(book.clause, words).filter(atHome(words, book.lists.languages))
  const guards = hits.filter(({ rule }) => rule.kind === 'guard')
  const taken = placesOf(guards)
  const guardOn = (hit: Pick<Hit<Rule>, 'start' | 'end'>) => guardAt(hit, taken)
  const open = hits.filter((hit) => isMeaning(hit.rule.kind) && !guardOn(hit))
  const vetoed = hits.find((hit) => isMeaning(hit.rule.kind) && guardOn(hit))
  const unsure = open.filter(({ rule }) => rule.kind === 'unsure')
  const swallowed = swallower(unsure, words.length)
  const marks = hits.filter(({ rule }) => !isMeaning(rule.kind) && rule.kind !== 'guard')
  const stoppable = !marks.some(({ rule }) => rule.kind === 'thing')
  return {
    found: [
      ...wholeMessage(reading, book),
      ...open.filter((hit) => !swallowed(hit) && !isListed(hit, open, words)).map(asFinding),
      ...(clauses.length > 1 ? clauses : [])
        .flatMap((clause) => loneKeyword(clause, book, stoppable))
        .filter((finding) => !guardOn(finding)),
      ...disguised(reading, book),
    ],
    marks,
    guard: vetoed && guardOn(vetoed),
  }
}

/**
 * All languages are looked for at once, and many share a spelling ("dit" is Dutch for this, and worse in another one). A
 * rule speaks only where its language knows about as many words of the sentence as the one that knows most.
 */
const SHARE: Readonly<Partial<Record<Kind, number>>> = {
  phrase: 0.67,
  unsure: 0.75,
  guard: 0.75,
  thing: 0.75,
  negation: 0.67,
  keep: 0.75,
  marketing: 0.5,
  everything: 0.5,
}

function atHome(words: readonly Seen[], languages: readonly string[]): (hit: Hit<Rule>) => boolean {
  const bits = new Map(languages.map((language, bit) => [language, bit]))
  const known = new Map<number, number[]>()
  const most = new Map<number, number>()
  for (const word of words) {
    const counts = known.get(word.sentence) ?? new Array<number>(languages.length).fill(0)
    known.set(word.sentence, counts)
    for (let left = word.languages; left !== 0; left &= left - 1) {
      const bit = 31 - Math.clz32(left & -left)
      const count = (counts[bit] ?? 0) + 1
      counts[bit] = count
      if (count > (most.get(word.sentence) ?? 0)) most.set(word.sentence, count)
    }
  }
  return ({ rule, start }) => {
    const share = SHARE[rule.kind]
    if (share === undefined) return true
    const sentence = words[start]?.sentence ?? 0
    const mine = known.get(sentence)?.[bits.get(rule.language) ?? 0] ?? 0
    return mine >= share * (most.get(sentence) ?? 0)
  }
}

function isMeaning(kind: Kind): boolean {
  return kind === 'phrase' || kind === 'unsure'
}

function asFinding({ rule, start, end }: Hit<Rule>): Finding {
  const sure = rule.kind === 'keyword' ? 'certain' : 'likely'
  const confidence = rule.kind === 'unsure' || rule.kind === 'weak' ? 'unsure' : sure
  return { rule, confidence, start, end }
}

/** Keywords that are the whole message: as it stands, without its fillers, or said several times (stop stop stop). */
function wholeMessage({ words, core, cuts, inner }: Reading, book: Rulebook): Finding[] {
  const once = core.filter((word, i) => word.word !== core[i + 1]?.word)
  const match = (cut: readonly Seen[]) => (cut.length > LONGEST_KEYWORD ? [] : matchWhole(book.whole, cut))
  const rules = [
    ...[...cuts, once].flatMap(match),
    ...inner.flatMap(match).filter((rule) => rule.kind === 'keyword'),
  ]
  return [...new Set(rules)].map((rule) => asFinding({ rule, start: 0, end: words.length - 1 }))
}

/** "Thanks for everything. Stop." Only what ends something counts so, and only where no thing is named to be ended. */
function loneKeyword({ words, start }: Clause, book: Rulebook, stoppable: boolean): Finding[] {
  if (words.length > LONGEST_KEYWORD) return []
  return matchWhole(book.whole, words)
    .filter(({ kind, topic }) => kind === 'keyword' && ALONE.some((t) => t === topic))
    .filter(({ topic }) => topic !== 'opt_out' || stoppable)
    .map((rule) => ({ rule, confidence: 'likely', start, end: start + words.length - 1 }))
}

const ALONE = ['opt_out', 'erasure', 'data_access'] as const

/** st0p, $top, st*p: the whole message apart from fillers. */
function disguised({ text, words }: Reading, book: Rulebook): Finding[] {
  const chunks = text.trim().split(/\s+/)
  if (chunks.length > 4) return []
  return chunks.flatMap((chunk, i) => {
    const bare = chunk.length > 30 ? '' : chunk.replace(/^[*_~"'(]+|[*_~"').,!?]+$/g, '')
    if (!/[^\p{L}]/u.test(bare)) return []
    const rules = [...book.stopWords].find(([keyword]) => isDisguised(bare, keyword))?.[1]
    if (!rules || readMessage(chunks.toSpliced(i, 1).join(' '), book).core.length > 0) return []
    return rules.map((rule): Finding => ({ rule, confidence: 'likely', start: 0, end: words.length - 1 }))
  })
}

/** Place in the message → the guard that holds it. */
function placesOf(guards: readonly Hit<Rule>[]): ReadonlyMap<number, Rule> {
  const places = new Map<number, Rule>()
  for (const { rule, start, end } of guards) for (let at = start; at <= end; at += 1) places.set(at, rule)
  return places
}

function guardAt(
  { start, end }: Pick<Hit<Rule>, 'start' | 'end'>,
  taken: ReadonlyMap<number, Rule>,
): Rule | undefined {
  for (let at = start; at <= end; at += 1) {
    const guard = taken.get(at)
    if (guard) return guard
  }
  return undefined
}

/** "Delete my number" erases, "delete my number from your list" stops: the longer wording counts. */
function isListed(
  { rule, start, end }: Hit<Rule>,
  open: readonly Hit<Rule>[],
  words: readonly Seen[],
): boolean {
  if (rule.topic !== 'erasure') return false
  // Three words name a person or a number; more of them name data.
  const length = words.slice(start, end + 1).reduce((sum, { word }) => sum + (word.length === 1 ? 0.5 : 1), 0)
  if (length > 3) return false
  return open.some(
    (other) =>
      other.rule.topic === 'opt_out' &&
      other.rule.kind === 'phrase' &&
      other.start <= start &&
      other.end >= end &&
      other.end - other.start > end - start,
  )
}

/** Whether a firm stop lies inside an unsure one. */
function swallower(unsure: readonly Hit<Rule>[], length: number): (hit: Hit<Rule>) => boolean {
  const reach = new Array<number>(length).fill(-1)
  for (const { start, end } of unsure) reach[start] = Math.max(reach[start] ?? -1, end)
  for (let at = 1; at < length; at += 1) reach[at] = Math.max(reach[at] ?? -1, reach[at - 1] ?? -1)
  return ({ rule, start, end }) =>
    rule.kind === 'phrase' && rule.topic === 'opt_out' && (reach[start] ?? -1) >= end
}

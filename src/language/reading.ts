// Reads a message once: words that know their clause, with the fillers peeled from both ends. Nothing is judged here.

import { namesOf, spansAt } from './lists.js'
import { findAll, type Seen } from './machine.js'
import { asLatin, normalise } from './normalise.js'
import type { Rulebook } from './rules.js'
import { joinLetters, type Token, tokenise } from './tokens.js'

export type Reading = {
  readonly words: readonly Seen[]
  /** The words without greetings and thanks at either end. */
  readonly core: readonly Seen[]
  /** All of them, and without fillers at one end or both: in another language the filler may be the word itself. */
  readonly cuts: readonly (readonly Seen[])[]
  /** With fewer fillers cut than could be, as far as several words of several letters remain ("please non più"). */
  readonly inner: readonly (readonly Seen[])[]
  /** Each clause, without its fillers. */
  readonly clauses: readonly Clause[]
  readonly emoji: readonly string[]
  /** The normalised text. */
  readonly text: string
}

/** Its words, and the place of the first of them in the message. */
export type Clause = { readonly words: readonly Seen[]; readonly start: number }

/** `end` is not included. */
type Range = { readonly start: number; readonly end: number }
/** Where they begin → where they end, the latter not included. */
type Places = ReadonlyMap<number, readonly number[]>
/** What may be left out. A word like "but" opens a clause and closes none: at the end it is a word of its own ("mais"). */
type Fillers = { readonly opening: Places; readonly closing: Places }

/** In words, or letters in Chinese. */
const LONGEST_FILLER = 12

const NONE: ReadonlySet<string> = new Set()

/** A word while it is being read. */
type Draft = { -readonly [K in keyof Seen]: Seen[K] }

/** @param text as received, or one view of it */
export function readMessage(text: string, book: Rulebook): Reading {
  const plain = normalise(text, book.footers)
  const { tokens, emoji } = tokenise(plain)
  const words = recognise(tokens, text, book)
  const fillers = cutAtBreaks(words, book)
  const clauses = clausesOf(words)
  for (const clause of clauses) markEdges(words, clause, fillers)
  const peeled = (range: Range): Clause => {
    const { start, end } = peel(range, fillers)
    return { words: words.slice(start, end), start }
  }
  const { start, end } = peel({ start: 0, end: words.length }, fillers)
  const core = words.slice(start, end)
  const cuts = [words, core, words.slice(start), words.slice(0, end)]
  const inner = innerCuts(words, fillers)
  return { words, core, cuts, inner, clauses: clauses.map(peeled), emoji, text: plain }
}

/** N7 and N8 on words, then what the word lists have for each. */
function recognise(tokens: readonly Token[], text: string, { lists, stopWords, footers }: Rulebook): Draft[] {
  const known = (word: string) => lists.names.has(word)
  const latin = tokens.map((token) => {
    const word = withoutAnd(asLatin(token.word, known), known)
    return word === token.word ? token : { ...token, word }
  })
  const joined = joinLetters(latin, stopWords)
  // Without a letter that could carry one, the words are the same with their accents.
  const accented = lists.exact.size > 0 && /[\u00c0-\u024f\u1e00-\u1eff]|[\u0300-\u036f]/.test(text)
  const kept = accented ? tokenise(normalise(text, footers, 'kept')).tokens : joined
  const accents = kept.length === joined.length ? kept : []
  const names = joined.map((token, i) => namesOf(token.word, accents[i]?.word, lists))
  return joined.map(({ word, sentence, segment }, i) => {
    return {
      word,
      sentence,
      segment,
      spans: spansAt(names, i, lists),
      languages: (names[i] ?? []).reduce((all, name) => all | (lists.names.get(name) ?? 0), 0),
      opens: false,
      closes: false,
      breaks: NONE,
    }
  })
}

/** Arabic and Hebrew write "and" as the first letter of the next word: وامسحوا, ותמחקו. */
function withoutAnd(word: string, known: (word: string) => boolean): string {
  if (!/^[وו]/.test(word) || known(word)) return word
  const rest = word.slice(1)
  return known(rest) ? rest : word
}

/** A clause also begins at a word like "but"; which languages think so is noted on the word. */
function cutAtBreaks(words: readonly Draft[], book: Rulebook): Fillers {
  const fillers = { opening: new Map<number, number[]>(), closing: new Map<number, number[]>() }
  const breaks = new Map<number, Set<string>>()
  const add = (places: Map<number, number[]>, start: number, end: number) => {
    const ends = places.get(start)
    if (ends) ends.push(end)
    else places.set(start, [end])
  }
  for (const { rule, start, end } of findAll(book.fillers, words)) {
    add(fillers.opening, start, end + 1)
    if (rule.kind === 'break') breaks.set(start, (breaks.get(start) ?? new Set()).add(rule.language))
    else add(fillers.closing, start, end + 1)
  }
  if (breaks.size === 0) return fillers
  let cuts = 0
  for (const [i, word] of words.entries()) {
    const here = breaks.get(i)
    if (here) cuts += 1
    word.segment += cuts
    word.breaks = here ?? NONE
  }
  return fillers
}

function clausesOf(words: readonly Seen[]): Range[] {
  const ranges: Range[] = []
  let start = 0
  for (let i = 1; i <= words.length; i += 1) {
    if (words[i]?.segment === words[start]?.segment) continue
    ranges.push({ start, end: i })
    start = i
  }
  return words.length === 0 ? [] : ranges
}

/** Marks the first and last word of a clause, and those next to the fillers at its ends. */
function markEdges(words: readonly Draft[], clause: Range, fillers: Fillers): void {
  for (const at of reachable(clause, fillers)) {
    const word = words[at]
    if (word) word.opens = true
  }
  for (const at of reaching(clause, fillers)) {
    const word = words[at - 1]
    if (word) word.closes = true
  }
}

/** More ends of fillers than these are not tried. */
const MOST_CUTS = 8

function innerCuts(words: readonly Seen[], fillers: Fillers): (readonly Seen[])[] {
  const whole = { start: 0, end: words.length }
  const starts = [...reachable(whole, fillers)].sort((a, b) => a - b).slice(0, MOST_CUTS)
  const ends = [...reaching(whole, fillers)].sort((a, b) => b - a).slice(0, MOST_CUTS)
  return starts
    .flatMap((start) => ends.map((end) => words.slice(start, end)))
    .filter((cut) => cut.length > 1 && cut.every(({ word }) => word.length > 1))
}

function peel(range: Range, fillers: Fillers): Range {
  const start = Math.max(...reachable(range, fillers))
  return { start, end: Math.min(...reaching({ start, end: range.end }, fillers)) }
}

/** The places that can be reached from the beginning over fillers alone. */
function reachable({ start, end }: Range, { opening }: Fillers): ReadonlySet<number> {
  const places = new Set([start])
  for (const at of places) for (const next of opening.get(at) ?? []) if (next <= end) places.add(next)
  return places
}

/** The places from which the end can be reached over fillers alone. */
function reaching({ start, end }: Range, { closing }: Fillers): ReadonlySet<number> {
  const places = new Set([end])
  for (let at = end - 1, first = end; at >= start && first - at <= LONGEST_FILLER; at -= 1) {
    if (!closing.get(at)?.some((next) => places.has(next))) continue
    places.add(at)
    first = at
  }
  return places
}

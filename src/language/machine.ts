// Follows all patterns of all languages through a message at once, word by word. Work per word is bounded by the number
// of pattern positions, never by what came before: there is no backtracking, so no text can make it slow.

import type { Pattern } from './patterns.js'
import type { Token } from './tokens.js'

/** `pattern` matched the words from `start` to `end`, both included. */
export type Hit<T> = { readonly rule: T; readonly start: number; readonly end: number }

type State = {
  readonly words: ReadonlySet<string> | null
  next: readonly number[]
  pattern: number
  last: boolean
}

export type Machine<T> = {
  readonly states: readonly State[]
  /** Word, `=exact`, `begin*` or `*end` → the states in which a pattern can begin with it. */
  readonly entries: ReadonlyMap<string, readonly number[]>
  readonly patterns: readonly (readonly [Pattern, T])[]
}

/** Everything that patterns name, and the lengths of the partial words among it. */
export type Vocabulary = { readonly names: ReadonlySet<string>; readonly partial: readonly number[] }

/** A word of a message as patterns see it. */
export type Seen = Token & {
  /** What of the vocabulary it answers to; empty for a word that no pattern knows. */
  readonly names: readonly string[]
  /** Whether a clause begins or ends with it, polite words aside. */
  readonly opens: boolean
  readonly closes: boolean
  /** Languages in which it begins a new clause: their patterns do not reach across. */
  readonly breaks: ReadonlySet<string>
}

export function buildMachine<T>(patterns: readonly (readonly [Pattern, T])[]): Machine<T> {
  const states: State[] = []
  const entries = new Map<string, number[]>()
  for (const [index, [pattern]] of patterns.entries()) {
    const base = states.length
    for (const [at, { words, next }] of pattern.positions.entries()) {
      states.push({ words, next: next.map((n) => n + base), pattern: index, last: pattern.last.has(at) })
    }
    for (const at of pattern.first) {
      for (const name of pattern.positions[at]?.words ?? []) {
        const known = entries.get(name)
        if (known) known.push(base + at)
        else entries.set(name, [base + at])
      }
    }
  }
  return { states, entries, patterns }
}

export function vocabularyOf(patterns: readonly Pattern[]): Vocabulary {
  const names = new Set<string>()
  for (const { positions, notAfter, notBefore } of patterns) {
    for (const words of [...positions.map((p) => p.words ?? []), ...notAfter, ...notBefore]) {
      for (const name of words) names.add(name)
    }
  }
  const partial = [...names].filter((n) => n.length > 1 && (n.startsWith('*') || n.endsWith('*')))
  return { names, partial: [...new Set(partial.map((n) => n.length - 1))] }
}

/** @param exact the word with its accents, where they are known */
export function namesOf(word: string, exact: string | undefined, vocabulary: Vocabulary): string[] {
  const all = exact === undefined ? [word] : [word, `=${exact}`]
  for (const length of vocabulary.partial) {
    if (length > word.length) continue
    all.push(`${word.slice(0, length)}*`, `*${word.slice(word.length - length)}`)
  }
  return all.filter((name) => vocabulary.names.has(name))
}

/** Every place where a pattern matches inside one sentence; of overlapping tries of one pattern the shortest. */
export function findAll<T>(machine: Machine<T>, words: readonly Seen[]): Hit<T>[] {
  const hits: Hit<T>[] = []
  let active = new Map<number, number>()
  for (const [i, word] of words.entries()) {
    const before = words[i - 1]?.sentence === word.sentence ? words[i - 1] : undefined
    const reached = new Map<number, number>()
    const reach = (state: number, start: number) => {
      if ((reached.get(state) ?? -1) < start) reached.set(state, start)
    }
    if (before) {
      for (const [state, start] of active) {
        if (word.breaks.size > 0 && word.breaks.has(languageOf(machine, state))) continue
        for (const next of machine.states[state]?.next ?? []) {
          if (accepts(machine.states[next]?.words, word.names)) reach(next, start)
        }
      }
    }
    for (const name of word.names) {
      for (const state of machine.entries.get(name) ?? []) {
        const pattern = machine.patterns[machine.states[state]?.pattern ?? -1]?.[0]
        if (pattern && (!pattern.atStart || word.opens) && !standsAt(words, i, -1, pattern.notAfter)) reach(state, i)
      }
    }
    for (const [state, start] of reached) {
      const { last, pattern: index } = machine.states[state] ?? {}
      if (!last || index === undefined) continue
      const [pattern, rule] = machine.patterns[index] ?? []
      if (!pattern || rule === undefined || (pattern.atEnd && !word.closes)) continue
      if (!standsAt(words, i, 1, pattern.notBefore)) hits.push({ rule, start, end: i })
    }
    active = reached
  }
  return hits
}

/** The rules whose pattern matches `words` from first to last, sentences or not. */
export function matchWhole<T>(machine: Machine<T>, words: readonly Seen[]): T[] {
  let active = new Set<number>()
  for (const name of words[0]?.names ?? [])
    for (const state of machine.entries.get(name) ?? []) active.add(state)
  for (const word of words.slice(1)) {
    const reached = new Set<number>()
    for (const state of active) {
      for (const next of machine.states[state]?.next ?? []) {
        if (accepts(machine.states[next]?.words, word.names)) reached.add(next)
      }
    }
    active = reached
    if (active.size === 0) return []
  }
  return [...active].flatMap((state) => {
    const rule = machine.states[state]?.last
      ? machine.patterns[machine.states[state].pattern]?.[1]
      : undefined
    return rule === undefined ? [] : [rule]
  })
}

function languageOf(machine: Machine<unknown>, state: number): string {
  return machine.patterns[machine.states[state]?.pattern ?? -1]?.[0].language ?? ''
}

/** Whether one of `wordings` stands right before (-1) or right after (1) the word at `i`, in the same sentence. */
function standsAt(words: readonly Seen[], i: number, side: -1 | 1, wordings: readonly (readonly string[])[]) {
  return wordings.some((wording) => {
    const from = side === 1 ? i + 1 : i - wording.length
    return wording.every((name, k) => {
      const word = words[from + k]
      return word?.sentence === words[i]?.sentence && word?.names.includes(name)
    })
  })
}

/** `null` takes any word; a missing side of an edge condition is never met. */
function accepts(
  words: ReadonlySet<string> | null | undefined,
  names: readonly string[] | undefined,
): boolean {
  if (words === null) return names !== undefined
  return names !== undefined && words !== undefined && names.some((name) => words.has(name))
}

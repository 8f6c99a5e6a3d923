// Follows all patterns of all languages through a message at once, word by word. Work per word is bounded by the number
// of pattern positions, never by what came before: there is no backtracking, so no text can make it slow.

import type { Pattern } from './patterns.js'
import type { Token } from './tokens.js'

/** `pattern` matched the words from `start` to `end`, both included. */
export type Hit<T> = { readonly rule: T; readonly start: number; readonly end: number }

type State = { readonly words: ReadonlySet<string> | null; next: readonly number[]; pattern: number; last: boolean }

export type Machine<T> = {
  readonly states: readonly State[]
  /** Word, `=exact`, `begin*` or `*end` → the states in which a pattern can begin with it. */
  readonly entries: ReadonlyMap<string, readonly number[]>
  readonly patterns: readonly (readonly [Pattern, T])[]
  /** Everything that a pattern names, and the lengths of its partial words. */
  readonly names: ReadonlySet<string>
  readonly partial: readonly number[]
}

/** A word of a message as patterns see it: the names it answers to. */
export type Seen = Token & { readonly names: readonly string[]; readonly opens: boolean; readonly closes: boolean }

export function buildMachine<T>(patterns: readonly (readonly [Pattern, T])[]): Machine<T> {
  const states: State[] = []
  const entries = new Map<string, number[]>()
  const names = new Set<string>()
  for (const [index, [pattern]] of patterns.entries()) {
    const base = states.length
    for (const [at, { words, next }] of pattern.positions.entries()) {
      for (const name of words ?? []) names.add(name)
      states.push({ words, next: next.map((n) => n + base), pattern: index, last: pattern.last.has(at) })
    }
    for (const name of [...pattern.notAfter, ...pattern.notBefore]) names.add(name)
    for (const at of pattern.first) {
      for (const name of pattern.positions[at]?.words ?? []) {
        entries.set(name, [...(entries.get(name) ?? []), base + at])
      }
    }
  }
  const partial = [...names].filter((n) => n.length > 1 && (n.startsWith('*') || n.endsWith('*')))
  return { states, entries, patterns, names, partial: [...new Set(partial.map((n) => n.length - 1))] }
}

/** The names of `word` that some pattern of `machine` uses; empty for a word that no pattern knows. */
export function namesOf(word: string, exact: string | undefined, machine: Machine<unknown>): string[] {
  const all = [word]
  if (exact !== undefined) all.push(`=${exact}`)
  for (const length of machine.partial) {
    if (length > word.length) continue
    all.push(`${word.slice(0, length)}*`, `*${word.slice(word.length - length)}`)
  }
  return all.filter((name) => machine.names.has(name))
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
        for (const next of machine.states[state]?.next ?? []) {
          if (accepts(machine.states[next]?.words, word.names)) reach(next, start)
        }
      }
    }
    for (const name of word.names) {
      for (const state of machine.entries.get(name) ?? []) {
        const pattern = machine.patterns[machine.states[state]?.pattern ?? -1]?.[0]
        if (pattern && (!pattern.atStart || word.opens) && !accepts(pattern.notAfter, before?.names)) reach(state, i)
      }
    }
    const after = words[i + 1]?.sentence === word.sentence ? words[i + 1] : undefined
    for (const [state, start] of reached) {
      const { last, pattern: index } = machine.states[state] ?? {}
      if (!last || index === undefined) continue
      const [pattern, rule] = machine.patterns[index] ?? []
      if (!pattern || rule === undefined || (pattern.atEnd && !word.closes)) continue
      if (!accepts(pattern.notBefore, after?.names)) hits.push({ rule, start, end: i })
    }
    active = reached
  }
  return hits
}

/** The rules whose pattern matches `words` from first to last, sentences or not. */
export function matchWhole<T>(machine: Machine<T>, words: readonly Seen[]): T[] {
  let active = new Set<number>()
  for (const name of words[0]?.names ?? []) for (const state of machine.entries.get(name) ?? []) active.add(state)
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
    const rule = machine.states[state]?.last ? machine.patterns[machine.states[state].pattern]?.[1] : undefined
    return rule === undefined ? [] : [rule]
  })
}

/** `null` takes any word; a missing side of an edge condition is never met. */
function accepts(words: ReadonlySet<string> | null | undefined, names: readonly string[] | undefined): boolean {
  if (words === null) return names !== undefined
  return names !== undefined && words !== undefined && names.some((name) => words.has(name))
}

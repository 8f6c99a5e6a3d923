// Follows all patterns of all languages through a message at once. The work per word is bounded by the number of
// patterns, never by what came before: nothing is ever tried again, so no text can make it slow.

import type { Lists, Node, Span } from './lists.js'
import { ANY, type Pattern } from './patterns.js'
import type { Token } from './tokens.js'

/** `rule` matched the words from `start` to `end`, both included. */
export type Hit<T> = { readonly rule: T; readonly start: number; readonly end: number }

/** A word of a message as patterns see it. */
export type Seen = Token & {
  /** The list entries that begin with it. */
  readonly spans: readonly Span[]
  /** Whether a clause begins or ends with it, polite words aside. */
  readonly opens: boolean
  readonly closes: boolean
  /** Languages in which it begins a new clause: their patterns do not reach across. */
  readonly breaks: ReadonlySet<string>
}

type State<T> = {
  readonly list: number
  readonly next: readonly number[]
  readonly last: boolean
  readonly pattern: Pattern
  readonly rule: T
}

export type Machine<T> = {
  readonly lists: Lists
  readonly states: readonly State<T>[]
  /** List → the states in which a pattern can begin with it. */
  readonly entries: ReadonlyMap<number, readonly State<T>[]>
  /** The same by place in the tree of lists: noted when a word turns up for the first time. */
  readonly entered: WeakMap<Node, readonly State<T>[]>
}

export function buildMachine<T>(patterns: readonly (readonly [Pattern, T])[], lists: Lists): Machine<T> {
  const states: State<T>[] = []
  const entries = new Map<number, State<T>[]>()
  for (const [pattern, rule] of patterns) {
    const base = states.length
    for (const [at, { list, next }] of pattern.positions.entries()) {
      const state = { list, next: next.map((n) => n + base), last: pattern.last.has(at), pattern, rule }
      states.push(state)
      if (!pattern.first.includes(at)) continue
      const known = entries.get(list)
      if (known) known.push(state)
      else entries.set(list, [state])
    }
  }
  return { lists, states, entries, entered: new WeakMap() }
}

function enteredBy<T>(machine: Machine<T>, node: Node): readonly State<T>[] {
  const known = machine.entered.get(node)
  if (known) return known
  const states = node.lists.flatMap((list) => machine.entries.get(list) ?? [])
  machine.entered.set(node, states)
  return states
}

/** Every place where a pattern matches inside one sentence; of several tries that end alike the shortest. */
export function findAll<T>(machine: Machine<T>, words: readonly Seen[]): Hit<T>[] {
  const hits: Hit<T>[] = []
  const begun: { node: Node; start: number }[][] = []
  // By place in the message: the states reached there, each with the word at which its pattern began.
  const waiting: Map<number, number>[] = []
  const answers = new Int32Array(machine.lists.ids.size)
  const asked = new Int32Array(machine.lists.ids.size)

  for (let i = 0; i <= words.length; i += 1) {
    const here = words[i]
    const goesOn = i > 0 && here?.sentence === words[i - 1]?.sentence
    const spans = here ? here.spans.filter(({ length }) => isTogether(words, i, i + length - 1)) : []
    for (const { node, length } of spans) {
      for (const list of node.lists) {
        answers[list] = (asked[list] === i + 1 ? (answers[list] ?? 0) : 0) | (1 << length)
        asked[list] = i + 1
      }
    }
    for (const { node, start } of begun[i] ?? []) {
      for (const state of enteredBy(machine, node)) visit(state, start, i, goesOn, true)
    }
    for (const [at, start] of waiting[i] ?? []) {
      const state = machine.states[at]
      if (state) visit(state, start, i, goesOn, false)
    }
    for (const { node, length } of spans) {
      if (enteredBy(machine, node).length === 0) continue
      begun[i + length] ??= []
      begun[i + length]?.push({ node, start: i })
    }
  }
  return hits

  /** `state` has taken the words from `start` up to `i`; whether it could begin there is asked when it matters. */
  function visit(state: State<T>, start: number, i: number, goesOn: boolean, isFresh: boolean): void {
    const { pattern, rule } = state
    if (state.last && mayEnd(pattern, words, i) && (!isFresh || mayBegin(pattern, words, start))) {
      hits.push({ rule, start, end: i - 1 })
    }
    if (!goesOn) return
    for (const next of state.next) {
      const lengths = lengthsAt(machine.states[next]?.list ?? ANY, i)
      if (lengths === 0 || words[i]?.breaks.has(pattern.language)) continue
      if (isFresh && !mayBegin(pattern, words, start)) return
      for (let length = 1; lengths >> length > 0; length += 1) {
        if ((lengths >> length) & 1) reach(next, i + length, start)
      }
    }
  }

  /** How many words an entry of `list` takes at `i`: one bit for each length. */
  function lengthsAt(list: number, i: number): number {
    if (list === ANY) return 1 << 1
    return asked[list] === i + 1 ? (answers[list] ?? 0) : 0
  }

  function reach(state: number, i: number, start: number): void {
    waiting[i] ??= new Map()
    const known = waiting[i]?.get(state) ?? -1
    if (known < start) waiting[i]?.set(state, start)
  }
}

/** The rules whose pattern matches `words` from first to last, sentences or not. */
export function matchWhole<T>(machine: Machine<T>, words: readonly Seen[]): T[] {
  const reached: Set<State<T>>[] = words.map(() => new Set())
  const end = new Set<State<T>>()
  const add = (state: State<T>, i: number) => (i === words.length ? end : reached[i])?.add(state)
  for (const { node, length } of words[0]?.spans ?? []) {
    for (const state of enteredBy(machine, node)) add(state, length)
  }
  for (const [i, states] of reached.entries()) {
    for (const state of states) {
      for (const next of state.next.flatMap((n) => machine.states[n] ?? [])) {
        if (next.list === ANY) add(next, i + 1)
        for (const { node, length } of words[i]?.spans ?? []) {
          if (node.lists.includes(next.list)) add(next, i + length)
        }
      }
    }
  }
  return [...end].flatMap((state) => (state.last ? [state.rule] : []))
}

function mayBegin(pattern: Pattern, words: readonly Seen[], start: number): boolean {
  if (pattern.atStart && !words[start]?.opens) return false
  const { notAfter } = pattern
  if (notAfter === null) return true
  for (let i = start - 1; i >= start - LONGEST_EDGE && isTogether(words, i, start); i -= 1) {
    if (words[i]?.spans.some(({ node, length }) => i + length === start && node.lists.includes(notAfter))) return false
  }
  return true
}

/** @param next the word after the pattern's last */
function mayEnd(pattern: Pattern, words: readonly Seen[], next: number): boolean {
  if (pattern.atEnd && !words[next - 1]?.closes) return false
  const { notBefore } = pattern
  if (notBefore === null || !isTogether(words, next - 1, next)) return true
  return !words[next]?.spans.some(({ node }) => node.lists.includes(notBefore))
}

/** What stands before a pattern is looked for this many words back. */
const LONGEST_EDGE = 6

function isTogether(words: readonly Seen[], a: number, b: number): boolean {
  return words[a] !== undefined && words[a].sentence === words[b]?.sentence
}

// Follows all patterns of all languages through a message at once. The work per word is bounded by the number of
// patterns, never by what came before: nothing is ever tried again, so no text can make it slow.

import { isIn, type Lists, type Node, type Span } from './lists.js'
import { ANY, type Pattern } from './patterns.js'
import type { Token } from './tokens.js'

/** `rule` matched the words from `start` to `end`, both included. */
export type Hit<T> = { readonly rule: T; readonly start: number; readonly end: number }

/** A word of a message as patterns see it. */
export type Seen = Token & {
  /** The list entries that begin with it. */
  readonly spans: readonly Span[]
  /** The languages that know it, a bit for each. */
  readonly languages: number
  /** Whether a clause begins or ends with it, polite words aside. */
  readonly opens: boolean
  readonly closes: boolean
  /** Languages in which it begins a new clause: their patterns do not reach across. */
  readonly breaks: ReadonlySet<string>
}

/** A place inside one pattern: its last word was just taken. */
type State<T> = {
  /** Its place among the states of the machine. */
  readonly id: number
  readonly list: number
  readonly last: boolean
  readonly pattern: Pattern
  readonly rule: T
  /** Where it goes on; filled while the machine is built. */
  readonly next: State<T>[]
}

export type Machine<T> = {
  readonly lists: Lists
  readonly states: readonly State<T>[]
  /** What lies ahead of the word that is being read, by its distance; empty between two messages. */
  readonly ahead: readonly Ahead[]
  /** By list: how many words its entries take at the place where it was last looked up, one bit for each length. */
  readonly answers: Int32Array
  readonly answeredAt: Float64Array
  /** Counts places over all messages. */
  place: number
  /** List → the states in which a pattern can begin with it. */
  readonly entries: ReadonlyMap<number, readonly State<T>[]>
  /** The lists that patterns ask for after their beginning. */
  readonly asked: ReadonlySet<number>
  /** By node of the tree of lists. */
  readonly relevance: (Relevance<T> | undefined)[]
}

/** Reached at one place: patterns that begin there with an entry, and states, each with the word its pattern began at. */
type Ahead = {
  nodes: number
  readonly node: Node[]
  readonly nodeStart: number[]
  states: number
  readonly state: Int32Array
  /** By state; -1 where it was not reached. */
  readonly start: Int32Array
}

/** What a node is to one machine; worked out when a word leads there for the first time. */
type Relevance<T> = {
  readonly begins: readonly State<T>[]
  readonly complete: readonly State<T>[]
  /** The lists that beginnings go on with. */
  readonly ways: readonly Way<T>[]
  readonly asked: readonly number[]
}
type Way<T> = { readonly list: number; readonly steps: readonly Step<T>[] }
type Step<T> = { readonly from: State<T>; readonly to: State<T> }

export function buildMachine<T>(patterns: readonly (readonly [Pattern, T])[], lists: Lists): Machine<T> {
  const entries = new Map<number, State<T>[]>()
  const asked = new Set<number>()
  const all: State<T>[] = []
  for (const [pattern, rule] of patterns) {
    const states = pattern.positions.map(({ list }, at): State<T> => {
      return { id: all.length + at, list, last: pattern.last.has(at), pattern, rule, next: [] }
    })
    all.push(...states)
    for (const [at, { next }] of pattern.positions.entries()) {
      for (const to of next.flatMap((n) => states[n] ?? [])) {
        states[at]?.next.push(to)
        asked.add(to.list)
      }
    }
    for (const state of pattern.first.flatMap((at) => states[at] ?? [])) {
      const known = entries.get(state.list)
      if (known) known.push(state)
      else entries.set(state.list, [state])
    }
  }
  const ahead = Array.from({ length: LONGEST_ENTRY + 1 }, (): Ahead => {
    const start = new Int32Array(all.length).fill(-1)
    return { nodes: 0, node: [], nodeStart: [], states: 0, state: new Int32Array(all.length), start }
  })
  return {
    lists,
    states: all,
    ahead,
    answers: new Int32Array(lists.ids.size),
    answeredAt: new Float64Array(lists.ids.size),
    place: 0,
    entries,
    asked,
    relevance: [],
  }
}

function relevanceOf<T>(machine: Machine<T>, node: Node): Relevance<T> {
  const known = machine.relevance[node.id]
  if (known) return known
  const begins = node.lists.flatMap((list) => machine.entries.get(list) ?? [])
  const ways = new Map<number, Step<T>[]>()
  for (const from of begins) {
    for (const to of from.next) {
      const steps = ways.get(to.list)
      if (steps) steps.push({ from, to })
      else ways.set(to.list, [{ from, to }])
    }
  }
  const relevance = {
    begins,
    complete: begins.filter((state) => state.last),
    ways: [...ways].map(([list, steps]) => ({ list, steps })),
    asked: node.lists.filter((list) => machine.asked.has(list)),
  }
  machine.relevance[node.id] = relevance
  return relevance
}

/** Works out beforehand what every place in the tree of words is to this machine. */
export function prepare<T>(machine: Machine<T>): void {
  const visit = (node: Node): void => {
    if (node.lists.length > 0) relevanceOf(machine, node)
    for (const next of node.next?.values() ?? []) visit(next)
  }
  visit(machine.lists.root)
}

/**
 * Every place where a pattern matches inside one sentence; of several tries that end alike the shortest. Not to be
 * called from within itself: the machine lends its memory, because a new one for each message is most of the work.
 */
export function findAll<T>(machine: Machine<T>, words: readonly Seen[]): Hit<T>[] {
  const hits: Hit<T>[] = []
  const { ahead, states, answers, answeredAt } = machine
  const slot = (i: number) => ahead[i % ahead.length] as Ahead

  for (let i = 0; i <= words.length; i += 1) {
    machine.place += 1
    for (const { node, length } of words[i]?.spans ?? NONE) {
      if (length > LONGEST_ENTRY || !isTogether(words, i, i + length - 1)) continue
      const relevance = relevanceOf(machine, node)
      for (const list of relevance.asked) {
        answers[list] = lengthsAt(list, i) | (1 << length)
        answeredAt[list] = machine.place
      }
      if (relevance.begins.length === 0) continue
      const there = slot(i + length)
      there.node[there.nodes] = node
      there.nodeStart[there.nodes] = i
      there.nodes += 1
    }
    const here = slot(i)
    const goesOn = isTogether(words, i - 1, i)
    for (let n = 0; n < here.nodes; n += 1) {
      const relevance = relevanceOf(machine, here.node[n] as Node)
      const start = here.nodeStart[n] ?? 0
      for (const state of relevance.complete) if (mayBegin(state.pattern, words, start)) end(state, start, i)
      if (!goesOn) continue
      for (const { list, steps } of relevance.ways) {
        const lengths = lengthsAt(list, i)
        if (lengths === 0) continue
        for (const { from, to } of steps) {
          if (mayBegin(from.pattern, words, start)) reach(to, lengths, i, start)
        }
      }
    }
    for (let n = 0; n < here.states; n += 1) {
      const id = here.state[n] ?? 0
      const state = states[id] as State<T>
      const start = here.start[id] ?? 0
      here.start[id] = -1
      if (state.last) end(state, start, i)
      if (!goesOn) continue
      for (const to of state.next) {
        const lengths = lengthsAt(to.list, i)
        if (lengths !== 0) reach(to, lengths, i, start)
      }
    }
    here.nodes = 0
    here.states = 0
  }
  return hits

  function end({ pattern, rule }: State<T>, start: number, i: number): void {
    if (mayEnd(pattern, words, i)) hits.push({ rule, start, end: i - 1 })
  }

  /** How many words an entry of `list` takes at `i`: one bit for each length. */
  function lengthsAt(list: number, i: number): number {
    if (list === ANY) return i < words.length ? 1 << 1 : 0
    return answeredAt[list] === machine.place ? (answers[list] ?? 0) : 0
  }

  function reach({ id, pattern }: State<T>, lengths: number, i: number, start: number): void {
    if (words[i]?.breaks.has(pattern.language)) return
    for (let length = 1; lengths >> length > 0; length += 1) {
      if (((lengths >> length) & 1) === 0) continue
      const there = slot(i + length)
      const before = there.start[id] ?? -1
      if (before < 0) there.state[there.states++] = id
      if (before < start) there.start[id] = start
    }
  }
}

/** The rules whose pattern matches `words` from first to last, sentences or not. */
export function matchWhole<T>(machine: Machine<T>, words: readonly Seen[]): T[] {
  const reached: Set<State<T>>[] = []
  const add = (state: State<T>, i: number) => {
    reached[i] ??= new Set()
    if (i < words.length || state.last) reached[i]?.add(state)
  }
  for (const { node, length } of words[0]?.spans ?? []) {
    for (const state of relevanceOf(machine, node).begins) add(state, length)
  }
  for (let i = 1; i < words.length; i += 1) {
    for (const state of reached[i] ?? []) {
      for (const next of state.next) {
        if (next.list === ANY) add(next, i + 1)
        for (const { node, length } of words[i]?.spans ?? []) {
          if (isIn(node, next.list)) add(next, i + length)
        }
      }
    }
  }
  return [...(reached[words.length] ?? [])].map((state) => state.rule)
}

function mayBegin(pattern: Pattern, words: readonly Seen[], start: number): boolean {
  if (pattern.atStart && !words[start]?.opens) return false
  const { notAfter } = pattern
  if (notAfter === null) return true
  for (let i = start - 1; i >= start - LONGEST_EDGE && isTogether(words, i, start); i -= 1) {
    if (words[i]?.spans.some(({ node, length }) => i + length === start && isIn(node, notAfter))) return false
  }
  return true
}

/** @param next the word after the pattern's last */
function mayEnd(pattern: Pattern, words: readonly Seen[], next: number): boolean {
  if (pattern.atEnd && !words[next - 1]?.closes) return false
  const { notBefore } = pattern
  if (notBefore === null || !isTogether(words, next - 1, next)) return true
  return !words[next]?.spans.some(({ node }) => isIn(node, notBefore))
}

const NONE: readonly Span[] = []

/** Entries of more words are not followed; one bit stands for each length. */
const LONGEST_ENTRY = 30

/** What stands before a pattern is looked for this many words back. */
const LONGEST_EDGE = 6

function isTogether(words: readonly Seen[], a: number, b: number): boolean {
  return words[a] !== undefined && words[a].sentence === words[b]?.sentence
}

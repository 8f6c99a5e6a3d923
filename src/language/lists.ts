// The word lists of all patterns as one tree of words. A message is looked up in it once, word by word; patterns then
// ask which lists a place answers to, never which words.

/** A place in the tree: what may follow, and the lists that have an entry ending here. */
export type Node = {
  readonly id: number
  next: Map<string, Node> | null
  readonly lists: number[]
  /** The same, once somebody has asked a node that is in many lists. */
  set: ReadonlySet<number> | null
}

export type Lists = {
  readonly root: Node
  size: number
  /** Name → number. */
  readonly ids: Map<string, number>
  /** Every word of an entry, with its sign (`werbe*`, `*liste`, `=dừng`) → the languages that have it, a bit for each. */
  readonly names: Map<string, number>
  /** The languages by their bits. */
  readonly languages: string[]
  /** Lengths of the beginnings and endings among them. */
  readonly beginnings: Set<number>
  readonly endings: Set<number>
  /** Words whose accents matter, without their sign. */
  readonly exact: Set<string>
  /** What words of the lists answer to, found out once. */
  readonly known: Map<string, readonly string[]>
}

/** An entry of some list and how many words it takes. */
export type Span = { readonly node: Node; readonly length: number }

export function createLists(): Lists {
  return {
    root: createNode(0),
    size: 1,
    ids: new Map(),
    names: new Map(),
    languages: [],
    beginnings: new Set(),
    endings: new Set(),
    exact: new Set(),
    known: new Map(),
  }
}

function createNode(id: number): Node {
  return { id, next: null, lists: [], set: null }
}

/**
 * @param name the same name in one language is the same list, and is read once
 * @param read entries, each one word or several; words may carry a sign
 * @returns the number of the list
 */
export function addList(
  lists: Lists,
  language: string,
  name: string,
  read: () => readonly (readonly string[])[],
): number {
  const key = `${language} ${name}`
  const known = lists.ids.get(key)
  if (known !== undefined) return known
  const bit = 1 << languageBit(lists, language)
  const entries = read()
  const id = lists.ids.size
  lists.ids.set(key, id)
  for (const entry of entries) {
    let node = lists.root
    for (const word of entry) {
      const languages = lists.names.get(word)
      lists.names.set(word, (languages ?? 0) | bit)
      if (languages === undefined) {
        if (word.startsWith('=')) lists.exact.add(word.slice(1))
        if (word.length > 1 && word.endsWith('*')) lists.beginnings.add(word.length - 1)
        if (word.length > 1 && word.startsWith('*')) lists.endings.add(word.length - 1)
      }
      node.next ??= new Map()
      let next = node.next.get(word)
      if (next === undefined) {
        next = createNode(lists.size++)
        node.next.set(word, next)
      }
      node = next
    }
    if (node.lists.at(-1) !== id) node.lists.push(id)
  }
  return id
}

const FEW = 8

/** Whether an entry of `list` ends at a place. */
export function isIn(node: Node, list: number): boolean {
  if (node.lists.length <= FEW) return node.lists.includes(list)
  node.set ??= new Set(node.lists)
  return node.set.has(list)
}

/** @throws Error at the 33rd language: a number has no more bits */
function languageBit({ languages }: Lists, language: string): number {
  const known = languages.indexOf(language)
  if (known >= 0) return known
  if (languages.length === 32) throw new Error('more languages than bits')
  return languages.push(language) - 1
}

/**
 * What of the lists a word answers to; empty for a word that no list knows.
 * @param exact the word with its accents, where they are known
 */
export function namesOf(word: string, exact: string | undefined, lists: Lists): readonly string[] {
  if (exact !== undefined && lists.exact.has(exact)) return [...namesOf(word, undefined, lists), `=${exact}`]
  const known = lists.known.get(word)
  if (known) return known
  const found = lists.names.has(word) ? [word] : []
  const add = (name: string) => lists.names.has(name) && found.push(name)
  for (const length of lists.beginnings) if (length <= word.length) add(`${word.slice(0, length)}*`)
  for (const length of lists.endings) if (length <= word.length) add(`*${word.slice(-length)}`)
  // Only words of the lists: what people write is not kept.
  if (found[0] === word) lists.known.set(word, found)
  return found
}

/**
 * The entries that begin at word `i`.
 * @param names what each word of the message answers to
 */
export function spansAt(names: readonly (readonly string[])[], i: number, { root }: Lists): readonly Span[] {
  if ((names[i]?.length ?? 0) === 0) return NONE
  const spans: Span[] = []
  walk(root, 1, names, i, spans)
  return spans
}

function walk(
  { next }: Node,
  length: number,
  names: readonly (readonly string[])[],
  i: number,
  spans: Span[],
): void {
  for (const name of names[i + length - 1] ?? []) {
    const node = next?.get(name)
    if (!node) continue
    if (node.lists.length > 0) spans.push({ node, length })
    if (node.next !== null) walk(node, length + 1, names, i, spans)
  }
}

const NONE: readonly Span[] = []

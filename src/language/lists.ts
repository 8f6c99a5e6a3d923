// The word lists of all patterns as one tree of words. A message is looked up in it once, word by word; patterns then
// ask which lists a place answers to, never which words.

/** A place in the tree: what may follow, and the lists that have an entry ending here. */
export type Node = { readonly id: number; readonly next: Map<string, Node>; readonly lists: number[] }

export type Lists = {
  readonly root: Node
  size: number
  /** Name → number. */
  readonly ids: Map<string, number>
  /** Every word of an entry, with its sign: `werbe*`, `*liste`, `=dừng`. */
  readonly names: Set<string>
  /** Lengths of the beginnings and endings among them. */
  readonly beginnings: Set<number>
  readonly endings: Set<number>
}

/** An entry of some list and how many words it takes. */
export type Span = { readonly node: Node; readonly length: number }

export function createLists(): Lists {
  return {
    root: createNode(0),
    size: 1,
    ids: new Map(),
    names: new Set(),
    beginnings: new Set(),
    endings: new Set(),
  }
}

function createNode(id: number): Node {
  return { id, next: new Map(), lists: [] }
}

/**
 * @param name the same name is the same list, and is read once
 * @param read entries, each one word or several; words may carry a sign
 * @returns the number of the list
 */
export function addList(lists: Lists, name: string, read: () => readonly (readonly string[])[]): number {
  const known = lists.ids.get(name)
  if (known !== undefined) return known
  const entries = read()
  const id = lists.ids.size
  lists.ids.set(name, id)
  for (const entry of entries) {
    let node = lists.root
    for (const word of entry) {
      lists.names.add(word)
      if (word.length > 1 && word.endsWith('*')) lists.beginnings.add(word.length - 1)
      if (word.length > 1 && word.startsWith('*')) lists.endings.add(word.length - 1)
      const next = node.next.get(word) ?? createNode(lists.size++)
      node.next.set(word, next)
      node = next
    }
    if (node.lists.at(-1) !== id) node.lists.push(id)
  }
  return id
}

/**
 * What of the lists a word answers to; empty for a word that no list knows.
 * @param exact the word with its accents, where they are known
 */
export function namesOf(word: string, exact: string | undefined, lists: Lists): readonly string[] {
  const found = lists.names.has(word) ? [word] : []
  const add = (name: string) => lists.names.has(name) && found.push(name)
  if (exact !== undefined) add(`=${exact}`)
  for (const length of lists.beginnings) if (length <= word.length) add(`${word.slice(0, length)}*`)
  for (const length of lists.endings) if (length <= word.length) add(`*${word.slice(-length)}`)
  return found
}

/**
 * The entries that begin at word `i`.
 * @param names what each word of the message answers to
 */
export function spansAt(names: readonly (readonly string[])[], i: number, { root }: Lists): readonly Span[] {
  let spans: Span[] | undefined
  const walk = (node: Node, length: number) => {
    for (const name of names[i + length - 1] ?? []) {
      const next = node.next.get(name)
      if (!next) continue
      if (next.lists.length > 0) {
        spans ??= []
        spans.push({ node: next, length })
      }
      if (next.next.size > 0) walk(next, length + 1)
    }
  }
  walk(root, 1)
  return spans ?? NONE
}

const NONE: readonly Span[] = []

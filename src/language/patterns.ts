// Reads the patterns of a lexicon (language: lexicon/lexicon.ts) into small graphs of positions, in which a message is
// followed list by list. A pattern that makes no sense stops the start, so a slip in a word list cannot hide.

import type { Lexicon } from './lexicon/lexicon.js'
import { addList, type Lists } from './lists.js'
import { normalise, squeezed } from './normalise.js'
import { ADDRESS, tokenise } from './tokens.js'

/** What a position takes: an entry of one list, or any word at all. */
export const ANY = -1
export type Position = { readonly list: number; readonly next: readonly number[] }

export type Pattern = {
  readonly language: string
  readonly positions: readonly Position[]
  readonly first: readonly number[]
  readonly last: ReadonlySet<number>
  readonly atStart: boolean
  readonly atEnd: boolean
  /** Lists of what must not stand right before or right after it; null for none. */
  readonly notAfter: number | null
  readonly notBefore: number | null
}

type Fragment = { first: number[]; last: number[]; skippable: boolean }
type Draft = { list: number; next: Set<number> }

const EMPTY: Fragment = { first: [], last: [], skippable: true }

/**
 * Compiles one pattern.
 * @param lists takes up the pattern's word lists
 * @throws Error that quotes the pattern and says what is wrong with it
 */
export function compilePattern(source: string, lexicon: Lexicon, lists: Lists): Pattern {
  const parts = source
    .replace(/([()[\]])/g, ' $1 ')
    .trim()
    .split(/\s+/)
  const wrong = (what: string) => new Error(`${lexicon.language}: pattern "${source}" ${what}`)
  const drafts: Draft[] = []
  const edge = (part: string | undefined) => (part?.startsWith('!') ? listOf(part.slice(1)) : null)

  const atStart = parts[0] === '^' && parts.shift() !== undefined
  const notAfter = edge(parts[0])
  if (notAfter !== null) parts.shift()
  const atEnd = parts.at(-1) === '$' && parts.pop() !== undefined
  const notBefore = edge(parts.at(-1))
  if (notBefore !== null) parts.pop()

  const { fragment, rest } = wordings(parts)
  if (rest.length > 0) throw wrong('has a bracket too many')
  if (fragment.skippable) throw wrong('matches nothing at all')
  if (fragment.first.some((p) => drafts[p]?.list === ANY)) throw wrong('begins with ..')
  return {
    language: lexicon.language,
    positions: drafts.map(({ list, next }) => ({ list, next: [...next] })),
    first: fragment.first,
    last: new Set(fragment.last),
    atStart,
    atEnd,
    notAfter,
    notBefore,
  }

  /** Reads up to a closing bracket or the end. */
  function wordings(parts: readonly string[]): { fragment: Fragment; rest: readonly string[] } {
    let input = parts
    let choice: Fragment | undefined
    let sequence = EMPTY
    for (;;) {
      const [part, ...rest] = input
      if (part === undefined || part === ')' || part === ']') {
        return { fragment: choice ? either(choice, sequence) : sequence, rest: input }
      }
      if (part === '|') {
        choice = choice ? either(choice, sequence) : sequence
        sequence = EMPTY
        input = rest
      } else if (part === '(' || part === '[') {
        const inner = wordings(rest)
        if (inner.rest[0] !== (part === '(' ? ')' : ']')) throw wrong('has a bracket too few')
        sequence = then(sequence, part === '[' ? { ...inner.fragment, skippable: true } : inner.fragment)
        input = inner.rest.slice(1)
      } else {
        sequence = then(sequence, item(part))
        input = rest
      }
    }
  }

  function item(part: string): Fragment {
    const gap = /^\.\.([1-9])$/.exec(part)
    if (gap) {
      // Nested, [any [any [any]]], so that a gap is followed as one trail and not as one for each length.
      const nest = (left: number): Fragment => ({
        ...(left === 1 ? place(ANY) : then(place(ANY), nest(left - 1))),
        skippable: true,
      })
      return nest(Number(gap[1]))
    }
    if (/[.^$!]/.test(part)) throw wrong(`has "${part}" where it means nothing`)
    // A named list stays one list wherever it is used; the words beside it make a second.
    const entries = part.split('|')
    const slip = entries.find((entry) => /[{}]/.test(entry) && !/^\{[^{}]+\}$/.test(entry))
    if (slip !== undefined) throw wrong(`has "${slip}", which is no list`)
    const named = entries.filter((entry) => entry.startsWith('{'))
    const beside = entries.filter((entry) => !entry.startsWith('{')).join('|')
    return [...named, ...(beside === '' ? [] : [beside])].map((words) => place(listOf(words))).reduce(either)
  }

  function listOf(words: string): number {
    return addList(lists, lexicon.language, words, () => {
      const entries = entriesOf(words, lexicon)
      if (entries.some((entry) => entry.length === 0)) throw wrong(`has no words in "${words}"`)
      return entries
    })
  }

  function place(list: number): Fragment {
    const position = drafts.push({ list, next: new Set() }) - 1
    return { first: [position], last: [position], skippable: false }
  }

  function then(a: Fragment, b: Fragment): Fragment {
    for (const from of a.last) for (const to of b.first) drafts[from]?.next.add(to)
    return {
      first: a.skippable ? [...a.first, ...b.first] : a.first,
      last: b.skippable ? [...a.last, ...b.last] : b.last,
      skippable: a.skippable && b.skippable,
    }
  }
}

function either(a: Fragment, b: Fragment): Fragment {
  return {
    first: [...a.first, ...b.first],
    last: [...a.last, ...b.last],
    skippable: a.skippable || b.skippable,
  }
}

/** The entries of `a|b|{list}`, each as normalised words, with the lexicon's typos and spellings. */
export function entriesOf(words: string, lexicon: Lexicon, depth = 0): string[][] {
  return words.split('|').flatMap((entry) => {
    const name = /^\{(.+)\}$/.exec(entry.trim())?.[1]
    if (name === undefined) return spellings(entry, lexicon)
    const list = lexicon.words[name]
    if (list === undefined || depth > 4) throw new Error(`${lexicon.language}: there is no list {${name}}`)
    return entriesOf(list, lexicon, depth + 1)
  })
}

function spellings(entry: string, lexicon: Lexicon): string[][] {
  const word = entry.trim()
  const typos = lexicon.typos[word]
  const other = lexicon.spellings.reduce((text, [from, to]) => text.replaceAll(from, to), word)
  if (other === word && typos === undefined) return [wordsOf(word)]
  const written = [word, ...(other === word ? [] : [other]), ...(typos?.split(/\s+/) ?? [])]
  return written.filter((text, i) => i === 0 || text !== '').map(wordsOf)
}

/** `werb*`, `*liste` and `=dừng` keep their sign; everything else is read as a message is. */
function wordsOf(entry: string): string[] {
  const parts = (text: string) => (/[\s_]/.test(text) ? text.split(/[\s_]+/) : [text])
  // A sign belongs to the whole entry, and so to each of its words.
  const exact = entry.startsWith('=') ? '=' : ''
  const before = entry.startsWith('*', exact.length) ? '*' : ''
  const after = entry.endsWith('*') ? '*' : ''
  if (!exact && !before && !after) return parts(entry).flatMap(readWord)
  const core = entry.slice(exact.length + before.length, entry.length - after.length)
  return parts(core).flatMap((word) =>
    tokenise(normalise(word, [], exact ? 'kept' : 'dropped')).tokens.map(
      (token) => `${exact}${before}${token.word}${after}`,
    ),
  )
}

/** Words that were read before: lexicons say the same ones over and over. */
const known = new Map<string, readonly string[]>()

/** One word of an entry: several where a script has no spaces. */
function readWord(word: string): readonly string[] {
  const seen = known.get(word)
  if (seen) return seen
  const read = /^[a-z]*$/.test(word) ? [squeezed(word)] : tokensOf(word)
  const words = read.filter((one) => one !== '' && one !== ADDRESS)
  known.set(word, words)
  return words
}

const tokensOf = (word: string) => tokenise(normalise(word)).tokens.map((token) => token.word)

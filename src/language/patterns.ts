// Reads the patterns of a lexicon (language: lexicon/lexicon.ts) into small graphs of positions, in which a message is
// followed word by word. A pattern that makes no sense stops the start, so a slip in a word list cannot hide.

import type { Lexicon } from './lexicon/lexicon.js'
import { normalise } from './normalise.js'
import { ADDRESS, tokenise } from './tokens.js'

/** What a position asks of a word: one of `words`, or anything. */
export type Position = { readonly words: ReadonlySet<string> | null; readonly next: readonly number[] }

export type Pattern = {
  readonly language: string
  readonly positions: readonly Position[]
  readonly first: readonly number[]
  readonly last: ReadonlySet<number>
  readonly atStart: boolean
  readonly atEnd: boolean
  /** Wordings that must not stand right before or right after it. */
  readonly notAfter: readonly (readonly string[])[]
  readonly notBefore: readonly (readonly string[])[]
}

type Fragment = { first: number[]; last: number[]; skippable: boolean }
type Draft = { words: Set<string> | null; next: Set<number> }

const EMPTY: Fragment = { first: [], last: [], skippable: true }

/**
 * Compiles one pattern.
 * @throws Error that quotes the pattern and says what is wrong with it
 */
export function compilePattern(source: string, lexicon: Lexicon): Pattern {
  const parts = source
    .replace(/([()[\]])/g, ' $1 ')
    .trim()
    .split(/\s+/)
  const wrong = (what: string) => new Error(`${lexicon.language}: pattern "${source}" ${what}`)
  const drafts: Draft[] = []
  const edge = (part: string | undefined) => (part?.startsWith('!') ? alternatives(part.slice(1), lexicon) : null)

  const atStart = parts[0] === '^' && parts.shift() !== undefined
  const notAfter = edge(parts[0])
  if (notAfter) parts.shift()
  const atEnd = parts.at(-1) === '$' && parts.pop() !== undefined
  const notBefore = edge(parts.at(-1))
  if (notBefore) parts.pop()

  const { fragment, rest } = wordings(parts)
  if (rest.length > 0) throw wrong('has a bracket too many')
  if (fragment.skippable) throw wrong('matches nothing at all')
  if (fragment.first.some((p) => drafts[p]?.words === null)) throw wrong('begins with ..')
  return {
    language: lexicon.language,
    positions: drafts.map(({ words, next }) => ({ words, next: [...next] })),
    first: fragment.first,
    last: new Set(fragment.last),
    atStart,
    atEnd,
    notAfter: notAfter ?? [],
    notBefore: notBefore ?? [],
  }

  /** Reads up to a closing bracket or the end. */
  function wordings(input: string[]): { fragment: Fragment; rest: string[] } {
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
      const any = () => ({ ...place(null), skippable: true })
      return Array.from({ length: Number(gap[1]) }, any).reduce(then, EMPTY)
    }
    if (/[.^$!]/.test(part)) throw wrong(`has "${part}" where it means nothing`)
    const all = alternatives(part, lexicon)
    if (all.length === 0 || all.some((words) => words.length === 0)) throw wrong(`has no words in "${part}"`)
    const single = all.filter((words) => words.length === 1).flat()
    const several = all.filter((words) => words.length > 1)
    const fragments = several.map((words) => words.map((w) => place(new Set([w]))).reduce(then))
    if (single.length > 0) fragments.unshift(place(new Set(single)))
    return fragments.reduce(either)
  }

  function place(words: Set<string> | null): Fragment {
    const position = drafts.push({ words, next: new Set() }) - 1
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

/** The wordings of `a|b|{list}`, each as normalised words, with the lexicon's typos and spellings. */
export function alternatives(part: string, lexicon: Lexicon, depth = 0): string[][] {
  return part.split('|').flatMap((entry) => {
    const list = /^\{(.+)\}$/.exec(entry.trim())?.[1]
    if (list === undefined) return spellings(entry, lexicon)
    const words = lexicon.words[list]
    if (words === undefined || depth > 4) throw new Error(`${lexicon.language}: there is no list {${list}}`)
    return alternatives(words, lexicon, depth + 1)
  })
}

function spellings(entry: string, lexicon: Lexicon): string[][] {
  const other = lexicon.spellings.reduce((text, [from, to]) => text.replaceAll(from, to), entry)
  const written = other === entry ? [entry] : [entry, other]
  return written.flatMap((text) => {
    const words = wordsOf(text)
    const typos = words.length === 1 ? (lexicon.typos[text.trim()] ?? '') : ''
    return [words, ...typos.split(/\s+/).filter(Boolean).map(wordsOf)]
  })
}

/** `werb*`, `*liste` and `=dừng` keep their sign; everything else is read as a message is. */
function wordsOf(text: string): string[] {
  const [, exact, before, core, after] = /^(=?)(\*?)(.*?)(\*?)$/su.exec(text.trim()) ?? []
  const words = tokenise(normalise((core ?? '').replaceAll('_', ' '), [], exact ? 'kept' : 'dropped')).tokens.map((t) => t.word)
  if (!exact && !before && !after) return words.filter((word) => word !== ADDRESS)
  return words.map((word) => `${exact}${before}${word}${after}`)
}

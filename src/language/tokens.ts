// Cuts a normalised message into words that know which clause they stand in. Scripts without spaces give one word per
// letter, so that a pattern written as 取消訂閱 matches wherever these letters follow each other. Korean has spaces, but
// chats leave them out (그만보내세요) and endings grow on words: there each syllable is a word as well.

import { asLatin } from './normalise.js'

/** One word of a message. Sentences end at . ! ? ; : and new lines, segments also at commas and emoji. */
export type Token = { readonly word: string; readonly sentence: number; readonly segment: number }

export type Words = { readonly tokens: readonly Token[]; readonly emoji: readonly string[] }

/** Stands for a web or e-mail address: a word that no pattern names. */
export const ADDRESS = '\ufffc'

const WORD = 1
const LETTER = 2
const MARK = 3
const STOP = 4
const PAUSE = 5
const EMOJI = 6
const SPACE = 7
const DASH = 8
const OTHER = 9

const KINDS: readonly (readonly [number, RegExp])[] = [
  [
    LETTER,
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}](?<!\p{M})/u,
  ],
  [MARK, /\p{M}/u],
  [WORD, /[\p{L}\p{N}]/u],
  [STOP, /[.!?;:\n…–—·•。؟؛۔।॥]/u],
  [PAUSE, /[,、،]/u],
  [EMOJI, /[\p{Extended_Pictographic}\u{1f1e6}-\u{1f1ff}]/u],
  [SPACE, /\s/u],
  [DASH, /-/u],
]

/** What each code point is, found out once. */
const known = new Uint8Array(0x110000)

function kindOf(code: number): number {
  const letter = () => String.fromCodePoint(code)
  known[code] ||= KINDS.find(([, pattern]) => pattern.test(letter()))?.[0] ?? OTHER
  return known[code] ?? OTHER
}

/** Words of one letter as one string each: in Chinese they are every word, and are looked up often. */
const letters: string[] = []

function shared(word: string): string {
  if (word.length !== 1) return word
  const known = letters[word.charCodeAt(0)]
  if (known === undefined) letters[word.charCodeAt(0)] = word
  return known ?? word
}

/** Words and emoji of a text that went through `normalise`. */
export function tokenise(message: string): Words {
  const text = withoutAddresses(message)
  const tokens: Token[] = []
  const emoji: string[] = []
  let sentence = 0
  let segment = 0
  let begin = -1
  let unspaced = false
  let before = SPACE
  const close = (end: number) => {
    if (begin >= 0) tokens.push({ word: shared(text.slice(begin, end)), sentence, segment })
    begin = -1
  }
  for (let at = 0, next = 0; at < text.length; at = next) {
    const code = text.codePointAt(at) ?? 0
    next = at + (code > 0xffff ? 2 : 1)
    let kind = kindOf(code)
    // A dash between spaces ends a sentence, inside a word it only parts it.
    if (kind === DASH)
      kind = before === SPACE && kindOf(text.codePointAt(next) ?? 0x20) === SPACE ? STOP : OTHER
    // Nor does the dot of an abbreviation before a number: Art. 15, ст. 15.
    if (code === 0x2e && before === WORD && /\s?\d/y.test(text.slice(next, next + 2))) kind = OTHER
    before = kind
    if (kind === MARK && begin >= 0) continue
    if (kind === WORD || kind === LETTER || kind === MARK || text[at] === ADDRESS) {
      if (kind === LETTER || unspaced || text[at] === ADDRESS) close(at)
      if (begin < 0) begin = at
      unspaced = kind === LETTER || text[at] === ADDRESS
      continue
    }
    close(at)
    unspaced = false
    if (kind === EMOJI) emoji.push(String.fromCodePoint(code))
    if (kind === STOP) sentence += 1
    if (kind === STOP || kind === PAUSE || kind === EMOJI) segment += 1
  }
  close(text.length)
  return { tokens, emoji }
}

/** `https://example.com/stop` says nothing about what its sender wants. */
function withoutAddresses(text: string): string {
  return text
    .replace(/(?:https?:\/\/|www\.)[^\s，。！？、；：「」（）]+/g, ADDRESS)
    .replace(/[!-~]+/g, (chunk) => (isAddress(chunk) ? ADDRESS : chunk))
}

function isAddress(chunk: string): boolean {
  const at = chunk.indexOf('@')
  const dot = chunk.indexOf('.', at + 1)
  const behind = at > 0 ? chunk[dot + 1] : chunk[chunk.indexOf('/', dot)]
  return dot > at + 1 && dot > 0 && behind !== undefined && (at > 0 ? /[a-z]/.test(behind) : true)
}

/**
 * Joins spaced or dotted single letters (S T O P, S.T.O.P) where the result is one of `words`.
 * @param words normalised words of three letters or more
 */
export function joinLetters(
  tokens: readonly Token[],
  words: { has(word: string): boolean },
): readonly Token[] {
  if (!tokens.some((token, i) => isSpelt(token.word) && isSpelt(tokens[i + 1]?.word ?? ''))) return tokens
  const joined: Token[] = []
  for (let i = 0, end = 0; i < tokens.length; i = end) {
    end = i
    while (isSpelt(tokens[end]?.word ?? '')) end += 1
    const run = tokens.slice(i, Math.max(end, i + 1))
    const word = asLatin(run.map((token) => token.word).join(''), (w) => words.has(w))
    const [first] = run
    if (first && run.length >= 3 && words.has(word)) joined.push({ ...first, word })
    else joined.push(...run)
    end = i + run.length
  }
  return joined
}

function isSpelt(word: string): boolean {
  return word.length === 1 && kindOf(word.charCodeAt(0)) === WORD && !/\p{N}/u.test(word)
}

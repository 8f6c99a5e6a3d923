// Steps N1 to N8 of understanding a message: many ways to write a word become one, without ever making two different
// words the same. Everything here is pure, linear in the text's length and works on copies: the caller keeps the
// original as evidence. Patterns of the lexicons pass through the same steps, so both sides always meet.

import { COMPATIBLE, LOOKS_LATIN, VARIANTS } from './folds.js'

/** At most this many code points of a message are read; WhatsApp's own limit for a text is 4,096 characters. */
export const MAX_CODE_POINTS = 4096

/** The first `limit` code points; never cuts a surrogate pair. */
export function head(text: string, limit: number = MAX_CODE_POINTS): string {
  if (text.length <= limit) return text
  let end = 0
  for (let count = 0; count < limit && end < text.length; count += 1) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}

const PICTURE_WORD =
  /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}](?:(?: |\ufe0f)*[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}]){2,}/gu
const FLAG_WORD = /[\u{1f1e6}-\u{1f1ff}](?: *[\u{1f1e6}-\u{1f1ff}]){2,}/gu

/** The letter that a negative circled, negative squared or regional letter shows; '' for what stands between them. */
function pictured(letter: string): string {
  const code = letter.codePointAt(0) ?? 0
  const first = [0x1f150, 0x1f170, 0x1f1e6].find((start) => code >= start && code < start + 26)
  return first === undefined ? '' : String.fromCharCode(97 + code - first)
}

/**
 * N1: full-width, bold, circled, ligatures and no-break spaces become plain letters. NFKC leaves 🆂🆃🅾🅿, 🇸🇹🇴🇵 and
 * small capitals alone and may expand one character to 18 (U+FDFA), hence the second cut. Regional letters are read
 * only where the message has no other letters: behind a word they are flags.
 */
export function compatible(text: string): string {
  let plain = head(text.normalize('NFKC')).replace(PICTURE_WORD, (word) => [...word].map(pictured).join(''))
  if (!/\p{L}/u.test(plain)) plain = plain.replace(FLAG_WORD, (word) => [...word].map(pictured).join(''))
  return mapLetters(plain, COMPATIBLE)
}

/** N2: one case. JavaScript has no case folding: the locale forms and `İ` would leave two different letters i. */
export function lower(text: string): string {
  return text
    .toLowerCase()
    .replace(/i\u0307/g, 'i')
    .replaceAll('ı', 'i')
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
}

/**
 * N3: drops what cannot be seen: zero-width and bidi characters, variation selectors, controls, tatweel, keycap frames.
 * `\p{Cf}` would leave U+FE0F, U+034F, U+115F and U+3164. Line breaks of every kind become a newline. What stood
 * between two halves of a letter kept them from being one, hence the second composing.
 */
export function visible(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/\p{Default_Ignorable_Code_Point}|(?![\n\t])\p{Cc}|\u0640|\u20e3/gu, '')
    .normalize('NFC')
}

/** A letter of ours that carries a mark, or may do so once it is taken apart. */
const MARKED = /[\p{M}\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff]/u

/**
 * N4: drops marks from Latin, Greek and Cyrillic letters, Arabic harakat and Hebrew points; nowhere else, because in
 * Bengali, Hindi, Thai and Japanese a mark makes another word (বন্ধ stop, বন্ধু friend). й, ї and ў are letters.
 */
export function withoutMarks(text: string): string {
  if (!MARKED.test(text)) return text
  return text
    .normalize('NFD')
    .replace(
      /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])(\p{M}+)/gu,
      (_, letter: string, marks: string) =>
        (marks[0] === '\u0306' && 'иу'.includes(letter)) || (marks[0] === '\u0308' && letter === 'і')
          ? letter + marks[0]
          : letter,
    )
    .replace(/[\u064b-\u0652\u0670]|(?=\p{M})[\u0591-\u05c7]/gu, '')
    .normalize('NFC')
    .replaceAll('đ', 'd')
    .replaceAll('ł', 'l')
}

const SCRIPTS = letters('أاإاآاٱاىيیيکكةهؤوئيہهھهँंঁং', '〜ーｰー')

const CYRILLIC = letters('aаcсeеiіoоpрxхyу')

/**
 * N5: letters of one script that people mix; digits of Arabic and Persian; simplified Chinese of our keywords. Latin
 * letters inside a Cyrillic word are Cyrillic: keyboards and subtitles write відписка with a Latin i.
 */
export function oneScript(text: string): string {
  const plain = mapLetters(mapLetters(text, SCRIPTS), VARIANTS).replace(
    /[aceiopxy\u0400-\u04ff]+/g,
    (letters) => (/[\u0400-\u04ff]/.test(letters) ? mapLetters(letters, CYRILLIC) : letters),
  )
  return plain
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf))
    .replace(/[\u093c\u09bc]/g, '')
}

/**
 * N6: drops what is not the person's own words: quoted lines if other lines remain, and everything from a signature or
 * confidentiality footer on. Markup and quotation marks are no letters and fall away with the tokens; an apostrophe
 * inside a word joins ("don't" is "dont").
 * @param footers beginnings of such lines, already normalised
 */
export function ownWords(text: string, footers: readonly string[]): string {
  const lines = text.split('\n')
  const end = lines.findIndex(
    (line) => line.trim() === '--' || footers.some((f) => line.trimStart().startsWith(f)),
  )
  const kept = end > 0 ? lines.slice(0, end) : lines
  const own = kept.filter((line) => !line.trimStart().startsWith('>')).join('\n')
  return (/[\p{L}\p{N}]/u.test(own) ? own : text).replace(/(?<=\p{L})['’‘ʼ`´](?=\p{L})/gu, '')
}

/** N7, first half: a letter written three times or more is written once (stoppppp). */
export function squeezed(text: string): string {
  return text.replace(/(\p{L})\1{2,}/gu, '$1')
}

/** N1 to N7 in their order. `marks: 'kept'` leaves out N4 and N5: dừng, đúng and dùng are three words. */
export function normalise(
  text: string,
  footers: readonly string[] = [],
  marks: 'dropped' | 'kept' = 'dropped',
) {
  const seen = visible(lower(compatible(head(text))))
  const folded = marks === 'kept' ? seen : oneScript(withoutMarks(seen))
  return squeezed(ownWords(folded, footers))
}

/**
 * N8: a word that holds Cyrillic, Greek or Armenian look-alikes, read as Latin, if that is a word we know and the
 * original is not. СТОП is Russian and stays; ЅТОР (U+0405) becomes stop. A single letter waits for the word it spells.
 */
export function asLatin(word: string, known: (word: string) => boolean): string {
  if (word.length === 1 || !/[\u0370-\u058f]/.test(word) || known(word)) return word
  const latin = mapLetters(word, LOOKS_LATIN)
  return known(latin) ? latin : word
}

const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'il',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  $: 's',
  '@': 'a',
  '!': 'i',
  '+': 't',
  '|': 'il',
  '€': 'e',
}

/**
 * N7, second half: whether `chunk` is `keyword` with digits or signs for letters (st0p, $top), one of them a blank
 * (st*p). For whole messages only, and for words of four letters or more: "7D" is no "TD".
 */
export function isDisguised(chunk: string, keyword: string): boolean {
  if (keyword.length < 4 || chunk.length !== keyword.length) return false
  let blanks = 0
  for (let i = 0; i < chunk.length; i += 1) {
    const shown = chunk[i] ?? ''
    const meant = keyword[i] ?? ''
    if (shown === meant || DISGUISES[shown]?.includes(meant)) continue
    if (!'*#_.-'.includes(shown)) return false
    blanks += 1
  }
  return blanks <= 1
}

function letters(...rows: string[]): ReadonlyMap<string, string> {
  const all = rows.flatMap((row) => [...row])
  return new Map(all.flatMap((from, i) => (i % 2 === 0 ? [[from, all[i + 1] ?? from] as const] : [])))
}

/** Tables by the letters they change, so that other texts pass untouched. */
const patterns = new WeakMap<ReadonlyMap<string, string>, RegExp>()

function mapLetters(text: string, table: ReadonlyMap<string, string>): string {
  let pattern = patterns.get(table)
  if (pattern === undefined) {
    pattern = new RegExp(`[${[...table.keys()].join('')}]`, 'gu')
    patterns.set(table, pattern)
  }
  return text.replace(pattern, (letter) => table.get(letter) ?? letter)
}

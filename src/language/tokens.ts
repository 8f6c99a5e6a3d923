// Cuts a normalised message into words that know which clause they stand in. Scripts without spaces give one word per
// letter, so that a pattern written as 取消訂閱 matches wherever these letters follow each other.

/** One word of a message. Sentences end at . ! ? ; : and new lines, segments also at commas and emoji. */
export type Token = { readonly word: string; readonly sentence: number; readonly segment: number }

export type Words = { readonly tokens: readonly Token[]; readonly emoji: readonly string[] }

/** Stands for a web or e-mail address: a word that no pattern names. */
export const ADDRESS = '\ufffc'

const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`
const SCAN = new RegExp(
  [
    String.raw`(?<letter>[${UNSPACED}]\p{M}*)`,
    String.raw`(?<word>(?:(?![${UNSPACED}])[\p{L}\p{N}\p{M}])+|${ADDRESS})`,
    String.raw`(?<stop>[.!?;:\n…–—·•。؟؛۔।॥]|(?<=\s)-+(?=\s))`,
    String.raw`(?<emoji>\p{Extended_Pictographic}|[\u{1f1e6}-\u{1f1ff}])`,
    String.raw`(?<pause>[,、،])`,
  ].join('|'),
  'gu',
)

const SPELT = new RegExp(`^(?![${UNSPACED}])\\p{L}$`, 'u')

/** Words and emoji of a text that went through `normalise`. */
export function tokenise(text: string): Words {
  const tokens: Token[] = []
  const emoji: string[] = []
  let sentence = 0
  let segment = 0
  for (const { groups } of withoutAddresses(text).matchAll(SCAN)) {
    const word = groups?.letter ?? groups?.word
    if (word !== undefined) {
      tokens.push({ word, sentence, segment })
      continue
    }
    if (groups?.emoji !== undefined) emoji.push(groups.emoji)
    if (groups?.stop !== undefined) sentence += 1
    segment += 1
  }
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
export function joinLetters(tokens: readonly Token[], words: { has(word: string): boolean }): readonly Token[] {
  const joined: Token[] = []
  for (let i = 0; i < tokens.length; ) {
    let end = i
    while (SPELT.test(tokens[end]?.word ?? '')) end += 1
    const first = tokens[i]
    const word = tokens
      .slice(i, end)
      .map((t) => t.word)
      .join('')
    if (first && end - i >= 3 && words.has(word)) joined.push({ ...first, word })
    else joined.push(...tokens.slice(i, Math.max(end, i + 1)))
    i = Math.max(end, i + 1)
  }
  return joined
}

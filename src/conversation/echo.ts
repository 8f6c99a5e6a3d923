// Our own words that come back: an auto-reply that repeats what it got, a person who pastes our message and writes below
// it. What we have written says nothing about what they want ("STOP – no more messages" is our help, not their stop).

import type { Policy } from '../policy.js'
import { KINDS } from './messages.js'
import { textsOf } from './texts/wording.js'

/** Shorter pieces between placeholders are everybody's words: they show how far a message of ours reaches, not that it is one. */
const SHORTEST_PIECE = 12

const known = new WeakMap<Policy, readonly (readonly string[])[]>()

/** The text without any message of ours that it holds; spaces and empty lines need not be the same. */
export function withoutOurs(text: string, policy: Policy): string {
  const plain = evenly(text)
  for (const pieces of ourPieces(policy)) {
    const span = spanOf(plain, pieces)
    if (span) return `${plain.slice(0, span.start)}\n${plain.slice(span.end)}`
  }
  return text
}

const evenly = (text: string) => text.replace(/[^\S\n]+/g, ' ').replace(/\s*\n\s*/g, '\n')

/** From the first piece to the last, if all are there in their order. */
function spanOf(text: string, pieces: readonly string[]): { start: number; end: number } | null {
  const anchor = pieces.findIndex((piece) => piece.length >= SHORTEST_PIECE)
  const found = text.indexOf(pieces[anchor] ?? '')
  let [start, end] = [found, found]
  for (const piece of pieces.slice(0, anchor).reverse())
    start = start < 0 ? -1 : text.lastIndexOf(piece, start)
  for (const piece of pieces.slice(anchor)) {
    const at = end < 0 ? -1 : text.indexOf(piece, end)
    end = at < 0 ? -1 : at + piece.length
  }
  return start < 0 || end < 0 ? null : { start, end }
}

/** What always stands between the placeholders of each of our messages, if that is enough to know it by. */
function ourPieces(policy: Policy): readonly (readonly string[])[] {
  const made = known.get(policy)
  if (made) return made
  const pieces = policy.languages
    .flatMap((language) => {
      const texts = textsOf(language, policy)
      return KINDS.map((kind) => texts[kind].body.replace('{terms}', texts.terms))
    })
    .map((body) =>
      evenly(body)
        .split(/\{\w+\}/)
        .map((piece) => piece.trim())
        .filter((piece) => piece !== ''),
    )
    .filter((all) => all.some((piece) => piece.length >= SHORTEST_PIECE))
  known.set(policy, pieces)
  return pieces
}

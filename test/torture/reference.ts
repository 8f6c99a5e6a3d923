// What a person's statements add up to, said a second time and in other words than the product's fold: newest by
// WhatsApp's clock wins, a tie goes to the stop, a yes counts only for the newest card, and a stop voids the card.

import type { Statement } from './meta.js'

/** `question`: the newest card, while neither a yes nor a stop has closed it. */
export type Standing = { consent: 'none' | 'given' | 'withdrawn'; question: string | null }

/** A statement, and the card that the gateway made of it, if it did (START, or a tap on a card of the past). */
export type Heard = Pick<Statement, 'said' | 'seconds' | 'ref'> & { card?: string }

const WEIGHT = { ask: 0, yes: 1, stop: 2 }

/** Where a person stands who has said all this, in whatever order. */
export function standing(heard: readonly Heard[]): Standing {
  const moves = heard.flatMap((h) => [
    ...(h.card === undefined ? [] : [{ at: h.seconds, move: 'ask' as const, card: h.card }]),
    ...(h.said === 'yes' ? [{ at: h.seconds, move: 'yes' as const, card: h.ref }] : []),
    ...(h.said === 'stop' ? [{ at: h.seconds, move: 'stop' as const, card: undefined }] : []),
  ])
  moves.sort((a, b) => a.at - b.at || WEIGHT[a.move] - WEIGHT[b.move])
  let now: Standing['consent'] = 'none'
  let open: string | null = null
  for (const { move, card } of moves) {
    if (move === 'ask') open = card ?? null
    if (move === 'stop') {
      now = 'withdrawn'
      open = null
    }
    if (move === 'yes' && open !== null && (card === undefined || card === open)) {
      now = 'given'
      open = null
    }
  }
  return { consent: now, question: open }
}

/** Whether a statement that came between took something away: a consent, or a question that waited for its answer. */
export const changed = (before: Standing, after: Standing): boolean =>
  before.consent !== after.consent || before.question !== after.question

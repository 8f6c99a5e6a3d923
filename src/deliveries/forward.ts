// A webhook of Meta's on its way to those who had it before. Made from the verified bytes before the transaction begins,
// so that nobody's lock waits for encryption; written by the transaction that takes it in.

import type { SealedLetter } from './letters.js'
import { sealLetter } from './letters.js'
import { contactKey, numbersOf, peopleOf } from './people.js'
import type { ForwardTarget } from './targets.js'

export type ReceivedBody = {
  raw: Buffer
  /** `X-Hub-Signature-256`, verified. */
  signature: string
  contentType: string
  /** The same, parsed. */
  json: unknown
}

/**
 * The letter of a body; null when no receiver wants it. One that names several numbers goes whole to whoever wants one
 * of them (its signature covers all of it), one that names none to everybody.
 */
export function forwardLetter(
  identityKeys: readonly string[],
  forward: readonly ForwardTarget[],
  { raw, signature, contentType, json }: ReceivedBody,
  now: Date,
): SealedLetter | null {
  const about = numbersOf(json)
  const targets = forward
    .filter(({ numbers }) => numbers === undefined || about.size === 0 || numbers.some((n) => about.has(n)))
    .map((target) => target.name)
  if (targets.length === 0) return null
  return {
    targets,
    people: peopleOf(identityKeys[0] ?? '', json),
    payload: sealLetter(identityKeys, { body: raw, contentType, signature, event: '' }),
    kind: 'webhook',
    event: null,
    since: now,
  }
}

/** The same letter, in line also with what comes under other names of the contacts it turned out to be about. */
export function concerning(
  identityKeys: readonly string[],
  letter: SealedLetter,
  contactIds: readonly string[],
): SealedLetter {
  const keys = contactIds.map((id) => contactKey(identityKeys[0] ?? '', id))
  return { ...letter, people: [...new Set([...letter.people, ...keys])] }
}

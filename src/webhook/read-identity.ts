// How people are named in a webhook. Promise kept: names are put together only where Meta puts them together; a card
// that contradicts the message is somebody else's, and what is missing stays missing.

import { z } from 'zod'
import { type Identity, identifiersOf } from '../consent/directory.js'
import { id, loose } from './shapes.js'

/** One of `contacts[]`, which accompanies messages and statuses. */
export const cardSchema = loose({
  wa_id: id,
  user_id: id,
  parent_user_id: id,
  profile: loose({ username: id }).optional().catch(undefined),
})
export type Card = z.infer<typeof cardSchema>

type Named = { [K in keyof Identity]: Identity[K] | undefined }

/** The same without what is missing. */
export function cleanIdentity(named: Named): Identity {
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

/**
 * What names the sender of a message or the recipient of a status: its own fields, completed from the card that says
 * the same. Cards are told by their ids and not by their place; the only one counts unless it contradicts.
 */
export function identityOfMessage(named: Named, cards: readonly Card[]): Identity {
  // Most statuses come without a card, and reading a number costs more than all else about them.
  if (cards.length === 0) return cleanIdentity(named)
  const described = cards.map((card) => ({
    phone: card.wa_id,
    bsuid: card.user_id,
    parentBsuid: card.parent_user_id,
    username: card.profile?.username,
  }))
  const own = identifiersOf(cleanIdentity(named))
  const compare = (card: Named) => {
    const theirs = identifiersOf(cleanIdentity(card)).filter((i) => i.kind !== 'username')
    const pairs = own.flatMap((o) => theirs.flatMap((t) => (o.kind === t.kind ? [o.value === t.value] : [])))
    return { same: pairs.includes(true), other: pairs.includes(false) }
  }
  const card =
    described.find((c) => compare(c).same && !compare(c).other) ??
    (described.length === 1 ? described.find((c) => !compare(c).other) : undefined)
  return cleanIdentity({
    phone: named.phone ?? card?.phone,
    bsuid: named.bsuid ?? card?.bsuid,
    parentBsuid: named.parentBsuid ?? card?.parentBsuid,
    username: card?.username,
  })
}

const sharedSchema = loose({
  contacts: z
    .array(
      loose({
        origin: z.unknown().optional(),
        phones: z.array(loose({ phone: id, wa_id: id })).catch([]),
      }),
    )
    .length(1),
})

/**
 * The number that somebody without a shown number has shared by tapping "Share contact info". Any other card may be
 * anybody's and names nobody.
 */
export function readSharedPhone(message: object, sender: Identity): string | undefined {
  const card = sharedSchema.safeParse(message).data?.contacts[0]
  if (card?.origin !== 'contact_request' || (sender.bsuid ?? sender.parentBsuid) === undefined)
    return undefined
  const numbers = card.phones.map((p) => p.wa_id ?? p.phone)
  const different = new Set(
    numbers.flatMap((phone) => (phone ? identifiersOf({ phone }).map((i) => i.value) : [])),
  )
  return different.size === 1 ? numbers.find((phone) => phone !== undefined) : undefined
}

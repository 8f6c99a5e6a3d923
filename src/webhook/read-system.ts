// Reads Meta's word that somebody is now named otherwise, in each of the forms it has had. Promise kept: what is old and
// what is new is taken from the fields that say so and never guessed.

import { z } from 'zod'
import type { Identity } from '../consent/directory.js'
import type { RenamedUpdate, Update } from './payload.js'
import { cleanIdentity } from './read-identity.js'
import { digest, id, loose, malformed, readTime } from './shapes.js'

const TYPES = new Set(['user_changed_number', 'user_changed_user_id', 'customer_changed_number'])

const systemSchema = loose({
  from: id,
  system: loose({
    type: z.string(),
    wa_id: id,
    new_wa_id: id,
    user_id: id,
    parent_user_id: id,
    previous_user_id: id,
    previous_parent_user_id: id,
  }),
})

type Renamed = Pick<RenamedUpdate, 'what' | 'previous' | 'identity'>

/** A system message about a number or an id that changed; null for any other. `from` is the old number. */
export function readSystem(message: object): Renamed | null {
  const parsed = systemSchema.safeParse(message)
  if (!parsed.success || !TYPES.has(parsed.data.system.type)) return null
  const { from, system } = parsed.data
  const phone = system.new_wa_id ?? system.wa_id
  return {
    what: `system:${system.type}`,
    previous: cleanIdentity({
      // Both the same: the number has stayed and only the id is new.
      phone: from === phone ? undefined : from,
      bsuid: system.previous_user_id,
      parentBsuid: system.previous_parent_user_id,
    }),
    identity: cleanIdentity({ phone, bsuid: system.user_id, parentBsuid: system.parent_user_id }),
  }
}

const pairSchema = loose({ previous: id, current: id })
const idUpdateSchema = loose({
  wa_id: id,
  user_id: pairSchema.optional().catch(undefined),
  parent_user_id: pairSchema.optional().catch(undefined),
  timestamp: z.unknown().optional(),
})

/** One of `user_id_update[]`: in the documents until July 2026, and still sent on by some providers. */
export function readIdUpdate(raw: unknown, phoneNumberId: string): Update {
  const parsed = idUpdateSchema.safeParse(raw)
  if (!parsed.success) return malformed('user_id_update', raw)
  const { wa_id: phone, user_id: user, parent_user_id: parent, timestamp } = parsed.data
  const previous: Identity = cleanIdentity({ bsuid: user?.previous, parentBsuid: parent?.previous })
  const identity: Identity = cleanIdentity({ phone, bsuid: user?.current, parentBsuid: parent?.current })
  // No id of its own: the same change at the same second is the same update.
  const key = digest(`user_id_update\0${JSON.stringify([previous, identity, String(timestamp)])}`)
  return {
    kind: 'renamed',
    key,
    at: readTime(timestamp),
    phoneNumberId,
    what: 'user_id_update',
    previous,
    identity,
  }
}

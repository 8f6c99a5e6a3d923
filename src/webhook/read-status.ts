// Reads what became of a message, and whom it went to: a status of a message to a phone is where the BSUID behind the
// phone is learnt, before its owner may ever write without showing their number.

import { z } from 'zod'
import type { Update } from './payload.js'
import { type Card, identityOfMessage } from './read-identity.js'
import { id, ignored, loose, malformed, opaque, readTime } from './shapes.js'

const statusSchema = loose({
  id: z.string().min(1),
  status: z.string(),
  timestamp: z.unknown().optional(),
  recipient_type: z.unknown().optional(),
  recipient_id: id,
  recipient_user_id: id,
  recipient_parent_user_id: id,
  // Its name until May 2026.
  parent_recipient_user_id: id,
  biz_opaque_callback_data: z.unknown().optional(),
  errors: z
    .array(loose({ code: z.unknown().optional() }))
    .optional()
    .catch(undefined),
})

export function readStatus(raw: unknown, phoneNumberId: string, cards: readonly Card[]): Update {
  const parsed = statusSchema.safeParse(raw)
  if (!parsed.success) return malformed('status', raw)
  const { id: wamid, status, timestamp, errors, biz_opaque_callback_data: name, ...recipient } = parsed.data
  if (status !== 'sent' && status !== 'delivered' && status !== 'read' && status !== 'failed') {
    return ignored(`status:${status}`, raw)
  }
  const code = Number(errors?.[0]?.code)
  const errorCode = Number.isInteger(code) && code >= 0 && code <= 0x7fff_ffff ? code : null
  const named = {
    phone: recipient.recipient_id,
    bsuid: recipient.recipient_user_id,
    parentBsuid: recipient.recipient_parent_user_id ?? recipient.parent_recipient_user_id,
  }
  // The recipient of a group's message is the group.
  const identity = recipient.recipient_type === 'group' ? {} : identityOfMessage(named, cards)
  return {
    kind: 'status',
    wamid: opaque(wamid) ?? '',
    status,
    at: readTime(timestamp),
    errorCode,
    identity,
    phoneNumberId,
    callbackData: readName(name),
  }
}

/** As sends keep it: up to 512 characters, Meta's limit. Other text is the name of no send of ours. */
function readName(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 512 && !value.includes('\0')
    ? value
    : null
}

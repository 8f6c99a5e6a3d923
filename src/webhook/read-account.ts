// Reads Meta's word on a whole account (field `account_update`): restricted, banned, free again. What says nothing about
// sending is ignored by name; a form that is not known stops rather than goes on, since one message a minute will see.
// Shapes: Meta's webhook reference (account_update); dates come as Unix seconds or ISO 8601.

import { z } from 'zod'
import type { AccountUpdate, Update } from './payload.js'
import { digest, ignored, loose, malformed, readTime, shapeName } from './shapes.js'

/** Of an entry: which account, and when, neither of which the change itself says. */
export type Entry = { id?: string | undefined; time?: unknown }

const valueSchema = loose({
  event: z.string().catch(''),
  ban_info: loose({ waba_ban_state: z.unknown() }).optional().catch(undefined),
  restriction_info: z
    .array(loose({ restriction_type: z.unknown(), expiration: z.unknown().optional() }))
    .optional()
    .catch(undefined),
})
type Value = z.infer<typeof valueSchema>

/** What the change does to sending: a halt, its end, or nothing (null). */
type Effect = Pick<AccountUpdate, 'effect' | 'until'> | null
const HALTED = { effect: 'halted', until: null } as const
const FREE = { effect: 'free', until: null } as const

export function readAccount(raw: unknown, entry: Entry): Update {
  const parsed = valueSchema.safeParse(raw)
  if (!parsed.success || entry.id === undefined) return malformed('account_update', raw)
  const effect = effectOf(parsed.data)
  const event = shapeName(parsed.data.event)
  if (effect === null) return ignored(`account:${event}`, [entry, raw])
  // The same event may come again years later: it is the time of its entry that tells it from a redelivery.
  const key = digest(`account\0${entry.id}\0${String(entry.time)}\0${JSON.stringify(raw)}`)
  return { kind: 'account', key, at: readTime(entry.time), account: entry.id, event, ...effect }
}

function effectOf({ event, ban_info: ban, restriction_info: restrictions }: Value): Effect {
  if (ban?.waba_ban_state === 'REINSTATE') return FREE
  switch (event) {
    case 'DISABLED_UPDATE':
      // A ban that is announced has not begun.
      return ban?.waba_ban_state === 'SCHEDULE_FOR_DISABLE' ? null : HALTED
    case 'ACCOUNT_RESTRICTION':
      return restrictions === undefined ? HALTED : restricted(restrictions)
    case 'ACCOUNT_VIOLATION':
    case 'ACCOUNT_DELETED':
    case 'ACCOUNT_OFFBOARDED':
      return HALTED
    case 'ACCOUNT_RECONNECTED':
      return FREE
    default:
      return null
  }
}

/** Until the last of the restrictions that concern messages ends; an empty list is the end of all of them. */
function restricted(restrictions: NonNullable<Value['restriction_info']>): Effect {
  if (restrictions.length === 0) return FREE
  const onMessages = restrictions.filter((r) => r.restriction_type !== 'RESTRICTED_ADD_PHONE_NUMBER_ACTION')
  if (onMessages.length === 0) return null
  const ends = onMessages.map((r) => readEnd(r.expiration))
  if (ends.some((end) => end === null)) return HALTED
  return { effect: 'halted', until: new Date(Math.max(...ends.map(Number))) }
}

function readEnd(value: unknown): Date | null {
  const seconds = readTime(value)
  if (seconds !== null || typeof value !== 'string') return seconds
  // Meta writes +0000, which JavaScript takes with a colon only.
  const time = Date.parse(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  return Number.isNaN(time) ? null : new Date(time)
}

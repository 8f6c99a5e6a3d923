// Reads one webhook body into a flat list of updates. Promise kept: whatever Meta sends, now or in five years, is
// read item by item; what is unknown becomes `ignored`, what is broken becomes `malformed`, and neither costs its
// neighbours anything. Shapes: Meta's webhook reference (messages, status, user_preferences).

import { createHash } from 'node:crypto'
import { z } from 'zod'

/** How a person was named in one place. All opaque text; any of them may be missing. */
export type Identity = { phone?: string; bsuid?: string; parentBsuid?: string; username?: string }

/** What a message says, as far as it can be a statement by the person. */
export type Content =
  | { by: 'text'; method: 'text' | 'caption'; text: string }
  | { by: 'tap'; method: 'button' | 'list'; id: string; title: string }
  | { by: 'label'; method: 'template_button'; payload: string; text: string }

type Common = { key: Buffer; at: Date | null; phoneNumberId: string }
export type MessageUpdate = Common & {
  kind: 'message'
  type: string
  wamid: string
  identity: Identity
  content: Content | null
}
export type PreferenceUpdate = Common & { kind: 'preference'; identity: Identity; value: 'stop' | 'resume' }
export type StatusUpdate = {
  kind: 'status'
  wamid: string
  status: 'sent' | 'delivered' | 'read' | 'failed'
  at: Date | null
  errorCode: number | null
}
/** Something that is on record as seen and changes nothing. `what` names its shape, never its content. */
export type OtherUpdate = { kind: 'ignored' | 'malformed'; key: Buffer; at: Date | null; what: string }
export type Update = MessageUpdate | PreferenceUpdate | StatusUpdate | OtherUpdate

// Longer ids than Meta's own (BSUID ≤ 135, wamid ≤ ~150) do not fit an index; they stay distinguishable by digest.
const LONGEST_ID = 256

/** An id as opaque text that Postgres can hold and index: no U+0000, no endless length, nothing rejected. */
function opaque(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const id = String(value).replaceAll('\0', '\uFFFD').toWellFormed()
  if (id === '') return undefined
  return id.length <= LONGEST_ID ? id : `${id.slice(0, 128)}#${digest(id).toString('hex')}`
}

const id = z.unknown().transform(opaque).optional()
const loose = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape)
const media = loose({ caption: z.string().optional().catch(undefined) })
const option = loose({ id: z.string(), title: z.string().catch('') })

// Parts that do not belong to a message's own type are never a reason to lose it.
const messageSchema = loose({
  id,
  type: z.string(),
  timestamp: z.unknown().optional(),
  from: id,
  from_user_id: id,
  from_parent_user_id: id,
  group_id: z.unknown().optional(),
  context: loose({ forwarded: z.unknown().optional(), frequently_forwarded: z.unknown().optional() })
    .optional()
    .catch(undefined),
  text: loose({ body: z.string() }).optional().catch(undefined),
  button: loose({ payload: z.string().catch(''), text: z.string().catch('') })
    .optional()
    .catch(undefined),
  interactive: loose({
    type: z.string().catch(''),
    button_reply: option.optional().catch(undefined),
    list_reply: option.optional().catch(undefined),
  })
    .optional()
    .catch(undefined),
  image: media.optional().catch(undefined),
  video: media.optional().catch(undefined),
  document: media.optional().catch(undefined),
})
type Message = z.infer<typeof messageSchema>

const statusSchema = loose({
  id: z.string().min(1),
  status: z.string(),
  timestamp: z.unknown().optional(),
  errors: z
    .array(loose({ code: z.unknown().optional() }))
    .optional()
    .catch(undefined),
})

const preferenceSchema = loose({
  wa_id: id,
  user_id: id,
  parent_user_id: id,
  category: z.unknown().optional(),
  value: z.string(),
  timestamp: z.unknown().optional(),
})

const contactSchema = loose({
  wa_id: id,
  user_id: id,
  parent_user_id: id,
  profile: loose({ username: id }).optional().catch(undefined),
})

const bodySchema = loose({ entry: z.array(z.unknown()) })
const entrySchema = loose({ changes: z.array(z.unknown()) })
const list = z.array(z.unknown()).optional()
const changeSchema = loose({
  field: z.string(),
  value: loose({
    metadata: loose({ phone_number_id: id }).optional().catch(undefined),
    contacts: z
      .array(contactSchema.catch({} as never))
      .optional()
      .catch(undefined),
    messages: list.catch(undefined),
    statuses: list.catch(undefined),
    user_preferences: list.catch(undefined),
  }),
})
type Change = z.infer<typeof changeSchema>

/** Message types that are known and can be no statement by the person, or only through their caption. */
const KNOWN_TYPES = new Set(
  [
    'text image video document audio sticker button interactive reaction location contacts order system edit revoke',
    'unsupported unknown ephemeral voice request_welcome media_placeholder',
  ].flatMap((line) => line.split(' ')),
)

/** Flattens a parsed body. Never throws. */
export function readUpdates(body: unknown): Update[] {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return [malformed('body', body)]
  const updates: Update[] = []
  for (const rawEntry of parsed.data.entry) {
    const entry = entrySchema.safeParse(rawEntry)
    if (!entry.success) {
      updates.push(malformed('entry', rawEntry))
      continue
    }
    for (const rawChange of entry.data.changes) {
      const change = changeSchema.safeParse(rawChange)
      if (change.success) updates.push(...readChange(change.data, rawChange))
      else updates.push(malformed('change', rawChange))
    }
  }
  return updates
}

function readChange({ field, value }: Change, raw: unknown): Update[] {
  const phoneNumberId = value.metadata?.phone_number_id ?? ''
  if (field === 'messages') {
    const updates = [
      ...(value.messages ?? []).map((m) => readMessage(m, phoneNumberId, value.contacts ?? [])),
      ...(value.statuses ?? []).map(readStatus),
    ]
    return updates.length > 0 ? updates : [ignored('field:messages', raw)]
  }
  if (field === 'user_preferences' && value.user_preferences) {
    return value.user_preferences.map((p) => readPreference(p, phoneNumberId))
  }
  return [ignored(`field:${field}`, raw)]
}

function readMessage(raw: unknown, phoneNumberId: string, contacts: z.infer<typeof contactSchema>[]): Update {
  const parsed = messageSchema.safeParse(raw)
  if (!parsed.success || (parsed.data.type === 'text' && !parsed.data.text)) return malformed('message', raw)
  const message = parsed.data
  const at = readTime(message.timestamp)
  // Without an id the same words at the same second are the same message.
  const key = digest(`message\0${message.id ?? JSON.stringify(raw)}`)
  if (!KNOWN_TYPES.has(message.type))
    return { kind: 'ignored', key, at, what: shapeName(`type:${message.type}`) }
  const card =
    contacts.find((c) => sameId(c.user_id, message.from_user_id) || sameId(c.wa_id, message.from)) ??
    (contacts.length === 1 && message.type !== 'system' ? contacts[0] : undefined)
  const identity = compact({
    phone: message.from ?? card?.wa_id,
    bsuid: message.from_user_id ?? card?.user_id,
    parentBsuid: message.from_parent_user_id ?? card?.parent_user_id,
    username: card?.profile?.username,
  })
  const { id: wamid = '', type } = message
  return { kind: 'message', key, at, phoneNumberId, type, wamid, identity, content: readContent(message) }
}

const sameId = (a: string | undefined, b: string | undefined) => a !== undefined && a === b

/** The words or the tap of a message; null when it is none of the person's own statements. */
function readContent(message: Message): Content | null {
  // A forwarded STOP quotes somebody; a group message speaks to others.
  if (message.context?.forwarded === true || message.context?.frequently_forwarded === true) return null
  if (message.group_id !== undefined) return null
  switch (message.type) {
    case 'text':
      return message.text ? { by: 'text', method: 'text', text: message.text.body } : null
    case 'button':
      return message.button ? { by: 'label', method: 'template_button', ...pick(message.button) } : null
    case 'interactive': {
      const { button_reply: button, list_reply: row } = message.interactive ?? {}
      if (button) return { by: 'tap', method: 'button', id: button.id, title: button.title }
      if (row) return { by: 'tap', method: 'list', id: row.id, title: row.title }
      return null
    }
    case 'image':
    case 'video':
    case 'document': {
      const caption = message[message.type]?.caption
      return caption ? { by: 'text', method: 'caption', text: caption } : null
    }
    default:
      return null
  }
}

const pick = ({ payload, text }: { payload: string; text: string }) => ({ payload, text })

function readStatus(raw: unknown): Update {
  const parsed = statusSchema.safeParse(raw)
  if (!parsed.success) return malformed('status', raw)
  const { id: wamid, status, timestamp, errors } = parsed.data
  if (status !== 'sent' && status !== 'delivered' && status !== 'read' && status !== 'failed') {
    return ignored(`status:${status}`, raw)
  }
  const code = Number(errors?.[0]?.code)
  const errorCode = Number.isInteger(code) && code >= 0 && code <= 0x7fff_ffff ? code : null
  return { kind: 'status', wamid: opaque(wamid) ?? '', status, at: readTime(timestamp), errorCode }
}

function readPreference(raw: unknown, phoneNumberId: string): Update {
  const parsed = preferenceSchema.safeParse(raw)
  if (!parsed.success) return malformed('user_preference', raw)
  const { wa_id, user_id, parent_user_id, category, value } = parsed.data
  if (category !== 'marketing_messages' || (value !== 'stop' && value !== 'resume')) {
    return ignored(`preference:${value}`, raw)
  }
  const at = readTime(parsed.data.timestamp)
  const identity = compact({ phone: wa_id, bsuid: user_id, parentBsuid: parent_user_id })
  // No id of its own (cloud-api 1.4): the same statement at the same second is the same update.
  const key = digest(
    `preference\0${phoneNumberId}\0${user_id ?? wa_id ?? ''}\0${value}\0${at?.getTime() ?? ''}`,
  )
  return { kind: 'preference', key, at, phoneNumberId, identity, value }
}

/** Unix seconds as text or number; null for anything that is no moment between 2009 and 2100. */
function readTime(value: unknown): Date | null {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !(seconds >= 1_230_768_000 && seconds < 4_102_444_800)) return null
  return new Date(Math.floor(seconds) * 1000)
}

const ignored = (what: string, raw: unknown): OtherUpdate => other('ignored', what, raw)
const malformed = (what: string, raw: unknown): OtherUpdate => other('malformed', what, raw)
const other = (kind: OtherUpdate['kind'], what: string, raw: unknown): OtherUpdate => ({
  kind,
  key: digest(`${kind}\0${what}\0${JSON.stringify(raw)}`),
  at: null,
  what: shapeName(what),
})

/** The name of a shape, safe to store and to show: letters, digits and a little punctuation, at most 64. */
const shapeName = (name: string) => name.replace(/[^\w:.-]/g, '?').slice(0, 64)

const digest = (text: string) => createHash('sha256').update(text).digest()

function compact(identity: { [K in keyof Identity]: Identity[K] | undefined }): Identity {
  return Object.fromEntries(Object.entries(identity).filter(([, v]) => v !== undefined))
}

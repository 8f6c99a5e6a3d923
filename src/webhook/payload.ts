// Reads one webhook body into a flat list of updates. Promise kept: whatever Meta sends, now or in five years, is
// read item by item; what is unknown becomes `ignored`, what is broken becomes `malformed`, and neither costs its
// neighbours anything. Shapes: Meta's webhook reference (messages, status, user_preferences).

import { z } from 'zod'
import type { Identity } from '../consent/directory.js'
import type { TemplateNews } from '../templates/category.js'
import { readAccount } from './read-account.js'
import { type Card, cardSchema, cleanIdentity, identityOfMessage, readSharedPhone } from './read-identity.js'
import { readStatus } from './read-status.js'
import { readIdUpdate, readSystem } from './read-system.js'
import { readTemplateCategory } from './read-template-category.js'
import { readTemplateStatus } from './read-template-status.js'
import { digest, id, ignored, loose, malformed, readTime, shapeName } from './shapes.js'

/** What a message says, as far as it can be a statement by the person. */
export type Content =
  | { by: 'text'; method: 'text' | 'caption'; text: string }
  | { by: 'tap'; method: 'button' | 'list' | 'flow'; id: string; title: string }
  /** `template` is the message that carried the button, if WhatsApp names it. */
  | { by: 'label'; method: 'template_button'; payload: string; text: string; template: string | null }

type Common = { key: Buffer; at: Date | null; phoneNumberId: string }
export type MessageUpdate = Common & {
  kind: 'message'
  type: string
  wamid: string
  identity: Identity
  content: Content | null
  /** Whether it opens the 24-hour window of this business number. */
  opensWindow: boolean
}
/** WhatsApp's own word on marketing: its switch, In-App Signup, or error 131050, which says that the switch is off. */
export type PreferenceUpdate = Common & {
  kind: 'preference'
  identity: Identity
  value: 'stop' | 'resume' | 'signup'
  method: 'switch' | 'signup' | 'error'
  /** Of In-App Signup: which signup message the person answered. */
  signup: string | null
}
export type StatusUpdate = {
  kind: 'status'
  wamid: string
  status: 'sent' | 'delivered' | 'read' | 'failed'
  at: Date | null
  errorCode: number | null
  /** Whom the message went to, as far as the status says. */
  identity: Identity
  /** By which number of ours. */
  phoneNumberId: string
  /** The name that the request gave the message (`biz_opaque_callback_data`). */
  callbackData: string | null
}
/** Meta's word on a whole account: nothing may be sent, or it may again. */
export type AccountUpdate = {
  kind: 'account'
  key: Buffer
  at: Date | null
  account: string
  event: string
  effect: 'halted' | 'free'
  until: Date | null
}
/** Meta's word that somebody is now named otherwise; either side may lack anything. */
export type RenamedUpdate = Common & {
  kind: 'renamed'
  what: string
  previous: Identity
  identity: Identity
}
/** What Meta says of a message template: about no person. */
export type TemplateUpdate = {
  kind: 'template'
  key: Buffer
  at: Date | null
  what: string
  news: Omit<TemplateNews, 'at'>
}
/** Something that is on record as seen and changes nothing. `what` names its shape, never its content. */
export type OtherUpdate = { kind: 'ignored' | 'malformed'; key: Buffer; at: Date | null; what: string }
export type Update =
  | MessageUpdate
  | PreferenceUpdate
  | RenamedUpdate
  | StatusUpdate
  | TemplateUpdate
  | AccountUpdate
  | OtherUpdate

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
  to: z.unknown().optional(),
  context: loose({ id, forwarded: z.unknown().optional(), frequently_forwarded: z.unknown().optional() })
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
    nfm_reply: loose({ response_json: z.string() }).optional().catch(undefined),
  })
    .optional()
    .catch(undefined),
  system: loose({ type: z.unknown().optional(), marketing: z.unknown().optional() })
    .optional()
    .catch(undefined),
  image: media.optional().catch(undefined),
  video: media.optional().catch(undefined),
  document: media.optional().catch(undefined),
})
type Message = z.infer<typeof messageSchema>

const preferenceSchema = loose({
  wa_id: id,
  user_id: id,
  parent_user_id: id,
  category: z.unknown().optional(),
  value: z.string(),
  signup_id: z.unknown().optional(),
  timestamp: z.unknown().optional(),
})

const bodySchema = loose({ entry: z.array(z.unknown()) })
const entrySchema = loose({ id, time: z.unknown().optional(), changes: z.array(z.unknown()) })
/** The account that a change is about, and when Meta says it. */
export type Entry = { id?: string | undefined; time?: unknown }
const list = z.array(z.unknown()).optional()
const changeSchema = loose({
  field: z.string(),
  value: loose({
    metadata: loose({ phone_number_id: id }).optional().catch(undefined),
    contacts: z
      .array(cardSchema.catch({} as never))
      .optional()
      .catch(undefined),
    messages: list.catch(undefined),
    statuses: list.catch(undefined),
    user_preferences: list.catch(undefined),
    user_id_update: list.catch(undefined),
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
      if (change.success) updates.push(...readChange(change.data, rawChange, entry.data))
      else updates.push(malformed('change', rawChange))
    }
  }
  return updates
}

function readChange({ field, value }: Change, raw: unknown, entry: Entry): Update[] {
  const phoneNumberId = value.metadata?.phone_number_id ?? ''
  // In standby another app owns the thread; the person's words count all the same.
  if (field === 'messages' || field === 'standby') {
    const updates = [
      ...(value.messages ?? []).map((m) => readMessage(m, phoneNumberId, value.contacts ?? [])),
      ...(value.statuses ?? []).map((status) => readStatus(status, phoneNumberId, value.contacts ?? [])),
    ]
    return updates.length > 0 ? updates : [ignored('field:messages', raw)]
  }
  if (field === 'user_preferences' && value.user_preferences) {
    return value.user_preferences.map((p) => readPreference(p, phoneNumberId))
  }
  if (field === 'user_id_update' && value.user_id_update) {
    return value.user_id_update.map((u) => readIdUpdate(u, phoneNumberId))
  }
  if (field === 'template_category_update') return [readTemplateCategory(value, entry)]
  if (field === 'message_template_status_update') return [readTemplateStatus(value, entry)]
  if (field === 'account_update') return [readAccount(value, entry)]
  return [ignored(`field:${field}`, raw)]
}

function readMessage(raw: unknown, phoneNumberId: string, cards: readonly Card[]): Update {
  const parsed = messageSchema.safeParse(raw)
  if (!parsed.success || (parsed.data.type === 'text' && !parsed.data.text)) return malformed('message', raw)
  const message = parsed.data
  const at = readTime(message.timestamp)
  // Without an id the same words at the same second are the same message.
  const key = digest(`message\0${message.id ?? JSON.stringify(raw)}`)
  if (!KNOWN_TYPES.has(message.type))
    return { kind: 'ignored', key, at, what: shapeName(`type:${message.type}`) }
  const renamed = message.type === 'system' ? readSystem(message) : null
  if (renamed !== null) return { kind: 'renamed', key, at, phoneNumberId, ...renamed }
  const named = { phone: message.from, bsuid: message.from_user_id, parentBsuid: message.from_parent_user_id }
  const seen = identityOfMessage(named, cards)
  const shared = message.type === 'contacts' ? readSharedPhone(message, seen) : undefined
  const identity = cleanIdentity({ ...seen, phone: seen.phone ?? shared })
  const preference = readEarlyPreference(message)
  if (preference !== null) {
    return {
      kind: 'preference',
      key,
      at,
      phoneNumberId,
      identity,
      value: preference,
      method: 'switch',
      signup: null,
    }
  }
  const { id: wamid = '', type } = message
  return {
    kind: 'message',
    key,
    at,
    phoneNumberId,
    type,
    wamid,
    identity,
    content: readContent(message),
    opensWindow: opensWindow(message),
  }
}

// What Meta reports in the shape of a message although nobody has written: its own notices, a chat that was merely
// opened, and changes to what was written before.
const NOT_WRITTEN = new Set(['system', 'request_welcome', 'edit', 'revoke'])

/** Whether the person wrote to the business number, in whatever form, a reaction too; not we, and not to a group. */
function opensWindow({ type, to, group_id: group }: Message): boolean {
  return to === undefined && group === undefined && !NOT_WRITTEN.has(type)
}

/** The words or the tap of a message; null when it is none of the person's own statements. */
function readContent(message: Message): Content | null {
  // A forwarded STOP quotes somebody; a group message speaks to others.
  if (message.context?.forwarded === true || message.context?.frequently_forwarded === true) return null
  if (message.group_id !== undefined) return null
  // Only what the business itself sent has a recipient: an echo in a standby webhook is nobody's statement.
  if (message.to !== undefined) return null
  switch (message.type) {
    case 'text':
      return message.text ? { by: 'text', method: 'text', text: message.text.body } : null
    case 'button':
      return message.button
        ? {
            by: 'label',
            method: 'template_button',
            ...pick(message.button),
            template: message.context?.id ?? null,
          }
        : null
    case 'interactive': {
      const { button_reply: button, list_reply: row, nfm_reply: flow } = message.interactive ?? {}
      if (button) return { by: 'tap', method: 'button', id: button.id, title: button.title }
      if (row) return { by: 'tap', method: 'list', id: row.id, title: row.title }
      if (flow) return readFlow(flow.response_json)
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

/** A flow answers with JSON of its own; the field `assent`, if it has one, is a button id of ours and nothing else is. */
function readFlow(json: string): Content | null {
  try {
    const answer: unknown = JSON.parse(json)
    const id = typeof answer === 'object' && answer !== null && 'assent' in answer ? answer.assent : null
    return typeof id === 'string' ? { by: 'tap', method: 'flow', id, title: '' } : null
  } catch {
    return null
  }
}

const pick = ({ payload, text }: { payload: string; text: string }) => ({ payload, text })

function readPreference(raw: unknown, phoneNumberId: string): Update {
  const parsed = preferenceSchema.safeParse(raw)
  if (!parsed.success) return malformed('user_preference', raw)
  const { wa_id, user_id, parent_user_id, category, value } = parsed.data
  const signup = opaqueId(parsed.data.signup_id)
  const isSignup = value === 'signup' && signup !== null
  if (!isSignup && (category !== 'marketing_messages' || (value !== 'stop' && value !== 'resume'))) {
    return ignored(`preference:${value}`, raw)
  }
  const at = readTime(parsed.data.timestamp)
  const identity = cleanIdentity({ phone: wa_id, bsuid: user_id, parentBsuid: parent_user_id })
  // No id of its own (cloud-api 1.4): the same statement at the same second is the same update.
  const key = digest(
    `preference\0${phoneNumberId}\0${user_id ?? wa_id ?? ''}\0${value}\0${signup ?? ''}\0${at?.getTime() ?? ''}`,
  )
  const common = { kind: 'preference', key, at, phoneNumberId, identity } as const
  if (isSignup) return { ...common, value: 'signup', method: 'signup', signup }
  return { ...common, value: value === 'stop' ? 'stop' : 'resume', method: 'switch', signup: null }
}

/** The early form of the same word, inside a system message (Meta's roll-out page). */
function readEarlyPreference(message: Message): 'stop' | 'resume' | null {
  if (message.type !== 'system' || message.system?.type !== 'user_preference_changed') return null
  const { marketing } = message.system
  return marketing === 'stop' || marketing === 'resume' ? marketing : null
}

/**
 * Error 131050 says that the person has stopped marketing in WhatsApp: as good as the webhook of it, which may never
 * have reached us (the app has to subscribe to it).
 * @param name what the error was about: a message id or a send
 */
export function stopByError(
  name: string,
  at: Date | null,
  identity: Identity,
  phoneNumberId: string,
): PreferenceUpdate {
  const key = digest(`131050\0${name}`)
  return {
    kind: 'preference',
    key,
    at,
    phoneNumberId,
    identity,
    value: 'stop',
    method: 'error',
    signup: null,
  }
}

const opaqueId = (value: unknown) =>
  typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : null

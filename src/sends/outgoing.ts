// What a caller wants to send, sent directly or queued, as far as the gate must know it. The body itself is left as it
// is: it goes to Graph byte for byte.

import { z } from 'zod'
import { parseRecipient, type Recipient } from '../consent/recipient.js'
import type { Reason } from '../consent/verdict.js'
import { type Category, type Policy, type Purpose, purposeOfTemplate } from '../policy.js'
import { templateLanguage, templateName } from '../templates/category.js'

export type OutgoingMessage = Extract<Outgoing, { kind: 'message' }>

export type Outgoing =
  /** Mark-as-read and typing: no message, nothing to consent to. */
  | { kind: 'receipt' }
  | {
      kind: 'message'
      type: string
      recipient: Recipient | null
      alias: Recipient | null
      template: string | null
      /** The template's, as the body names it; one that is none is no language of any template. */
      language: string | null
      /** The category that the message has by itself; null: that of its template, by Meta's word. */
      category: Category | null
      purposeName: string
      purpose: Purpose | null
      callbackData: string | null
      refusal: Reason | null
    }
  | { kind: 'invalid'; field: string; details: string }

/** Some clients write null for what they leave out. */
const optional = <T>(type: z.ZodType<T>) => type.nullish().transform((value) => value ?? undefined)
// What Postgres keeps as text: no U+0000 and no half surrogates, which JSON can carry.
const kept = z.string().regex(/^[^\0\p{Surrogate}]*$/u, 'must be text without U+0000 and lone surrogates')
const name = z.union([z.string(), z.number().transform(String)])
const schema = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  status: optional(z.string()),
  message_id: optional(z.string()),
  recipient_type: optional(z.string()),
  to: optional(name),
  recipient: optional(name),
  type: optional(z.string()).transform((type) => type ?? 'text'),
  template: optional(
    z.looseObject({
      name: templateName,
      language: z.looseObject({ code: templateLanguage }).optional().catch(undefined),
    }),
  ),
  biz_opaque_callback_data: optional(kept.max(512)),
})

// What a person can be sent; an unknown type is refused rather than let through unread.
const TYPES = new Set(
  'text image video audio document sticker interactive template location contacts reaction'.split(' '),
)

/**
 * @param wanted the header X-Consent-Purpose, if given
 */
export function readOutgoing(body: unknown, wanted: string | undefined, policy: Policy): Outgoing {
  const parsed = schema.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const field = issue?.path.join('.') || 'body'
    return invalid(
      field,
      field === 'body' ? 'The body must be a JSON object.' : `Parameter ${field}: ${issue?.message}.`,
    )
  }
  const message = parsed.data
  if (message.status !== undefined && message.to === undefined && message.recipient === undefined) {
    if (message.status === 'read' && message.message_id) return { kind: 'receipt' }
    return invalid('status', 'Only status "read" with a message_id is known.')
  }
  if ((message.recipient_type ?? 'individual') !== 'individual') {
    return invalid('recipient_type', 'Only recipient_type "individual" can be checked for consent.')
  }
  if (!TYPES.has(message.type))
    return invalid('type', `Message type must be one of ${[...TYPES].join(', ')}.`)
  if (message.type === 'template' && message.template === undefined)
    return invalid('template', 'template.name is missing.')
  const other = [...TYPES].find((type) => type !== message.type && (message[type] ?? null) !== null)
  if (other !== undefined)
    return invalid('type', `The message is of type ${message.type} and has "${other}" as well: send one.`)
  const named = message.to ?? message.recipient
  if (named === undefined)
    return invalid('to', 'Name the recipient in "to" (phone number) or "recipient" (BSUID).')
  const template = message.type === 'template' ? (message.template ?? null) : null
  const chosen =
    wanted ?? (template === null ? policy.defaultPurpose : purposeOfTemplate(policy, template.name))
  const purpose = policy.purposes.get(chosen) ?? null
  const recipient = addressee(named)
  const alias =
    message.to !== undefined && message.recipient !== undefined ? addressee(message.recipient) : null
  const unreadable =
    recipient === null || (message.to !== undefined && message.recipient !== undefined && alias === null)
  return {
    kind: 'message',
    type: message.type,
    recipient,
    alias,
    template: template?.name ?? null,
    language: template?.language?.code ?? null,
    category: template === null ? freeFormCategory(policy) : null,
    purposeName: purpose?.id ?? 'unknown',
    purpose,
    callbackData: message.biz_opaque_callback_data ?? null,
    refusal: unreadable ? 'recipient_invalid' : purpose === null ? 'purpose_unknown' : null,
  }
}

// Meta documents `+`, `-`, `(`, `)` and spaces in numbers, and puts the country code of the *sender* in front of what has
// no `+` ("Send messages", on phone number formats): `1 (202) 555-0101` from a German number is somebody in Germany. Bare
// digits, which all clients send, are E.164.
const MEANT_ALIKE = /^\s*(?:\+[\d ()-]+|[1-9]\d+)\s*$/

/** Whom the message reaches; null when Meta could take the same characters for somebody else. */
function addressee(written: string): Recipient | null {
  const recipient = parseRecipient(written)
  return recipient?.kind === 'phone' && !MEANT_ALIKE.test(written) ? null : recipient
}

/**
 * What a free-form message is: whatever the policy file says that this company sends so, by its `defaultPurpose`. Meta
 * files every free-form message under "service", an answer and an advertisement alike, so Meta's word is worth nothing
 * here, and a word of the caller's would let each call name its own advertisement an answer (R62). Whoever answers
 * customers makes a purpose of category service the `defaultPurpose`; offers then go by template, where Meta looks.
 */
const freeFormCategory = (policy: Policy) =>
  policy.purposes.get(policy.defaultPurpose)?.category ?? 'marketing'

const invalid = (field: string, details: string): Outgoing => ({ kind: 'invalid', field, details })

/**
 * Adds our callback data to a body that has none, without touching any other byte, so that a status webhook can be
 * matched to a send whose answer never came.
 */
export function withCallbackData(raw: Buffer, callbackData: string): Buffer {
  const end = raw.lastIndexOf('}')
  const empty = /^\s*\{\s*$/.test(raw.subarray(0, end).toString())
  const field = `${empty ? '' : ','}"biz_opaque_callback_data":${JSON.stringify(callbackData)}`
  return Buffer.concat([raw.subarray(0, end), Buffer.from(field), raw.subarray(end)])
}

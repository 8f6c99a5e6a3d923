// The webhook payloads that the emulated WhatsApp posts.
// Promise kept: who is named, and how, follows Meta's rules: a hidden phone is left out and not left empty, `failed`
// has no contacts, a username is never on `sent`.

import { createHash } from 'node:crypto'
import { statusError } from './graph-errors.js'
import type { BusinessNumber, DeliveryStatus, PersonRecord, Receipt } from './people.js'

const seconds = (at: Date) => String(Math.floor(at.getTime() / 1000))

/** The envelope around one change. `time` is set on every field but `messages`. */
export function envelope(businessAccountId: string, field: string, value: unknown, at?: Date) {
  return {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: businessAccountId,
        ...(at ? { time: Math.floor(at.getTime() / 1000) } : {}),
        changes: [{ field, value }],
      },
    ],
  }
}

function metadata(number: BusinessNumber) {
  return {
    messaging_product: 'whatsapp',
    metadata: {
      display_phone_number: number.displayPhoneNumber.replace(/\D/g, ''),
      phone_number_id: number.phoneNumberId,
    },
  }
}

function contact(person: PersonRecord, show: { username: boolean; phone: boolean }) {
  return {
    profile: {
      name: person.name,
      ...(show.username && person.username ? { username: person.username } : {}),
    },
    ...(show.phone && person.waId ? { wa_id: person.waId } : {}),
    user_id: person.userId,
  }
}

/** A message from a person. `content` holds `type` and the object of that name. */
export function incomingMessage(
  number: BusinessNumber,
  person: PersonRecord,
  message: { id: string; at: Date; content: Readonly<Record<string, unknown>> },
) {
  return envelope(number.businessAccountId, 'messages', {
    ...metadata(number),
    contacts: [contact(person, { username: true, phone: person.phoneShown })],
    messages: [
      {
        ...(person.phoneShown && person.waId ? { from: person.waId } : {}),
        from_user_id: person.userId,
        id: message.id,
        timestamp: seconds(message.at),
        ...message.content,
      },
    ],
  })
}

/** Somebody used WhatsApp's own switch for offers and announcements. It has no message id, as with Meta. */
export function marketingPreference(
  number: BusinessNumber,
  person: PersonRecord,
  preference: { value: 'stop' | 'resume'; at: Date },
) {
  const phone = person.phoneShown && person.waId ? { wa_id: person.waId } : {}
  return envelope(
    number.businessAccountId,
    'user_preferences',
    {
      ...metadata(number),
      contacts: [contact(person, { username: true, phone: person.phoneShown })],
      user_preferences: [
        {
          ...phone,
          user_id: person.userId,
          detail: `User requested to ${preference.value} marketing messages`,
          category: 'marketing_messages',
          value: preference.value,
          timestamp: Math.floor(preference.at.getTime() / 1000),
        },
      ],
    },
    preference.at,
  )
}

/** A status of a message that Graph accepted. */
export function messageStatus(
  receipt: Receipt,
  report: {
    status: DeliveryStatus
    at: Date
    priced: boolean
    conversation: boolean
    failure?: { code: number; details: string }
  },
) {
  const { number, person, dialled } = receipt
  const common = { id: receipt.id, status: report.status, timestamp: seconds(report.at) }
  const opaque = receipt.opaque === undefined ? {} : { biz_opaque_callback_data: receipt.opaque }
  if (!person || report.failure) {
    const recipient =
      dialled === undefined
        ? { recipient_user_id: person?.userId }
        : { recipient_id: person?.waId ?? dialled }
    const errors = report.failure ? [statusError(report.failure.code, report.failure.details)] : []
    return envelope(number.businessAccountId, 'messages', {
      ...metadata(number),
      statuses: [{ ...common, ...recipient, errors, ...opaque }],
    })
  }
  const phone = person.waId !== undefined && (dialled !== undefined || person.phoneShown)
  return envelope(number.businessAccountId, 'messages', {
    ...metadata(number),
    contacts: [contact(person, { username: report.status !== 'sent', phone })],
    statuses: [
      {
        ...common,
        ...(phone ? { recipient_id: person.waId } : {}),
        recipient_user_id: person.userId,
        ...(report.conversation ? { conversation: conversation(receipt, report) } : {}),
        ...(report.priced ? { pricing: pricing(receipt) } : {}),
        ...opaque,
      },
    ],
  })
}

function pricing({ category }: Receipt) {
  const free = category === 'service'
  return { billable: !free, pricing_model: 'PMP', type: free ? 'free_customer_service' : 'regular', category }
}

// One per message, as in the last versions that had it; the expiry is told with `sent` only.
function conversation({ id, category }: Receipt, { status, at }: { status: DeliveryStatus; at: Date }) {
  const expiry = seconds(new Date(at.getTime() + 24 * 60 * 60 * 1000))
  return {
    id: createHash('md5').update(id).digest('hex'),
    ...(status === 'sent' ? { expiration_timestamp: expiry } : {}),
    origin: { type: category },
  }
}

// What happens to a message after Graph has said 200: it shows in the chat and its statuses follow, or it fails.
// Promise kept: 200 means accepted only. A closed 24-hour window (131047), a person who stopped marketing in
// WhatsApp (131050) and a number without WhatsApp (131026) all come later, as a `failed` status.

import type { Outgoing } from './outgoing.js'
import { messageStatus } from './payloads.js'
import { type Bubble, type BusinessNumber, newMessageId, type PersonRecord, type Receipt } from './people.js'
import type { World } from './world.js'

const WINDOW_MS = 24 * 60 * 60 * 1000
// Far enough apart that a person can watch it, near enough that nobody waits.
const AFTER_MS = { failed: 60, sent: 30, delivered: 120, read: 200 } as const

/** Who a send was addressed to; `dialled` are the digits, absent when it was addressed to a BSUID. */
export type Recipient = { person: PersonRecord | undefined; dialled?: string }

type Failure = { code: number; details: string }

/** Takes a message in and lets its statuses follow. @returns its id */
export function acceptMessage(
  world: World,
  number: BusinessNumber,
  message: Outgoing,
  to: Recipient,
): string {
  const { person } = to
  const id = newMessageId()
  const failure = failureOf(world, number, message, person)
  const bubble = message.reaction ? undefined : bubbleOf(world, number, message, id)
  const receipt: Receipt = { id, number, category: message.category, opaque: message.opaque, bubble, ...to }
  if (person && bubble) person.chat.push(bubble)
  if (person) person.typingUntil = 0
  // Writing to a phone is one of the cases in which WhatsApp shares it with the business, username or not.
  if (person && to.dialled !== undefined) person.phoneShown = true
  if (failure) {
    report(world, receipt, 'failed', failure)
    return id
  }
  if (message.reaction) reactTo(person, message.reaction)
  report(world, receipt, 'sent')
  if (person && bubble) arrive(world, receipt, person)
  return id
}

/** The person opens the chat: what was delivered is read now. */
export function readEverything(world: World, person: PersonRecord): void {
  for (const receipt of person.unread.splice(0)) report(world, receipt, 'read')
}

// A reaction gives `sent` only; an open chat skips `delivered`, because read implies it.
function arrive(world: World, receipt: Receipt, person: PersonRecord): void {
  const open = person.viewers > 0
  if (!open) person.unread.push(receipt)
  report(world, receipt, open ? 'read' : 'delivered')
}

function failureOf(
  world: World,
  number: BusinessNumber,
  { category, reaction }: Outgoing,
  person: PersonRecord | undefined,
): Failure | undefined {
  if (!person) return { code: 131026, details: 'The recipient is not on WhatsApp.' }
  if ((category === 'marketing' || category === 'marketing_lite') && person.marketingStopped) {
    return {
      code: 131050,
      details: 'The recipient has stopped marketing messages from this business in WhatsApp.',
    }
  }
  const wrote = person.lastWrote.get(number.phoneNumberId) ?? Number.NEGATIVE_INFINITY
  if (category === 'service' && world.clock().getTime() - wrote >= WINDOW_MS) {
    return {
      code: 131047,
      details: 'More than 24 hours have passed since the recipient last wrote to this number.',
    }
  }
  if (reaction && !person.chat.some((b) => b.id === reaction.messageId)) {
    return { code: 131009, details: 'reaction.message_id: no such message in this chat' }
  }
  return undefined
}

function bubbleOf(world: World, number: BusinessNumber, message: Outgoing, id: string): Bubble {
  return {
    ...message.content,
    id,
    from: 'business',
    phoneNumberId: number.phoneNumberId,
    at: world.clock().toISOString(),
    statuses: [],
    heard: false,
    seen: false,
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
  }
}

function reactTo(
  person: PersonRecord | undefined,
  { emoji, messageId }: { emoji: string; messageId: string },
) {
  const target = person?.chat.find((b) => b.id === messageId)
  if (target) target.reaction = emoji
}

function report(world: World, receipt: Receipt, status: keyof typeof AFTER_MS, failure?: Failure): void {
  const { person, bubble } = receipt
  const at = world.clock()
  const alreadyPriced = bubble?.statuses.some((s) => s.status === 'delivered') ?? false
  bubble?.statuses.push({ status, at: at.toISOString(), ...failure })
  const payload = messageStatus(receipt, {
    status,
    at,
    priced: !alreadyPriced,
    conversation: world.conversations,
    ...(failure ? { failure } : {}),
  })
  world.deliveries.post(payload, { person: person?.id ?? null, afterMs: AFTER_MS[status] })
  world.changed(person?.id ?? null)
}

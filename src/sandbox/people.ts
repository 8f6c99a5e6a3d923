// The people of the emulated WhatsApp: who they are, what their chat shows, and how Graph finds them.
// Promise kept: a person keeps one BSUID over restarts (it is derived, not drawn), a hidden phone stays hidden until
// the business writes to it, and Brazilian numbers come back rewritten, as they do from Meta.

import { createHash, randomBytes } from 'node:crypto'
import type { Content } from './content.js'
import type { PricingCategory } from './outgoing.js'

export type Profile = {
  name: string
  /** E.164 with `+`; absent for somebody who only has a username */
  phone?: string
  userId?: string
  username?: string
  /** true: webhooks carry the phone only after the business has written to it (usernames, since 2026) */
  hidesPhone?: boolean
}

/** A number of the business. */
export type BusinessNumber = { phoneNumberId: string; businessAccountId: string; displayPhoneNumber: string }

export type DeliveryStatus = 'sent' | 'delivered' | 'read' | 'failed'

/** One message in a chat, in either direction. */
export type Bubble = Content & {
  id: string
  from: 'person' | 'business'
  phoneNumberId: string
  at: string
  /** of a message of the business, oldest first */
  statuses: { status: DeliveryStatus; at: string; code?: number; details?: string }[]
  /** of the person's own message: the webhook that carried it was answered 200 */
  heard: boolean
  /** of the person's own message: the business marked it as read */
  seen: boolean
  tapped?: string
  replyTo?: string
  forwarded?: boolean
  reaction?: string
}

/** What Graph remembers of a message it accepted. */
export type Receipt = {
  readonly id: string
  readonly number: BusinessNumber
  readonly person: PersonRecord | undefined
  /** absent for a reaction */
  readonly bubble: Bubble | undefined
  readonly category: PricingCategory
  /** the digits it was sent to; absent when it was sent to a BSUID */
  readonly dialled?: string
  readonly opaque: string | undefined
}

export type PersonRecord = {
  readonly id: string
  readonly name: string
  readonly phone?: string
  readonly waId?: string
  readonly userId: string
  readonly username?: string
  readonly chat: Bubble[]
  /** delivered while the chat was closed */
  readonly unread: Receipt[]
  phoneShown: boolean
  marketingStopped: boolean
  /** how many screens show this chat right now */
  viewers: number
  /** phone number id → Unix ms of the newest message to it: opens 24 hours for free-form messages */
  readonly lastWrote: Map<string, number>
  typingUntil: number
}

/** The people everybody can be at the first start. Numbers are from the ranges kept for fiction. */
export const FIRST_PEOPLE: readonly Profile[] = [
  { name: 'Ada', phone: '+12025550101' },
  { name: 'Bruno', phone: '+447700900123' },
  { name: 'Mei', username: 'mei.hk', userId: 'HK.90210000000000000001' },
]

/** A message id as opaque and as long as Meta's. */
export function newMessageId(): string {
  return `wamid.${randomBytes(36).toString('base64')}`
}

/** Digits of a number however it is written: `+44 (7700) 900-123` → `447700900123`; null if it cannot be one. */
export function digitsOf(address: string): string | null {
  const digits = address.replace(/[\s()+.-]/g, '')
  return /^\d{7,15}$/.test(digits) ? digits : null
}

/** WhatsApp's id for a number. Brazilian mobiles lose the 9 that was added to them years ago. */
export function waIdOf(digits: string): string {
  return digits.replace(/^(55\d{2})9(\d{8})$/, '$1$2')
}

const COUNTRIES: readonly [prefix: string, country: string][] = [
  ['852', 'HK'],
  ['44', 'GB'],
  ['49', 'DE'],
  ['55', 'BR'],
  ['34', 'ES'],
  ['1', 'US'],
]

function userIdOf({ phone, username, name }: Profile): string {
  const digits = phone?.replace(/\D/g, '') ?? ''
  const country = COUNTRIES.find(([prefix]) => digits.startsWith(prefix))?.[1] ?? 'ZZ'
  const hash = createHash('sha256').update(digits || (username ?? name))
  return `${country}.${BigInt(`0x${hash.digest('hex')}`)
    .toString()
    .slice(0, 20)}`
}

export type People = {
  readonly all: readonly PersonRecord[]
  add(profile: Profile): PersonRecord
  byPhone(address: string): PersonRecord | undefined
  byUserId(userId: string): PersonRecord | undefined
  byMessage(messageId: string): { person: PersonRecord; bubble: Bubble } | undefined
}

/** An empty register of people. */
export function createPeople(): People {
  const all: PersonRecord[] = []
  const byWaId = new Map<string, PersonRecord>()
  const byUserId = new Map<string, PersonRecord>()
  const find: Pick<People, 'byPhone' | 'byUserId'> = {
    byPhone: (address) => byWaId.get(waIdOf(digitsOf(address) ?? '')),
    byUserId: (userId) => byUserId.get(userId),
  }
  return {
    all,
    ...find,
    add(profile) {
      const { name, phone, username } = profile
      const digits = phone === undefined ? undefined : digitsOf(phone)
      if (digits === null)
        throw new RangeError('phone: write it with the country code, such as +1 202 555 0101')
      const waId = digits === undefined ? undefined : waIdOf(digits)
      const userId = profile.userId ?? userIdOf(profile)
      if ((waId && byWaId.has(waId)) || byUserId.has(userId)) {
        throw new RangeError('somebody with this phone or user id is already on this WhatsApp')
      }
      const person: PersonRecord = {
        id: `p${all.length + 1}`,
        name,
        ...(digits === undefined ? {} : { phone: `+${digits}` }),
        ...(waId === undefined ? {} : { waId }),
        userId,
        ...(username === undefined ? {} : { username }),
        chat: [],
        unread: [],
        phoneShown: waId !== undefined && profile.hidesPhone !== true,
        marketingStopped: false,
        viewers: 0,
        lastWrote: new Map(),
        typingUntil: 0,
      }
      all.push(person)
      byUserId.set(userId, person)
      if (waId) byWaId.set(waId, person)
      return person
    },
    byMessage(messageId) {
      for (const person of all) {
        const bubble = person.chat.find((b) => b.id === messageId)
        if (bubble) return { person, bubble }
      }
      return undefined
    },
  }
}

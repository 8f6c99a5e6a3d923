// How a person is named: a phone number in one canonical form, or a business-scoped user ID (BSUID). Strict towards
// callers (a number that cannot be E.164 is refused), never towards the inbound side (an odd id never loses a STOP).

import { createHmac } from 'node:crypto'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { oneForm } from './numbering.js'

export type Recipient = { kind: 'phone' | 'bsuid' | 'parent_bsuid'; value: string }

// Meta: two-letter country, a dot, up to 128 alphanumerics; a parent BSUID has `ENT.` in between.
const BSUID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/
// Everything people put between digits, and the signs that copying adds around them.
const SEPARATORS = /[\s()\-./\u00a0\u2010-\u2015\u202a-\u202e\u2066-\u2069]/g
// ITU-T E.164: at most 15 digits, no leading zero; shorter than 7 is no subscriber anywhere.
const E164 = /^[1-9]\d{6,14}$/

/**
 * Reads a recipient as callers write it: `+49 30 1234567`, `49301234567` or a BSUID.
 * @returns null when it can be neither (reason `recipient_invalid`)
 */
export function parseRecipient(input: string): Recipient | null {
  if (input.length > 200) return null
  const trimmed = input.trim()
  const kind = bsuidKind(trimmed)
  if (kind !== null) return { kind, value: trimmed }
  const value = canonicalPhone(trimmed)
  return isPhone(value) ? { kind: 'phone', value } : null
}

/** What a business-scoped user ID is by its pattern, wherever it was written; null when it is none. */
export function bsuidKind(id: string): 'bsuid' | 'parent_bsuid' | null {
  const found = BSUID.exec(id)
  return found === null ? null : found[1] === undefined ? 'bsuid' : 'parent_bsuid'
}

/** Whether a canonical form can be a number at all. */
export const isPhone = (canonical: string): boolean => E164.test(canonical)

/**
 * The canonical form of a phone number, by which a person is known: E.164 digits without `+`, one form per subscriber.
 * A national trunk zero after the country code (`+44 (0)20 …`) goes; what no numbering plan knows keeps its digits,
 * since plans change and Meta decides. For looking up only: messages go to the form that Meta or the caller wrote.
 */
export function canonicalPhone(input: string): string {
  const bare = input.replace(SEPARATORS, '').replace(/^(?:\+|00(?=[1-9]))+/, '')
  if (!/^\d{7,17}$/.test(bare)) return bare
  const form = oneForm(parsePhoneNumberFromString(`+${bare}`)?.number.slice(1) ?? bare)
  // Taking a prefix away can bring out another one (two trunk zeros): what comes out has to come out of itself.
  return form.length < bare.length ? canonicalPhone(form) : form
}

/**
 * The keyed hash under which a person stays known without plaintext (refusals, suppression): HMAC-SHA-256, because
 * phone numbers are few enough to try them all against a plain hash (AEPD/EDPS on hashing).
 */
export function personKey(identityKey: string, recipient: Recipient): Buffer {
  return createHmac('sha256', identityKey).update(`${recipient.kind}\0${recipient.value}`).digest()
}

// Whom a webhook concerns, so that their letters go one after the other. Read from the shape alone, not from what Assent
// understands of it: a kind of message that Meta invents tomorrow keeps its place in line. Hashes only, no number.

import { createHmac } from 'node:crypto'
import { identifiersOf } from '../consent/directory.js'
import { personKey } from '../consent/recipient.js'

// Wherever Meta names somebody (messages, statuses, echoes, calls, preferences, system messages, contact cards).
const NAMES =
  /^(?:wa_id|from|to|recipient_id|recipient|(?:(?:from|to|recipient|previous|new)_)?(?:parent_|participant_)*(?:user_id|wa_id)|recipient_participant_id|parent_recipient_user_id)$/

// Of a message: people whom it only shows or quotes.
const OTHERS = new Set(['contacts', 'context'])
// Past conversations come four levels down (history, threads, messages, …).
const DEEPEST = 8

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** The changes of a body, as far as they have a value. */
function changesOf(body: unknown): Record<string, unknown>[] {
  const entries = isObject(body) ? listed(body.entry) : []
  const changes = entries.flatMap((entry) => (isObject(entry) ? listed(entry.changes) : []))
  return changes.flatMap((change) => (isObject(change) && isObject(change.value) ? [change.value] : []))
}

/** The phone number ids that a body is about; none for what is about a whole account. */
export function numbersOf(body: unknown): Set<string> {
  return new Set(
    changesOf(body).flatMap(({ metadata }) =>
      isObject(metadata) && typeof metadata.phone_number_id === 'string' ? [metadata.phone_number_id] : [],
    ),
  )
}

/** Keyed hashes of everybody whom a body names. */
export function peopleOf(identityKey: string, body: unknown): string[] {
  const named = new Set<string>()
  for (const { metadata, ...value } of changesOf(body)) {
    const own = isObject(metadata) ? digits(metadata.display_phone_number) : ''
    for (const item of Object.values(value).flatMap(listed)) collect(item, own, named)
  }
  const hashes = [...named].flatMap((name) =>
    // An id is told by its pattern, whatever it is given as.
    identifiersOf({ phone: name }).flatMap(({ kind, value }) =>
      kind === 'username' ? [] : [short(personKey(identityKey, { kind, value }))],
    ),
  )
  return [...new Set(hashes)]
}

function collect(item: unknown, own: string, named: Set<string>, depth = 0): void {
  if (!isObject(item) || depth > DEEPEST) return
  for (const [key, value] of Object.entries(item)) {
    const names = NAMES.test(key)
    // A business' own number is everybody's: it would put all of its echoes into one line.
    if (names && typeof value === 'string' && value !== '' && digits(value) !== own) named.add(value)
    // The pair of an early form: `user_id: {previous, current}`.
    else if (names && isObject(value))
      for (const id of [value.previous, value.current]) if (typeof id === 'string') named.add(id)
    if (!names && !OTHERS.has(key)) collect(value, own, named, depth + 1)
  }
}

const digits = (text: unknown) => (typeof text === 'string' ? text.replace(/\D/g, '') || text : '')

/** The same for a contact: it joins names that only the directory knows to be one person's. */
export const contactKey = (identityKey: string, contactId: string): string =>
  short(createHmac('sha256', identityKey).update(`contact\0${contactId}`).digest())

// 128 bits: two people in one line by accident would only wait for each other.
const short = (hash: Buffer) => hash.subarray(0, 16).toString('base64url')

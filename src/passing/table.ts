// What passes from a caller to Meta, and nothing else does. Whoever adds a line here opens a door: it must not be able
// to reach a person without the gate, nor anything of the account but what its line names.

import type { Policy } from '../policy.js'

export type Passing = {
  method: 'GET' | 'POST' | 'DELETE'
  /** Whose id begins the path: a number or an account of the policy; a media id is any other. */
  of: 'number' | 'account' | 'media'
  /** What follows the id; empty for the object itself. */
  edge: string
  /** `download` is a path of our own: Meta's media addresses want Meta's token, which callers do not have. */
  through: 'gate' | 'upload' | 'read' | 'media' | 'download' | 'delete media'
  /** Every parameter that may stand in the query, and what it may look like. */
  query: Readonly<Record<string, RegExp>>
}

// Plain names only: braces, dots and parentheses would let `fields` walk on to other objects ("field expansion").
const FIELDS = /^(?!.*token)[a-z\d_]{1,64}(,[a-z\d_]{1,64}){0,99}$/i
const WORDS = /^(?:[\w-]{1,64}|\[("[\w-]{1,64}",?)+(?<!,)\])$/
const TEXT = /^[^\p{C}]{1,1024}$/u
const NUMBER_ID = /^\d{3,32}$/
const PAGES = { limit: /^\d{1,4}$/, after: /^[\w=+/-]{1,1024}$/, before: /^[\w=+/-]{1,1024}$/ }
const TEMPLATES = {
  fields: FIELDS,
  ...PAGES,
  name: /^[\w-]{1,512}$/,
  name_or_content: TEXT,
  content: TEXT,
  category: WORDS,
  status: WORDS,
  language: WORDS,
  quality_score: WORDS,
}
const NUMBERS = { fields: FIELDS, ...PAGES, sort: TEXT, filtering: TEXT }
const OF_NUMBER = { phone_number_id: NUMBER_ID }

const row = (
  method: Passing['method'],
  of: Passing['of'],
  edge: string,
  through: Passing['through'],
  query: Passing['query'],
): Passing => ({ method, of, edge, through, query })

export const PASSING: readonly Passing[] = [
  row('POST', 'number', 'messages', 'gate', {}),
  row('POST', 'number', 'marketing_messages', 'gate', {}),
  row('POST', 'number', 'media', 'upload', { messaging_product: /^whatsapp$/ }),
  row('GET', 'media', '', 'media', OF_NUMBER),
  row('GET', 'media', 'download', 'download', OF_NUMBER),
  row('DELETE', 'media', '', 'delete media', OF_NUMBER),
  row('GET', 'number', '', 'read', { fields: FIELDS }),
  row('GET', 'number', 'whatsapp_business_profile', 'read', { fields: FIELDS }),
  row('GET', 'account', 'message_templates', 'read', TEMPLATES),
  row('GET', 'account', 'phone_numbers', 'read', NUMBERS),
]

/** Whose id it is; an id that is not of the policy can only be that of a media. */
export function ownerOf(id: string, policy: Pick<Policy, 'numbers'>): Passing['of'] {
  if (policy.numbers.some((n) => n.phoneNumberId === id)) return 'number'
  return policy.numbers.some((n) => n.businessAccountId === id) ? 'account' : 'media'
}

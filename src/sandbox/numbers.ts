// What Graph tells of the business's numbers and of its profile.
// Promise kept: the fields of the Cloud API, asked for with `fields` or not, and an error for a field there is none of.

import { type GraphProblem, NO_SUCH_OBJECT } from './graph-errors.js'
import type { BusinessNumber } from './people.js'

/** Facts of one number; tests change them in place to play what happens to a number at Meta. */
export type NumberFacts = {
  readonly id: string
  verified_name: string
  code_verification_status: 'VERIFIED' | 'NOT_VERIFIED' | 'EXPIRED'
  display_phone_number: string
  quality_rating: 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN'
  platform_type: 'CLOUD_API'
  /** STANDARD is 80 messages a second, HIGH 1,000 */
  throughput: { level: 'STANDARD' | 'HIGH' | 'NOT_APPLICABLE' }
  last_onboarded_time: string
  name_status: 'APPROVED' | 'DECLINED' | 'PENDING_REVIEW'
  status: 'CONNECTED' | 'FLAGGED' | 'RESTRICTED' | 'BANNED'
  account_mode: 'LIVE' | 'SANDBOX'
  is_official_business_account: boolean
  whatsapp_business_manager_messaging_limit:
    | 'TIER_250'
    | 'TIER_2K'
    | 'TIER_10K'
    | 'TIER_100K'
    | 'TIER_UNLIMITED'
}

/** What is told of a number when nobody says which fields. */
const USUAL = [
  'verified_name',
  'code_verification_status',
  'display_phone_number',
  'quality_rating',
  'platform_type',
  'throughput',
  'last_onboarded_time',
  'id',
]

/** A healthy number. */
export function numberFacts({ phoneNumberId, displayPhoneNumber }: BusinessNumber): NumberFacts {
  return {
    id: phoneNumberId,
    verified_name: 'Emulated business',
    code_verification_status: 'VERIFIED',
    display_phone_number: displayPhoneNumber,
    quality_rating: 'GREEN',
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    last_onboarded_time: '2026-01-05T09:00:00+0000',
    name_status: 'APPROVED',
    status: 'CONNECTED',
    account_mode: 'SANDBOX',
    is_official_business_account: false,
    whatsapp_business_manager_messaging_limit: 'TIER_2K',
  }
}

const PROFILE = {
  messaging_product: 'whatsapp',
  about: 'Emulated: nothing here reaches WhatsApp.',
  address: '',
  description: 'The business of the sandbox',
  email: 'privacy@acme.example',
  profile_picture_url: 'https://acme.example/logo.png',
  websites: ['https://acme.example/'],
  vertical: 'RETAIL',
} as const

/** @param fields as in the query; undefined asks for the usual ones */
export function tellNumber(facts: NumberFacts, fields: string | undefined): object | GraphProblem {
  return pick(facts, fields, USUAL)
}

/** The profile, as the only element of a list; without `fields` Graph tells next to nothing of it. */
export function tellProfile(fields: string | undefined): object | GraphProblem {
  const told = pick(PROFILE, fields, ['messaging_product'])
  return 'code' in told ? told : { data: [told] }
}

// Graph answers `id` whether asked for or not, and names the first field that does not exist.
function pick(all: object, fields: string | undefined, usual: readonly string[]): object | GraphProblem {
  const wanted = fields === undefined || fields === '' ? usual : fields.split(',').map((name) => name.trim())
  const unknown = wanted.find((name) => !Object.hasOwn(all, name))
  if (unknown !== undefined) return { ...NO_SUCH_OBJECT, details: 'fields: no such field on this object' }
  const told = [...wanted, ...(Object.hasOwn(all, 'id') ? ['id'] : [])]
  return Object.fromEntries(Object.entries(all).filter(([name]) => told.includes(name)))
}

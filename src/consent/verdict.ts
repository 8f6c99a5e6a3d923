// "May this leave now?" as a pure function of the state, in the closed list of reasons that callers rely on. Whatever
// is not plainly a yes is a no (G1). The gate's statement decides by the same rules inside Postgres; a property test
// holds the two against each other.

import type { Quiet } from './quiet-hours.js'
import type { PurposeState } from './state.js'

export const REASONS = [
  'no_consent',
  'requested',
  'refused',
  'withdrawn',
  'paused',
  'expired',
  'revoked',
  'suppressed',
  'purpose_unknown',
  'category_mismatch',
  'window_closed',
  'frequency_cap',
  'quiet_hours',
  'identity_conflict',
  'recipient_invalid',
  'unavailable',
] as const
export type Reason = (typeof REASONS)[number]

export type Verdict =
  | { allowed: true; event: string; since: string; until: string | null }
  | { allowed: false; reason: Reason; event: string | null; since: string | null; retryAt: Date | null }

/** What else decides about one message at one moment; what is absent or null speaks against nothing. */
export type Circumstances = {
  /** Of a free-form message whose window is closed: since when; null if it was never open. */
  closed?: { since: Date | null } | null
  /** Of a purpose whose promised frequency is used up: until when. */
  cappedUntil?: Date | null
  quiet?: Quiet | null
}

/** @param state of the purpose on WhatsApp; absent when the person never spoke of it */
export function verdict(
  state: PurposeState | undefined,
  now: Date,
  { closed = null, cappedUntil = null, quiet = null }: Circumstances = {},
): Verdict {
  const refused = { allowed: false, event: state?.event ?? null, retryAt: null } as const
  if (state === undefined || state.status === 'none')
    return { ...refused, reason: 'no_consent', event: null, since: null }
  const { status, event, since, until } = state
  if (status !== 'given') return { ...refused, reason: status, since }
  if (until !== null && Date.parse(until) <= now.getTime())
    return { ...refused, reason: 'expired', since: until }
  if (closed) return { ...refused, reason: 'window_closed', since: closed.since?.toISOString() ?? null }
  if (cappedUntil) return { ...refused, reason: 'frequency_cap', since, retryAt: cappedUntil }
  if (quiet) return { ...refused, reason: 'quiet_hours', since, retryAt: quiet.until }
  return { allowed: true, event, since, until }
}

/** One sentence per reason, for people; names nobody. */
export const REASON_SENTENCES: Record<Reason, string> = {
  no_consent: 'This person has not said yes to this purpose on WhatsApp.',
  requested: 'This person was asked and has not answered yet.',
  refused: 'This person was asked and said no.',
  withdrawn: 'This person has withdrawn their consent. Only they can give it again, by writing START.',
  paused: 'This person may want to stop; nothing is sent until they have answered our question.',
  expired: 'The consent has expired and was not renewed.',
  revoked: 'The consent was ended by somebody other than the person.',
  suppressed: 'This person was erased on request and must not be messaged again.',
  purpose_unknown: 'The purpose is not one of those in the policy file.',
  category_mismatch: 'The purpose and the category of the message disagree.',
  window_closed:
    'This person has not written to this number within 24 hours: send a template instead of a free-form message.',
  frequency_cap: 'The number of messages promised in the notice is used up for now.',
  quiet_hours: 'It is quiet hours where this person lives.',
  identity_conflict: 'The recipient is named twice, by identifiers that do not belong to one person.',
  recipient_invalid: 'The recipient is neither a phone number in E.164 form nor a business-scoped user ID.',
  unavailable: 'Consent could not be checked just now, so nothing was sent. Try again.',
}

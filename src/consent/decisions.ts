// "May I send this?", asked of any moment, with the event that decides: as it was known then, and as it is known now.
// The two differ when something was delivered late, which is what a regulator will ask about.

import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { cappedUntil } from './frequency.js'
import { type LedgerEvent, readLedgers } from './ledger.js'
import { quietHoursOf } from './quiet-hours.js'
import { parseRecipient, type Recipient } from './recipient.js'
import { fold } from './state.js'
import { REASON_SENTENCES, type Reason, verdict } from './verdict.js'

export type Decision = {
  allowed: boolean
  reason: Reason | null
  detail: string | null
  contact: string | null
  /** The line of the ledger that decides; null when there is none. */
  event: LedgerEvent | null
  since: string | null
  until: string | null
  /** When it may be allowed, where that is only a question of time. */
  retryAt: string | null
}

export type DecisionsAt = { at: Date; asKnownThen: Decision; asKnownNow: Decision }

/**
 * @param recipient as callers write it
 * @param at the moment asked about, not after `now`
 * @param isNow whether that is the present: then frequency and quiet hours, which are on no ledger, are asked as well
 */
export async function decisionsAt(
  ex: Executor,
  policy: Policy,
  recipient: string,
  purpose: string,
  at: Date,
  isNow: boolean,
): Promise<DecisionsAt> {
  const named = parseRecipient(recipient)
  const same = (reason: Reason): DecisionsAt => {
    const decision = { ...refused(reason), contact: null }
    return { at, asKnownThen: decision, asKnownNow: decision }
  }
  if (named === null) return same('recipient_invalid')
  const asked = policy.purposes.get(purpose)
  if (asked === undefined) return same('purpose_unknown')
  const owners = await ownersAt(ex, named, at)
  const contacts = [...new Set([owners.earlier, owners.current].filter((id) => id !== null))]
  const ledgers = await readLedgers(ex, contacts)
  const capped = isNow ? await cappedUntil(ex, contacts, asked, at) : new Map<string, Date>()
  const quiet = isNow ? quietHoursOf(policy, asked, named, undefined, at) : null
  const judge = (contact: string | null, knows: (event: LedgerEvent) => boolean): Decision => {
    const events =
      contact === null ? [] : (ledgers.get(contact) ?? []).filter((e) => e.occurredAt <= at && knows(e))
    const found = verdict(fold(events, policy.purposes.values()).whatsapp?.[purpose], at, {
      cappedUntil: capped.get(contact ?? '') ?? null,
      quiet,
    })
    const event = events.find((e) => e.id === found.event) ?? null
    if (!found.allowed) {
      const retryAt = found.retryAt?.toISOString() ?? null
      return { ...refused(found.reason), contact, event, since: found.since, retryAt }
    }
    return {
      allowed: true,
      reason: null,
      detail: null,
      contact,
      event,
      since: found.since,
      until: found.until,
      retryAt: null,
    }
  }
  return {
    at,
    asKnownThen: judge(owners.earlier, (e) => e.recordedAt <= at),
    asKnownNow: judge(owners.current, () => true),
  }
}

function refused(reason: Reason): Decision {
  const detail = REASON_SENTENCES[reason]
  return {
    allowed: false,
    reason,
    detail,
    contact: null,
    event: null,
    since: null,
    until: null,
    retryAt: null,
  }
}

/** Whose the identifier was at a moment, and whose it is now. */
async function ownersAt(
  ex: Executor,
  named: Recipient,
  at: Date,
): Promise<{ earlier: string | null; current: string | null }> {
  const { rows } = await ex.query<{ earlier: string | null; current: string | null }>({
    name: 'identifiers_owners_at',
    text: `select (select contact_id from identifiers where value = $1 and kind = $2 and valid_from <= $3
                      and (valid_to is null or valid_to > $3) order by valid_from desc limit 1) as earlier,
                  (select contact_id from identifiers where value = $1 and kind = $2 and valid_to is null) as current`,
    values: [named.value, named.kind, at],
  })
  return rows[0] ?? { earlier: null, current: null }
}

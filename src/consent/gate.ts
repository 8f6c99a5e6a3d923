// The gate: verdict and reservation of a send in one statement and one round trip, under the contact's row lock; the same
// statement for one that is handed in now and for one that was queued and is due.
// Promise kept: a verdict never rests on a state from before a stop (G3), an allowed send names the event that permits
// it, a refused one its reason (G4), and any doubt refuses (G1).

import type pg from 'pg'
import { inTransaction } from '../db/client.js'
import type { Policy, Purpose } from '../policy.js'
import { lockContacts, saveContacts } from './contacts.js'
import { readLedgers } from './ledger.js'
import type { Recipient } from './recipient.js'
import { fold, foldFingerprint } from './state.js'
import type { Reason } from './verdict.js'

export type GateRequest = {
  sendId: string
  now: Date
  /** Until when the request may be on the wire. */
  leaseUntil: Date
  phoneNumberId: string
  recipient: Recipient | null
  /** A second name of the recipient in the same message; both must be one person. */
  alias: Recipient | null
  /** Keyed hashes of the recipient, the newest key first: kept with the send, and looked up as suppressions. */
  personKeys: readonly Buffer[]
  purpose: Purpose | null
  purposeName: string
  template: string | null
  callbackData: string | null
  /** A refusal that needs no database (unknown purpose, unreadable recipient); recorded all the same. */
  refusal: Reason | null
}

export type GateVerdict =
  | { allowed: true; contactId: string; event: string; since: string }
  | { allowed: false; reason: Reason; contactId: string | null; event: string | null; since: string | null }

/**
 * The statement. Why it is right under concurrency: in READ COMMITTED a statement sees the data as of its start, EXCEPT
 * for a row it had to wait for: `for no key update` re-reads that row's newest version. The state lies on that very row
 * (contacts.states), so a gate that waited for a stop's transaction decides on the state after the stop. Reading the
 * state from any other table here would bring back the past.
 */
export const GATE_SQL = `
with contact as materialized (
  select c.id, c.head_seq, c.folded_with, c.states -> 'whatsapp' -> $6 as state
    from identifiers i join contacts c on c.id = i.contact_id
   where i.value = $4 and i.kind = $5 and i.valid_to is null
     for no key update of c
), verdict as materialized (
  select c.id, c.head_seq, c.state, coalesce(
    $7,
    case
      when exists (select from suppressions s where s.key = any ($8::bytea[])) then 'suppressed'
      when c.id is null then 'no_consent'
      when $9::text is not null and not exists (select from identifiers a where a.value = $9 and a.kind = $10
             and a.valid_to is null and a.contact_id = c.id) then 'identity_conflict'
      when c.folded_with <> $11 then 'stale'
      when c.state is null or c.state ->> 'status' = 'none' then 'no_consent'
      when c.state ->> 'status' <> 'given' then c.state ->> 'status'
      when (c.state ->> 'until')::timestamptz <= $2 then 'expired'
    end) as reason
    from (select) as always left join contact c on true
), send as (
  insert into sends (id, created_at, contact_id, person, phone_number_id, kind, purpose, template, callback_data,
                     status, reason, permitted_by, decided_by, as_of, lease_until, attempts)
  select $1, $2, v.id, $12, $13, 'message', $6, $14, $15,
         case when v.reason is null then 'sending' else 'refused' end, v.reason,
         case when v.reason is null then (v.state ->> 'event')::uuid end,
         -- Allowed or refused by what the ledger adds up to, and not by anything beside it.
         case when v.reason is null or v.reason = 'expired' or v.reason = v.state ->> 'status'
              then nullif(v.state ->> 'event', '')::uuid end, v.head_seq,
         case when v.reason is null then $3::timestamptz end, case when v.reason is null then 1 else 0 end
    from verdict v where v.reason is distinct from 'stale'
  -- A queued send: the claim, and the only way onto the wire. Whoever comes second finds it taken, or cancelled.
  on conflict (id) do update set contact_id = excluded.contact_id, person = excluded.person, purpose = excluded.purpose,
         template = excluded.template, status = excluded.status, reason = excluded.reason,
         permitted_by = excluded.permitted_by, decided_by = excluded.decided_by, as_of = excluded.as_of,
         lease_until = excluded.lease_until, attempts = sends.attempts + excluded.attempts,
         settled_at = case when excluded.status = 'refused' then $2 end
   where sends.status = 'queued'
  returning true
)
select v.id as "contactId", v.reason, v.state ->> 'event' as event, v.state ->> 'since' as since,
       exists (select from send) as written from verdict v`

type Row = {
  contactId: string | null
  reason: Reason | 'stale' | null
  event: string | null
  since: string | null
  written: boolean
}

// Each of a merge, a change of the policy and a merge after it costs one.
const ATTEMPTS = 4

/** Asks the gate and reserves the send. The row is written either way. */
export async function askGate(pool: pg.Pool, policy: Policy, request: GateRequest): Promise<GateVerdict> {
  const verdict = await askAgain(pool, policy, request)
  if (verdict === null) throw new Error('the id of a new send is taken')
  return verdict
}

/**
 * Asks the gate for a queued send that is due. Its row moves on either way.
 * @returns null when it is not queued any more: cancelled, or taken by somebody else
 */
export async function askAgain(
  pool: pg.Pool,
  policy: Policy,
  request: GateRequest,
): Promise<GateVerdict | null> {
  const fingerprint = foldFingerprint(policy.purposes.values())
  const values = [
    request.sendId,
    request.now,
    request.leaseUntil,
    request.recipient?.value ?? null,
    request.recipient?.kind ?? null,
    request.purposeName,
    request.refusal,
    request.personKeys,
    request.alias?.value ?? null,
    request.alias?.kind ?? null,
    fingerprint,
    request.personKeys[0] ?? null,
    request.phoneNumberId,
    request.template,
    request.callbackData,
  ]
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { rows } = await pool.query<Row>({ name: 'gate', text: GATE_SQL, values })
    const row = rows[0]
    if (row === undefined) break
    const { contactId, reason, event, since, written } = row
    if (reason !== 'stale' && !written) return null
    if (reason === null && contactId !== null && event !== null) {
      return { allowed: true, contactId, event, since: since ?? '' }
    }
    if (reason !== 'stale' || contactId === null) {
      return {
        allowed: false,
        reason: reason === 'stale' || reason === null ? 'unavailable' : reason,
        contactId,
        event,
        since,
      }
    }
    await refold(pool, contactId, policy)
  }
  return { allowed: false, reason: 'unavailable', contactId: null, event: null, since: null }
}

/** Folds a person's ledger again, after the rules or the policy's purposes have changed. */
export async function refold(pool: pg.Pool, contactId: string, policy: Policy): Promise<void> {
  await inTransaction(pool, async (tx) => {
    const contact = (await lockContacts(tx, [contactId])).get(contactId)
    // A contact that was merged in the meantime leads nowhere: the next question finds the one that it became.
    if (contact === undefined || contact.mergedInto !== null) return
    const events = (await readLedgers(tx, [contactId])).get(contactId) ?? []
    const purposes = [...policy.purposes.values()]
    await saveContacts(tx, [
      {
        ...contact,
        states: fold(events, purposes),
        foldedWith: foldFingerprint(purposes),
        lastInboundAt: null,
      },
    ])
  })
}

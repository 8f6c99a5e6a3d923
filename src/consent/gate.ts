// The gate: verdict and reservation of a send in one statement and one round trip, under the contact's row lock; the same
// statement for one that is handed in now and for one that was queued and is due.
// Promise kept: a verdict never rests on a state from before a stop (G3), an allowed send names the event that permits
// it, a refused one its reason (G4), and any doubt refuses (G1).

import type pg from 'pg'
import { type Executor, inTransaction } from '../db/client.js'
import type { Category, Policy, Purpose } from '../policy.js'
import { lockContacts, saveContacts } from './contacts.js'
import { cappedBySql, frequencyBounds, leavesPeriod } from './frequency.js'
import { readLedgers } from './ledger.js'
import { nextAt, paidSql, paidUntilSql, tooFastSql } from './pace.js'
import { type Quiet, quietHoursOf } from './quiet-hours.js'
import type { Recipient } from './recipient.js'
import { fold, foldFingerprint } from './state.js'
import type { Reason } from './verdict.js'
import { closedWindow, windowFloor } from './window.js'

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
  /** As in the body of the message: everything but `template` needs an open window. */
  type: string
  template: string | null
  /** The language code of the template's send. */
  language: string | null
  /** The category that the message has whatever its template is; null: that of its template, by Meta's word. */
  category: Category | null
  callbackData: string | null
  /** A refusal that needs no database (unknown purpose, unreadable recipient); recorded all the same. */
  refusal: Reason | null
  /** Nothing is enforced: what would be refused passes, and is on record with its reason. */
  observe: boolean
}

export type Refused = {
  allowed: false
  reason: Reason
  contactId: string | null
  event: string | null
  since: string | null
  /** What the message was taken for; null when nothing could be asked. */
  category: Category | null
  /** When the same message may be let through, where that is only a question of time. */
  retryAt: Date | null
}
/** Nothing speaks against it but its pace: nothing is on record, and from `retryAt` on it may be asked again. */
export type TooFast = { allowed: false; reason: 'too_fast'; retryAt: Date }
export type Allowed =
  | { allowed: true; observed: null; contactId: string; event: string; since: string }
  /** Would have been refused, if anything were enforced (GATE=observe). */
  | { allowed: true; observed: Reason; contactId: string | null; event: string | null; since: string | null }
export type GateVerdict = Allowed | Refused | TooFast

/**
 * The statement. Why it is right under concurrency: in READ COMMITTED a statement sees the data as of its start, EXCEPT
 * for a row it had to wait for: `for no key update` re-reads that row's newest version. The state lies on that very row
 * (contacts.states), so a gate that waited for a stop's transaction decides on the state after the stop. Reading the
 * state from any other table here would bring back the past. So do windows and pace.
 *
 * What counts towards the frequency lies in `sends`, which is seen as of the start. Every message to the person writes
 * their row, so whether anything could have been missed shows in the row itself: if the version that is locked is not
 * the one of the start, the answer is `moved`, and the gate is asked again by somebody who holds the lock beforehand.
 *
 * The category of the message is read here too, so that what Meta says of a template holds for everybody who asks after
 * the commit of its webhook, on any replica. A template that Meta is not known to have is marketing.
 */
export const GATE_SQL = `
with kind as materialized (
  select coalesce($25, (select t.counts_as from templates t
                         where t.business_account_id = $22 and t.name = $14 and t.language = $23), 'marketing') as category
), contact as materialized (
  select c.id, c.ctid as version, c.head_seq, c.folded_with, c.states -> 'whatsapp' -> $6 as state,
         (c.windows ->> $13)::timestamptz as heard_at, c.pace, ${paidUntilSql('c.pace', '$13', '$2')} as paid_until
    from identifiers i join contacts c on c.id = i.contact_id
   where i.value = $4 and i.kind = $5 and i.valid_to is null
     for no key update of c
), person as materialized (
  select c.*, k.category, coalesce(
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
      when k.category is distinct from $24 then 'category_mismatch'
    end) as said
    from kind k left join contact c on true
), message as materialized (
  select p.*, coalesce(
    p.said,
    case
      when $16::timestamptz is not null and (p.heard_at > $16) is not true then 'window_closed'
      when p.version <> (select seen.ctid from contacts seen where seen.id = p.id) then 'moved'
    end) as fits
    from person p
), counted as materialized (
  select m.*, case when m.fits is null then (${cappedBySql('m.id', '$6', '$17', '$18', '$19')}) end as capped_by
    from message m
), verdict as materialized (
  select k.*, coalesce(
    k.fits,
    case
      when k.capped_by is not null then 'frequency_cap'
      when $20::boolean then 'quiet_hours'
      when not $21::boolean and ${tooFastSql('k.paid_until', '$2')} then 'too_fast'
    end) as reason
    from counted k
), decided as materialized (
  select v.*, v.reason is null or $21 as passes from verdict v
   where v.reason is null or v.reason not in ('stale', 'moved', 'too_fast')
), send as (
  insert into sends (id, created_at, contact_id, person, phone_number_id, kind, purpose, template, callback_data,
                     status, reason, permitted_by, decided_by, as_of, lease_until, decided_at, observed, attempts)
  select $1, $2, v.id, $12, $13, 'message', $6, $14, $15,
         case when v.passes then 'sending' else 'refused' end, v.reason,
         case when v.reason is null then (v.state ->> 'event')::uuid end,
         -- Allowed or refused by what the ledger adds up to, and not by anything beside it.
         case when v.reason is null or v.reason = 'expired' or v.reason = v.state ->> 'status'
              then nullif(v.state ->> 'event', '')::uuid end, v.head_seq,
         case when v.passes then $3::timestamptz end, $2, v.passes and v.reason is not null,
         case when v.passes then 1 else 0 end
    from decided v
  -- A queued send: the claim, and the only way onto the wire. Whoever comes second finds it taken, or cancelled.
  on conflict (id) do update set contact_id = excluded.contact_id, person = excluded.person, purpose = excluded.purpose,
         template = excluded.template, status = excluded.status, reason = excluded.reason,
         permitted_by = excluded.permitted_by, decided_by = excluded.decided_by, as_of = excluded.as_of,
         lease_until = excluded.lease_until, decided_at = excluded.decided_at, observed = excluded.observed,
         attempts = sends.attempts + excluded.attempts,
         settled_at = case when excluded.status = 'refused' then $2 end
   where sends.status = 'queued'
  returning true
), paid as (
  update contacts c set pace = ${paidSql('v.pace', '$13', 'v.paid_until', '$2')}
    from decided v where c.id = v.id and v.passes and exists (select from send)
), told as (
  -- Other systems hear of a refusal in the statement that refuses (feed/).
  insert into events (type, contact_id, at, data)
  select 'send.refused', v.id, $2, jsonb_build_object('send', $1::uuid, 'purpose', $6::text, 'reason', v.reason,
         'event', nullif(v.state ->> 'event', ''))
    from decided v where not v.passes and exists (select from send)
)
select v.id as "contactId", v.reason, v.state ->> 'event' as event, v.state ->> 'since' as since,
       v.heard_at as "heardAt", v.capped_by as "cappedBy", v.paid_until as "paidUntil", v.category,
       exists (select from send) as written
  from verdict v`

type Row = {
  contactId: string | null
  reason: Reason | 'stale' | 'moved' | 'too_fast' | null
  event: string | null
  since: string | null
  heardAt: Date | null
  cappedBy: Date | null
  paidUntil: Date | null
  category: Category | null
  written: boolean
}

// Each of a merge, a change of the policy and a merge after it costs one.
const ATTEMPTS = 4

/** Asks the gate and reserves the send. The row is written either way, unless it comes too fast. */
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
  const quiet = quietFor(policy, request)
  const values = gateValues(policy, request, quiet)
  const ask = async (ex: Executor) => (await ex.query<Row>({ name: 'gate', text: GATE_SQL, values })).rows[0]
  let row = await ask(pool)
  for (let attempt = 1; attempt < ATTEMPTS && row !== undefined && row.contactId !== null; attempt++) {
    const { reason, contactId } = row
    if (reason !== 'stale' && reason !== 'moved') break
    if (reason === 'stale') await refold(pool, contactId, policy)
    // A statement that begins under the lock sees everything that was decided before it.
    row = await inTransaction(pool, async (tx) => {
      await lockContacts(tx, [contactId])
      return ask(tx)
    })
  }
  if (row !== undefined && !row.written && !UNWRITTEN.has(row.reason ?? '')) return null
  return verdictOf(row, request, quiet)
}

/** What the statement answers without writing the send down. */
const UNWRITTEN = new Set(['stale', 'moved', 'too_fast'])

/** What the statement is asked with. */
export function gateValues(policy: Policy, request: GateRequest, quiet: Quiet | null): unknown[] {
  const { now, purpose } = request
  const bounds = purpose && frequencyBounds(purpose, now)
  return [
    request.sendId,
    now,
    request.leaseUntil,
    request.recipient?.value ?? null,
    request.recipient?.kind ?? null,
    request.purposeName,
    request.refusal,
    request.personKeys,
    request.alias?.value ?? null,
    request.alias?.kind ?? null,
    foldFingerprint(policy.purposes.values()),
    request.personKeys[0] ?? null,
    request.phoneNumberId,
    request.template,
    request.callbackData,
    request.type === 'template' ? null : windowFloor(now),
    bounds?.atMost ?? null,
    bounds?.since ?? null,
    bounds?.oldest ?? null,
    quiet !== null,
    request.observe,
    policy.numbers.find((n) => n.phoneNumberId === request.phoneNumberId)?.businessAccountId ?? null,
    request.language,
    request.purpose?.category ?? null,
    request.category,
  ]
}

function quietFor(policy: Policy, { recipient, purpose, phoneNumberId, now }: GateRequest): Quiet | null {
  if (recipient === null || purpose === null) return null
  return quietHoursOf(policy, purpose, recipient, phoneNumberId, now)
}

function verdictOf(
  row: Row | undefined,
  { now, purpose, observe }: GateRequest,
  quiet: Quiet | null,
): GateVerdict {
  const { contactId = null, event = null, since = null, category = null } = row ?? {}
  if (row === undefined || row.reason === 'stale' || row.reason === 'moved') {
    // Nothing could be written down, so nothing leaves, whether it would be enforced or not.
    const nobody = { contactId: null, event: null, since: null, category: null, retryAt: null }
    return { allowed: false, reason: 'unavailable', ...nobody }
  }
  const { reason } = row
  if (reason === 'too_fast') return { allowed: false, reason, retryAt: nextAt(row.paidUntil ?? now) }
  if (reason !== null && observe) return { allowed: true, observed: reason, contactId, event, since }
  const refused = { allowed: false, contactId, event, since, category, retryAt: null } as const
  switch (reason) {
    case null:
      if (contactId === null || event === null) return { ...refused, reason: 'unavailable' }
      return { allowed: true, observed: null, contactId, event, since: since ?? '' }
    case 'window_closed':
      return { ...refused, reason, since: closedWindow(row.heardAt, now)?.since?.toISOString() ?? null }
    case 'frequency_cap':
      return {
        ...refused,
        reason,
        retryAt: row.cappedBy && purpose && leavesPeriod(row.cappedBy, purpose.frequency.per),
      }
    case 'quiet_hours':
      return { ...refused, reason, retryAt: quiet?.until ?? null }
    default:
      return { ...refused, reason }
  }
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
      },
    ])
  })
}

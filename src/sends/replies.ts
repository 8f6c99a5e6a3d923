// Our own replies. They go through the same table and the same wire as everybody's sends, under narrow rules of their
// own: queued in the transaction that decided them, void once the person has left, a confirmation of a stop only within
// five minutes (47 CFR 64.1200(a)(12)) and only after everything already on the wire has settled (G3).

import { v7 as uuidv7 } from 'uuid'
import { paidSql, paidUntilSql, tooFastSql } from '../consent/pace.js'
import type { States } from '../consent/state.js'
import { WINDOW_MS } from '../consent/window.js'
import type { Reply } from '../conversation/turn.js'
import type { Executor } from '../db/client.js'
import { oldestId, WAITING_DAYS } from './ids.js'
import { LEASE_MS } from './wire.js'

export type QueuedReply = Reply & {
  contactId: string
  phoneNumberId: string
  /** WhatsApp's time of the message that is answered: opens the 24-hour window. */
  at: Date
  /** Position of the ledger when this was decided. */
  asOf: number
  permittedBy: string | null
}

const CONFIRM_WITHIN_MS = 5 * 60_000

/** Queues replies and their jobs in the caller's transaction, in one statement. */
export async function queueReplies(ex: Executor, replies: readonly QueuedReply[], now: Date): Promise<void> {
  // A message that reached us after its window has closed can no longer be answered (Meta refuses with 131047).
  const inTime = replies.filter((r) => now.getTime() - r.at.getTime() < WINDOW_MS)
  if (inTime.length === 0) return
  await ex.query({
    name: 'replies_queue',
    text: `with queued as (
             insert into sends (id, created_at, contact_id, phone_number_id, kind, status, permitted_by, as_of, reply)
             select id, $2, contact_id, phone_number_id, kind, 'queued', permitted_by, as_of, reply
               from jsonb_to_recordset($1::jsonb) as r (id uuid, contact_id uuid, phone_number_id text, kind text,
                    permitted_by uuid, as_of integer, reply jsonb)
             returning id, kind
           )
           select count(*) from graphile_worker.add_jobs(array(
             select row('reply', json_build_object('send', id), null, null, null, 'reply:' || id,
                        case when kind in ('stopped', 'minor') then -10 else 0 end, null)::graphile_worker.job_spec from queued))`,
    values: [
      JSON.stringify(
        inTime.map((r) => ({
          id: uuidv7({ msecs: now.getTime() }),
          contact_id: r.contactId,
          phone_number_id: r.phoneNumberId,
          kind: r.kind,
          permitted_by: r.permittedBy,
          as_of: r.asOf,
          reply: {
            language: r.language,
            purposes: r.purposes,
            ref: r.ref,
            choices: r.choices,
            until: r.until,
          },
        })),
      ),
      now,
    ],
  })
}

/** What a person has had from us lately. */
export type Replied = {
  /** Our answers within the hour, confirmations of stops aside. */
  count: number
  /** Requests of the last day → when they left; null for those that never did. */
  asked: ReadonlyMap<string, Date | null>
}

/** In one statement, however many people. Who had nothing is absent. */
export async function recentReplies(
  ex: Executor,
  contacts: readonly string[],
  now: Date,
): Promise<Map<string, Replied>> {
  const { rows } = await ex.query<{
    contactId: string
    count: number
    refs: string[]
    left: (Date | null)[]
  }>({
    name: 'replies_recent',
    text: `select s.contact_id as "contactId",
                  count(*) filter (where s.id >= $3::uuid and s.kind not in ('stopped', 'minor'))::int as count,
                  coalesce(array_agg(s.reply ->> 'ref') filter (where s.kind in ('card', 'again', 'renewal')), '{}') as refs,
                  coalesce(array_agg(case when s.status in ('sending', 'accepted', 'uncertain')
                                          then coalesce(s.settled_at, s.created_at) end)
                           filter (where s.kind in ('card', 'again', 'renewal')), '{}') as left
             from unnest($1::uuid[]) as wanted (id)
             join lateral (select * from sends where contact_id = wanted.id and id >= $2::uuid and kind <> 'message'
                            offset 0) s on true
            group by s.contact_id`,
    values: [contacts, oldestId(now, 1), oldestId(now, 1 / 24)],
  })
  return new Map(
    rows.map(({ contactId, count, refs, left }) => [
      contactId,
      { count, asked: new Map(refs.map((ref, i) => [ref, left[i] ?? null])) },
    ]),
  )
}

export type ClaimedReply = {
  verdict: 'go'
  contactId: string
  phoneNumberId: string
  kind: Reply['kind']
  reply: Omit<Reply, 'kind'>
  phone: string | null
  bsuid: string | null
  /** What the record says: a receipt and the list of topics tell it. */
  states: States
  head: string
}
export type Claim =
  | ClaimedReply
  | { verdict: 'wait'; contactId: string }
  /** Too many messages to this person at present: to be tried again. */
  | { verdict: 'too_fast' }
  | { verdict: 'void' }

/**
 * Takes a queued reply onto the wire, or says why not, in one statement under the contact's row lock. `left_seq` is
 * read from the locked row, so a stop that committed while we waited voids what was decided before it.
 * @param paced whether a reply has to wait when messages to this person come too fast (consent/pace.ts)
 */
export async function claimReply(ex: Executor, sendId: string, now: Date, paced: boolean): Promise<Claim> {
  const { rows } = await ex.query<
    Omit<ClaimedReply, 'verdict' | 'kind'> & {
      verdict: 'go' | 'wait' | 'too_fast' | 'left' | 'late' | 'closed'
      kind: Reply['kind'] | null
    }
  >({
    name: 'replies_claim',
    text: `with contact as materialized (
             select c.id, c.left_seq, c.head_seq, c.head_hash, c.states, c.merged_into, c.pace from contacts c
              where c.id = (select contact_id from sends where id = $1 and status = 'queued') for no key update
           ), verdict as materialized (
             select s.id, c.id as contact_id, c.head_seq, c.head_hash, c.states, c.pace, s.phone_number_id,
                    ${paidUntilSql('c.pace', 's.phone_number_id', '$2')} as paid_until, case
               -- Merged while we waited for the row: the reply has gone to the survivor, as the next claim will see.
               when c.merged_into is not null then 'wait'
               when s.kind in ('stopped', 'minor') and s.created_at < $2::timestamptz - $4 * interval '1 ms' then 'late'
               when s.kind not in ('stopped', 'minor') and c.left_seq > s.as_of then 'left'
               -- Only the newest question is asked: one that was answered, replaced or voided meanwhile is not.
               when s.kind in ('card', 'again', 'topics', 'renewal') and not jsonb_path_exists(c.states,
                    '$.whatsapp.*.pending.request ? (@ == $ref)', jsonb_build_object('ref', s.reply -> 'ref')) then 'closed'
               when exists (select from sends w where w.contact_id = c.id and w.status = 'sending'
                              and w.lease_until > $2
                              and w.id >= $5::uuid) then 'wait'
               -- A confirmation of a stop is paid for, and waits for nobody.
               when $6 and s.kind not in ('stopped', 'minor')
                and ${tooFastSql(paidUntilSql('c.pace', 's.phone_number_id', '$2'), '$2')} then 'too_fast'
               else 'go' end as verdict
               from sends s join contact c on c.id = s.contact_id where s.id = $1
           ), taken as (
             update sends s set status = case v.verdict when 'go' then 'sending' else 'cancelled' end,
                    reason = case when v.verdict in ('left', 'late', 'closed') then v.verdict end,
                    as_of = case when v.verdict = 'go' then v.head_seq else s.as_of end,
                    lease_until = case when v.verdict = 'go' then $3::timestamptz end,
                    settled_at = case when v.verdict <> 'go' then $2::timestamptz end
               from verdict v where s.id = v.id and v.verdict not in ('wait', 'too_fast') and s.status = 'queued'
             returning s.id, s.kind, s.phone_number_id, s.reply
           ), paid as (
             update contacts c set pace = ${paidSql('v.pace', 'v.phone_number_id', 'v.paid_until', '$2')}
               from verdict v join taken t on t.id = v.id where c.id = v.contact_id and v.verdict = 'go'
           )
           select v.verdict, v.contact_id as "contactId", t.kind, t.phone_number_id as "phoneNumberId", t.reply,
                  v.states, coalesce(left(encode(v.head_hash, 'hex'), 16), '') as head,
                  -- To the form that Meta uses, if it is known.
                  (select coalesce(address, value) from identifiers
                    where contact_id = v.contact_id and kind = 'phone' and valid_to is null
                    order by address is null, valid_from desc limit 1) as phone,
                  (select value from identifiers where contact_id = v.contact_id and kind = 'bsuid' and valid_to is null
                    order by valid_from desc limit 1) as bsuid
             from verdict v left join taken t on t.id = v.id`,
    values: [
      sendId,
      now,
      new Date(now.getTime() + LEASE_MS),
      CONFIRM_WITHIN_MS,
      oldestId(now, WAITING_DAYS + 1),
      paced,
    ],
  })
  const row = rows[0]
  if (row?.verdict === 'wait') return { verdict: 'wait', contactId: row.contactId }
  if (row?.verdict === 'too_fast') return { verdict: 'too_fast' }
  if (row?.verdict !== 'go') return { verdict: 'void' }
  // Somebody else claimed it between our reading and our update.
  const { verdict: _, kind, ...claimed } = row
  return kind === null ? { verdict: 'void' } : { verdict: 'go', kind, ...claimed }
}

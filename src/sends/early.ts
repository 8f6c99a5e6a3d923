// Statuses that came before their send was known by Meta's id, and how they find it: by that id once the answer has told
// it, or, where no answer ever came, by the name that the request carried (`biz_opaque_callback_data`). What it keeps:
// such a send is told apart from every other one, or it stays uncertain; a message id that is known never moves.

import type { Executor } from '../db/client.js'
import { oldestId, WAITING_DAYS } from './ids.js'

/** Statuses come within 30 days of the send, Meta's time to live; an id is older by as long as the message was queued. */
export const TRACKED_DAYS = 31 + WAITING_DAYS

/** What a send has come to, as far as that may concern more than itself. */
export type Outcome = {
  id: string
  wamid: string | null
  contactId: string | null
  phoneNumberId: string
  template: string | null
  status: string
  errorCode: number | null
}

/** The columns of an Outcome, of a row of `sends` called `s`. */
export const OUTCOME = `s.id, s.wamid, s.contact_id as "contactId", s.phone_number_id as "phoneNumberId", s.template,
       s.status, s.error_code as "errorCode"`

/** Values: lower bound of ids, message ids. */
export const TAKE_UP_SQL = `
with told as materialized (
  select wamid, min(at) filter (where status = 'sent') as sent, min(at) filter (where status = 'delivered') as delivered,
         min(at) filter (where status = 'read') as read, min(at) filter (where status = 'failed') as failed,
         max(error_code) filter (where status = 'failed') as error_code,
         max(callback_data) as name, max(phone_number_id) as number, max(people) as people
    from early_statuses where wamid = any ($2::text[]) and callback_data is not null group by wamid
), pairs as materialized (
  select t.wamid, x.id from told t cross join lateral (
    -- A name of ours is a send's own id.
    select s.id from sends s
     where s.id = case when t.name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then t.name::uuid end and s.id >= $1::uuid
       and s.phone_number_id = t.number and s.status = 'uncertain' and s.wamid is null
       and coalesce(s.callback_data, t.name) = t.name
    union all
    -- A caller's own need not be unique: it tells a send only when it can be no other one of that number and person.
    select (array_agg(s.id))[1] from sends s
     where s.person = any (t.people) and s.status in ('sending', 'uncertain') and s.callback_data <> s.id::text
       and s.callback_data = t.name and s.phone_number_id = t.number and s.id >= $1::uuid
    having count(*) = 1 and bool_and(s.status = 'uncertain' and s.wamid is null)
  ) x
   where not exists (select from sends k where k.wamid = t.wamid and k.id >= $1::uuid)
), settled as (
  update sends s set wamid = t.wamid, sent_at = t.sent, delivered_at = t.delivered, read_at = t.read, failed_at = t.failed,
         status = case when t.failed is null then 'accepted' else 'failed' end, error_code = t.error_code
    from (select id, min(wamid) as wamid from pairs group by id having count(*) = 1) one join told t using (wamid)
   where s.id = one.id and s.status = 'uncertain' and s.wamid is null
  returning ${OUTCOME}
), gone as (
  delete from early_statuses e using settled s where e.wamid = s.wamid
)
select * from settled`

/** Settles the uncertain sends that these statuses name, in one statement. */
export async function takeUp(ex: Executor, wamids: readonly string[], now: Date): Promise<Outcome[]> {
  if (wamids.length === 0) return []
  const { rows } = await ex.query<Outcome>({
    name: 'early_statuses_take_up',
    text: TAKE_UP_SQL,
    values: [oldestId(now, TRACKED_DAYS), wamids],
  })
  return rows
}

/**
 * The same, looked at from the other side: sends have become uncertain, and their statuses may have come already.
 * @param sendId one send; null for every uncertain one
 */
export async function takeUpNamed(ex: Executor, sendId: string | null, now: Date): Promise<Outcome[]> {
  const { rows } = await ex.query<{ wamid: string }>(
    sendId === null
      ? {
          name: 'early_statuses_named',
          text: `select e.wamid from sends s join early_statuses e on e.callback_data = coalesce(s.callback_data, s.id::text)
                  where s.status = 'uncertain' and s.wamid is null and s.id >= $1`,
          values: [oldestId(now, TRACKED_DAYS)],
        }
      : {
          name: 'early_statuses_named_one',
          text: `select e.wamid from sends s join early_statuses e on e.callback_data = coalesce(s.callback_data, s.id::text)
                  where s.id = $1`,
          values: [sendId],
        },
  )
  return takeUp(ex, [...new Set(rows.map((r) => r.wamid))], now)
}

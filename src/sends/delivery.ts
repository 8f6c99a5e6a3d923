// What became of messages after Graph accepted them: sent, delivered, read, failed, in any order and any number of
// times. The earliest time of each is kept; order of arrival changes nothing (G6).

import type { Executor } from '../db/client.js'
import type { StatusUpdate } from '../webhook/payload.js'
import { oldestId, WAITING_DAYS } from './ids.js'

/** Statuses come within 30 days of the send, Meta's time to live; an id is older by as long as the message was queued. */
export const TRACKED_DAYS = 31 + WAITING_DAYS

/** Under which purpose messages were sent, by message id. Asks only when there is something to ask. */
export async function purposesSent(
  ex: Executor,
  wamids: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, string>> {
  if (wamids.length === 0) return new Map()
  const { rows } = await ex.query<{ wamid: string; purpose: string }>({
    name: 'sends_purposes',
    text: `select wamid, purpose from sends where wamid = any ($1::text[]) and id >= $2 and purpose is not null`,
    values: [wamids, oldestId(now, TRACKED_DAYS)],
  })
  return new Map(rows.map((r) => [r.wamid, r.purpose]))
}

/** Values: lower bound of ids, then arrays of wamids, statuses, times and error codes. */
export const STATUSES_SQL = `
with told as (
  select w as wamid, min(a) filter (where s = 'sent') as sent, min(a) filter (where s = 'delivered') as delivered,
         min(a) filter (where s = 'read') as read, min(a) filter (where s = 'failed') as failed,
         max(e) filter (where s = 'failed') as error_code
    from unnest($2::text[], $3::text[], $4::timestamptz[], $5::integer[]) as u (w, s, a, e) group by w
), found as materialized (
  -- Row by row on purpose: a join would let a cached plan read a month of sends to find a handful.
  select t.*, x.id from told t
   cross join lateral (select id from sends where wamid = t.wamid and id >= $1::uuid limit 1) x
)
update sends x set sent_at = least(x.sent_at, f.sent), delivered_at = least(x.delivered_at, f.delivered),
       read_at = least(x.read_at, f.read), failed_at = least(x.failed_at, f.failed),
       error_code = coalesce(f.error_code, x.error_code),
       status = case when f.failed is not null and x.status in ('accepted', 'uncertain') then 'failed'
                     else x.status end
  from found f where x.id = f.id
 returning x.wamid, x.contact_id as "contactId"`

/**
 * Notes statuses of any number of sends in one statement, those that came too early in a second.
 * @returns the contacts for whom the sends were let through, by message id
 */
export async function settleStatuses(
  ex: Executor,
  statuses: readonly StatusUpdate[],
  now: Date,
): Promise<Map<string, string>> {
  if (statuses.length === 0) return new Map()
  const rows = statuses.map((s) => ({ w: s.wamid, s: s.status, a: s.at ?? now, e: s.errorCode }))
  const { rows: known } = await ex.query<{ wamid: string; contactId: string | null }>({
    name: 'sends_statuses',
    text: STATUSES_SQL,
    values: [
      oldestId(now, TRACKED_DAYS),
      rows.map((r) => r.w),
      rows.map((r) => r.s),
      rows.map((r) => r.a),
      rows.map((r) => r.e),
    ],
  })
  const found = new Set(known.map((r) => r.wamid))
  const early = rows.filter((r) => !found.has(r.w))
  const contacts = new Map(known.flatMap((r) => (r.contactId === null ? [] : [[r.wamid, r.contactId]])))
  if (early.length === 0) return contacts
  await ex.query({
    name: 'early_statuses_insert',
    text: `insert into early_statuses (wamid, status, at, error_code, received_at)
           select w, s, min(a), max(e), $2
             from jsonb_to_recordset($1::jsonb) as u (w text, s text, a timestamptz, e integer)
            group by w, s order by w, s
           on conflict do nothing`,
    values: [JSON.stringify(early), now],
  })
  return contacts
}

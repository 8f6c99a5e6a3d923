// What became of messages after Graph accepted them: sent, delivered, read, failed, in any order and any number of
// times. The earliest time of each is kept; order of arrival changes nothing (G6).

import type { Executor } from '../db/client.js'
import type { StatusUpdate } from '../webhook/payload.js'

/** Notes statuses of any number of sends in one statement, those that came too early in a second. */
export async function settleStatuses(
  ex: Executor,
  statuses: readonly StatusUpdate[],
  now: Date,
): Promise<void> {
  if (statuses.length === 0) return
  const rows = statuses.map((s) => ({ w: s.wamid, s: s.status, a: s.at ?? now, e: s.errorCode }))
  // Statuses come within 30 days of the send (Meta's time to live); the bound leaves older partitions untouched.
  const { rows: known } = await ex.query<{ wamid: string }>({
    name: 'sends_statuses',
    text: `with told as (
             select w as wamid, min(a) filter (where s = 'sent') as sent, min(a) filter (where s = 'delivered') as delivered,
                    min(a) filter (where s = 'read') as read, min(a) filter (where s = 'failed') as failed,
                    max(e) filter (where s = 'failed') as error_code
               from jsonb_to_recordset($1::jsonb) as u (w text, s text, a timestamptz, e integer) group by w
           )
           update sends x set sent_at = least(x.sent_at, t.sent), delivered_at = least(x.delivered_at, t.delivered),
                  read_at = least(x.read_at, t.read), failed_at = least(x.failed_at, t.failed),
                  error_code = coalesce(t.error_code, x.error_code),
                  status = case when t.failed is not null and x.status in ('accepted', 'uncertain') then 'failed'
                                else x.status end
             from told t
            where x.wamid = t.wamid and x.id >= uuidv7_floor($2::timestamptz - interval '31 days')
            returning x.wamid`,
    values: [JSON.stringify(rows), now],
  })
  const found = new Set(known.map((r) => r.wamid))
  const early = rows.filter((r) => !found.has(r.w))
  if (early.length === 0) return
  await ex.query({
    name: 'early_statuses_insert',
    text: `insert into early_statuses (wamid, status, at, error_code, received_at)
           select w, s, min(a), max(e), $2
             from jsonb_to_recordset($1::jsonb) as u (w text, s text, a timestamptz, e integer)
            group by w, s order by w, s
           on conflict do nothing`,
    values: [JSON.stringify(early), now],
  })
}

// Picks up what a crash left behind: a reply or a queued message whose worker died is queued again, a request whose fate
// nobody recorded becomes uncertain (and is never repeated on its own), statuses that came early find their send. Runs at
// every start and every minute, on any number of replicas at once (G9).

import type { Executor } from '../db/client.js'
import { OUTCOME, type Outcome, TRACKED_DAYS, takeUpNamed } from './early.js'
import { oldestId } from './ids.js'
import { sweepMessages } from './queue.js'

/** A queued reply normally leaves within a second; after this its job is considered lost. */
const LOST_AFTER_SECONDS = 20

export type Swept = {
  uncertain: number
  requeued: number
  expired: number
  /** Sends of which it is news that they failed. */
  failed: Outcome[]
}

export async function sweep(ex: Executor, now: Date): Promise<Swept> {
  const silent = await ex.query(
    `with silent as (
       update sends set status = 'uncertain', settled_at = $1, lease_until = null
        where status = 'sending' and lease_until < $1 and id >= $2 returning id, contact_id, kind, purpose
     ), told as (
       insert into events (type, contact_id, at, data)
       select 'send.uncertain', contact_id, $1, jsonb_build_object('send', id, 'kind', kind, 'purpose', purpose) from silent
     )
     select from silent`,
    [now, oldestId(now, TRACKED_DAYS)],
  )
  const lost = await ex.query(
    `select graphile_worker.add_job('reply', json_build_object('send', id), job_key := 'reply:' || id)
       from sends where status = 'queued' and kind <> 'message' and id >= $3
        and created_at < $1::timestamptz - $2 * interval '1 second' limit 1000`,
    [now, LOST_AFTER_SECONDS, oldestId(now, 2)],
  )
  const messages = await sweepMessages(ex, now)
  const named = await takeUpNamed(ex, null, now)
  const late = await ex.query<Outcome & { hasFailed: boolean }>(
    `with late as (
       delete from early_statuses e using sends s
        where s.wamid = e.wamid and s.id >= $1 returning s.id, s.status as before, e.*
     ), told as (
       select id, max(before) as before, min(at) filter (where status = 'sent') as sent,
              min(at) filter (where status = 'delivered') as delivered, min(at) filter (where status = 'read') as read, min(at) filter (where status = 'failed') as failed,
              max(error_code) as error_code from late group by id
     )
     update sends s set sent_at = least(s.sent_at, t.sent), delivered_at = least(s.delivered_at, t.delivered),
            read_at = least(s.read_at, t.read), failed_at = least(s.failed_at, t.failed),
            status = case when t.failed is not null then 'failed' else s.status end,
            error_code = coalesce(t.error_code, s.error_code)
       from told t where s.id = t.id
     returning ${OUTCOME}, s.status = 'failed' and t.before <> 'failed' as "hasFailed"`,
    [oldestId(now, TRACKED_DAYS)],
  )
  await ex.query(`delete from early_statuses where received_at < $1::timestamptz - interval '1 hour'`, [now])
  await ex.query('delete from halts where until < $1', [now])
  return {
    uncertain: silent.rowCount ?? 0,
    requeued: (lost.rowCount ?? 0) + messages.requeued,
    expired: messages.expired,
    failed: [...named.filter((s) => s.status === 'failed'), ...late.rows.filter((s) => s.hasFailed)],
  }
}

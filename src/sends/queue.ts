// Messages that wait: handed in with up to a thousand others, due at a time, gone from the queue when they leave, are
// cancelled, refused or expire. Promises kept: bodies rest sealed and only as long as they wait; a job exists exactly for
// what is queued, in the same transaction; only the gate's claim takes a message onto the wire (G9).

import type { Reason } from '../consent/verdict.js'
import type { Executor } from '../db/client.js'
import { seal, unseal } from '../db/sealed.js'
import { oldestId, WAITING_DAYS } from './ids.js'

/** How a message is to be sent, as it rests. */
export type Parcel = {
  endpoint: 'messages' | 'marketing_messages'
  /** Of the Graph API; null: the gateway's own. */
  version: string | null
  /** The purpose that the caller named, if any. */
  purpose: string | null
  body: Buffer
}

/** A message handed in for later, with what the gate would say today. */
export type HandedIn = Parcel & {
  id: string
  contactId: string | null
  /** Keyed hash of the recipient. */
  person: Buffer | null
  phoneNumberId: string
  purposeName: string
  template: string | null
  callbackData: string | null
  sendAt: Date
  expiresAt: Date
  /** Null: to be queued. */
  refusal: { reason: Reason; event: string | null } | null
}

/** Writes messages, refused ones for the record and the others with their bodies and jobs, in one statement. */
export async function queueMessages(
  ex: Executor,
  identityKeys: readonly string[],
  messages: readonly HandedIn[],
  now: Date,
): Promise<void> {
  if (messages.length === 0) return
  const queued = messages.filter((m) => m.refusal === null)
  await ex.query({
    name: 'messages_queue',
    text: `with handed_in as materialized (
             select * from jsonb_to_recordset($1::jsonb) as m (id uuid, contact_id uuid, person text, phone_number_id text,
                    purpose text, template text, callback_data text, reason text, decided_by uuid,
                    send_at timestamptz, expires_at timestamptz, wait_ms float8)
           ), noted as (
             insert into sends (id, created_at, contact_id, person, phone_number_id, kind, purpose, template,
                                callback_data, status, reason, decided_by, decided_at, send_at, expires_at)
             select id, $2, contact_id, decode(person, 'hex'), phone_number_id, 'message', purpose, template,
                    callback_data, case when reason is null then 'queued' else 'refused' end, reason, decided_by,
                    case when reason is not null then $2::timestamptz end, send_at, expires_at
               from handed_in
           ), kept as (
             insert into queued_messages (send_id, endpoint, version, purpose, body)
             select * from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[])
           ), told as (
             insert into events (type, contact_id, at, data)
             select 'send.refused', contact_id, $2, jsonb_build_object('send', id, 'purpose', purpose, 'reason', reason,
                    'event', decided_by)
               from handed_in where reason is not null
           )
           -- By the database's clock, which is the jobs' own, and none for what is due: it may be a little behind ours.
           select count(*) from graphile_worker.add_jobs(array(
             select row('send', json_build_object('send', id, 'from', phone_number_id), null,
                        case when wait_ms > 0 then now() + wait_ms * interval '1 ms' end, null, 'send:' || id, 0, null
                       )::graphile_worker.job_spec from handed_in where reason is null))`,
    values: [
      JSON.stringify(
        messages.map((m) => ({
          id: m.id,
          contact_id: m.contactId,
          person: m.person?.toString('hex') ?? null,
          phone_number_id: m.phoneNumberId,
          purpose: m.purposeName,
          template: m.template,
          callback_data: m.callbackData ?? m.id,
          reason: m.refusal?.reason ?? null,
          decided_by: m.refusal?.event || null,
          send_at: m.sendAt,
          expires_at: m.expiresAt,
          wait_ms: m.sendAt.getTime() - now.getTime(),
        })),
      ),
      now,
      queued.map((m) => m.id),
      queued.map((m) => m.endpoint),
      queued.map((m) => m.version),
      queued.map((m) => m.purpose),
      queued.map((m) => seal(identityKeys, m.body)),
    ],
  })
}

/**
 * What a queued message says and until when; null when it is not queued any more.
 * @throws when none of the identity keys opens it
 */
/** A queued message that is due. */
type Waiting = Parcel & { attempts: number; expiresAt: Date; contactId: string | null }

export async function readParcel(
  ex: Executor,
  identityKeys: readonly string[],
  sendId: string,
): Promise<Waiting | null> {
  const { rows } = await ex.query<Waiting>({
    name: 'messages_read_queued',
    text: `select q.endpoint, q.version, q.purpose, q.body, s.attempts, s.contact_id as "contactId", s.expires_at as "expiresAt"
             from sends s join queued_messages q on q.send_id = s.id where s.id = $1 and s.status = 'queued'`,
    values: [sendId],
  })
  const row = rows[0]
  return row === undefined ? null : { ...row, body: unseal(identityKeys, row.body) }
}

// The job of a message at a later time; `sends` is the row that it is for.
const JOB_LATER = `graphile_worker.add_job('send', json_build_object('send', id, 'from', phone_number_id),
                     run_at := now() + $2 * interval '1 ms', job_key := 'send:' || id)`

/** Puts off the job of a message that is queued; nothing else about it changes. */
export async function putOff(ex: Executor, sendId: string, afterMs: number): Promise<void> {
  await ex.query({
    name: 'messages_put_off',
    text: `select ${JOB_LATER} from sends where id = $1 and status = 'queued'`,
    values: [sendId, afterMs],
  })
}

/**
 * Takes a message that surely has not left from the wire back into the queue, to be tried again later; `too_late` if it
 * would expire before that.
 */
export async function requeue(ex: Executor, sendId: string, afterMs: number, now: Date): Promise<void> {
  await ex.query({
    name: 'messages_requeue',
    text: `with back as (
             update sends
                set status = case when again < expires_at then 'queued' else 'cancelled' end,
                    reason = case when again < expires_at then null else 'too_late' end,
                    settled_at = case when again < expires_at then null else $3 end,
                    permitted_by = null, decided_by = null, decided_at = null, observed = false, as_of = null,
                    lease_until = null
               from (select $3::timestamptz + $2 * interval '1 ms' as again) t
              where id = $1 and status = 'sending'
             returning id, phone_number_id, status
           )
           select ${JOB_LATER} from back where status = 'queued'`,
    values: [sendId, afterMs, now],
  })
}

/** Cancels a queued message for the caller, with its job. False: it is not queued. */
export async function cancelMessage(ex: Executor, sendId: string, now: Date): Promise<boolean> {
  const { rowCount } = await ex.query({
    name: 'messages_cancel',
    text: `with cancelled as (
             update sends set status = 'cancelled', reason = 'on_request', settled_at = $2
              where id = $1 and kind = 'message' and status = 'queued' returning id
           )
           select graphile_worker.remove_job('send:' || id) from cancelled`,
    values: [sendId, now],
  })
  return rowCount === 1
}

/** Cancels a queued message that has expired. */
export async function expireMessage(ex: Executor, sendId: string, now: Date): Promise<void> {
  await ex.query({
    name: 'messages_expire',
    text: `update sends set status = 'cancelled', reason = 'too_late', settled_at = $2
            where id = $1 and status = 'queued' and expires_at <= $2`,
    values: [sendId, now],
  })
}

/** A message that has been due for so long without a job, or in the hands of a worker, has lost it. */
const LOST_AFTER_SECONDS = 60

/** Cancels what has expired and finds the messages whose job was lost. A long queue is no loss: its jobs are there. */
export async function sweepMessages(ex: Executor, now: Date): Promise<{ requeued: number; expired: number }> {
  const values = [now, oldestId(now, WAITING_DAYS + 1)]
  const expired = await ex.query(
    `update sends set status = 'cancelled', reason = 'too_late', settled_at = $1
      where kind = 'message' and status = 'queued' and send_at <= $1 and expires_at <= $1 and id >= $2`,
    values,
  )
  const lost = await ex.query(
    `select graphile_worker.add_job('send', json_build_object('send', id, 'from', phone_number_id), job_key := 'send:' || id)
       from (select id, phone_number_id from sends
              where kind = 'message' and status = 'queued' and id >= $2
                and send_at < $1::timestamptz - $3 * interval '1 second'
              order by send_at limit 10000) due
      where not exists (select from graphile_worker.jobs j
                         where j.key = 'send:' || due.id and j.attempts < j.max_attempts
                           and (j.locked_at is null or j.locked_at > now() - $3 * interval '1 second'))`,
    [...values, LOST_AFTER_SECONDS],
  )
  return { requeued: lost.rowCount ?? 0, expired: expired.rowCount ?? 0 }
}

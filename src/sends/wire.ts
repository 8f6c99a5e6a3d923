// The wire: sends whose request may be at Graph at this moment. A row in `sending` is on the wire until it settles or
// its lease ends; a stop waits for these rows before Meta gets its 200 (G3).

import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Executor } from '../db/client.js'
import { OUTCOME, type Outcome, takeUpNamed } from './early.js'
import { oldestId, WAITING_DAYS } from './ids.js'

/** How long a request may take from reservation to settlement. The HTTP client gives up well before. */
export const LEASE_MS = 15_000
/** A reservation that has not started its request by then asks the gate again. */
export const START_WITHIN_MS = 2_000

const POLL_MS = 15

/** The steps of a send, as seen from outside: between any two of them the process may lose the processor, or its life. */
export type SendStep = 'reserve' | 'reserved' | 'request' | 'answered' | 'settled'
/**
 * Awaited before reserving, after it, before the request, after its answer and after settling. For the tests that
 * stretch every gap (test/torture); absent in production.
 */
export type Pause = (step: SendStep) => Promise<void>

export type Settlement =
  | { status: 'accepted'; wamid: string | null }
  | { status: 'failed'; errorCode: number | null }
  /** With the code of an error after which it may have gone out. */
  | { status: 'uncertain'; errorCode?: number | null }
  /** Certainly never left: may be tried again. */
  | { status: 'queued' | 'cancelled'; reason: string }

export type Settled = Outcome & {
  /** An accepted message of a caller, in a place where something is halted: a good answer. */
  isGoodNews: boolean
}

/**
 * Ends a reservation. Takes up statuses that came in before the message's id was known, or, when it will not be, those
 * that name the send.
 * @returns what the send has come to; null when it had been settled before
 */
export async function settle(
  ex: Executor,
  sendId: string,
  settlement: Settlement,
  now: Date,
): Promise<Settled | null> {
  const wamid = settlement.status === 'accepted' ? settlement.wamid : null
  const { rows } = await ex.query<Settled>({
    name: 'sends_settle',
    text: `with early as (
             delete from early_statuses where wamid = $3 returning status, at, error_code
           ), settled as (
           update sends s set status = case when (select true from early where status = 'failed') then 'failed' else $2 end,
                  wamid = coalesce($3, wamid), reason = coalesce($4, reason),
                  error_code = coalesce((select error_code from early where status = 'failed'), $5, error_code),
                  settled_at = case when $2 <> 'queued' then $6::timestamptz end, lease_until = null,
                  sent_at = (select at from early where status = 'sent'),
                  delivered_at = (select at from early where status = 'delivered'),
                  read_at = (select at from early where status = 'read'),
                  failed_at = (select at from early where status = 'failed')
            where id = $1 and status in ('sending', 'uncertain')
           returning ${OUTCOME}, s.kind, s.purpose, s.kind = 'message' and s.status = 'accepted' and exists (select from halts h
                     where h.scope <> 'contact' or h.key = s.phone_number_id || '/' || s.contact_id) as "isGoodNews"
           ), told as (
             -- Other systems hear once of a send whose fate is unknown (feed/).
             insert into events (type, contact_id, at, data)
             select 'send.uncertain', "contactId", $6, jsonb_build_object('send', id, 'kind', kind, 'purpose', purpose)
               from settled s where status = 'uncertain'
                and not exists (select from sends before where before.id = $1 and before.status = 'uncertain')
           )
           select id, wamid, "contactId", "phoneNumberId", template, status, "errorCode", "isGoodNews" from settled`,
    values: [
      sendId,
      settlement.status,
      wamid,
      'reason' in settlement ? settlement.reason : null,
      'errorCode' in settlement ? (settlement.errorCode ?? null) : null,
      now,
    ],
  })
  const [settled] = rows
  if (settled?.status !== 'uncertain') return settled ?? null
  const [told] = await takeUpNamed(ex, sendId, now)
  return told === undefined ? settled : { ...told, isGoodNews: false }
}

/**
 * Resolves when none of the sends to these people that are on the wire now still is. Which ones these are is what the
 * database holds, not a comparison of times: the replica that reserved a send may have another clock. Only the end of
 * a lease is a time of somebody else's, and a request's limits (START_WITHIN_MS and the client's 10 s) leave 3 s for that.
 * @throws when that takes longer than a lease can last: nobody may be told that it is over
 */
export async function untilSettled(
  pool: pg.Pool,
  contactIds: readonly string[],
  clock: () => Date,
): Promise<void> {
  // A queued message is as old on the wire as it has waited.
  const oldest = oldestId(clock(), WAITING_DAYS + 1)
  const deadline = performance.now() + LEASE_MS + 1_000
  for (let begun: string[] | null = null; ; await pause(POLL_MS)) {
    const { rows }: pg.QueryResult<{ id: string }> = await pool.query({
      name: 'sends_on_the_wire',
      text: `select id from sends where contact_id = any ($1::uuid[]) and status = 'sending' and lease_until > $2
                and id >= $3::uuid and ($4::uuid[] is null or id = any ($4))`,
      values: [contactIds, clock(), oldest, begun],
    })
    if (rows.length === 0) return
    if (performance.now() > deadline) throw new Error('sends on the wire did not settle in time')
    begun = rows.map((r) => r.id)
  }
}

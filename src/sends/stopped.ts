// What a stop met on its way: which messages had already left when it was written down, and which it kept from leaving.
// What was let through before the stop is the ledger's order, not the clocks': every send holds the position at which it
// was let through. Only whether it had settled by then compares times, which replicas tell to within their clocks.

import type { LedgerEvent } from '../consent/ledger.js'
import type { Executor } from '../db/client.js'
import { oldestId, WAITING_DAYS } from './ids.js'

export type MetSend = {
  id: string
  kind: string
  purpose: string | null
  status: string
  reason: string | null
  createdAt: Date
  settledAt: Date | null
}

export type MetByStop = {
  /**
   * Let through before the stop stood on the ledger, and not settled before: on the wire when it came. The stop's
   * webhook was answered only after these were over.
   */
  left: MetSend[]
  /**
   * Decided or let through before the stop, cancelled after it, and never begun: `left` because the person had left,
   * `closed` because its question was, `unavailable` because it could not begin in time. One that
   * two stops forbid is named by both. A message that was queued before the stop, and refused because of it when it was
   * due, is named here as `refused`.
   */
  cancelled: MetSend[]
}

const NEVER_LEFT = new Set(['cancelled', 'refused'])

/** @param stop a line of the ledger by which a person left, refused or paused */
export async function metByStop(
  ex: Executor,
  stop: Pick<LedgerEvent, 'id' | 'contactId' | 'seq' | 'recordedAt'>,
): Promise<MetByStop> {
  const { rows } = await ex.query<MetSend>({
    name: 'sends_met_by_stop',
    text: `select id, kind, purpose, status, reason, created_at as "createdAt", settled_at as "settledAt"
             from sends
            where contact_id = $1 and id >= $4::uuid
              and (as_of < $2 and status not in ('refused', 'queued') and (settled_at is null or settled_at >= $3)
                   or decided_by = $5 and status = 'refused' and created_at < $3 and settled_at >= $3)
            order by id`,
    values: [stop.contactId, stop.seq, stop.recordedAt, oldestId(stop.recordedAt, WAITING_DAYS + 1), stop.id],
  })
  return {
    left: rows.filter((r) => !NEVER_LEFT.has(r.status)),
    cancelled: rows.filter((r) => NEVER_LEFT.has(r.status)),
  }
}

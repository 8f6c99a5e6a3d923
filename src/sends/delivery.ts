// What became of messages after Graph accepted them: sent, delivered, read, failed, in any order and any number of
// times. The earliest time of each is kept; order of arrival changes nothing (G6).

import { identifiersOf } from '../consent/directory.js'
import { personKey } from '../consent/recipient.js'
import type { Executor } from '../db/client.js'
import type { StatusUpdate } from '../webhook/payload.js'
import { OUTCOME, type Outcome, TRACKED_DAYS, takeUp } from './early.js'
import { oldestId } from './ids.js'

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
  select t.*, x.id, x.status as before from told t
   cross join lateral (select id, status from sends where wamid = t.wamid and id >= $1::uuid limit 1) x
)
update sends s set sent_at = least(s.sent_at, f.sent), delivered_at = least(s.delivered_at, f.delivered),
       read_at = least(s.read_at, f.read), failed_at = least(s.failed_at, f.failed),
       error_code = coalesce(f.error_code, s.error_code),
       status = case when f.failed is not null and s.status in ('accepted', 'uncertain') then 'failed'
                     else s.status end
  from found f where s.id = f.id
 returning ${OUTCOME}, s.status = 'failed' and f.before <> 'failed' as "hasFailed",
       coalesce(f.delivered, f.read) is not null
         and exists (select from halts where scope = 'contact' and key = s.phone_number_id || '/' || s.contact_id)
         as "isReachable"`

/** What statuses told, beyond the times of their sends. */
export type Told = {
  /** The contacts for whom the sends were let through, by message id. */
  contacts: Map<string, string>
  /** Sends of which it is news that they failed. */
  failed: Outcome[]
  /** Sends that arrived, although nothing was to be sent to that person for now. */
  reached: Outcome[]
}

/**
 * Notes statuses of any number of sends in one statement, those whose message id is not known (yet) in a second; a third
 * looks whether they name a send that never got an answer.
 */
export async function settleStatuses(
  ex: Executor,
  statuses: readonly StatusUpdate[],
  now: Date,
  identityKeys: readonly string[],
): Promise<Told> {
  if (statuses.length === 0) return { contacts: new Map(), failed: [], reached: [] }
  const { rows } = await ex.query<Outcome & { hasFailed: boolean; isReachable: boolean }>({
    name: 'sends_statuses',
    text: STATUSES_SQL,
    values: [
      oldestId(now, TRACKED_DAYS),
      statuses.map((s) => s.wamid),
      statuses.map((s) => s.status),
      statuses.map((s) => s.at ?? now),
      statuses.map((s) => s.errorCode),
    ],
  })
  const known = new Set(rows.map((r) => r.wamid))
  const early = statuses.filter((s) => !known.has(s.wamid))
  const named = await noteEarly(ex, early, now, identityKeys)
  const found = await takeUp(ex, named, now)
  return {
    contacts: new Map(
      [...rows, ...found].flatMap(({ wamid, contactId }) =>
        wamid === null || contactId === null ? [] : [[wamid, contactId]],
      ),
    ),
    failed: [...rows.filter((r) => r.hasFailed), ...found.filter((r) => r.status === 'failed')],
    reached: rows.filter((r) => r.isReachable),
  }
}

/** @returns message ids of those that carry a name by which a send may be found */
async function noteEarly(
  ex: Executor,
  statuses: readonly StatusUpdate[],
  now: Date,
  identityKeys: readonly string[],
): Promise<string[]> {
  if (statuses.length === 0) return []
  await ex.query({
    name: 'early_statuses_insert',
    text: `insert into early_statuses (wamid, status, at, error_code, received_at, callback_data, phone_number_id, people)
           select w, s, min(a), max(e), $2, max(c), max(n),
                  max((select array_agg(decode(k, 'hex')) from jsonb_array_elements_text(p) k))
             from jsonb_to_recordset($1::jsonb) as u (w text, s text, a timestamptz, e integer, c text, n text, p jsonb)
            group by w, s order by w, s
           on conflict do nothing`,
    values: [
      JSON.stringify(
        statuses.map((s) => ({
          w: s.wamid,
          s: s.status,
          a: s.at ?? now,
          e: s.errorCode,
          c: s.callbackData,
          n: s.phoneNumberId,
          p: s.callbackData === null ? [] : peopleOf(s, identityKeys),
        })),
      ),
      now,
    ],
  })
  return [...new Set(statuses.flatMap((s) => (s.callbackData === null ? [] : [s.wamid])))]
}

/** The recipient as sends keep it: under each name and each key that is in use. */
function peopleOf({ identity }: StatusUpdate, identityKeys: readonly string[]): string[] {
  return identifiersOf(identity).flatMap(({ kind, value }) =>
    kind === 'username' ? [] : identityKeys.map((key) => personKey(key, { kind, value }).toString('hex')),
  )
}

// What did not arrive. A letter that found no receiver within seven days is dead: it rests sealed for another fourteen, in
// which it can be sent once more by hand; then only the fact remains that it was, and in the end not even that.

import type { Executor } from '../db/client.js'
import { dropOldEvents, EVENTS_KEPT } from '../feed/feed.js'
import type { Policy } from '../policy.js'
import { DEAD_AFTER_MS } from './pauses.js'

const DAY_MS = 86_400_000
/** How long the sealed payload of a dead letter is kept. */
const PAYLOAD_KEPT_MS = 14 * DAY_MS
/** How long it is known that there was one. */
const FACT_KEPT_MS = 730 * DAY_MS
const AT_ONCE = 1_000

export type Delivery = {
  target: string
  letter: string
  kind: string
  event: string | null
  state: 'waiting' | 'dead'
  since: Date
  dueAt: Date | null
  attempts: number
  lastStatus: number | null
  lastError: string | null
  deadAt: Date | null
  /** Whether it can still be sent. */
  replayable: boolean
}

export type DeliveryFilter = { state: 'waiting' | 'dead'; target: string | null }

/** A page of deliveries, oldest letter first. */
export async function listDeliveries(
  ex: Executor,
  { state, target }: DeliveryFilter,
  after: { letter: string; target: string },
  limit: number,
): Promise<Delivery[]> {
  const { rows } = await ex.query<Delivery>({
    name: 'deliveries_list',
    text: `select d.target, d.letter, d.kind, d.event, d.state, d.since, d.due_at as "dueAt", d.attempts,
                  d.last_status as "lastStatus", d.last_error as "lastError", d.dead_at as "deadAt",
                  l.id is not null as replayable
             from deliveries d left join letters l on l.id = d.letter
            where d.state = $1 and ($2::text is null or d.target = $2) and (d.letter, d.target) > ($3::bigint, $4)
            order by d.letter, d.target limit $5`,
    values: [state, target, after.letter, after.target, limit],
  })
  return rows
}

/**
 * Sends dead letters once more, in their old place among those of the same person, and ends the receiver's rest.
 * @param letters only these; null for all of the receiver's
 * @returns how many; those whose payload is gone are not among them
 */
export async function replay(
  ex: Executor,
  target: string,
  letters: readonly string[] | null,
  now: Date,
): Promise<number> {
  let replayed = 0
  for (let more = true; more; ) {
    const { rowCount } = await ex.query({
      name: 'deliveries_replay',
      text: `update deliveries set state = 'waiting', dead_at = null, attempts = 0, since = $3, due_at = null
              where target = $1 and letter in (
                    select d.letter from deliveries d join letters l on l.id = d.letter
                     where d.target = $1 and d.state = 'dead' and ($2::bigint[] is null or d.letter = any ($2))
                     order by d.letter limit ${AT_ONCE}) and state = 'dead'`,
      values: [target, letters, now],
    })
    replayed += rowCount ?? 0
    more = (rowCount ?? 0) >= AT_ONCE
  }
  await ex.query({
    name: 'target_wakes',
    text: 'update delivery_targets set failures = 0, rests = 0, rest_until = null where name = $1',
    values: [target],
  })
  return replayed
}

/** The hourly tidying: what has become too old dies, or goes; letters that nobody waits for, after a crash, as well. */
export async function tidyDeliveries(ex: Executor, policy: Policy, now: Date): Promise<{ died: number }> {
  const ago = (ms: number) => new Date(now.getTime() - ms)
  const died = await inBatches(
    ex,
    `update deliveries d set state = 'dead', dead_at = $2
       from (select target, letter from deliveries where state = 'waiting' and since <= $1 limit ${AT_ONCE}) old
      where d.target = old.target and d.letter = old.letter and d.state = 'waiting'`,
    [ago(DEAD_AFTER_MS), now],
  )
  await inBatches(
    ex,
    `delete from letters where id in (
       select id from letters l where not exists (
              select from deliveries d where d.letter = l.id and (d.state = 'waiting' or d.dead_at > $1))
        limit ${AT_ONCE})`,
    [ago(PAYLOAD_KEPT_MS)],
  )
  await inBatches(
    ex,
    `delete from deliveries where (target, letter) in (
       select target, letter from deliveries where state = 'dead' and dead_at <= $1 limit ${AT_ONCE})`,
    [ago(FACT_KEPT_MS)],
  )
  await dropOldEvents(ex, policy.retention.events ?? EVENTS_KEPT, now)
  return { died }
}

async function inBatches(ex: Executor, text: string, values: unknown[]): Promise<number> {
  for (let total = 0; ; ) {
    const { rowCount } = await ex.query(text, values)
    total += rowCount ?? 0
    if ((rowCount ?? 0) < AT_ONCE) return total
  }
}

export type Backlog = {
  target: string
  waiting: number
  dead: number
  /** Since when the oldest waits. */
  oldest: Date | null
  /** Until when the receiver is not asked, because it fails. */
  restUntil: Date | null
}

/** How much waits for whom, in one statement over indexes: for metrics and readiness. */
export async function deliveryBacklog(ex: Executor): Promise<Backlog[]> {
  const { rows } = await ex.query<Backlog>({
    name: 'delivery_backlog',
    text: `select t.name as target, w.waiting, d.dead, o.since as oldest, t.rest_until as "restUntil"
             from delivery_targets t
            cross join lateral (select count(*)::int as waiting from deliveries
                                 where target = t.name and state = 'waiting') w
            cross join lateral (select count(*)::int as dead from deliveries
                                 where target = t.name and state = 'dead') d
             left join lateral (select since from deliveries where target = t.name and state = 'waiting'
                                 order by letter limit 1) o on true
            order by t.name`,
  })
  return rows
}

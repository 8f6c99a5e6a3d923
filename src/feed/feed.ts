// The feed: everything that other systems are told, in one order that never changes. Promise kept: whoever reads on from
// where they stopped misses nothing, in whatever order transactions commit. An event gets its place only after its
// commit, from whoever holds the one row of feed_head; so no place is ever taken below one that was already shown.

import { addDuration } from '../conversation/duration.js'
import type { Executor } from '../db/client.js'
import type { FeedType } from './types.js'

// One statement's worth of places; a busy second has fewer.
const PLACES_AT_ONCE = 1_000

/** How long events are kept when the policy's retention says nothing. */
export const EVENTS_KEPT = 'P30D'

export type FeedEvent = {
  /** Place in the feed. */
  position: string
  id: string
  type: FeedType
  contactId: string | null
  at: Date
  data: Record<string, unknown>
}

/**
 * Gives a place to every committed event that has none, in the order of writing. For one person that is the order of
 * what happened: if this statement sees the later event, it sees the earlier one, which was committed before the later
 * could be written. Any number of replicas may do it at once.
 */
export async function givePlaces(ex: Executor): Promise<void> {
  for (;;) {
    const { rowCount } = await ex.query({
      name: 'feed_places',
      text: `with head as materialized (
               select position from feed_head where exists (select from events where position is null) for update
             ), fresh as materialized (
               select e.written, h.position + row_number() over (order by e.written) as position
                 from head h cross join (select written from events where position is null
                                          order by written limit ${PLACES_AT_ONCE}) e
             ), placed as (
               -- Of what somebody else placed while we waited for the head, nothing is placed again.
               update events e set position = f.position from fresh f
                where e.written = f.written and e.position is null returning e.position
             ), moved as (
               update feed_head set position = (select max(position) from placed) where exists (select from placed)
             )
             select from placed`,
    })
    if ((rowCount ?? 0) < PLACES_AT_ONCE) return
  }
}

export type FeedPage = {
  events: FeedEvent[]
  /** From where to read on. */
  position: string
  /** Whether more is there already. */
  more: boolean
  /** Events after the asked position are gone: too much time has passed. */
  gone: boolean
}

/**
 * A page of the feed after a position, in order.
 * @param types only these; null for all
 */
export async function readFeed(
  ex: Executor,
  after: string,
  types: readonly FeedType[] | null,
  limit: number,
): Promise<FeedPage> {
  const { rows } = await ex.query<FeedEvent & { head: string; gone: boolean; position: string | null }>({
    name: 'feed_read',
    text: `select h.position as head, h.dropped > $1::bigint as gone,
                  e.position, e.id, e.type, e.contact_id as "contactId", e.at, e.data
             from feed_head h left join lateral (
                  select * from events where position > $1::bigint and ($2::text[] is null or type = any ($2))
                   order by position limit $3::int + 1) e on true
            order by e.position`,
    values: [after, types, limit],
  })
  const events = rows.filter((r) => r.position !== null).map(({ head: _, gone: __, ...event }) => event)
  const more = events.length > limit
  const shown = events.slice(0, limit)
  const [first] = rows
  // At the end of the feed one reads on from its end, also past what was not asked for. A position beyond it stays.
  const end = first !== undefined && BigInt(first.head) > BigInt(after) ? first.head : after
  return {
    events: shown,
    more,
    gone: first?.gone ?? false,
    position: more ? (shown.at(-1)?.position ?? after) : end,
  }
}

/** The body that receivers get, and the item of the feed. */
export function presentFeedEvent({ type, at, contactId, data }: FeedEvent) {
  return { type, timestamp: at.toISOString(), data: { contact: contactId, ...data } }
}

const MARK = 'feed:'

/** The cursor of a position: opaque, so that what it stands on may change. */
export const cursorOf = (position: string): string => Buffer.from(MARK + position).toString('base64url')

/** @returns null when it is no cursor of ours */
export function positionOf(cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString()
  return /^feed:(0|[1-9]\d{0,17})$/.test(text) ? text.slice(MARK.length) : null
}

/**
 * Deletes events that are older than they are kept, oldest first, and remembers up to where.
 * @param kept ISO 8601 duration
 */
export async function dropOldEvents(ex: Executor, kept: string, now: Date): Promise<void> {
  const before = new Date(2 * now.getTime() - addDuration(now, kept).getTime())
  await givePlaces(ex)
  for (;;) {
    const { rowCount } = await ex.query({
      name: 'feed_drop',
      text: `with old as (
               select position from events where position is not null order by position limit ${PLACES_AT_ONCE}
             ), dropped as (
               delete from events e using old where e.position = old.position and e.at < $1 returning e.position
             ), noted as (
               update feed_head set dropped = (select max(position) from dropped) where exists (select from dropped)
             )
             select from dropped`,
      values: [before],
    })
    if ((rowCount ?? 0) < PLACES_AT_ONCE) return
  }
}

// What other systems can be told, and which line of the ledger tells what. Pure. Promise kept: ids only; whoever wants to
// know more looks it up by the contact's id, so that nothing personal lies in a receiver's log.

import type { ChainedEvent } from '../consent/ledger.js'
import type { EventType } from '../consent/state.js'

export const FEED_TYPES = [
  'consent.given',
  'consent.withdrawn',
  'consent.paused',
  'send.refused',
  'send.uncertain',
  'case.opened',
] as const
export type FeedType = (typeof FEED_TYPES)[number]

/**
 * The mapping. What a line of the ledger is to a system that only wants to know whether it may still send; `data.by`
 * keeps the line's own type. A question that was put to somebody changes nothing for others.
 */
export const TOLD_AS: Readonly<Record<EventType, FeedType | null>> = {
  requested: null,
  given: 'consent.given',
  resumed: 'consent.given',
  imported: 'consent.given',
  paused: 'consent.paused',
  withdrawn: 'consent.withdrawn',
  refused: 'consent.withdrawn',
  revoked: 'consent.withdrawn',
  expired: 'consent.withdrawn',
  invalidated: 'consent.withdrawn',
}

/** A row of the table, before it is written. */
export type Tidings = { type: FeedType; contact: string; at: Date; data: Record<string, unknown> }

/** What the lines of a ledger tell others; fewer than there are lines. */
export function tidingsOf(lines: readonly ChainedEvent[]): Tidings[] {
  return lines.flatMap((line) => {
    const type = TOLD_AS[line.type]
    if (type === null) return []
    const { contactId, id, channel, scope, actor, occurredAt, recordedAt } = line
    const data = { event: id, by: line.type, channel, scope, actor, occurredAt }
    return [{ type, contact: contactId, at: recordedAt, data }]
  })
}

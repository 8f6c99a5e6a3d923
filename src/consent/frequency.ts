// "At most 4 a month", as the notice promised it: however the window of that length is laid, no more than four messages
// are in it (R59, CTIA). A calendar's length, in UTC. What counts is what may have reached the person: sent, accepted or
// of unknown fate; not what was refused, has failed or never left.

import type { Executor } from '../db/client.js'
import type { Purpose } from '../policy.js'
import { oldestId, WAITING_DAYS } from '../sends/ids.js'

type Period = Purpose['frequency']['per']

const DAY_MS = 86_400_000
const MONTHS = { month: 1, year: 12 } as const

/** When a message no longer counts. One of a day that the month to come lacks counts until that month is over. */
export function leavesPeriod(at: Date, per: Period): Date {
  if (per === 'day' || per === 'week') return new Date(at.getTime() + lengthOf(per))
  const { moved, exists } = monthsAway(at, MONTHS[per])
  return exists ? moved : new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth(), 1))
}

/** Messages after this moment count: those whose `leavesPeriod` is still to come. */
export function countsSince(now: Date, per: Period): Date {
  if (per === 'day' || per === 'week') return new Date(now.getTime() - lengthOf(per))
  const { moved, exists } = monthsAway(now, -MONTHS[per])
  return exists ? moved : new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth(), 1) - 1)
}

const lengthOf = (per: 'day' | 'week') => (per === 'day' ? DAY_MS : 7 * DAY_MS)

/** The same day and time some months away; where there is no such day it runs over into the month after. */
function monthsAway(at: Date, months: number): { moved: Date; exists: boolean } {
  const moved = new Date(at)
  moved.setUTCMonth(at.getUTCMonth() + months)
  return { moved, exists: moved.getUTCDate() === at.getUTCDate() }
}

/** What the SQL below compares with. */
export function frequencyBounds({ frequency: { atMost, per } }: Purpose, now: Date) {
  const since = countsSince(now, per)
  // The id tells when a message was handed in, which may be long before it was let through.
  return { atMost, since, oldest: oldestId(since, WAITING_DAYS) }
}

/**
 * SQL: when the message was let through that has to leave the period before the next one may come; null while there is
 * room. Reads at most `atMost` rows per contact of the person's family, by index. Arguments are expressions.
 */
export const cappedBySql = (
  contact: string,
  purpose: string,
  atMost: string,
  since: string,
  oldest: string,
) => `
  select counted.decided_at from contacts f
   cross join lateral (
     select s.decided_at from sends s
      where s.contact_id = f.id and s.purpose = ${purpose} and s.kind = 'message'
        and s.status in ('sending','accepted','uncertain')
        and s.decided_at > ${since}::timestamptz and s.id >= ${oldest}::uuid
      order by s.decided_at desc limit ${atMost}::integer) counted
   where f.id = ${contact} or f.merged_into = ${contact}
   order by counted.decided_at desc offset ${atMost}::integer - 1 limit 1`

/** Until when the promised frequency of a purpose is used up, in one statement; who has room is absent. */
export async function cappedUntil(
  ex: Executor,
  contacts: readonly string[],
  purpose: Purpose,
  now: Date,
): Promise<Map<string, Date>> {
  if (contacts.length === 0) return new Map()
  const { atMost, since, oldest } = frequencyBounds(purpose, now)
  const { rows } = await ex.query<{ id: string; cappedBy: Date | null }>({
    name: 'frequency_capped',
    text: `select c.id, (${cappedBySql('c.id', '$2', '$3', '$4', '$5')}) as "cappedBy" from unnest($1::uuid[]) as c (id)`,
    values: [contacts, purpose.id, atMost, since, oldest],
  })
  return new Map(
    rows.flatMap(({ id, cappedBy }) =>
      cappedBy === null ? [] : [[id, leavesPeriod(cappedBy, purpose.frequency.per)]],
    ),
  )
}

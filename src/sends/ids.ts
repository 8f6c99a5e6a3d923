// Ids of sends are UUIDv7: their first 48 bits are the millisecond of creation, and they are the partition key. A lower
// bound on the id, given as a plain parameter, lets Postgres leave older partitions untouched even in a cached plan.

import { v7 as uuidv7 } from 'uuid'

const DAY_MS = 86_400_000

/** How long a message can be waiting between being handed in and being let through. */
export const WAITING_DAYS = 31

/** The smallest id that a send of the last `days` days can have. */
export function oldestId(now: Date, days: number): string {
  const hex = Math.floor(now.getTime() - days * DAY_MS)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** New ids in the order in which they will be listed. */
export function idsInOrder(count: number, now: Date): string[] {
  // Room for `count` steps below 2^32, from a place that another replica in the same millisecond will not choose.
  const first = Math.floor(Math.random() * 2 ** 31)
  return Array.from({ length: count }, (_, i) => uuidv7({ msecs: now.getTime(), seq: first + i }))
}

// One replica at a time works for a receiver: that keeps the order per person without a lock per person. A lease and not
// a lock of a connection, because a lease ends by itself and its holder can tell without asking how much of it is left.
// It is on the database's clock; a request begins only while enough is left for it to end in time.

import type { Executor } from '../db/client.js'
import type { Health } from './pauses.js'
import { POST_TIMEOUT_MS } from './post.js'

const LEASE_MS = 60_000
// What is left after this is longer than a request takes, and leaves time for a process that stutters.
const RENEW_AFTER_MS = LEASE_MS - POST_TIMEOUT_MS - 20_000

export type Lease = {
  /** Where the receiver stands in the feed, and how it fares. */
  readonly position: string
  readonly health: Health
  /** Whether a request may begin now; renews the lease when it gets short. */
  hold(): Promise<boolean>
  saveHealth(health: Health): Promise<void>
  /** Gives the lease back. False: somebody had work in the meantime, and the lease is still held. */
  release(): Promise<boolean>
}

/**
 * Takes the lease of a receiver, which is made known by that: from now on it gets what the feed brings.
 * @param holder a random UUID
 * @param elapsed milliseconds on a clock that nobody sets
 * @returns null when somebody else holds it; they are told that there is work
 */
export async function takeLease(
  ex: Executor,
  name: string,
  holder: string,
  elapsed: () => number = () => performance.now(),
): Promise<Lease | null> {
  const taken = elapsed()
  const { rows } = await ex.query<Health & { mine: boolean; position: string }>({
    name: 'lease_take',
    text: `insert into delivery_targets as t (name, holder, lease_until, position)
           values ($1, $2, clock_timestamp() + $3 * interval '1 ms', (select position from feed_head))
           on conflict (name) do update
              set (holder, lease_until, woken) = (
                    select case when taken then t.holder else excluded.holder end,
                           case when taken then t.lease_until else excluded.lease_until end, taken
                      from (select coalesce(t.holder <> $2 and t.lease_until > clock_timestamp(), false)) as other (taken))
           returning holder = $2 as mine, position, failures, rests, rest_until as "restUntil"`,
    values: [name, holder, LEASE_MS],
  })
  const [row] = rows
  if (row === undefined || !row.mine) return null
  const { position, failures, rests, restUntil } = row
  let renewed = taken
  let lost = false
  return {
    position,
    health: { failures, rests, restUntil },
    async hold() {
      const now = elapsed()
      if (lost || now - renewed < RENEW_AFTER_MS) return !lost
      const { rowCount } = await ex.query({
        name: 'lease_renew',
        text: `update delivery_targets set lease_until = clock_timestamp() + $3 * interval '1 ms'
                where name = $1 and holder = $2`,
        values: [name, holder, LEASE_MS],
      })
      lost = rowCount === 0
      renewed = now
      return !lost
    },
    async saveHealth(health) {
      await ex.query({
        name: 'lease_health',
        text: `update delivery_targets set failures = $3, rests = $4, rest_until = $5 where name = $1 and holder = $2`,
        values: [name, holder, health.failures, health.rests, health.restUntil],
      })
    },
    async release() {
      const { rows: left } = await ex.query<{ kept: boolean }>({
        name: 'lease_release',
        text: `update delivery_targets
                  set holder = case when woken then holder end, lease_until = case when woken then lease_until end,
                      woken = false
                where name = $1 and holder = $2 returning holder is not null as kept`,
        values: [name, holder],
      })
      return left[0]?.kept !== true
    },
  }
}

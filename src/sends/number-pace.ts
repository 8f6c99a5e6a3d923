// The one row per business number from which all replicas lease their turns (sends/throughput.ts). Time here is the
// database's, so that replicas with different clocks share one.

import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { createThroughput, DEFAULT_PER_SECOND, type Throughput } from './throughput.js'

/**
 * Takes the next `ms` milliseconds of a number's time, in one short statement.
 * @returns in how many milliseconds they begin; 0 or less: they have begun
 */
export async function leaseTime(ex: Executor, phoneNumberId: string, ms: number): Promise<number> {
  const { rows } = await ex.query<{ begins: number }>({
    name: 'number_pace_lease',
    text: `insert into number_pace as p (phone_number_id, tat) values ($1, clock_timestamp() + $2 * interval '1 ms')
           on conflict (phone_number_id)
           do update set tat = greatest(p.tat, clock_timestamp()) + $2 * interval '1 ms'
           returning (extract(epoch from p.tat - clock_timestamp()) * 1000 - $2)::float8 as begins`,
    values: [phoneNumberId, ms],
  })
  return rows[0]?.begins ?? 0
}

/** The throughput of the policy's numbers on a database; a rate of `perSecond` for those that the policy gives none. */
export function sharedThroughput(pool: Executor, policy: Policy, perSecond = DEFAULT_PER_SECOND): Throughput {
  return createThroughput({
    lease: (phoneNumberId, ms) => leaseTime(pool, phoneNumberId, ms),
    rates: new Map(policy.numbers.map((n) => [n.phoneNumberId, n.messagesPerSecond ?? perSecond])),
  })
}

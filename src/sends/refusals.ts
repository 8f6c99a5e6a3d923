// What was refused, or would have been if anything were enforced (GATE=observe): counted, for whoever rolls the gateway
// out and for whoever wonders why messages do not arrive. Names nobody.

import type { Reason } from '../consent/verdict.js'
import type { Executor } from '../db/client.js'
import { oldestId, WAITING_DAYS } from './ids.js'

export const NOTHING_ENFORCED =
  'GATE=observe: NOTHING IS ENFORCED. Every message passes, also to people who said no; set GATE=enforce to protect them'

export type Refusals = {
  purpose: string
  template: string | null
  reason: Reason
  /** Whether these messages left all the same. */
  observed: boolean
  count: number
}

const MOST_GROUPS = 1_000

/** Refusals since a moment, the most frequent first. */
export async function readRefusals(ex: Executor, since: Date): Promise<Refusals[]> {
  const { rows } = await ex.query<Refusals>({
    name: 'refusals_read',
    text: REFUSALS_SQL,
    values: [since, oldestId(since, WAITING_DAYS)],
  })
  return rows
}

/** Values: since when, and the lower bound of the ids that can be. */
export const REFUSALS_SQL = `
select purpose, template, reason, observed, count(*)::int as count
  from sends where (status = 'refused' or observed) and decided_at >= $1 and id >= $2::uuid
 group by purpose, template, reason, observed
 order by count desc, purpose, template, reason limit ${MOST_GROUPS}`

/** How many in all. */
export async function countRefusals(ex: Executor, since: Date): Promise<number> {
  return (await readRefusals(ex, since)).reduce((sum, { count }) => sum + count, 0)
}

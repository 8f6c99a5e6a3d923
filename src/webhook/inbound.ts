// The record of what was delivered. Its unique key is the lock against redelivery: whoever inserts first handles the
// update, everybody else waits for that transaction and then finds it done (G5).

import type { Identity } from '../consent/directory.js'
import type { Executor } from '../db/client.js'
import type { Update } from './payload.js'

// Meta redelivers for 7 days. Older and future dates are odd (the dashboard's test message is of 2017): they share the
// default partition, so that a partition of a regular week never collides with them.
const OLDEST_DAYS = 14
const ODD_DATE = '1970-01-01'

export type Outcome = 'taken' | 'ignored' | 'malformed' | 'unnamed' | 'unlinked'

/**
 * What is done with an update. `unnamed`: it says something and nothing in it says who; `unlinked`: somebody is named
 * otherwise now and nothing says who that was. Both change nothing, since nobody is guessed.
 */
export function outcomeOf(update: Exclude<Update, { kind: 'status' }>): Outcome {
  switch (update.kind) {
    case 'ignored':
    case 'malformed':
      return update.kind
    case 'account':
      return 'taken'
    case 'message':
    case 'preference':
      return namesSomebody(update.identity) ? 'taken' : 'unnamed'
    case 'template':
      return 'taken'
    case 'renamed':
      return namesSomebody(update.previous) && namesSomebody(update.identity) ? 'taken' : 'unlinked'
  }
}

const namesSomebody = ({ phone, bsuid, parentBsuid }: Identity) =>
  (phone ?? bsuid ?? parentBsuid) !== undefined

/**
 * Notes every update that is not a status; statuses repeat harmlessly on their own.
 * @returns hex keys of those seen for the first time
 */
export async function insertInbound(
  ex: Executor,
  updates: readonly Update[],
  now: Date,
): Promise<Set<string>> {
  const noted = new Map<string, { on: string; key: Buffer; kind: string; outcome: string }>()
  for (const update of updates) {
    if (update.kind === 'status') continue
    noted.set(update.key.toString('hex'), {
      on: partitionDate(update.at, now),
      key: update.key,
      kind:
        update.kind === 'message'
          ? `message:${update.type}`
          : update.kind === 'preference'
            ? 'preference'
            : update.kind === 'account'
              ? `account:${update.event}`
              : update.what,
      outcome: outcomeOf(update),
    })
  }
  if (noted.size === 0) return new Set()
  // One order for everybody: two bodies with the same updates wait for each other instead of deadlocking.
  const rows = [...noted.values()].sort((a, b) => Buffer.compare(a.key, b.key))
  const inserted = await ex.query<{ key: Buffer }>({
    name: 'inbound_insert',
    text: `insert into inbound (occurred_on, key, kind, outcome, received_at)
           select occurred_on, key, kind, outcome, $5
             from unnest($1::date[], $2::bytea[], $3::text[], $4::text[]) as u (occurred_on, key, kind, outcome)
           on conflict (occurred_on, key) do nothing
           returning key`,
    values: [
      rows.map((r) => r.on),
      rows.map((r) => r.key),
      rows.map((r) => r.kind),
      rows.map((r) => r.outcome),
      now,
    ],
  })
  return new Set(inserted.rows.map((r) => r.key.toString('hex')))
}

function partitionDate(at: Date | null, now: Date): string {
  if (at === null) return ODD_DATE
  const age = now.getTime() - at.getTime()
  return age > OLDEST_DAYS * 86_400_000 || age < -86_400_000 ? ODD_DATE : at.toISOString().slice(0, 10)
}

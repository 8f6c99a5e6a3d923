// How the readings of Meta's templates went, so that a restart does not repeat one, and people can see from when what is
// known is.

import type { Executor } from '../db/client.js'

export type LastReading = {
  account: string
  /** When the last whole reading began, and how many templates it found; null: there was none. */
  readAt: Date | null
  templates: number | null
  /** The last failure, when it is newer than that; its cause in codes. */
  failedAt: Date | null
  failure: string | null
}

/** By account; one that nobody has tried to read is absent. */
export async function lastReadings(
  ex: Executor,
  accounts: readonly string[],
): Promise<Map<string, LastReading>> {
  const { rows } = await ex.query<LastReading>({
    name: 'template_readings_list',
    text: `select business_account_id as account, read_at as "readAt", templates, failed_at as "failedAt", failure
             from template_readings where business_account_id = any ($1::text[])`,
    values: [accounts],
  })
  return new Map(rows.map((r) => [r.account, r]))
}

export async function noteReading(ex: Executor, account: string, at: Date, templates: number): Promise<void> {
  await ex.query({
    name: 'template_readings_success',
    text: `insert into template_readings (business_account_id, read_at, templates) values ($1, $2, $3)
           on conflict (business_account_id) do update set read_at = greatest(template_readings.read_at, excluded.read_at),
             templates = excluded.templates, failed_at = null, failure = null`,
    values: [account, at, templates],
  })
}

export async function noteFailure(ex: Executor, account: string, at: Date, cause: string): Promise<void> {
  await ex.query({
    name: 'template_readings_failure',
    text: `insert into template_readings (business_account_id, failed_at, failure) values ($1, $2, $3)
           on conflict (business_account_id) do update set failed_at = excluded.failed_at, failure = excluded.failure`,
    values: [account, at, cause],
  })
}

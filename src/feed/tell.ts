// Tidings that no line of the ledger tells. Refusals are written by the gate's statement (consent/gate.ts), sends of
// unknown fate by what ends them (sends/wire.ts, sends/sweep.ts); here is what a use case tells in its own transaction.

import type { Executor } from '../db/client.js'

export type OpenedCase = {
  case: string
  contact: string
  /** Which right is asked for: `access`, `erasure`, … */
  right: string
  due: Date
}

/** Tells that a person's request under their rights was opened; in the transaction that opens it. */
export async function tellCaseOpened(
  ex: Executor,
  { contact, ...opened }: OpenedCase,
  now: Date,
): Promise<void> {
  await ex.query({
    name: 'tell_case_opened',
    text: `insert into events (type, contact_id, at, data) values ('case.opened', $1, $2, $3)`,
    values: [contact, now, JSON.stringify(opened)],
  })
}

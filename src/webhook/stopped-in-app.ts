// Error 131050 as an answer to a send is news about the person: they have stopped marketing in WhatsApp itself. It enters
// the ledger by the same door as the webhook that says so.

import type { Recipient } from '../consent/recipient.js'
import { type IngestDeps, ingest } from './ingest.js'
import { stopByError } from './payload.js'

/** Writes down that a send was refused because its recipient has stopped marketing. */
export function stoppedInApp(deps: IngestDeps) {
  return async (sendId: string, { kind, value }: Recipient, at: Date): Promise<void> => {
    const identity = kind === 'phone' ? { phone: value } : { bsuid: value }
    await ingest(deps, [{ updates: [stopByError(sendId, at, identity, '')], letter: null }])
  }
}

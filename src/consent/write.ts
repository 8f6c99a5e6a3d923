// Adding lines to one person's ledger outside of the conversation: chained to the head of the locked row, written, and
// folded into the state on that row, in the transaction that holds the lock.

import { randomBytes } from 'node:crypto'
import type { Executor } from '../db/client.js'
import { type LockedContact, saveContacts } from './contacts.js'
import { appendEvents, type ChainedEvent, chainEvents, type EventDraft, type LedgerEvent } from './ledger.js'
import { fold, foldFingerprint, type Purposes, RESTRICTING } from './state.js'

/**
 * @param tx the transaction that holds the lock on `contact`
 * @param ledger what the person has said so far, those merged into them included
 * @returns the lines as written, in the order of `drafts`
 */
export async function writeLines(
  tx: Executor,
  contact: LockedContact,
  ledger: readonly LedgerEvent[],
  drafts: readonly EventDraft[],
  purposes: Purposes,
): Promise<ChainedEvent[]> {
  const head = { seq: contact.headSeq, hash: contact.headHash }
  const lines = chainEvents(contact.id, head, drafts, () => randomBytes(32))
  const last = lines.at(-1)
  if (last === undefined) return []
  const named = [...purposes]
  await appendEvents(tx, lines)
  await saveContacts(tx, [
    {
      ...contact,
      states: fold([...ledger, ...drafts], named),
      foldedWith: foldFingerprint(named),
      headSeq: last.seq,
      headHash: last.hash,
      leftSeq: drafts.some((draft) => RESTRICTING.has(draft.type)) ? last.seq : contact.leftSeq,
    },
  ])
  return lines
}

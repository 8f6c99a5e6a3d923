// What silence means: a question that was left alone for 30 days is a stop (R26). The job that will look is queued in
// the transaction that pauses, so nobody has to be searched for; looking twice, or too early, does nothing.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { decide } from '../conversation/decide.js'
import { PAUSE_ENDS_MS } from '../conversation/turn.js'
import { type Executor, inTransaction } from '../db/client.js'
import type { Policy } from '../policy.js'
import { lockPeople, saveContacts } from './contacts.js'
import { appendEvents, chainEvents, type EventDraft, readLedgers } from './ledger.js'
import { fold, foldFingerprint } from './state.js'

/** One statement for all who paused in this transaction; a newer pause replaces the job of an older one. */
export async function queueLapses(ex: Executor, contacts: readonly string[], now: Date): Promise<void> {
  if (contacts.length === 0) return
  await ex.query({
    name: 'lapses_queue',
    text: `select count(*) from graphile_worker.add_jobs(array(
             select row('lapse', json_build_object('contact', id), null, $2::timestamptz, null, 'lapse:' || id, 0, null)
                    ::graphile_worker.job_spec from unnest($1::uuid[]) as paused (id)))`,
    values: [contacts, new Date(now.getTime() + PAUSE_ENDS_MS)],
  })
}

/** @returns whether the pause became a stop */
export async function lapsePause(
  { pool, policy, clock }: { pool: pg.Pool; policy: Policy; clock: () => Date },
  contactId: string,
): Promise<boolean> {
  const now = clock()
  return inTransaction(pool, async (tx) => {
    const { contacts } = await lockPeople(tx, [contactId])
    const [contact] = contacts.values()
    if (contact === undefined) return false
    const ledger = (await readLedgers(tx, [contact.id])).get(contact.id) ?? []
    const purposes = [...policy.purposes.values()]
    const { language } = contact
    const person = { states: fold(ledger, purposes), events: ledger, language }
    const { events } = decide({ by: 'silence', about: 'pause' }, person, now, policy, randomUUID)
    if (events.length === 0) return false
    const drafts = events.map(
      (event): EventDraft => ({
        ...event,
        channel: 'whatsapp',
        occurredAt: now,
        recordedAt: now,
        method: 'clock',
        rule: 'silence.pause',
        actor: 'assent',
        notice: null,
        phoneNumberId: null,
        sourceKey: createHash('sha256').update(event.id).digest(),
        evidence: {},
      }),
    )
    const head = { seq: contact.headSeq, hash: contact.headHash }
    const lines = chainEvents(contact.id, head, drafts, () => randomBytes(32))
    const last = lines.at(-1)
    await appendEvents(tx, lines)
    await saveContacts(tx, [
      {
        ...contact,
        states: fold([...ledger, ...drafts], purposes),
        foldedWith: foldFingerprint(purposes),
        headSeq: last?.seq ?? contact.headSeq,
        headHash: last?.hash ?? contact.headHash,
        leftSeq: last?.seq ?? contact.leftSeq,
      },
    ])
    return true
  })
}

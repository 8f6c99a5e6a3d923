// Consents that were given or ended elsewhere: on a web form, in a shop, by telephone. Promise kept: a yes enters the
// ledger only with its evidence complete (GDPR Art. 7(1): who, when, how, what they were told), it never lifts the
// person's own stop (G7), and a no is never turned away for a missing paper.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { addDuration } from '../conversation/duration.js'
import { inTransaction } from '../db/client.js'
import type { Policy } from '../policy.js'
import { untilSettled } from '../sends/wire.js'
import { lockPeople, saveContacts } from './contacts.js'
import { appendEvents, chainEvents, type EventDraft, type LedgerEvent, readLedgers } from './ledger.js'
import { noticeOf, saveNotices } from './notices.js'
import { parseRecipient, personKey } from './recipient.js'
import { resolveContacts } from './resolve.js'
import { type Channel, fold, foldFingerprint, type PurposeState } from './state.js'

export type RecordDeps = { pool: pg.Pool; policy: Policy; identityKeys: readonly string[]; clock: () => Date }

/** What a yes must be able to show (R13). */
export type GivenEvidence = {
  /** The exact text that the person saw or heard. */
  notice: string
  /** BCP 47. */
  language: string
  /** Where it was shown: an address, a shop, a telephone number of ours. */
  where: string
  /** How the person said yes: `web_form`, `paper`, `telephone`, … */
  method: string
  /** What finds the original again: form id, order, file number. */
  reference: string
}

export type Declaration = {
  recipient: string
  channel: Channel
  purposes: readonly string[]
  decision: 'given' | 'withdrawn'
  /** When the person said it. */
  at: Date
  /** Which system or desk it came through. */
  source: string
  evidence: GivenEvidence | null
  /** Names the declaration in the caller's world: the same twice is recorded once. */
  reference: string | null
  /** Who took it down, and what was said: for calls and letters (F13). */
  operator: string | null
  reason: string | null
}

export type Recorded =
  | {
      outcome: 'recorded' | 'known'
      contact: string
      event: LedgerEvent
      states: Record<string, PurposeState | null>
    }
  | { outcome: 'recipient_invalid' | 'suppressed' }
  | { outcome: 'purpose_unknown'; purpose: string }
  | { outcome: 'own_stop'; contact: string; purpose: string; since: string }

/** Records one declaration. A yes against the person's own newer no is not recorded at all. */
export async function recordDeclaration(deps: RecordDeps, said: Declaration): Promise<Recorded> {
  const { pool, policy, clock } = deps
  const named = parseRecipient(said.recipient)
  if (named === null) return { outcome: 'recipient_invalid' }
  const unknown = said.purposes.find((id) => !policy.purposes.has(id))
  if (unknown !== undefined) return { outcome: 'purpose_unknown', purpose: unknown }
  const now = clock()
  const keys = deps.identityKeys.map((key) => personKey(key, named))
  const recorded = await inTransaction(pool, async (tx): Promise<Recorded> => {
    const suppressed = await tx.query('select from suppressions where key = any ($1::bytea[])', [keys])
    if (suppressed.rowCount !== 0 && said.decision === 'given') return { outcome: 'suppressed' }
    const identity = named.kind === 'phone' ? { phone: named.value } : { bsuid: named.value }
    const sighting = { identity, at: said.at, source: 'api' }
    const { owners } = await resolveContacts(tx, [sighting], now, deps)
    const { contacts } = await lockPeople(tx, owners[0]?.slice(0, 1) ?? [])
    const [contact] = contacts.values()
    if (!contact) throw new Error('a contact that was resolved is gone')
    const ledger = (await readLedgers(tx, [contact.id])).get(contact.id) ?? []
    const purposes = [...policy.purposes.values()]
    const key = sourceKeyOf(said)
    const known = ledger.find((e) => e.sourceKey.equals(key))
    const statesOf = (events: readonly LedgerEvent[] | readonly EventDraft[]) => {
      const states = fold(events, purposes)[said.channel] ?? {}
      return Object.fromEntries(said.purposes.map((id) => [id, states[id] ?? null]))
    }
    if (known) return { outcome: 'known', contact: contact.id, event: known, states: statesOf(ledger) }
    const draft = draftOf(said, key, policy, now)
    const before = statesOf(ledger)
    const after = fold([...ledger, draft], purposes)
    if (said.decision === 'given') {
      const stopped = said.purposes.find((id) => {
        const state = before[id]
        return (
          state &&
          ['withdrawn', 'refused', 'paused'].includes(state.status) &&
          state.since <= said.at.toISOString()
        )
      })
      const since = stopped && before[stopped]?.since
      if (stopped && since) return { outcome: 'own_stop', contact: contact.id, purpose: stopped, since }
      await saveNotices(tx, [noticeShown(said)], now)
    }
    const lines = chainEvents(contact.id, { seq: contact.headSeq, hash: contact.headHash }, [draft], () =>
      randomBytes(32),
    )
    const [line] = lines
    if (!line) throw new Error('a draft that was chained is gone')
    await appendEvents(tx, lines)
    const restricts = said.decision === 'withdrawn'
    await saveContacts(tx, [
      {
        ...contact,
        headSeq: line.seq,
        headHash: line.hash,
        states: after,
        foldedWith: foldFingerprint(purposes),
        leftSeq: restricts ? line.seq : contact.leftSeq,
      },
    ])
    return { outcome: 'recorded', contact: contact.id, event: line, states: statesOf([...ledger, line]) }
  })
  // As after a webhook: a stop is a line, whoever brought it in (G3).
  if (recorded.outcome === 'recorded' && said.decision === 'withdrawn')
    await untilSettled(pool, [recorded.contact], clock)
  return recorded
}

function draftOf(said: Declaration, sourceKey: Buffer, policy: Policy, now: Date): EventDraft {
  const given = said.decision === 'given'
  // One line, one date: the purpose that lapses first.
  const ends = said.purposes.map((id) => addDuration(said.at, policy.purposes.get(id)?.validity ?? 'P0D'))
  const validUntil = given ? (ends.sort((a, b) => a.getTime() - b.getTime())[0] ?? said.at) : null
  return {
    id: randomUUID(),
    type: given ? 'imported' : 'withdrawn',
    channel: said.channel,
    scope: said.purposes.length === 0 ? ['*'] : [...said.purposes],
    occurredAt: said.at,
    recordedAt: now,
    source: said.source,
    method: said.evidence?.method ?? 'declared',
    actor: 'api',
    rule: null,
    request: null,
    notice: given ? noticeShown(said).hash : null,
    validUntil,
    phoneNumberId: null,
    sourceKey,
    evidence: {
      recipient: said.recipient,
      evidence: said.evidence,
      reference: said.reference,
      operator: said.operator,
      reason: said.reason,
    },
  }
}

function noticeShown({ evidence, purposes }: Declaration) {
  return noticeOf(evidence?.notice ?? '', evidence?.language ?? '', purposes)
}

/** The same person, decision, time and reference are the same declaration. */
function sourceKeyOf(said: Declaration): Buffer {
  const { channel, decision, source, at, reference, purposes, evidence } = said
  const parts = [
    channel,
    decision,
    source,
    at.toISOString(),
    reference ?? evidence?.reference ?? '',
    ...[...purposes].sort(),
  ]
  return createHash('sha256')
    .update(JSON.stringify(['declaration', ...parts]))
    .digest()
}

// A ledger of any size, written as the program writes it: people who were asked, said yes, left, were asked and said yes
// again, each with evidence as long as real ones are.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { saveContacts } from '../../src/consent/contacts.js'
import { appendEvents, type ChainedEvent, chainEvents, type EventDraft } from '../../src/consent/ledger.js'
import { saveNotices } from '../../src/consent/notices.js'
import { fold, foldFingerprint } from '../../src/consent/state.js'
import { inTransaction } from '../../src/db/client.js'
import { samplePolicy } from './policy.js'

const PEOPLE_AT_ONCE = 1_000
const TYPES = ['requested', 'given', 'withdrawn', 'requested', 'given'] as const
const CONTENT = 'Acme Outdoor GmbH: offers and news, at most 4 a month. Reply STOP at any time.'
const NOTICE = { hash: sha256(CONTENT), language: 'en', purposes: ['offers'], content: CONTENT }

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Writes the ledgers of `people`, five lines each; answers how many lines. */
export async function fillLedger(pool: pg.Pool, people: number, from: Date): Promise<number> {
  await saveNotices(pool, [NOTICE], from)
  let lines = 0
  for (let made = 0; made < people; made += PEOPLE_AT_ONCE) {
    const size = Math.min(PEOPLE_AT_ONCE, people - made)
    const chains = Array.from({ length: size }, (_, i) => chainOf(made + i, from))
    await inTransaction(pool, async (tx) => {
      const ids = chains.map((chain) => chain[0]?.contactId)
      await tx.query('insert into contacts (id, created_at) select unnest($1::uuid[]), $2', [ids, from])
      await appendEvents(tx, chains.flat())
      await saveContacts(
        tx,
        chains.flatMap((chain) => (chain.length > 0 ? [contactOf(chain)] : [])),
      )
    })
    lines += chains.flat().length
  }
  return lines
}

const purposes = [...samplePolicy.purposes.values()]
const fingerprint = foldFingerprint(purposes)

function contactOf(chain: readonly ChainedEvent[]) {
  const last = chain.at(-1)
  return {
    id: last?.contactId ?? '',
    language: 'en',
    headSeq: last?.seq ?? 0,
    headHash: last?.hash ?? null,
    states: fold(chain, purposes),
    foldedWith: fingerprint,
    leftSeq: 0,
    windows: {},
    pace: {},
    mergedInto: null,
  }
}

function chainOf(person: number, from: Date): ChainedEvent[] {
  const ids = TYPES.map(() => randomUUID())
  const drafts = TYPES.map((type, i): EventDraft => {
    const occurredAt = new Date(from.getTime() + person * 10 + i * 3_600_000)
    const asks = type === 'requested'
    return {
      id: ids[i] ?? '',
      type,
      channel: 'whatsapp',
      scope: type === 'withdrawn' ? ['*'] : ['offers', 'orders'],
      occurredAt,
      recordedAt: new Date(occurredAt.getTime() + 731),
      source: 'chat',
      method: type === 'given' ? 'button' : 'text',
      actor: asks ? 'assent' : 'person',
      rule: asks ? 'en.keyword.start' : type === 'given' ? 'tap.yes' : 'en.keyword.stop',
      request: type === 'given' ? (ids[i - 1] ?? null) : null,
      notice: type === 'withdrawn' ? null : NOTICE.hash,
      validUntil: type === 'withdrawn' ? null : new Date(occurredAt.getTime() + 730 * 86_400_000),
      phoneNumberId: '106540352242922',
      sourceKey: randomBytes(32),
      evidence: {
        identity: { phone: null, bsuid: `US.${person}`, parentBsuid: null, username: null },
        wamid: `wamid.HBgLMTIwMjU1NTAxMDEVAgASGBQzQTE2QkM5RTY0OEY${person}`,
        content: {
          by: 'text',
          method: 'text',
          text: type === 'withdrawn' ? 'Please STOP 🛑' : 'START',
          context: null,
        },
      },
    }
  })
  return chainEvents(uuidv7(), { seq: 0, hash: null }, drafts, () => randomBytes(32))
}

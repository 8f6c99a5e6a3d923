// From verified bodies to committed truth: one transaction, a bounded number of statements however many updates and
// bodies it takes in, all or nothing. What it promises: when it resolves, everything is durable (G2); what was
// delivered before changes nothing (G5).

import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { type ContactUpdate, lockContacts, resolveContacts, saveContacts } from '../consent/contacts.js'
import { appendEvents, type ChainedEvent, readEvents } from '../consent/ledger.js'
import { type Notice, saveNotices } from '../consent/notices.js'
import { foldFingerprint } from '../consent/state.js'
import { inTransaction } from '../db/client.js'
import type { Policy } from '../policy.js'
import { settleStatuses } from '../sends/delivery.js'
import { type QueuedReply, queueReplies } from '../sends/replies.js'
import { attentionTo, type Hearing, hear } from './hear.js'
import { insertInbound } from './inbound.js'
import type { MessageUpdate, PreferenceUpdate, StatusUpdate, Update } from './payload.js'

type Said = MessageUpdate | PreferenceUpdate

export type IngestDeps = { pool: pg.Pool; policy: Policy; clock: () => Date }

/**
 * Takes in one or several bodies in one transaction.
 * @param bodies the updates of each body
 * @returns per body, the contacts whose sends on the wire must settle before Meta gets its 200 (G3)
 * @throws Postgres' error when nothing was committed: the caller answers 503 and Meta delivers again
 */
export async function ingest(deps: IngestDeps, bodies: readonly (readonly Update[])[]): Promise<string[][]> {
  const now = deps.clock()
  return inTransaction(deps.pool, (tx) => record(tx, deps.policy, bodies, now))
}

async function record(
  tx: pg.PoolClient,
  policy: Policy,
  bodies: readonly (readonly Update[])[],
  now: Date,
): Promise<string[][]> {
  const updates = bodies.flat()
  const said = bodies.flatMap((body, n) =>
    body.flatMap((update) => (isSaid(update) ? [{ update, body: n }] : [])),
  )
  const owners = await resolveContacts(
    tx,
    said.map(({ update: u }) => ({
      identity: u.identity,
      at: momentOf(u.at, now),
      source: `webhook:${u.kind}`,
    })),
    now,
  )
  const fresh = await insertInbound(tx, updates, now)
  const heard: Hearing[] = []
  const leaving = bodies.map(() => new Set<string>())
  said.forEach(({ update, body }, i) => {
    const [first, ...others] = owners[i] ?? []
    if (first === undefined) return
    const attention = attentionTo(update)
    const restricts = attention === 'restricting'
    // Taken out of the set: bodies may hold the same message twice.
    const isFresh = fresh.delete(update.key.toString('hex'))
    // A restriction holds for everybody the message might be from; anything else for its first owner alone.
    for (const contactId of restricts ? [first, ...others] : [first]) {
      if (restricts) leaving[body]?.add(contactId)
      if (isFresh) heard.push({ contactId, update, at: momentOf(update.at, now), attention })
    }
  })
  if (heard.length > 0) await converse(tx, policy, heard, now)
  await settleStatuses(
    tx,
    updates.filter((u): u is StatusUpdate => u.kind === 'status'),
    now,
  )
  return leaving.map((contacts) => [...contacts])
}

const isSaid = (update: Update): update is Said => update.kind === 'message' || update.kind === 'preference'

/** Lets every person's statements pass through the conversation, oldest first, and writes what came of it at once. */
async function converse(tx: pg.PoolClient, policy: Policy, heard: Hearing[], now: Date): Promise<void> {
  const contacts = await lockContacts(tx, [...new Set(heard.map((h) => h.contactId))])
  const fingerprint = foldFingerprint(policy.purposes.values())
  const speaking = heard.filter((h) => h.attention !== 'silent')
  const ledgers =
    speaking.length > 0 ? await readEvents(tx, [...new Set(speaking.map((h) => h.contactId))]) : new Map()
  const saved: ContactUpdate[] = []
  const events: ChainedEvent[] = []
  const notices: Notice[] = []
  const replies: QueuedReply[] = []
  for (const [contactId, contact] of contacts) {
    const mine = heard
      .filter((h) => h.contactId === contactId)
      .sort((a, b) => a.at.getTime() - b.at.getTime())
    const outcome = hear(contact, ledgers.get(contactId) ?? [], mine, {
      policy,
      fingerprint,
      now,
      newId: randomUUID,
      newSalt: () => randomBytes(32),
    })
    saved.push(outcome.contact)
    events.push(...outcome.events)
    notices.push(...outcome.notices)
    replies.push(...outcome.replies)
  }
  await saveNotices(tx, notices, now)
  await appendEvents(tx, events)
  await saveContacts(tx, saved)
  await queueReplies(tx, replies, now)
}

/**
 * WhatsApp's time of an update, in the form the ledger orders by. A missing time is the time of receipt; one from the
 * future (a broken clock beyond five minutes) too, or it would outrank everything said later.
 */
function momentOf(at: Date | null, now: Date): Date {
  return at === null || at.getTime() > now.getTime() + 300_000 ? now : at
}

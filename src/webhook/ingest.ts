// From verified bodies to committed truth: one transaction, a bounded number of statements however many updates and
// bodies it takes in, all or nothing. What it promises: when it resolves, everything is durable (G2); what was
// delivered before changes nothing (G5).

import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { type LockedContact, lockPeople, saveContacts } from '../consent/contacts.js'
import { queueLapses } from '../consent/lapse.js'
import { appendEvents, type ChainedEvent, readLedgers } from '../consent/ledger.js'
import { type Notice, saveNotices } from '../consent/notices.js'
import type { Sighting } from '../consent/plan.js'
import { resolveContacts } from '../consent/resolve.js'
import { foldFingerprint } from '../consent/state.js'
import { inTransaction } from '../db/client.js'
import { concerning } from '../deliveries/forward.js'
import { postLetters, type SealedLetter } from '../deliveries/letters.js'
import { businessAccounts, type Policy } from '../policy.js'
import { drawConsequences, failureOf, type Turns, tell } from '../sends/consequences.js'
import { purposesSent, settleStatuses, type Told } from '../sends/delivery.js'
import { halt, liftAccounts, liftByArrival } from '../sends/halts.js'
import { type QueuedReply, queueReplies, recentReplies } from '../sends/replies.js'
import { warnOfCategories } from '../templates/announced.js'
import type { TemplateNews } from '../templates/category.js'
import { saveTemplateNews } from '../templates/store.js'
import { CODE_PERSON_SAID_NO } from '../whatsapp/envelope.js'
import { endsSoon, type Hearing, hear } from './hear.js'
import { insertInbound, type Outcome, outcomeOf } from './inbound.js'
import {
  type AccountUpdate,
  type RenamedUpdate,
  type StatusUpdate,
  stopByError,
  type Update,
} from './payload.js'
import { attentionTo, type Said } from './understand.js'

export type IngestDeps = {
  pool: pg.Pool
  policy: Policy
  clock: () => Date
  identityKeys: readonly string[]
  log: Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>
}

/** `letter`: the body itself on its way to those who had it before. */
export type Body = { updates: readonly Update[]; letter: SealedLetter | null }

/**
 * Takes in one or several bodies in one transaction.
 * @returns per body, the contacts whose sends on the wire must settle before Meta gets its 200 (G3)
 * @throws Postgres' error when nothing was committed: the caller answers 503 and Meta delivers again
 */
export async function ingest(deps: IngestDeps, bodies: readonly Body[]): Promise<string[][]> {
  const now = deps.clock()
  const { leaving, turns } = await inTransaction(deps.pool, (tx) => record(tx, deps, bodies, now))
  alarm(
    deps,
    bodies.flatMap((body) => body.updates),
  )
  tell(deps.log, turns)
  return leaving
}

/**
 * Somebody spoke, or changed, whom nothing names, since nobody is guessed; or Meta makes a template marketing: a person has
 * to look.
 */
function alarm({ log }: IngestDeps, updates: readonly Update[]): void {
  warnOfCategories(
    log,
    updates.flatMap((u) => (u.kind === 'template' ? u.news : [])),
  )
  const count = (outcome: Outcome) =>
    updates.filter((u) => u.kind !== 'status' && outcomeOf(u) === outcome).length
  const [unnamed, unlinked] = [count('unnamed'), count('unlinked')]
  if (unnamed + unlinked > 0) log.warn({ unnamed, unlinked }, 'webhooks that do not say whom they are about')
}

type Naming = Said | RenamedUpdate | StatusUpdate

async function record(
  tx: pg.PoolClient,
  deps: IngestDeps,
  bodies: readonly Body[],
  now: Date,
): Promise<{ leaving: string[][]; turns: Turns }> {
  const updates = bodies.flatMap((body) => body.updates)
  const statuses = updates.filter((u): u is StatusUpdate => u.kind === 'status')
  const told = await settleStatuses(tx, statuses, now, deps.identityKeys)
  const naming = bodies.flatMap(({ updates }, body) =>
    updates.filter(isNaming).map((update) => ({ update, body })),
  )
  const { owners, displaced } = await resolveContacts(
    tx,
    naming.map(({ update }) => sightingOf(update, told.contacts, now)),
    now,
    deps,
  )
  const fresh = await insertInbound(tx, updates, now)
  const accounts = updates.filter(
    (u): u is AccountUpdate => u.kind === 'account' && fresh.delete(u.key.toString('hex')),
  )
  const turns = await turn(tx, deps.policy, statuses, told, accounts, now)
  const heard: Hearing[] = []
  const leaving = bodies.map(() => new Set<string>())
  naming.forEach(({ update, body }, i) => {
    const [first, ...others] = owners[i] ?? []
    const said = statementOf(update)
    if (first === undefined || said === null) return
    const attention = attentionTo(said, deps.policy)
    const restricts = attention === 'restricting'
    // Taken out of the set: bodies may hold the same message twice.
    const isFresh =
      update.kind === 'status' || (update.kind !== 'renamed' && fresh.delete(update.key.toString('hex')))
    // A message to a number that has just changed hands may still be on its way, let through for its last holder.
    if (restricts) for (const contactId of displaced[i] ?? []) leaving[body]?.add(contactId)
    // A restriction holds for everybody the message might be from; anything else for its first owner alone.
    for (const contactId of restricts ? [first, ...others] : [first]) {
      if (restricts) leaving[body]?.add(contactId)
      if (isFresh) heard.push({ contactId, update: said, at: momentOf(said.at, now), attention })
    }
  })
  const letters = bodies.flatMap(({ letter }, body) => {
    const concerned = naming.flatMap((named, i) => (named.body === body ? (owners[i] ?? []) : []))
    return letter === null ? [] : [concerning(deps.identityKeys, letter, concerned)]
  })
  await postLetters(tx, letters)
  const became = heard.length > 0 ? await converse(tx, deps.policy, heard, now) : new Map<string, string>()
  // Last, so that whoever waits for a template's row is never waited for by whoever holds it.
  await saveTemplateNews(tx, newsOf(updates, fresh, deps.policy, now))
  return {
    leaving: leaving.map((contacts) => [
      ...new Set([...contacts].flatMap((id) => [id, became.get(id) ?? id])),
    ]),
    turns,
  }
}

const isNaming = (update: Update): update is Naming =>
  update.kind !== 'ignored' &&
  update.kind !== 'malformed' &&
  update.kind !== 'template' &&
  update.kind !== 'account'

/** What Meta says of our templates for the first time. Without a time of Meta's, it is news of the moment it came. */
function newsOf(
  updates: readonly Update[],
  fresh: ReadonlySet<string>,
  policy: Policy,
  now: Date,
): TemplateNews[] {
  const accounts = businessAccounts(policy)
  return updates.flatMap((u) =>
    u.kind === 'template' && fresh.has(u.key.toString('hex')) && accounts.includes(u.news.account)
      ? { ...u.news, at: momentOf(u.at, now) }
      : [],
  )
}

/** What failed and arrived messages, and Meta's words on accounts, halt or lift. No statement when there is nothing of it. */
async function turn(
  tx: pg.PoolClient,
  policy: Policy,
  statuses: readonly StatusUpdate[],
  told: Told,
  accounts: readonly AccountUpdate[],
  now: Date,
): Promise<Turns> {
  const recipients = new Map(statuses.map((s) => [s.wamid, s.identity.phone ?? s.identity.bsuid]))
  const failures = told.failed.map((send) => failureOf(send, recipients.get(send.wamid ?? '')))
  // Of each account the last word counts.
  const words = new Map(
    accounts.toSorted((a, b) => Number(a.at) - Number(b.at)).map((word) => [word.account, word]),
  )
  const free = [...words.values()].filter((word) => word.effect === 'free')
  const halted = [...words.values()].filter((word) => word.effect === 'halted')
  const lifted = await liftAccounts(
    tx,
    free.map((word) => word.account),
  )
  const arrived = await liftByArrival(tx, told.reached)
  return {
    lifted: [...lifted, ...arrived],
    halted: [
      ...(await halt(
        tx,
        halted.map((w) => ({ scope: 'account' as const, key: w.account, code: w.event, until: w.until })),
        now,
      )),
      ...(await drawConsequences(tx, policy, failures, now)),
    ],
  }
}

/** What an update lets the person say; a failed status may carry WhatsApp's word that they stopped marketing. */
function statementOf(update: Naming): Said | null {
  if (update.kind === 'message' || update.kind === 'preference') return update
  if (update.kind !== 'status' || update.status !== 'failed' || update.errorCode !== CODE_PERSON_SAID_NO)
    return null
  // Repeated statuses have one key, which the ledger takes once.
  return stopByError(update.wamid, update.at, update.identity, '')
}

/** @param recipients for whom the sends of statuses were let through, by message id */
function sightingOf(update: Naming, recipients: ReadonlyMap<string, string>, now: Date): Sighting {
  const { identity } = update
  const sighting: Sighting = { identity, at: momentOf(update.at, now), source: `webhook:${update.kind}` }
  if (update.kind === 'renamed')
    return { ...sighting, previous: update.previous, source: `webhook:${update.what}` }
  if (update.kind !== 'status') return sighting
  // One name of a stranger links nothing: nobody is made of it.
  const pair = identity.phone !== undefined && identity.bsuid !== undefined
  const hint = recipients.get(update.wamid)
  return {
    ...sighting,
    source: `webhook:status:${update.status}`,
    about: pair ? 'anybody' : 'known',
    ...(hint === undefined ? {} : { hint }),
  }
}

/**
 * Lets every person's statements pass through the conversation, oldest first, and writes what came of it at once.
 * @returns what contacts became that were merged by somebody else since they were resolved
 */
async function converse(
  tx: pg.PoolClient,
  policy: Policy,
  hearings: readonly Hearing[],
  now: Date,
): Promise<Map<string, string>> {
  const { contacts, became } = await lockPeople(tx, [...new Set(hearings.map((h) => h.contactId))])
  const heard = [
    // Two that a message might be from have become one: it is heard once.
    ...new Map(
      hearings.map((h) => {
        const contactId = became.get(h.contactId) ?? h.contactId
        return [`${contactId}${h.update.key.toString('hex')}`, { ...h, contactId }]
      }),
    ).values(),
  ]
  const fingerprint = foldFingerprint(policy.purposes.values())
  const speaking = heard.filter(
    (h) => h.attention !== 'silent' || endsSoon(contacts.get(h.contactId)?.states ?? {}, now),
  )
  const ledgers =
    speaking.length > 0 ? await readLedgers(tx, [...new Set(speaking.map((h) => h.contactId))]) : new Map()
  const saved: LockedContact[] = []
  const events: ChainedEvent[] = []
  const notices: Notice[] = []
  const replies: QueuedReply[] = []
  const replied =
    speaking.length > 0
      ? await recentReplies(tx, [...new Set(speaking.map((h) => h.contactId))], now)
      : new Map()
  const templates = await purposesSent(
    tx,
    speaking.flatMap(({ update: u }) =>
      u.kind === 'message' && u.content?.by === 'label' ? (u.content.template ?? []) : [],
    ),
    now,
  )
  for (const [contactId, contact] of contacts) {
    const mine = heard
      .filter((h) => h.contactId === contactId)
      .sort((a, b) => a.at.getTime() - b.at.getTime())
    const outcome = hear(contact, ledgers.get(contactId) ?? [], mine, {
      policy,
      fingerprint,
      templates,
      replied,
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
  await queueLapses(tx, [...new Set(events.filter((e) => e.type === 'paused').map((e) => e.contactId))], now)
  return became
}

/**
 * WhatsApp's time of an update, in the form the ledger orders by. A missing time is the time of receipt; one from the
 * future (a broken clock beyond five minutes) too, or it would outrank everything said later.
 */
function momentOf(at: Date | null, now: Date): Date {
  return at === null || at.getTime() > now.getTime() + 300_000 ? now : at
}

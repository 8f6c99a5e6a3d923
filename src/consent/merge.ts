// What becomes of the ledgers when contacts turn out to be one person, or a number passes to another. Promises kept:
// no line of either ledger is changed or lost and both chains go on verifying; the most restrictive state wins; consent
// never comes about, or back, by merging; what a number's last holder refused stays refused on it (R49).

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { oldestId, WAITING_DAYS } from '../sends/ids.js'
import { type LockedContact, lockContacts, saveContacts } from './contacts.js'
import {
  appendEvents,
  type ChainedEvent,
  chainEvents,
  type EventDraft,
  type LedgerEvent,
  readLedgers,
} from './ledger.js'
import type { Inheritance, Merge, Plan } from './plan.js'
import {
  CHANNELS,
  type Channel,
  type FoldEvent,
  fold,
  foldFingerprint,
  type PurposeState,
  type States,
} from './state.js'
import { newestPerNumber } from './window.js'

/** Who is this is never right for a state: a gate that still holds the merged contact has to ask again. */
export const MERGED = 'merged'

const RESTRICTED = new Set(['withdrawn', 'refused', 'paused', 'revoked'])

type Context = { policy: Policy; now: Date; newId: () => string; newSalt: () => Buffer }

/** Carries out merges and inheritances, after their links were written. The people's rows must be locked. */
export async function settleLedgers(
  ex: Executor,
  plan: Pick<Plan, 'merges' | 'inheritances'>,
  policy: Policy,
  now: Date,
): Promise<void> {
  const { merges, inheritances } = plan
  const ids = new Set([
    ...merges.flatMap((m) => [m.merged, m.survivor]),
    ...inheritances.flatMap((i) => [i.from, i.to]),
  ])
  const contacts = await lockContacts(ex, [...ids])
  const ledgers = await readLedgers(ex, [...ids])
  const context = { policy, now, newId: randomUUID, newSalt: () => randomBytes(32) }
  const saved: LockedContact[] = []
  const events: ChainedEvent[] = []
  for (const id of new Set([...merges.map((m) => m.survivor), ...inheritances.map((i) => i.to)])) {
    const contact = contacts.get(id)
    if (contact === undefined) continue
    const joined = merges.filter((m) => m.survivor === id)
    const members = joined.flatMap((m) => contacts.get(m.merged) ?? [])
    const inherited = inheritances.filter((i) => i.to === id)
    const settled = settlePerson(contact, members, joined, inherited, ledgers, context)
    saved.push(settled.contact)
    events.push(...settled.events)
  }
  await appendEvents(ex, events)
  await saveContacts(ex, saved)
  if (merges.length > 0) await writeMerges(ex, merges, contacts, saved, now)
}

/**
 * One person's state after contacts were merged into theirs and numbers came to them. Pure.
 * @param ledgers of the contact, of those merged into it, and of those that it inherits from
 */
export function settlePerson(
  contact: LockedContact,
  members: readonly LockedContact[],
  merges: readonly Merge[],
  inheritances: readonly Inheritance[],
  ledgers: ReadonlyMap<string, readonly LedgerEvent[]>,
  { policy, now, newId, newSalt }: Context,
): { contact: LockedContact; events: ChainedEvent[] } {
  const purposes = [...policy.purposes.values()]
  const apart = [contact, ...members].map((c) => ledgers.get(c.id) ?? [])
  const union = apart.flat()
  const known = new Set(union.map((e) => e.sourceKey.toString('hex')))
  const drafts: EventDraft[] = []
  const restrict = (
    restriction: Restriction,
    method: string,
    cause: string,
    evidence: EventDraft['evidence'],
  ) => {
    const { channel, scope, since } = restriction
    const key = createHash('sha256').update(`identity\0${method}\0${cause}\0${channel}`).digest()
    if (known.has(key.toString('hex'))) return
    drafts.push({
      id: newId(),
      type: 'revoked',
      channel,
      scope,
      occurredAt: since,
      recordedAt: now,
      source: 'identity',
      method,
      actor: 'assent',
      rule: null,
      request: null,
      notice: null,
      validUntil: null,
      phoneNumberId: null,
      sourceKey: key,
      evidence,
    })
  }
  for (const { from, value, at } of inheritances) {
    const before = (ledgers.get(from) ?? []).filter((e) => e.occurredAt <= at)
    for (const restriction of restrictionsOf(fold(before, purposes), before))
      restrict(restriction, 'number_reassigned', `${from}\0${value}\0${at.toISOString()}`, {
        number: value,
        until: at,
      })
  }
  if (members.length > 0) {
    const folds = apart.map((events) => fold(events, purposes))
    const latest = Math.max(...union.map((e) => e.occurredAt.getTime()), ...merges.map((m) => m.at.getTime()))
    for (const { channel, scope } of revived(fold(union, purposes), folds)) {
      const cause = merges.map((m) => m.merged).join()
      restrict({ channel, scope, since: new Date(latest) }, 'merge', cause, {})
    }
  }
  const events = chainEvents(contact.id, { seq: contact.headSeq, hash: contact.headHash }, drafts, newSalt)
  const last = events.at(-1)
  const states = fold([...union, ...drafts], purposes)
  return {
    events,
    contact: {
      ...contact,
      language: contact.language ?? members.find((m) => m.language !== null)?.language ?? null,
      states,
      foldedWith: foldFingerprint(purposes),
      headSeq: last?.seq ?? contact.headSeq,
      headHash: last?.hash ?? contact.headHash,
      leftSeq: last?.seq ?? contact.leftSeq,
      windows: newestPerNumber([contact, ...members].map((c) => c.windows)),
      pace: newestPerNumber([contact, ...members].map((c) => c.pace)),
    },
  }
}

type Restriction = { channel: Channel; scope: string[]; since: Date }

/**
 * What is refused at present, per channel, since the newest refusal. Everything refused by words that meant everything
 * stays everything: purposes that the policy gains later are refused as well.
 */
function restrictionsOf(states: States, events: readonly FoldEvent[]): Restriction[] {
  const byId = new Map(events.map((e) => [e.id, e]))
  return CHANNELS.flatMap((channel) => {
    const all = Object.entries(states[channel] ?? {})
    const refused = all.filter(([, state]) => RESTRICTED.has(state.status))
    if (refused.length === 0) return []
    const since = new Date(Math.max(...refused.map(([, state]) => Date.parse(state.since))))
    const total =
      refused.length === all.length && refused.every(([, s]) => byId.get(s.event)?.scope.includes('*'))
    return [{ channel, scope: total ? ['*'] : refused.map(([id]) => id), since }]
  })
}

/** Purposes for which the union would say yes although none of those who are merged does. */
function revived(union: States, apart: readonly States[]): Omit<Restriction, 'since'>[] {
  const said = (states: States, channel: Channel, id: string): PurposeState | undefined =>
    states[channel]?.[id]
  return CHANNELS.flatMap((channel) => {
    const scope = Object.keys(union[channel] ?? {}).filter(
      (id) =>
        said(union, channel, id)?.status === 'given' &&
        !apart.some((states) => said(states, channel, id)?.status === 'given'),
    )
    return scope.length > 0 ? [{ channel, scope }] : []
  })
}

/**
 * Notes the merges, and hands what is queued or on the wire to the survivor, so that a later stop voids or awaits it.
 * A reply that was queued before the newest refusal of the united person is void, as if they had been one all along.
 */
async function writeMerges(
  ex: Executor,
  merges: readonly Merge[],
  before: ReadonlyMap<string, LockedContact>,
  after: readonly LockedContact[],
  now: Date,
): Promise<void> {
  const united = new Map(after.map((c) => [c.id, c]))
  const rows = merges.map(({ merged, survivor, source, at }) => {
    const refused = Object.values(united.get(survivor)?.states.whatsapp ?? {}).filter((s) =>
      RESTRICTED.has(s.status),
    )
    return {
      merged,
      survivor,
      source,
      occurred_at: at,
      left_seq: before.get(merged)?.leftSeq ?? 0,
      head_seq: united.get(survivor)?.headSeq ?? 0,
      refused_since:
        refused
          .map((s) => s.since)
          .sort()
          .at(-1) ?? null,
    }
  })
  await ex.query({
    name: 'contacts_merge',
    text: `with pair as materialized (
             select * from jsonb_to_recordset($1::jsonb) as p (merged uuid, survivor uuid, source text,
                    occurred_at timestamptz, left_seq integer, head_seq integer, refused_since timestamptz)
           ), noted as (
             insert into merges (merged, survivor, source, occurred_at, recorded_at)
             select merged, survivor, source, occurred_at, $2 from pair
           ), gone as (
             update contacts c set merged_into = p.survivor, folded_with = $4, states = '{}'
               from pair p where c.id = p.merged or c.merged_into = p.merged
           ), waiting as materialized (
             select s.id, p.survivor,
                    case when s.contact_id = p.survivor then s.as_of when s.as_of >= p.left_seq then p.head_seq
                         when s.as_of is not null then -1 end as as_of,
                    s.as_of is not null and s.status = 'queued' and s.kind not in ('stopped', 'minor')
                      and s.created_at <= p.refused_since as void
               from pair p join sends s on s.contact_id = p.merged or s.contact_id = p.survivor
              where s.status in ('queued', 'sending') and s.id >= $3::uuid
           )
           update sends s
              set contact_id = w.survivor, as_of = w.as_of,
                  status = case when w.void then 'cancelled' else s.status end,
                  reason = case when w.void then 'left' else s.reason end,
                  settled_at = case when w.void then $2::timestamptz else s.settled_at end
             from waiting w where s.id = w.id and s.id >= $3::uuid and s.status in ('queued', 'sending')`,
    values: [JSON.stringify(rows), now, oldestId(now, WAITING_DAYS), MERGED],
  })
}

// What one person's new messages do to their ledger: classify, decide, fold, chain. Pure: ids and salts come in, rows
// to be written go out.

import { createHash } from 'node:crypto'
import type { LockedContact } from '../consent/contacts.js'
import { type ChainedEvent, chainEvents, type EventDraft, type LedgerEvent } from '../consent/ledger.js'
import { makeNotice, type Notice } from '../consent/notices.js'
import { type FoldEvent, fold, RESTRICTING, type States } from '../consent/state.js'
import { newestPerNumber, type Windows } from '../consent/window.js'
import { decide } from '../conversation/decide.js'
import { type Decision, RENEW_WITHIN_MS, type Reply, type Statement } from '../conversation/turn.js'
import type { Policy } from '../policy.js'
import type { QueuedReply, Replied } from '../sends/replies.js'
import { type Attention, type Said, type Understood, understand } from './understand.js'

export type Hearing = { contactId: string; update: Said; at: Date; attention: Attention }

export type HearingContext = {
  policy: Policy
  fingerprint: string
  /** Purposes of the templates whose buttons were tapped, by message id. */
  templates: ReadonlyMap<string, string>
  /** What we have sent to people lately. */
  replied: ReadonlyMap<string, Replied>
  now: Date
  newId: () => string
  newSalt: () => Buffer
}

export type Outcome = {
  contact: LockedContact
  events: ChainedEvent[]
  notices: Notice[]
  replies: QueuedReply[]
}

/**
 * @param ledger the contact's events so far
 * @param hearings the contact's new messages, oldest first
 */
export function hear(
  contact: LockedContact,
  ledger: readonly LedgerEvent[],
  hearings: readonly Hearing[],
  { policy, fingerprint, templates, replied, now, newId, newSalt }: HearingContext,
): Outcome {
  const events: FoldEvent[] = [...ledger]
  const known = new Set(ledger.map((e) => e.sourceKey.toString('hex')))
  const purposes = [...policy.purposes.values()]
  const current = contact.foldedWith === fingerprint
  let states = current || ledger.length === 0 ? contact.states : fold(events, purposes)
  let { language, leftSeq } = contact
  const drafts: EventDraft[] = []
  const notices: Notice[] = []
  const replies: QueuedReply[] = []
  const had = replied.get(contact.id)
  for (const { update, at, attention } of [...hearings, ...lastWord(hearings, contact, now)]) {
    if (attention === 'silent') continue
    const {
      heard,
      method,
      rule,
      notice: told,
    } = attention === 'ending' ? ENDING : understand(update, states, at, policy, templates, language)
    // Nobody is asked two things at once.
    if (heard === null || (attention === 'ending' && replies.length > 0)) continue
    const unseen = unseenAt(at, had, replies)
    const decided = decide(heard, { states, events, language, unseen }, at, policy, newId)
    const decision = isLoop(decided, (had?.count ?? 0) + replies.length, policy.repliesPerHour)
      ? silenced(decided)
      : decided
    const taken = decision.events.map((_, n) =>
      sourceKey(update.key, attention === 'ending' ? `ending ${n}` : n),
    )
    // The first line of defence is `inbound`; this one holds after that partition was dropped.
    if (taken.some((key) => known.has(key.toString('hex')))) continue
    decision.events.forEach((event, n) => {
      const asked = event.type === 'requested' ? decision.reply : null
      // The list of topics follows a card that was shown before; every other request shows its own text.
      const notice = asked && asked.kind !== 'topics' ? makeNotice(asked, policy) : (told ?? null)
      if (notice) notices.push(notice)
      const draft: EventDraft = {
        ...event,
        channel: 'whatsapp',
        occurredAt: at,
        recordedAt: now,
        method,
        rule,
        // The card is sent by us; asking for it, and answering it, is the person's own act.
        actor: asked ? 'assent' : 'person',
        notice: notice?.hash ?? shownNotice(event, drafts, ledger),
        phoneNumberId: update.phoneNumberId || null,
        sourceKey: taken[n] ?? sourceKey(update.key, n),
        // What made us ask was not theirs to say.
        evidence: attention === 'ending' ? {} : evidenceOf(update),
      }
      drafts.push(draft)
      events.push(draft)
    })
    let { reply } = decision
    if (decision.events.length > 0) {
      const before = states
      states = fold(events, purposes)
      const restricts = decision.events.some((e) => RESTRICTING.has(e.type))
      const moved = !sameStanding(before, states)
      // A stop that a newer yes has overtaken ends nothing: to confirm it would say what is not so.
      if (reply && isConfirmation(reply) && !moved) reply = null
      if (restricts && moved) leftSeq = contact.headSeq + drafts.length
    }
    language = decision.language ?? language
    if (reply) {
      const asOf = contact.headSeq + drafts.length
      const permittedBy = decision.events[0]?.id ?? null
      replies.push({
        contactId: contact.id,
        phoneNumberId: update.phoneNumberId,
        at,
        asOf,
        permittedBy,
        ...reply,
      })
    }
  }
  const chained = chainEvents(contact.id, { seq: contact.headSeq, hash: contact.headHash }, drafts, newSalt)
  const last = chained.at(-1)
  return {
    contact: {
      ...contact,
      language,
      leftSeq,
      states,
      foldedWith: current || drafts.length > 0 || ledger.length > 0 ? fingerprint : contact.foldedWith,
      headSeq: last?.seq ?? contact.headSeq,
      headHash: last?.hash ?? contact.headHash,
      windows: windowsAfter(hearings, contact.windows, policy),
    },
    events: chained,
    notices,
    replies,
  }
}

const ENDING: Understood = {
  heard: { by: 'silence', about: 'end' },
  method: 'clock',
  rule: 'silence.end',
}

/** Whether a consent ends so soon that the person is asked as soon as they write (F12). */
export function endsSoon(states: States, now: Date): boolean {
  const [from, to] = [now, new Date(now.getTime() + RENEW_WITHIN_MS)].map((time) => time.toISOString())
  return Object.values(states.whatsapp ?? {}).some(
    ({ status, until }) =>
      status === 'given' && until !== null && until > (from ?? '') && until <= (to ?? ''),
  )
}

/** A message of this hour opens the window in which we may ask. */
function lastWord(hearings: readonly Hearing[], { states }: LockedContact, now: Date): Hearing[] {
  const last = hearings.filter(({ update }) => update.kind === 'message').at(-1)
  if (last === undefined || now.getTime() - last.at.getTime() > 3_600_000) return []
  return endsSoon(states, now) ? [{ ...last, attention: 'ending' }] : []
}

// WhatsApp's clock and ours differ; an answer is not older than its question by more than this.
const CLOCKS_DIFFER_MS = 60_000

/** The requests that somebody cannot have seen when they wrote: not sent yet, never sent, or sent later. */
function unseenAt(at: Date, had: Replied | undefined, drafted: readonly QueuedReply[]): ReadonlySet<string> {
  const earlier = [...(had?.asked ?? [])].filter(
    ([, left]) => left === null || left.getTime() > at.getTime() + CLOCKS_DIFFER_MS,
  )
  return new Set([...earlier.map(([ref]) => ref), ...drafted.map((reply) => reply.ref)])
}

const isConfirmation = ({ kind }: Reply) => kind === 'stopped' || kind === 'minor'

/** Two machines that answer each other; a stop is confirmed all the same, since only one can follow another. */
function isLoop({ reply }: Decision, answered: number, most: number): boolean {
  return reply !== null && !isConfirmation(reply) && answered >= most
}

/** What was said still counts, but nothing is asked that nobody would be shown. */
function silenced(decision: Decision): Decision {
  return { ...decision, reply: null, events: decision.events.filter((e) => e.type !== 'requested') }
}

/** The exact statement, and what names it at WhatsApp; nothing of any other message is ever kept (R15). */
function evidenceOf(update: Said): Record<string, unknown> {
  const { identity } = update
  if (update.kind === 'preference') {
    const { value, method, signup } = update
    return { identity, value, method, signup }
  }
  return { identity, wamid: update.wamid, content: update.content }
}

/** An answer's line carries the notice that its request has shown; a list of topics that of the newest request. */
function shownNotice(
  event: Statement,
  drafts: readonly EventDraft[],
  ledger: readonly LedgerEvent[],
): Buffer | null {
  const lines = [...ledger, ...drafts]
  if (event.type === 'requested') return lines.findLast((e) => e.type === 'requested')?.notice ?? null
  const source = event.request ?? event.restsOn
  return lines.find((e) => e.id === source)?.notice ?? null
}

/** Digest that names an update's n-th event: the ledger takes it once per contact, for ever. */
function sourceKey(updateKey: Buffer, n: number | string): Buffer {
  return createHash('sha256').update(updateKey).update(String(n)).digest()
}

/** An open question is part of where a person stands: a stop that only voids it voids the card on its way, too. */
function sameStanding(a: States, b: States): boolean {
  const statuses = (s: States) =>
    Object.entries(s.whatsapp ?? {}).map(
      ([id, state]) => `${id}:${state.status}:${state.pending?.request ?? ''}`,
    )
  return statuses(a).sort().join() === statuses(b).sort().join()
}

/** The newest message to each of the policy's numbers; those of numbers that are no longer ours go. */
function windowsAfter(hearings: readonly Hearing[], before: Windows, policy: Policy): Windows {
  const ours = new Set(policy.numbers.map((n) => n.phoneNumberId))
  const heard = hearings.flatMap(({ update, at }) =>
    update.kind === 'message' && update.opensWindow ? [{ [update.phoneNumberId]: at.toISOString() }] : [],
  )
  const newest = newestPerNumber([before, ...heard])
  return Object.fromEntries(Object.entries(newest).filter(([number]) => ours.has(number)))
}

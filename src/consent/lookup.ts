// Reading what is known, without locks: for people who want to look before they send. The gate itself never reads here.

import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { cappedUntil } from './frequency.js'
import { type LedgerEvent, readLedgers } from './ledger.js'
import { quietHoursOf } from './quiet-hours.js'
import { parseRecipient, personKey, type Recipient } from './recipient.js'
import { fold, foldFingerprint, type PurposeState, type States } from './state.js'
import { REASON_SENTENCES, type Reason, type Verdict, verdict } from './verdict.js'

export type LookupDeps = { pool: Executor; policy: Policy; identityKeys: readonly string[] }

export type CheckedRecipient = {
  recipient: string
  allowed: boolean
  reason: Reason | null
  detail: string | null
  contact: string | null
  event: string | null
  since: string | null
  until: string | null
  /** When the same may be allowed, where that is only a question of time. */
  retryAt: string | null
}

/**
 * What the gate would say to each recipient of a template now, without sending, in at most two statements. Nobody names
 * a message here, so its 24-hour window and its pace are not asked.
 */
export async function checkRecipients(
  deps: LookupDeps,
  recipients: readonly string[],
  purpose: string,
  now: Date,
): Promise<CheckedRecipient[]> {
  const judged = await judge(
    deps,
    recipients.map((named) => {
      const recipient = parseRecipient(named)
      const unknown = deps.policy.purposes.has(purpose) ? null : 'purpose_unknown'
      const refusal = recipient === null ? 'recipient_invalid' : unknown
      return { recipient, alias: null, purpose, refusal, at: now }
    }),
  )
  const wanted = deps.policy.purposes.get(purpose)
  // Only whoever has said yes can have had enough.
  const given = judged.flatMap(({ allowed, contact }) => (allowed && contact !== null ? [contact] : []))
  const capped = wanted && (await cappedUntil(deps.pool, [...new Set(given)], wanted, now))
  return judged.map((said, i) => {
    const recipient = recipients[i] ?? ''
    const named = parseRecipient(recipient)
    const quiet = wanted && named && quietHoursOf(deps.policy, wanted, named, undefined, now)
    const timing = { cappedUntil: capped?.get(said.contact ?? '') ?? null, quiet: quiet ?? null }
    const found = { ...(said.allowed ? verdict(said.state, now, timing) : said), contact: said.contact }
    return {
      recipient,
      allowed: found.allowed,
      reason: found.allowed ? null : found.reason,
      detail: found.allowed ? null : REASON_SENTENCES[found.reason],
      contact: found.contact,
      event: found.event,
      since: found.since,
      until: found.allowed ? found.until : null,
      retryAt: found.allowed ? null : (found.retryAt?.toISOString() ?? null),
    }
  })
}

/** What the gate is asked of one message. */
export type Question = {
  recipient: Recipient | null
  /** A second name of the recipient in the same message. */
  alias: Recipient | null
  purpose: string
  /** A refusal that is known without asking. */
  refusal: Reason | null
  /** The moment that is asked about. */
  at: Date
}
export type Judged = Verdict & { contact: string | null; state: PurposeState | undefined }

/**
 * What the gate would say to many messages by what their people said, by the same rules in the same order, without sending, in one
 * statement. What depends on the moment of leaving (frequency, quiet hours, windows, Meta's categories) is asked then.
 */
export async function judge(deps: LookupDeps, questions: readonly Question[]): Promise<Judged[]> {
  const named = questions.map((q) => q.recipient)
  const known = await readStates(deps, [...named, ...questions.map((q) => q.alias)])
  return questions.map((question, i) => {
    const person = known[i]
    const contact = person?.contactId ?? null
    const other = question.alias === null ? contact : (known[questions.length + i]?.contactId ?? null)
    const state = person?.states.whatsapp?.[question.purpose]
    const nothing = { event: null, since: null, retryAt: null }
    const refuse = (reason: Reason): Judged => ({ allowed: false, reason, ...nothing, contact, state })
    if (question.refusal !== null) return refuse(question.refusal)
    if (person?.suppressed) return refuse('suppressed')
    if (contact === null) return refuse('no_consent')
    if (other !== contact) return refuse('identity_conflict')
    return { ...verdict(state, question.at), contact, state }
  })
}

export type Person = {
  contact: string | null
  identifiers: KnownIdentifier[]
  suppressed: boolean
  states: States
}

/** Everything known of one recipient; nobody (contact null) when nothing is. */
export async function lookUpPerson(deps: LookupDeps, recipient: string): Promise<Person> {
  const [person] = await readStates(deps, [parseRecipient(recipient)])
  const contact = person?.contactId ?? null
  const identifiers = contact === null ? [] : await readIdentifiers(deps.pool, contact)
  return { contact, identifiers, suppressed: person?.suppressed ?? false, states: person?.states ?? {} }
}

/** One person's ledger, contacts merged into theirs included, oldest first; null when no contact has this id. */
export async function readLedger(deps: LookupDeps, contactId: string): Promise<LedgerEvent[] | null> {
  const { rows } = await deps.pool.query<{ person: string }>({
    name: 'person_of_contact',
    text: `select coalesce(merged_into, id) as person from contacts where id = $1`,
    values: [contactId],
  })
  const person = rows[0]?.person
  if (person === undefined) return null
  return (await readLedgers(deps.pool, [person])).get(person) ?? []
}

type KnownPerson = { contactId: string | null; states: States; suppressed: boolean }

/**
 * States of many recipients in one statement (two, after the policy's purposes changed). Answers in order; unreadable
 * recipients (null) are known as nobody.
 */
async function readStates(
  { pool, policy, identityKeys }: LookupDeps,
  wanted: readonly (Recipient | null)[],
): Promise<KnownPerson[]> {
  const { rows } = await pool.query<KnownPerson & { n: number; foldedWith: string | null }>({
    name: 'states_read',
    text: `select w.n, c.id as "contactId", c.states, c.folded_with as "foldedWith",
                  exists (select from suppressions s join jsonb_array_elements_text(w.keys) k on s.key = decode(k, 'hex'))
                    as suppressed
             from jsonb_to_recordset($1::jsonb) as w (n integer, kind text, value text, keys jsonb)
             left join identifiers i on i.value = w.value and i.kind = w.kind and i.valid_to is null
             left join contacts c on c.id = i.contact_id`,
    values: [
      JSON.stringify(
        wanted.flatMap((w, n) => {
          const keys = w === null ? [] : identityKeys.map((key) => personKey(key, w).toString('hex'))
          return w === null ? [] : [{ n, kind: w.kind, value: w.value, keys }]
        }),
      ),
    ],
  })
  const fingerprint = foldFingerprint(policy.purposes.values())
  const stale = rows.flatMap((r) =>
    r.contactId !== null && r.foldedWith !== fingerprint ? [r.contactId] : [],
  )
  const ledgers = stale.length > 0 ? await readLedgers(pool, stale) : new Map()
  const known: KnownPerson[] = wanted.map(() => ({ contactId: null, states: {}, suppressed: false }))
  for (const { n, contactId, states, suppressed } of rows) {
    const events = contactId === null ? undefined : ledgers.get(contactId)
    known[n] = {
      contactId,
      suppressed,
      states: events ? fold(events, [...policy.purposes.values()]) : (states ?? {}),
    }
  }
  return known
}

export type KnownIdentifier = {
  kind: string
  value: string
  source: string
  validFrom: string
  validTo: string | null
}

/** Identifiers of a contact, the current ones first. */
async function readIdentifiers(ex: Executor, contactId: string): Promise<KnownIdentifier[]> {
  const { rows } = await ex.query<{
    kind: string
    value: string
    source: string
    valid_from: Date
    valid_to: Date | null
  }>({
    name: 'identifiers_of_contact',
    text: `select i.kind, coalesce(i.address, i.value) as value, i.source, i.valid_from, i.valid_to
             from contacts c join identifiers i on i.contact_id = c.id
            where c.id = $1 or c.merged_into = $1 order by i.valid_to is not null, i.valid_from, i.id`,
    values: [contactId],
  })
  return rows.map(({ valid_from, valid_to, ...row }) => ({
    ...row,
    validFrom: valid_from.toISOString(),
    validTo: valid_to?.toISOString() ?? null,
  }))
}

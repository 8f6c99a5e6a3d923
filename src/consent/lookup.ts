// Reading what is known, without locks: for people who want to look before they send. The gate itself never reads here.

import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { readEvents } from './ledger.js'
import type { Recipient } from './recipient.js'
import { fold, foldFingerprint, type States } from './state.js'

export type KnownPerson = { contactId: string | null; states: States; suppressed: boolean }

/**
 * States of many recipients in one statement (two, after the policy's purposes changed). Answers in order; unreadable
 * recipients (null) are known as nobody.
 */
export async function readStates(
  ex: Executor,
  wanted: readonly ((Recipient & { keys: readonly Buffer[] }) | null)[],
  policy: Policy,
): Promise<KnownPerson[]> {
  const { rows } = await ex.query<KnownPerson & { n: number; foldedWith: string | null }>({
    name: 'states_read',
    text: `select w.n, c.id as "contactId", c.states, c.folded_with as "foldedWith",
                  exists (select from suppressions s join jsonb_array_elements_text(w.keys) k on s.key = decode(k, 'hex'))
                    as suppressed
             from jsonb_to_recordset($1::jsonb) as w (n integer, kind text, value text, keys jsonb)
             left join identifiers i on i.value = w.value and i.kind = w.kind and i.valid_to is null
             left join contacts c on c.id = i.contact_id`,
    values: [
      JSON.stringify(
        wanted.flatMap((w, n) =>
          w === null ? [] : [{ n, kind: w.kind, value: w.value, keys: w.keys.map((k) => k.toString('hex')) }],
        ),
      ),
    ],
  })
  const fingerprint = foldFingerprint(policy.purposes.values())
  const stale = rows.flatMap((r) =>
    r.contactId !== null && r.foldedWith !== fingerprint ? [r.contactId] : [],
  )
  const ledgers = stale.length > 0 ? await readEvents(ex, stale) : new Map()
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
export async function findContact(ex: Executor, contactId: string): Promise<KnownIdentifier[]> {
  const { rows } = await ex.query<{
    kind: string
    value: string
    source: string
    valid_from: Date
    valid_to: Date | null
  }>({
    name: 'identifiers_of_contact',
    text: `select kind, value, source, valid_from, valid_to from identifiers
            where contact_id = $1 order by valid_to is not null, valid_from`,
    values: [contactId],
  })
  return rows.map(({ valid_from, valid_to, ...row }) => ({
    ...row,
    validFrom: valid_from.toISOString(),
    validTo: valid_to?.toISOString() ?? null,
  }))
}

// Who is who: from the identifiers seen in webhooks to contacts, in a bounded number of statements however many people
// a body speaks of. Promise kept: two bodies that meet the same new person at once end with one contact, because the
// unique index on current identifiers decides, not a look beforehand.

import { v7 as uuidv7 } from 'uuid'
import type { Executor } from '../db/client.js'
import type { Identity } from '../webhook/payload.js'
import { canonicalPhone } from './recipient.js'
import type { States } from './state.js'

export type Sighting = { identity: Identity; at: Date; source: string }

type Kind = 'phone' | 'bsuid' | 'parent_bsuid' | 'username'
type Identifier = { kind: Kind; value: string }

/** A contact's row as locked: nobody else changes this person until the transaction ends. */
export type LockedContact = {
  id: string
  language: string | null
  headSeq: number
  headHash: Buffer | null
  states: States
  foldedWith: string
  leftSeq: number
}

// Most telling first. A username is kept, but names nobody: it can be given up and taken by somebody else.
const NAMING: readonly Kind[] = ['bsuid', 'phone', 'parent_bsuid']

function identifiersOf(identity: Identity): Identifier[] {
  const found: Identifier[] = []
  if (identity.bsuid) found.push({ kind: 'bsuid', value: identity.bsuid })
  if (identity.phone) found.push({ kind: 'phone', value: canonicalPhone(identity.phone) })
  if (identity.parentBsuid) found.push({ kind: 'parent_bsuid', value: identity.parentBsuid })
  if (identity.username) found.push({ kind: 'username', value: identity.username })
  return found
}

const nameOf = (identifier: Identifier) => `${identifier.kind}\0${identifier.value}`

/**
 * Finds or makes the contacts of many sightings, and links what was seen together.
 * @returns per sighting, in order, the contacts it names: the first is the one it belongs to, more than one when its
 *   identifiers lead to different people (a restriction then applies to all of them); none when nothing names anybody
 */
export async function resolveContacts(
  ex: Executor,
  sightings: readonly Sighting[],
  now: Date,
): Promise<string[][]> {
  const seen = sightings.map((s) => identifiersOf(s.identity))
  const all = new Map(seen.flat().map((i) => [nameOf(i), i]))
  if (all.size === 0) return sightings.map(() => [])
  const owners = await findOwners(ex, [...all.values()])
  // Two rounds suffice: what a parallel transaction took in the first is found, committed, by the second.
  for (let round = 0; round < 2; round++) {
    const links: (Identifier & { contactId: string; at: Date; source: string })[] = []
    const fresh = new Set<string>()
    sightings.forEach((sighting, i) => {
      const mine = seen[i] ?? []
      const naming = NAMING.flatMap((kind) => mine.filter((m) => m.kind === kind))
      if (naming.length === 0) return
      let contactId = naming.map((m) => owners.get(nameOf(m))).find((id) => id !== undefined)
      if (contactId === undefined) {
        contactId = uuidv7()
        fresh.add(contactId)
      }
      for (const identifier of mine) {
        if (owners.has(nameOf(identifier))) continue
        owners.set(nameOf(identifier), contactId)
        links.push({ ...identifier, contactId, at: sighting.at, source: sighting.source })
      }
    })
    if (links.length === 0) break
    const lost = await insertLinks(ex, [...fresh], links, now)
    if (lost.length === 0) break
    for (const identifier of lost) owners.delete(nameOf(identifier))
    for (const [name, id] of await findOwners(ex, lost)) owners.set(name, id)
  }
  return seen.map((mine) => {
    const ids = NAMING.flatMap((kind) => mine.filter((m) => m.kind === kind)).map((m) =>
      owners.get(nameOf(m)),
    )
    return [...new Set(ids.filter((id) => id !== undefined))]
  })
}

async function findOwners(ex: Executor, identifiers: readonly Identifier[]): Promise<Map<string, string>> {
  const { rows } = await ex.query<{ kind: Kind; value: string; contact_id: string }>({
    name: 'identifiers_find',
    text: `select i.kind, i.value, i.contact_id
             from unnest($1::text[], $2::text[]) as wanted (value, kind)
             join identifiers i on i.value = wanted.value and i.kind = wanted.kind and i.valid_to is null`,
    values: [identifiers.map((i) => i.value), identifiers.map((i) => i.kind)],
  })
  return new Map(rows.map((r) => [nameOf(r), r.contact_id]))
}

/** Inserts contacts and links in one statement; answers the identifiers that somebody else took in the meantime. */
async function insertLinks(
  ex: Executor,
  fresh: readonly string[],
  links: readonly (Identifier & { contactId: string; at: Date; source: string })[],
  now: Date,
): Promise<Identifier[]> {
  // One order for everybody, so that two bodies about the same people wait for each other instead of deadlocking.
  const ordered = [...links].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  // Links first: a contact is only made when at least one of its identifiers was free. The foreign key is checked at
  // the end of the statement, when both stand.
  const { rows } = await ex.query<{ kind: Kind; value: string }>({
    name: 'identifiers_insert',
    text: `with link as (
             insert into identifiers (value, kind, contact_id, source, valid_from)
             select value, kind, contact_id, source, valid_from
               from unnest($3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[])
                    as l (value, kind, contact_id, source, valid_from)
             on conflict (value, kind) where valid_to is null do nothing
             returning kind, value, contact_id
           ), made as (
             insert into contacts (id, created_at) select distinct contact_id, $2::timestamptz from link
              where contact_id = any ($1::uuid[])
           )
           select kind, value from link`,
    values: [
      fresh,
      now,
      ordered.map((l) => l.value),
      ordered.map((l) => l.kind),
      ordered.map((l) => l.contactId),
      ordered.map((l) => l.source),
      ordered.map((l) => l.at),
    ],
  })
  const made = new Set(rows.map(nameOf))
  return ordered.filter((l) => !made.has(nameOf(l)))
}

/** Locks contacts in one order for everybody. FOR NO KEY UPDATE: inserts that only refer to them are not held up. */
export async function lockContacts(
  ex: Executor,
  ids: readonly string[],
): Promise<Map<string, LockedContact>> {
  const { rows } = await ex.query<LockedContact>({
    name: 'contacts_lock',
    text: `select id, language, head_seq as "headSeq", head_hash as "headHash", states,
                  folded_with as "foldedWith", left_seq as "leftSeq"
             from contacts where id = any($1::uuid[]) order by id for no key update`,
    values: [ids],
  })
  return new Map(rows.map((r) => [r.id, r]))
}

export type ContactUpdate = LockedContact & { lastInboundAt: Date | null }

/** Writes back what changed, in one statement. */
export async function saveContacts(ex: Executor, contacts: readonly ContactUpdate[]): Promise<void> {
  if (contacts.length === 0) return
  await ex.query({
    name: 'contacts_save',
    text: `update contacts c
              set language = n.language, head_seq = n.head_seq, head_hash = n.head_hash, states = n.states,
                  folded_with = n.folded_with, left_seq = n.left_seq,
                  last_inbound_at = greatest(c.last_inbound_at, n.last_inbound_at)
             from unnest($1::uuid[], $2::text[], $3::integer[], $4::bytea[], $5::jsonb[], $6::text[], $7::integer[],
                         $8::timestamptz[])
                  as n (id, language, head_seq, head_hash, states, folded_with, left_seq, last_inbound_at)
            where c.id = n.id`,
    values: [
      contacts.map((c) => c.id),
      contacts.map((c) => c.language),
      contacts.map((c) => c.headSeq),
      contacts.map((c) => c.headHash),
      contacts.map((c) => JSON.stringify(c.states)),
      contacts.map((c) => c.foldedWith),
      contacts.map((c) => c.leftSeq),
      contacts.map((c) => c.lastInboundAt),
    ],
  })
}

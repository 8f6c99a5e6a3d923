// People's rows and the links to them, in a bounded number of statements however many people a body speaks of. Promise
// kept: two bodies that meet the same new person at once end with one contact, because the unique index on current
// identifiers decides, not a look beforehand.

import type { Executor } from '../db/client.js'
import { type Identifier, type Link, nameOf } from './directory.js'
import type { Plan } from './plan.js'
import type { States } from './state.js'
import type { Windows } from './window.js'

/** A contact's row as locked: nobody else changes this person until the transaction ends. */
export type LockedContact = {
  id: string
  language: string | null
  headSeq: number
  headHash: Buffer | null
  states: States
  foldedWith: string
  leftSeq: number
  windows: Windows
  /** See consent/pace.ts; only senders move it. */
  pace: Record<string, string>
  mergedInto: string | null
}

/**
 * All links, past ones included, of everybody who has or had one of these identifiers, and of the hinted contacts;
 * and what merged contacts became.
 */
export async function findLinks(
  ex: Executor,
  identifiers: readonly Identifier[],
  hints: readonly string[],
): Promise<{ links: Link[]; became: Map<string, string> }> {
  const { rows } = await ex.query<Link & { member: string }>({
    name: 'identifiers_find',
    text: `with named as (
             select i.contact_id from unnest($1::text[], $2::text[]) as wanted (value, kind)
               join identifiers i on i.value = wanted.value and i.kind = wanted.kind
              union select unnest($3::uuid[])
           ), person as (
             select distinct coalesce(c.merged_into, c.id) as id from named n join contacts c on c.id = n.contact_id
           ), family as (
             select id, id as owner from person
              union all select c.id, p.id from person p join contacts c on c.merged_into = p.id
           )
           select i.contact_id as member, i.id, i.kind, i.value, i.address, f.owner, i.source, i.valid_from as "from", i.valid_to as "to"
             from family f join identifiers i on i.contact_id = f.id`,
    values: [identifiers.map((i) => i.value), identifiers.map((i) => i.kind), hints],
  })
  return {
    links: rows.map(({ member: _, ...link }) => link),
    became: new Map(rows.map((r) => [r.member, r.owner])),
  }
}

/** Ends links and notes new forms of phones, in one statement. Their owners must be locked. */
export async function changeLinks(ex: Executor, { ended, readdressed }: Plan): Promise<void> {
  const changed = [...ended, ...readdressed].sort((a, b) => Number(a.id) - Number(b.id))
  await ex.query({
    name: 'identifiers_change',
    text: `update identifiers i set valid_to = n.valid_to, address = n.address
             from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
                  as n (id, value, valid_to, address, kind)
            where i.value = n.value and i.kind = n.kind and i.id = n.id`,
    values: [
      changed.map((l) => l.id),
      changed.map((l) => l.value),
      changed.map((l) => l.to),
      changed.map((l) => l.address),
      changed.map((l) => l.kind),
    ],
  })
}

/**
 * Inserts contacts and links in one statement, and lets suppressions follow to everything that names one person.
 * @param groups keyed hashes, in hex, of all that names one person: if one of them is suppressed, all are
 * @returns links that somebody else took, or whose contact somebody else merged, in the meantime
 */
export async function insertLinks(
  ex: Executor,
  { opened, fresh }: Plan,
  groups: readonly string[][],
  now: Date,
): Promise<Link[]> {
  // One order for everybody, so that two bodies about the same people wait for each other instead of deadlocking.
  const links = [...opened].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const existing = [...new Set(links.map((l) => l.owner))].filter((id) => !fresh.has(id))
  // Links first: a contact is only made when at least one of its identifiers was free. The foreign key is checked at
  // the end of the statement, when both stand.
  const { rows } = await ex.query<Pick<Link, 'kind' | 'value' | 'to'>>({
    name: 'identifiers_insert',
    text: `with owner as materialized (
             -- Nothing is linked to a contact that is being merged into another one.
             select id from contacts where id = any ($8::uuid[]) and merged_into is null order by id for no key update
           ), link as (
             insert into identifiers (value, kind, contact_id, source, valid_from, valid_to, address)
             select value, kind, contact_id, source, valid_from, valid_to, address
               from unnest($3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $9::timestamptz[], $10::text[])
                    as l (value, kind, contact_id, source, valid_from, valid_to, address)
              where contact_id = any ($1::uuid[]) or contact_id in (select id from owner)
             on conflict (value, kind) where valid_to is null do nothing
             returning kind, value, contact_id, valid_to
           ), made as (
             insert into contacts (id, created_at) select distinct contact_id, $2::timestamptz from link
              where contact_id = any ($1::uuid[])
           ), kept as (
             insert into suppressions (key, created_at, source)
             select distinct decode(k, 'hex'), $2::timestamptz, 'identity'
               from jsonb_array_elements($11::jsonb) g, jsonb_array_elements_text(g) k
              where exists (select from jsonb_array_elements_text(g) o join suppressions s on s.key = decode(o, 'hex'))
             on conflict do nothing
           )
           select kind, value, valid_to as "to" from link`,
    values: [
      [...fresh],
      now,
      links.map((l) => l.value),
      links.map((l) => l.kind),
      links.map((l) => l.owner),
      links.map((l) => l.source),
      links.map((l) => l.from),
      existing,
      links.map((l) => l.to),
      links.map((l) => l.address),
      JSON.stringify(groups),
    ],
  })
  const made = new Set(rows.map((r) => `${nameOf(r)}\0${r.to?.getTime() ?? ''}`))
  return links.filter((l) => !made.has(`${nameOf(l)}\0${l.to?.getTime() ?? ''}`))
}

/** Locks contacts in one order for everybody. FOR NO KEY UPDATE: inserts that only refer to them are not held up. */
export async function lockContacts(
  ex: Executor,
  ids: readonly string[],
): Promise<Map<string, LockedContact>> {
  const { rows } = await ex.query<LockedContact>({
    name: 'contacts_lock',
    text: `select id, language, head_seq as "headSeq", head_hash as "headHash", states,
                  folded_with as "foldedWith", left_seq as "leftSeq", windows, pace,
                  merged_into as "mergedInto"
             from contacts where id = any($1::uuid[]) order by id for no key update`,
    values: [ids],
  })
  return new Map(rows.map((r) => [r.id, r]))
}

/**
 * Locks contacts and, where some were merged in the meantime, those that they became.
 * @returns the locked contacts by id, without merged ones, and what each merged one became
 */
export async function lockPeople(
  ex: Executor,
  ids: readonly string[],
): Promise<{ contacts: Map<string, LockedContact>; became: Map<string, string> }> {
  const contacts = await lockContacts(ex, ids)
  const became = new Map<string, string>()
  for (;;) {
    const merged = [...contacts.values()].flatMap(({ id, mergedInto }) =>
      mergedInto ? [{ id, mergedInto }] : [],
    )
    if (merged.length === 0) break
    for (const { id, mergedInto } of merged) {
      became.set(id, mergedInto)
      contacts.delete(id)
    }
    const missing = merged.map((m) => m.mergedInto).filter((id) => !contacts.has(id))
    for (const [id, contact] of await lockContacts(ex, missing)) contacts.set(id, contact)
  }
  return { contacts, became }
}

/** Writes back what changed, in one statement. */
export async function saveContacts(ex: Executor, contacts: readonly LockedContact[]): Promise<void> {
  if (contacts.length === 0) return
  await ex.query({
    name: 'contacts_save',
    text: `update contacts c
              set language = n.language, head_seq = n.head_seq, head_hash = n.head_hash, states = n.states,
                  folded_with = n.folded_with, left_seq = n.left_seq, windows = n.windows, pace = n.pace
             from unnest($1::uuid[], $2::text[], $3::integer[], $4::bytea[], $5::jsonb[], $6::text[], $7::integer[],
                         $8::jsonb[], $9::jsonb[])
                  as n (id, language, head_seq, head_hash, states, folded_with, left_seq, windows, pace)
            where c.id = n.id`,
    values: [
      contacts.map((c) => c.id),
      contacts.map((c) => c.language),
      contacts.map((c) => c.headSeq),
      contacts.map((c) => c.headHash),
      contacts.map((c) => JSON.stringify(c.states)),
      contacts.map((c) => c.foldedWith),
      contacts.map((c) => c.leftSeq),
      contacts.map((c) => JSON.stringify(c.windows)),
      contacts.map((c) => JSON.stringify(c.pace)),
    ],
  })
}

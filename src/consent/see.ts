// Who a webhook speaks of, decided on the directory alone. Pure: sightings and a directory in, a plan out. Promises
// kept: contacts that turn out to be one person become one; a different BSUID on a known number is another person, who
// inherits the stop and no consent (R49); an id of no known form never loses a stop, and never joins two people.

import {
  currentLink,
  currentOf,
  type Directory,
  type Identifier,
  identifiersOf,
  isWellFormed,
  lastHolders,
  linkAt,
  linksOf,
} from './directory.js'
import type { Draft, Sighting } from './plan.js'

/** The contact that a sighting speaks of, then those that it might speak of; who lost a number to the first. */
export type Seen = { owners: string[]; displaced: string[] }

/** Somebody was named. */
export function see(draft: Draft, sighting: Sighting): Seen {
  const { at, hint, aliases = [], about } = sighting
  const { directory } = draft
  const named = identifiersOf(sighting.identity)
  const strong = named.filter(isWellFormed)
  const odd = named.filter((i) => i.kind !== 'username' && !isWellFormed(i))
  const phones = strong.filter((i) => i.kind === 'phone')
  for (const phone of aliases.flatMap((phone) => identifiersOf({ phone }).filter(isWellFormed))) {
    // Only Meta's own form is an address to reply to: what a caller dialled is none.
    if (phone.kind === 'phone' && !phones.some((p) => p.value === phone.value))
      phones.push({ ...phone, address: null })
  }
  const ids = strong.filter((i) => i.kind !== 'phone')
  const nobody: Seen = { owners: [], displaced: [] }
  if (phones.length + ids.length + odd.length === 0) return nobody

  const bsuid = ids.find((i) => i.kind === 'bsuid')
  const known = bsuid && linkAt(directory, bsuid, at)
  // An id that has ended names its person for ever, and says nothing about where they are now.
  if (known && known.to !== null && known.to <= at) return { owners: [known.owner], displaced: [] }

  const lead = known?.owner ?? findLead(draft, ids, phones, odd, at, hint)
  if (lead === undefined && about === 'known') return nobody
  let person = lead ?? draft.make()
  const others: string[] = []
  const displaced: string[] = []
  for (const id of ids) person = linkId(draft, person, id, phones, sighting, others)
  for (const phone of phones) person = linkPhone(draft, person, phone, phones, sighting, displaced)
  for (const id of odd) {
    const link = linkAt(directory, id, at)
    if (link === undefined) draft.open(person, id, sighting)
    else others.push(link.owner)
  }
  for (const phone of phones) {
    const then = linkAt(directory, phone, at)
    // A number that has changed hands since: its stop may be meant by whoever had it then.
    if (then && then.to !== null && at < then.to) others.push(then.owner)
  }
  const username = named.find((i) => i.kind === 'username')
  if (username) rename(draft, person, username, sighting)
  if (hint !== undefined) person = joinHint(draft, person, draft.now(hint), phones[0], sighting)
  return { owners: [person, ...others], displaced }
}

/** The most telling identifier decides: parent BSUID, phone, whoever the send was for, then odd ids. */
function findLead(
  draft: Draft,
  ids: readonly Identifier[],
  phones: readonly Identifier[],
  odd: readonly Identifier[],
  at: Date,
  hint: string | undefined,
): string | undefined {
  const { directory } = draft
  const parent = ids.find((i) => i.kind === 'parent_bsuid')
  const byParent = parent && linkAt(directory, parent, at)?.owner
  if (byParent !== undefined) {
    const own = draft.values(byParent, 'phone')
    const elsewhere = own.length > 0 && phones.length > 0 && !phones.some((p) => own.includes(p.value))
    if (!elsewhere || !ids.some((i) => i.kind === 'bsuid')) return byParent
  }
  for (const phone of phones) {
    const owner = linkAt(directory, phone, at)?.owner
    if (owner !== undefined && !draft.hasOtherId(owner, ids)) return owner
  }
  const hinted = hint === undefined ? undefined : draft.now(hint)
  if (hinted !== undefined && !draft.hasOtherId(hinted, ids) && !hadPhone(directory, hinted, phones[0]))
    return hinted
  if (ids.length + phones.length > 0) return undefined
  return odd.map((i) => linkAt(directory, i, at)?.owner).find((owner) => owner !== undefined)
}

/** Makes an id of WhatsApp the person's. Answers who the person then is. */
function linkId(
  draft: Draft,
  person: string,
  id: Identifier,
  phones: readonly Identifier[],
  sighting: Sighting,
  others: string[],
): string {
  const link = linkAt(draft.directory, id, sighting.at)
  if (link === undefined) draft.open(person, id, sighting)
  if (link === undefined || link.owner === person) return person
  const own = [...draft.values(person, 'phone'), ...phones.map((p) => p.value)]
  const their = draft.values(link.owner, 'phone')
  const elsewhere = own.length > 0 && their.length > 0 && !own.some((value) => their.includes(value))
  if (id.kind === 'parent_bsuid' && link.to === null && !elsewhere)
    return draft.merge(link.owner, person, sighting)
  // Ids do not change hands. Two that contradict each other join nobody.
  others.push(link.owner)
  return person
}

/** Makes a number the person's, unless it was somebody else's at that time. Answers who the person then is. */
function linkPhone(
  draft: Draft,
  person: string,
  phone: Identifier,
  phones: readonly Identifier[],
  sighting: Sighting,
  displaced: string[],
): string {
  const { at } = sighting
  const link = linkAt(draft.directory, phone, at)
  if (link?.owner === person) {
    const { address } = phone
    if (link.to === null && address !== null && address !== link.address && link.from <= at)
      draft.readdress(link, address)
    return person
  }
  if (link === undefined) {
    for (const last of lastHolders(draft.directory, phone)) draft.inherit(last, person, at)
    draft.open(person, phone, sighting, giveUpOthers(draft, person, phones, sighting))
    return person
  }
  if (link.to !== null) return person
  if (at < link.from) {
    // Seen late: the number has gone to somebody else since, and stays there.
    draft.open(person, phone, sighting, link.from)
    return person
  }
  if (!areTwo(draft, link.owner, person, phones)) return draft.merge(link.owner, person, sighting)
  displaced.push(link.owner)
  draft.end(link, at)
  draft.inherit(link, person, at)
  draft.open(person, phone, sighting, giveUpOthers(draft, person, phones, sighting))
  return person
}

/** Whether the holder of a number and the person who was now seen with it are certainly not one. */
function areTwo(draft: Draft, holder: string, person: string, phones: readonly Identifier[]): boolean {
  const ids = [...draft.values(person, 'bsuid')]
  const parents = draft.values(person, 'parent_bsuid')
  const asIds: Identifier[] = [
    ...ids.map((value) => ({ kind: 'bsuid' as const, value, address: null })),
    ...parents.map((value) => ({ kind: 'parent_bsuid' as const, value, address: null })),
  ]
  if (draft.hasOtherId(holder, asIds)) return true
  // Somebody known by another number has come to this one: nobody says that its last holder was the same person.
  const own = draft.values(person, 'phone')
  return own.length > 0 && !phones.some((p) => own.includes(p.value))
}

/** One person has one number: a new one ends those before it. Answers since when a newer one holds, if one does. */
function giveUpOthers(
  draft: Draft,
  person: string,
  phones: readonly Identifier[],
  { at, hint }: Sighting,
): Date | null {
  const own = currentOf(draft.directory, person, 'phone').filter(isWellFormed)
  // Several forms of one number: the number asked for and `wa_id`, or the number that the send was for.
  const oneMore = own.some((l) => phones.some((p) => p.value === l.value))
  if (oneMore || (hint !== undefined && draft.now(hint) === person)) return null
  let newer: Date | null = null
  for (const link of own) {
    if (link.from <= at) draft.end(link, at)
    else if (newer === null || link.from < newer) newer = link.from
  }
  return newer
}

function hadPhone(directory: Directory, owner: string, phone: Identifier | undefined): boolean {
  return phone !== undefined && linksOf(directory, phone).some((l) => l.owner === owner && l.to !== null)
}

/** The send was for one contact and its status names another: one person, unless something speaks against it. */
function joinHint(
  draft: Draft,
  person: string,
  hint: string,
  phone: Identifier | undefined,
  sighting: Sighting,
): string {
  if (hint === person || phone === undefined || !draft.directory.byOwner.has(hint)) return person
  const ids = draft.values(person, 'bsuid').map((value) => ({ kind: 'bsuid' as const, value, address: null }))
  if (draft.hasOtherId(hint, ids) || hadPhone(draft.directory, hint, phone)) return person
  return draft.merge(hint, person, sighting)
}

/** A username can be given up and taken by somebody else: it is kept, and names nobody. */
function rename(draft: Draft, person: string, username: Identifier, sighting: Sighting): void {
  const { at } = sighting
  const taken = currentLink(draft.directory, username)
  const own = currentOf(draft.directory, person, 'username')
  if (taken?.owner === person || (taken && at < taken.from) || own.some((l) => at < l.from)) return
  for (const link of taken ? [...own, taken] : own) draft.end(link, at)
  draft.open(person, username, sighting)
}

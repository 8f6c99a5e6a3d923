// When Meta says that somebody is now named otherwise. What it keeps (R49): stops, pauses and suppressions always
// follow the person; consent follows only when the webhook names both the old and the new; the old number is nobody's.

import {
  currentLink,
  currentOf,
  type Identifier,
  type Identity,
  identifiersOf,
  isWellFormed,
  lastHolders,
  linkAt,
} from './directory.js'
import type { Draft, Sighting } from './plan.js'
import { type Seen, see } from './see.js'

/**
 * @param sighting its identity is the new one; either may lack anything
 * @param previous what the person was named by before
 */
export function renumber(draft: Draft, sighting: Sighting, previous: Identity): Seen {
  const { at } = sighting
  const { directory } = draft
  const old = identifiersOf(previous).filter(isWellFormed)
  const current = identifiersOf(sighting.identity).filter(isWellFormed)
  const oldIds = old.filter((i) => i.kind !== 'phone')
  const oldPhone = old.find((i) => i.kind === 'phone')
  const newPhone = current.find((i) => i.kind === 'phone')

  let person = oldIds.map((i) => linkAt(directory, i, at)?.owner).find((owner) => owner !== undefined)
  const held = oldPhone && linkAt(directory, oldPhone, at)
  // A number whose holder goes by other ids has passed to them unseen: it says nothing about who this is.
  if (held && held.owner !== person && held.from <= at && !draft.hasOtherId(held.owner, oldIds))
    person = person === undefined ? held.owner : draft.merge(held.owner, person, sighting)
  const linksBoth = current.length > 0 && (oldIds.length > 0 || (oldPhone && newPhone) !== undefined)
  if (!linksBoth) return leave(draft, person, oldPhone, sighting)

  for (const id of current.filter((i) => i.kind !== 'phone')) {
    const owner = linkAt(directory, id, at)?.owner
    if (owner !== undefined && owner !== person)
      person = person === undefined ? owner : draft.merge(owner, person, sighting)
  }
  const there = newPhone && linkAt(directory, newPhone, at)
  // Whoever wrote from the new number since is the same person, unless another id says otherwise.
  if (there && there.owner !== person && there.from >= at && !draft.hasOtherId(there.owner, current))
    person = person === undefined ? there.owner : draft.merge(there.owner, person, sighting)

  person ??= draft.make()
  const displaced: string[] = []
  if (held && held.owner !== person && held.to === null && held.from <= at) {
    // It has been somebody else's without our knowing, and is nobody's now.
    displaced.push(held.owner)
    draft.end(held, at)
    if (oldPhone) draft.open(person, oldPhone, sighting, at)
  }
  endOld(draft, person, old, current, at)
  for (const identifier of current) {
    const link = linkAt(directory, identifier, at)
    if (link === undefined) {
      const last = identifier.kind === 'phone' ? lastHolders(directory, identifier) : []
      for (const holder of last) draft.inherit(holder, person, at)
    } else if (link.owner !== person && link.to === null && identifier.kind === 'phone' && link.from <= at) {
      displaced.push(link.owner)
      draft.end(link, at)
      draft.inherit(link, person, at)
    } else continue
    draft.open(person, identifier, sighting)
  }
  // Known from now on: what was said under the old names and comes late finds its person.
  for (const identifier of old) {
    if (linkAt(directory, identifier, at) === undefined) draft.open(person, identifier, sighting, at)
  }
  return { owners: [person], displaced }
}

/** Only one side is named: the stop goes along, consent does not, and the old number has nobody any more. */
function leave(
  draft: Draft,
  before: string | undefined,
  oldPhone: Identifier | undefined,
  sighting: Sighting,
): Seen {
  const { previous: _, ...seen } = sighting
  const found = see(draft, { ...seen, about: before === undefined ? 'known' : 'anybody' })
  if (before === undefined || oldPhone === undefined) return found
  const person = draft.now(before)
  const after = found.owners[0]
  const link = currentLink(draft.directory, oldPhone)
  if (after === person || link?.owner !== person || sighting.at < link.from) return found
  draft.end(link, sighting.at)
  if (after === undefined) return { owners: [person], displaced: [] }
  draft.inherit(link, after, sighting.at)
  return { ...found, displaced: [...found.displaced, person] }
}

/** The old numbers and ids end; they keep naming the person for what was said before. */
function endOld(
  draft: Draft,
  person: string,
  old: readonly Identifier[],
  current: readonly Identifier[],
  at: Date,
): void {
  const replaced = (l: Identifier) =>
    old.some((o) => o.value === l.value) || current.some((c) => c.kind === l.kind)
  const own = (kind: Identifier['kind']) => currentOf(draft.directory, person, kind)
  // A number and its BSUID change together (Meta): one named, the other ends as well.
  for (const link of [...own('phone'), ...own('bsuid'), ...own('parent_bsuid').filter(replaced)]) {
    const stays = current.some((c) => c.kind === link.kind && c.value === link.value)
    // What began at the very moment is the new, told by another webhook about the same change.
    const before = link.from < at || old.some((o) => o.value === link.value)
    if (isWellFormed(link) && !stays && before && link.from <= at) draft.end(link, at)
  }
}

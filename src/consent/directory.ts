// The directory as values: which identifier was whose, and since when. Pure. What it keeps: links carry the time from
// which and until which they hold, so a message that comes late finds whoever had the identifier when it was written.

import { bsuidKind, canonicalPhone, isPhone } from './recipient.js'

export type Kind = 'phone' | 'bsuid' | 'parent_bsuid' | 'username'
/** `address`: the form of a phone that Meta used. */
export type Identifier = { kind: Kind; value: string; address: string | null }

/** How a person was named in one place. All opaque text; any of them may be missing. */
export type Identity = { phone?: string; bsuid?: string; parentBsuid?: string; username?: string }

export type Link = Identifier & {
  /** Row of the table; null for one that is yet to be written. */
  id: string | null
  /** The contact as it is known now: the survivor, where contacts were merged. */
  owner: string
  source: string
  from: Date
  to: Date | null
}

/** Merged contacts, oldest knowledge first, see `findOwner`. */
export type Directory = {
  readonly byName: Map<string, Link[]>
  readonly byOwner: Map<string, Set<Link>>
}

export const nameOf = ({ kind, value }: { kind: Kind; value: string }) => `${kind}\0${value}`

/**
 * What an identity names. Ids are told apart by their pattern, wherever they stand (a BSUID in `from` is a BSUID); what
 * has no known pattern is kept as it is, because an odd id must never lose a stop.
 */
export function identifiersOf(identity: Identity): Identifier[] {
  const found = new Map<string, Identifier>()
  const add = (kind: Kind, text: string | undefined) => {
    if (text === undefined || text === '') return
    const real = kind === 'username' ? kind : (bsuidKind(text) ?? kind)
    // A parent id without its mark looks like any other: the field that it stood in decides.
    const told = real === 'bsuid' && kind === 'parent_bsuid' ? kind : real
    const value =
      told === 'phone' ? canonicalPhone(text) : told === 'username' ? text.replace(/^@/, '') : text
    const identifier = { kind: told, value, address: told === 'phone' ? text : null }
    if (value !== '' && !found.has(nameOf(identifier))) found.set(nameOf(identifier), identifier)
  }
  add('bsuid', identity.bsuid)
  add('phone', identity.phone)
  add('parent_bsuid', identity.parentBsuid)
  add('username', identity.username)
  return [...found.values()]
}

/** Whether an identifier has the form that WhatsApp gives it. Others name people too, but prove nothing about others. */
export function isWellFormed({ kind, value }: { kind: Kind; value: string }): boolean {
  return kind === 'phone' ? isPhone(value) : kind !== 'username' && bsuidKind(value) !== null
}

export function makeDirectory(links: readonly Link[]): Directory {
  const directory: Directory = { byName: new Map(), byOwner: new Map() }
  for (const link of links) addLink(directory, link)
  return directory
}

export function addLink(directory: Directory, link: Link): void {
  const name = nameOf(link)
  const same = directory.byName.get(name)
  if (same) same.push(link)
  else directory.byName.set(name, [link])
  const own = directory.byOwner.get(link.owner)
  if (own) own.add(link)
  else directory.byOwner.set(link.owner, new Set([link]))
}

/** Makes everything that `from` has, or once had, belong to `into`. */
export function reassign(directory: Directory, from: string, into: string): void {
  const own = directory.byOwner.get(into) ?? new Set()
  for (const link of directory.byOwner.get(from) ?? []) {
    link.owner = into
    own.add(link)
  }
  directory.byOwner.set(into, own)
  directory.byOwner.delete(from)
}

export function linksOf(directory: Directory, identifier: { kind: Kind; value: string }): readonly Link[] {
  return directory.byName.get(nameOf(identifier)) ?? []
}

export function currentLink(
  directory: Directory,
  identifier: { kind: Kind; value: string },
): Link | undefined {
  return linksOf(directory, identifier).find((l) => l.to === null)
}

/**
 * The link that says whose an identifier was at a moment. Ids of WhatsApp are never given to somebody else, so their
 * newest link counts at any time. Numbers are: the first link that had not ended counts, the moment of ending included.
 */
export function linkAt(
  directory: Directory,
  identifier: { kind: Kind; value: string },
  at: Date,
): Link | undefined {
  const end = (link: Link) => link.to?.getTime() ?? Number.POSITIVE_INFINITY
  const ordered = [...linksOf(directory, identifier)].sort((a, b) => end(a) - end(b))
  if (identifier.kind !== 'phone') return ordered.at(-1)
  return ordered.find((l) => end(l) >= at.getTime())
}

/** What a contact is named by at present. */
export function currentOf(directory: Directory, owner: string, kind: Kind): Link[] {
  return [...(directory.byOwner.get(owner) ?? [])].filter((l) => l.kind === kind && l.to === null)
}

/** Whoever gave up an identifier last, while nobody has it: several when one word of Meta ended it for all of them. */
export function lastHolders(directory: Directory, identifier: { kind: Kind; value: string }): Link[] {
  const ends = linksOf(directory, identifier).map((l) => l.to?.getTime() ?? Number.NEGATIVE_INFINITY)
  const last = Math.max(...ends)
  return linksOf(directory, identifier).filter((l) => l.to?.getTime() === last)
}

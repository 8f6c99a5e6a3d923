// What a number of sightings do to the directory, as a plan under construction: links opened and ended, contacts made
// and merged, refusals inherited. Pure; recognise.ts and renumber.ts decide, contacts.ts carries it out.

import {
  addLink,
  currentOf,
  type Directory,
  type Identifier,
  type Identity,
  isWellFormed,
  type Link,
  reassign,
} from './directory.js'

/** Somebody was named somewhere, or was said to have changed from `previous` to `identity`. */
export type Sighting = {
  identity: Identity
  at: Date
  source: string
  /** Other phones that certainly reach the same person: the number asked for, beside Graph's `wa_id`. */
  aliases?: readonly string[]
  /** The contact for whom the send was let through of which this is a status or an answer. */
  hint?: string
  previous?: Identity
  /** `known`: nobody is made of it, it only adds to people who are known (a status with a single identifier). */
  about?: 'anybody' | 'known'
}

/** `to` now has a number that `from` had until `at`: what `from` had refused by then is refused for `to` as well. */
export type Inheritance = { from: string; to: string; value: string; at: Date }
export type Merge = { merged: string; survivor: string; source: string; at: Date }

export type Plan = {
  /** Per sighting: the contact that it speaks of first, then those that it might speak of. */
  owners: string[][]
  /** Per sighting: contacts that lost a number to the first. A message to that number may still be on its way. */
  displaced: string[][]
  fresh: Set<string>
  opened: Link[]
  ended: Link[]
  /** Phones of which Meta now writes another form. */
  readdressed: Link[]
  merges: Merge[]
  inheritances: Inheritance[]
}

export class Draft {
  readonly directory: Directory
  readonly #newId: () => string
  readonly #fresh = new Set<string>()
  readonly #opened = new Set<Link>()
  readonly #ended = new Set<Link>()
  readonly #readdressed = new Set<Link>()
  readonly #merges: Merge[] = []
  readonly #inheritances: Inheritance[] = []
  readonly #became = new Map<string, string>()

  /** @param directory all links of everybody who is named; it becomes what the plan makes of it */
  constructor(directory: Directory, newId: () => string) {
    this.directory = directory
    this.#newId = newId
  }

  /** A contact that is made when at least one of its links is written. */
  make(): string {
    const id = this.#newId()
    this.#fresh.add(id)
    return id
  }

  open(owner: string, identifier: Identifier, { at, source }: Sighting, to: Date | null = null): void {
    const { kind, value, address } = identifier
    const link: Link = { id: null, kind, value, address, owner, source, from: at, to }
    addLink(this.directory, link)
    this.#opened.add(link)
  }

  end(link: Link, at: Date): void {
    link.to = at < link.from ? link.from : at
    if (link.id !== null) this.#ended.add(link)
  }

  readdress(link: Link, address: string): void {
    link.address = address
    if (link.id !== null) this.#readdressed.add(link)
  }

  inherit(link: Link | undefined, person: string, at: Date): void {
    if (link === undefined || link.owner === person) return
    this.#inheritances.push({ from: link.owner, to: person, value: link.value, at: link.to ?? at })
  }

  /**
   * Makes two contacts one and answers which. The older one survives; what the other is named by ends there and goes
   * on here, so that the gate finds the survivor without a detour.
   */
  merge(a: string, b: string, { at, source }: Sighting): string {
    // A contact that is only planned has no ledger yet: it gives way.
    const unborn = this.#fresh.has(a) !== this.#fresh.has(b)
    const [survivor, merged] = (unborn ? this.#fresh.has(b) : a < b) ? [a, b] : [b, a]
    this.#became.set(merged, survivor)
    if (this.#fresh.delete(merged)) {
      reassign(this.directory, merged, survivor)
      return survivor
    }
    const current = [...(this.directory.byOwner.get(merged) ?? [])].filter((l) => l.to === null)
    reassign(this.directory, merged, survivor)
    for (const link of current) {
      if (link.id === null) continue
      this.end(link, at)
      this.open(survivor, link, { identity: {}, at: link.to ?? at, source: 'merge' })
    }
    this.#merges.push({ merged, survivor, source, at })
    return survivor
  }

  /** Who a contact is by now. */
  now(id: string): string {
    let now = id
    for (let next = this.#became.get(now); next !== undefined; next = this.#became.get(now)) now = next
    return now
  }

  /** Whether somebody is known by BSUIDs of their own, none of which is among these. */
  hasOtherId(owner: string, ids: readonly Identifier[]): boolean {
    const own = this.values(owner, 'bsuid')
    if (own.length === 0 || !ids.some((i) => i.kind === 'bsuid')) return false
    const parents = this.values(owner, 'parent_bsuid')
    if (ids.some((i) => i.kind === 'parent_bsuid' && parents.includes(i.value))) return false
    return !ids.some((i) => own.includes(i.value))
  }

  /** Well-formed current identifiers of one kind. Those of no known form prove nothing about anybody. */
  values(owner: string, kind: Identifier['kind']): string[] {
    return currentOf(this.directory, owner, kind)
      .filter(isWellFormed)
      .map((l) => l.value)
  }

  finish(owners: readonly string[][], displaced: readonly string[][]): Plan {
    const now = (ids: readonly string[]) => [...new Set(ids.map((id) => this.now(id)))]
    return {
      owners: owners.map(now),
      displaced: displaced.map(now),
      fresh: this.#fresh,
      opened: [...this.#opened],
      ended: [...this.#ended],
      readdressed: [...this.#readdressed].filter((l) => !this.#ended.has(l)),
      merges: this.#merges.map((m) => ({ ...m, survivor: this.now(m.survivor) })),
      inheritances: this.#inheritances
        .map((i) => ({ ...i, to: this.now(i.to) }))
        .filter((i) => this.now(i.from) !== i.to),
    }
  }
}

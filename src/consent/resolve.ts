// Who is who: reads the directory, lets the plan be made, writes it. Promise kept: what links people is changed only
// under the locks of those people, and decided on what was read after the locks were taken, so two replicas that learn
// the same thing at once, or contrary things, end with one truth.

import { v7 as uuidv7 } from 'uuid'
import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { changeLinks, findLinks, insertLinks, lockContacts } from './contacts.js'
import {
  type Directory,
  type Identifier,
  identifiersOf,
  type Link,
  makeDirectory,
  nameOf,
} from './directory.js'
import { settleLedgers } from './merge.js'
import type { Plan, Sighting } from './plan.js'
import { personKey } from './recipient.js'
import { recognise } from './recognise.js'

export type IdentityRules = { policy: Policy; identityKeys: readonly string[] }

/**
 * Per sighting, in order: the contacts it names, the one it belongs to first (more than one when it might be from
 * several: a restriction then applies to all of them; none when nothing names anybody), and those who lost a number to
 * it, on whose behalf a message to that number may still be on the wire.
 */
export type Resolution = Pick<Plan, 'owners' | 'displaced'>

// What a parallel transaction took in one round is found, committed, by the next; each round can only lose to another one.
const ROUNDS = 8

/**
 * Finds or makes the contacts of many sightings, links what was seen together, merges those who turn out to be one
 * person, and passes on what a number's last holder had refused. One statement when all is known already.
 * @throws when others keep changing the same people in between: nothing is committed, and Meta delivers again
 */
export async function resolveContacts(
  ex: Executor,
  sightings: readonly Sighting[],
  now: Date,
  rules: IdentityRules,
): Promise<Resolution> {
  const wanted = new Map(sightings.flatMap(namedIn).map((i) => [nameOf(i), i]))
  const hints = [...new Set(sightings.flatMap((s) => s.hint ?? []))]
  if (wanted.size === 0) return { owners: sightings.map(() => []), displaced: sightings.map(() => []) }
  const displaced: Set<string>[] = sightings.map(() => new Set())
  const locked = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const { links, became } = await findLinks(ex, [...wanted.values()], hints)
    const directory = makeDirectory(links)
    const plan = recognise(
      directory,
      sightings.map((s) => (s.hint === undefined ? s : { ...s, hint: became.get(s.hint) ?? s.hint })),
      uuidv7,
    )
    const involved = peopleIn(plan).filter((id) => !locked.has(id))
    if (involved.length > 0) {
      // Links of people are changed under their locks only; what was read before them may be out of date.
      await lockContacts(ex, [...locked, ...involved])
      for (const id of involved) locked.add(id)
      continue
    }
    plan.displaced.forEach((ids, i) => {
      for (const id of ids) displaced[i]?.add(id)
    })
    const lost = await carryOut(ex, plan, directory, now, rules)
    if (!lost) return { owners: plan.owners, displaced: displaced.map((ids) => [...ids]) }
  }
  throw new Error('the same people were changed by others in between, again and again')
}

function namedIn({ identity, previous, aliases = [] }: Sighting): Identifier[] {
  return [identity, previous ?? {}, ...aliases.map((phone) => ({ phone }))].flatMap(identifiersOf)
}

/** Existing contacts of which a plan changes more than adding links. */
function peopleIn({ ended, readdressed, merges, inheritances, fresh }: Plan): string[] {
  const ids = [
    ...[...ended, ...readdressed].map((l) => l.owner),
    ...merges.flatMap((m) => [m.merged, m.survivor]),
    ...inheritances.flatMap((i) => [i.from, i.to]),
  ]
  return [...new Set(ids)].filter((id) => !fresh.has(id))
}

/** Writes a plan; answers whether others were faster somewhere, so that it has to be looked at again. */
async function carryOut(
  ex: Executor,
  plan: Plan,
  directory: Directory,
  now: Date,
  { policy, identityKeys }: IdentityRules,
): Promise<boolean> {
  if (plan.ended.length + plan.readdressed.length > 0) await changeLinks(ex, plan)
  let lost: Link[] = []
  if (plan.opened.length > 0) {
    const owners = new Set(plan.opened.map((l) => l.owner))
    const groups = [...owners].map((owner) =>
      [...(directory.byOwner.get(owner) ?? [])].flatMap((l) => keysOf(l, identityKeys)),
    )
    lost = await insertLinks(
      ex,
      plan,
      groups.filter((g) => g.length > identityKeys.length),
      now,
    )
  }
  // What somebody else has taken in the meantime is theirs, with all that hangs on it.
  const inheritances = plan.inheritances.filter(
    (i) => !lost.some((l) => l.value === i.value && l.owner === i.to),
  )
  if (plan.merges.length + inheritances.length > 0)
    await settleLedgers(ex, { merges: plan.merges, inheritances }, policy, now)
  return lost.length > 0
}

const keysOf = ({ kind, value }: Link, identityKeys: readonly string[]) =>
  kind === 'username' ? [] : identityKeys.map((key) => personKey(key, { kind, value }).toString('hex'))

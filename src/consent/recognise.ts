// From sightings and a directory to a plan. Pure, and in the order of WhatsApp's clock: what comes late is fitted in
// where it belongs and never undoes what is newer (G6).

import type { Directory } from './directory.js'
import { Draft, type Plan, type Sighting } from './plan.js'
import { renumber } from './renumber.js'
import { see } from './see.js'

/**
 * Decides what a number of sightings do to the directory, oldest first.
 * @param directory all links of everybody who is named; it is changed to what the plan makes of it
 */
export function recognise(directory: Directory, sightings: readonly Sighting[], newId: () => string): Plan {
  const draft = new Draft(directory, newId)
  const owners: string[][] = sightings.map(() => [])
  const displaced: string[][] = sightings.map(() => [])
  const order = sightings.map((sighting, i) => ({ sighting, i }))
  order.sort((a, b) => a.sighting.at.getTime() - b.sighting.at.getTime())
  for (const { sighting, i } of order) {
    const { previous } = sighting
    const found = previous ? renumber(draft, sighting, previous) : see(draft, sighting)
    owners[i] = found.owners
    displaced[i] = found.displaced
  }
  return draft.finish(owners, displaced)
}

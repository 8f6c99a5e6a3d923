// That the torture would notice: the same people on the same stage, with the gate broken on purpose. Each breakage must
// be caught by the assertion that is there for it, or the proof fails.

import { type Breakage, caughtBy } from './breakage.js'
import type { Stage } from './run.js'

export type Proof = { breakage: Breakage; caughtBy: string; violations: number; example: string | null }

// Chance decides when a stop and a send meet; so many rounds without one are as good as impossible.
const ROUNDS = 5

/** @returns `example` is what the assertion said; null when it has noticed nothing */
export async function prove(stage: Stage, seed: number, breakage: Breakage): Promise<Proof> {
  const wanted = caughtBy(breakage)
  let example: string | null = null
  let violations = 0
  for (let round = 0; round < ROUNDS && example === null; round++) {
    const outcome = await stage.play({
      seed: seed + round,
      people: 12,
      forMs: 1_500,
      cycles: 1,
      haste: 0,
      patienceMs: 15_000,
      kills: [],
      freezes: [],
      breakage,
      rests: wanted === 'c' || wanted === 'e',
    })
    const mine = outcome.violations.filter((v) => v.check === wanted)
    violations += mine.length
    example = mine[0]?.what ?? null
  }
  return { breakage, caughtBy: wanted, violations, example }
}

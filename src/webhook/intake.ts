// The queue in front of the transaction. Bodies that arrive while one is being committed share the next one: Meta
// delivers concurrently, and a commit costs the same for one body and for fifty. What it promises: a body that cannot be
// taken in never fails its neighbours, and a stop is answered only when nothing it forbids is on the wire (G3).

import { isUnavailable } from '../db/client.js'
import type { SealedLetter } from '../deliveries/letters.js'
import { untilSettled } from '../sends/wire.js'
import { type Body, type IngestDeps, ingest } from './ingest.js'
import type { Update } from './payload.js'

// Two transactions at a time keep the database busy while the other one's answer travels; more only wait for locks.
const PARALLEL = 2
// As many as Meta puts into one body, so that a transaction of many bodies is no longer than one of a large one.
const UPDATES_AT_ONCE = 1_000

type Waiting = Body & {
  resolve: (left: string[]) => void
  reject: (error: unknown) => void
}

/**
 * Resolves when the body is committed and nothing that it forbids is on the wire. Rejects when it is not committed.
 * @param letter the same body on its way to those who had it before, if anybody did
 */
export type Intake = (updates: readonly Update[], letter?: SealedLetter | null) => Promise<void>

export function createIntake(deps: IngestDeps): Intake {
  const waiting: Waiting[] = []
  let running = 0

  function pump(): void {
    while (running < PARALLEL && waiting.length > 0) {
      const batch = takeBatch(waiting)
      running += 1
      void commit(deps, batch).finally(() => {
        running -= 1
        pump()
      })
    }
  }

  return async (updates, letter = null) => {
    const left = await new Promise<string[]>((resolve, reject) => {
      waiting.push({ updates, letter, resolve, reject })
      pump()
    })
    // Not inside the transaction: the commit has closed the gate, now the last ones on their way are waited for.
    if (left.length > 0) await untilSettled(deps.pool, left, deps.clock)
  }
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let updates = 0
  let bodies = 0
  while (bodies < waiting.length && (bodies === 0 || updates < UPDATES_AT_ONCE)) {
    updates += waiting[bodies]?.updates.length ?? 0
    bodies += 1
  }
  return waiting.splice(0, bodies)
}

/** Never rejects: every body of the batch hears its own outcome. */
async function commit(deps: IngestDeps, batch: readonly Waiting[]): Promise<void> {
  try {
    const left = await ingest(deps, batch)
    batch.forEach((w, i) => {
      w.resolve(left[i] ?? [])
    })
  } catch (error) {
    if (batch.length === 1 || isUnavailable(error)) {
      for (const w of batch) w.reject(error)
      return
    }
    // One of them is poison: each for itself, so that only that one fails.
    for (const w of batch) await commit(deps, [w])
  }
}

// One time for everybody: a monotonic clock to stamp what is seen, and the wall clock that servers and people live by,
// which may run faster than the real one so that leases end sooner. What must stay in proportion is said in run.ts.

import { performance } from 'node:perf_hooks'

export type Pace = { epoch: number; speed: number }

/** Milliseconds on this process's own monotonic clock. Requests and answers are stamped with it, nothing else. */
export const stamp = () => performance.now()

/** The wall clock of somebody who is `skewMs` ahead of everybody else. */
export function clockOf({ epoch, speed }: Pace, skewMs = 0): () => Date {
  return () => new Date(epoch + (Date.now() - epoch) * speed + skewMs)
}

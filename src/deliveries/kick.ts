// The word that there may be something to deliver, after a commit: a job, so that any replica that runs jobs hears it. Many
// commits share one, and none waits for it; if it is lost, the minutely job finds the work.

import type { Executor } from '../db/client.js'

const TOGETHER_MS = 50

/** Asks whichever replica runs jobs to look for work, now or at a time. */
export async function askToDeliver(ex: Executor, inMs = 0): Promise<void> {
  await ex.query({
    name: 'deliver_job',
    text: `select graphile_worker.add_job('deliver', run_at := now() + $1 * interval '1 ms', job_key := $2)`,
    values: [inMs, inMs === 0 ? 'deliver' : 'deliver:later'],
  })
}

/** @returns what to call after a commit; costs nothing but the first of many */
export function createKick(ex: Executor): () => void {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    setTimeout(() => {
      asked = false
      askToDeliver(ex).catch(() => {})
    }, TOGETHER_MS).unref()
  }
}

// The background work, in this process: graphile-worker takes jobs that were queued inside our own transactions, so a
// job exists exactly when what caused it was committed.

import { Logger, type Runner, run, type TaskList } from 'graphile-worker'
import { z } from 'zod'
import { forgetKeys } from '../api/idempotency.js'
import { takeAnchor } from '../consent/anchors.js'
import { lapsePause } from '../consent/lapse.js'
import { drawConsequences, failureOf, tell } from '../sends/consequences.js'
import { type ReplyDeps, sendReply } from '../sends/reply-job.js'
import { sweep } from '../sends/sweep.js'

const replySchema = z.object({ send: z.uuid() })
const lapseSchema = z.object({ contact: z.uuid() })

// A reply is one short request; more than this at once only queues at Meta's pair and throughput limits.
const CONCURRENCY = 8

/** What the worker can do. */
export function taskList(deps: ReplyDeps): TaskList {
  const { pool, log, clock } = deps
  return {
    reply: (payload) => sendReply(deps, replySchema.parse(payload).send),
    sweep: () => pickUp(deps),
    anchor: async () => {
      const anchor = await takeAnchor(pool, clock())
      // In the log as well: whoever keeps logs elsewhere keeps a witness that nobody can change here.
      if (anchor) log.info(anchor, 'the ledger is anchored')
    },
    lapse: async (payload) => {
      await lapsePause(deps, lapseSchema.parse(payload).contact)
    },
    'forget-keys': async () => {
      await forgetKeys(pool, clock())
    },
    partitions: async () => {
      await pool.query('select create_partitions(current_date)')
    },
  }
}

/** What a crash left behind, and what it means for others. */
async function pickUp({ pool, policy, log, clock }: ReplyDeps): Promise<void> {
  const { uncertain, requeued, failed } = await sweep(pool, clock())
  if (uncertain + requeued > 0) log.warn({ uncertain, requeued }, 'picked up after a crash')
  const failures = failed.map((send) => failureOf(send, undefined))
  tell(log, { halted: await drawConsequences(pool, policy, failures, clock()), lifted: [] })
}

/** Starts the worker. `stop()` lets running jobs finish. */
export async function startJobs(deps: ReplyDeps): Promise<Pick<Runner, 'stop'>> {
  const { pool, log } = deps
  const logger = new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') log.warn({ worker: redact(message) }, 'job runner')
  })
  await pickUp(deps)
  return run({
    pgPool: pool,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    logger,
    crontab: '* * * * * sweep\n7 * * * * anchor\n23 * * * * forget-keys\n17 3 * * * partitions',
    taskList: taskList(deps),
  })
}

/** The runner's own words only: what follows an error's colon may hold values. */
const redact = (message: string) =>
  message
    .split('\n')[0]
    ?.replace(/with error.*/s, 'with an error')
    .slice(0, 160)

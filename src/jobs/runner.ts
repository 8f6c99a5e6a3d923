// The background work, in this process: graphile-worker takes jobs that were queued inside our own transactions, so a
// job exists exactly when what caused it was committed.

import { Logger, type Runner, run, type TaskList } from 'graphile-worker'
import { z } from 'zod'
import { takeAnchor } from '../consent/anchors.js'
import { lapsePause } from '../consent/lapse.js'
import { countRefusals, NOTHING_ENFORCED } from '../sends/refusals.js'
import { type ReplyDeps, sendReply } from '../sends/reply-job.js'
import { sweep } from '../sends/sweep.js'
import { minuteOf, readTemplates } from '../templates/reading.js'

const replySchema = z.object({ send: z.uuid() })
const lapseSchema = z.object({ contact: z.uuid() })

// A reply is one short request; more than this at once only queues at Meta's pair and throughput limits.
const CONCURRENCY = 8

// Within some four minutes; then the next hour, since Meta counts every call.
const TEMPLATE_ATTEMPTS = 6

/** What the worker can do. */
export function taskList(deps: ReplyDeps): TaskList {
  const { pool, log, clock } = deps
  return {
    reply: (payload) => sendReply(deps, replySchema.parse(payload).send),
    sweep: async () => {
      const swept = await sweep(pool, clock())
      if (swept.uncertain + swept.requeued > 0) log.warn(swept, 'picked up after a crash')
    },
    anchor: async () => {
      const anchor = await takeAnchor(pool, clock())
      // In the log as well: whoever keeps logs elsewhere keeps a witness that nobody can change here.
      if (anchor) log.info(anchor, 'the ledger is anchored')
    },
    lapse: async (payload) => {
      await lapsePause(deps, lapseSchema.parse(payload).contact)
    },
    templates: () => readTemplates(deps),
    unenforced: async () => {
      if (deps.gate !== 'observe') return
      const refused = await countRefusals(pool, new Date(clock().getTime() - 3_600_000))
      log.warn({ refused }, NOTHING_ENFORCED)
    },
    partitions: async () => {
      await pool.query('select create_partitions(current_date)')
    },
  }
}

/** Starts the worker. `stop()` lets running jobs finish. */
export async function startJobs(deps: ReplyDeps): Promise<Pick<Runner, 'stop'>> {
  const { pool, log, clock } = deps
  const logger = new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') log.warn({ worker: redact(message) }, 'job runner')
  })
  await sweep(pool, clock())
  // One for all replicas that start at once; nobody waits for it.
  await pool.query(
    `select graphile_worker.add_job('templates', max_attempts := $1::integer, job_key := 'templates')`,
    [TEMPLATE_ATTEMPTS],
  )
  return run({
    pgPool: pool,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    logger,
    crontab: [
      '* * * * * sweep',
      '7 * * * * anchor',
      '0 * * * * unenforced',
      `${minuteOf(deps.policy)} * * * * templates ?jobKey=templates&max=${TEMPLATE_ATTEMPTS}`,
      '17 3 * * * partitions',
    ].join('\n'),
    taskList: taskList(deps),
  })
}

/** The runner's own words only: what follows an error's colon may hold values. */
const redact = (message: string) =>
  message
    .split('\n')[0]
    ?.replace(/with error.*/s, 'with an error')
    .slice(0, 160)

// The background work, in this process: graphile-worker takes jobs that were queued inside our own transactions, so a
// job exists exactly when what caused it was committed. Queued messages have a runner of their own beside the one for
// replies, so that a hundred thousand of them never hold back the confirmation of a stop.

import { Logger, type Runner, run, type TaskList } from 'graphile-worker'
import { z } from 'zod'
import { takeAnchor } from '../consent/anchors.js'
import { lapsePause } from '../consent/lapse.js'
import { dispatch } from '../sends/dispatch.js'
import { type ReplyDeps, sendReply } from '../sends/reply-job.js'
import { sweep } from '../sends/sweep.js'
import { stoppedInApp } from '../webhook/stopped-in-app.js'

const replySchema = z.object({ send: z.uuid() })
const messageSchema = z.object({ send: z.uuid(), from: z.string() })
const lapseSchema = z.object({ contact: z.uuid() })

// A reply is one short request; more than this at once only queues at Meta's pair and throughput limits.
const CONCURRENCY = 8
// A message takes a turn, two short statements and one request: this many at once are some 300 a second.
const MESSAGES_AT_ONCE = 64
const FINISHED_TOGETHER_MS = 20

/** What the worker for everything but queued messages can do. */
export function taskList(deps: ReplyDeps): TaskList {
  const { pool, log, clock } = deps
  return {
    reply: (payload) => sendReply(deps, replySchema.parse(payload).send),
    sweep: async () => {
      const swept = await sweep(pool, clock())
      if (swept.uncertain + swept.requeued + swept.expired > 0) log.warn(swept, 'picked up after a crash')
    },
    anchor: async () => {
      const anchor = await takeAnchor(pool, clock())
      // In the log as well: whoever keeps logs elsewhere keeps a witness that nobody can change here.
      if (anchor) log.info(anchor, 'the ledger is anchored')
    },
    lapse: async (payload) => {
      await lapsePause(deps, lapseSchema.parse(payload).contact)
    },
    partitions: async () => {
      await pool.query('select create_partitions(current_date)')
    },
  }
}

/** What the worker for queued messages can do. */
export function messageTasks(deps: ReplyDeps): TaskList {
  const told = { ...deps, stoppedInApp: stoppedInApp(deps) }
  return {
    send: (payload) => {
      const { send, from } = messageSchema.parse(payload)
      return dispatch(told, send, from)
    },
  }
}

/** Starts the workers. `stop()` lets running jobs finish. */
export async function startJobs(deps: ReplyDeps): Promise<Pick<Runner, 'stop'>> {
  const { pool, log, clock } = deps
  const logger = new Logger(() => (level, message) => {
    // A job holds a connection for a statement at a time, and Meta's answer takes far longer than these.
    if (message.includes('maxPoolSize')) return
    if (level === 'error' || level === 'warning') log.warn({ worker: redact(message) }, 'job runner')
  })
  await sweep(pool, clock())
  const runners = [
    await run({
      pgPool: pool,
      concurrency: CONCURRENCY,
      noHandleSignals: true,
      logger,
      crontab: '* * * * * sweep\n7 * * * * anchor\n17 3 * * * partitions',
      taskList: taskList(deps),
    }),
    await run({
      pgPool: pool,
      noHandleSignals: true,
      logger,
      taskList: messageTasks(deps),
      preset: {
        worker: {
          concurrentJobs: MESSAGES_AT_ONCE,
          // Fetched and finished many at a time: a statement for each would cost as much as the sends.
          localQueue: { size: MESSAGES_AT_ONCE },
          completeJobBatchDelay: FINISHED_TOGETHER_MS,
        },
      },
    }),
  ]
  return {
    stop: async () => {
      await Promise.all(runners.map((runner) => runner.stop()))
    },
  }
}

/** The runner's own words only: what follows an error's colon may hold values. */
const redact = (message: string) =>
  message
    .split('\n')[0]
    ?.replace(/with error.*/s, 'with an error')
    .slice(0, 160)

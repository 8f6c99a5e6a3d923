// The background work, in this process: graphile-worker takes jobs that were queued inside our own transactions, so a
// job exists exactly when what caused it was committed. Queued messages have a runner of their own beside the one for
// replies, so that a hundred thousand of them never hold back the confirmation of a stop.

import { Logger, type Runner, run, type TaskList } from 'graphile-worker'
import { z } from 'zod'
import { forgetKeys } from '../api/idempotency.js'
import { takeAnchor } from '../consent/anchors.js'
import { lapsePause } from '../consent/lapse.js'
import type { Courier } from '../deliveries/courier.js'
import { tidyDeliveries } from '../deliveries/dead.js'
import { drawConsequences, failureOf, tell } from '../sends/consequences.js'
import { dispatch } from '../sends/dispatch.js'
import { countRefusals, NOTHING_ENFORCED } from '../sends/refusals.js'
import { type ReplyDeps, sendReply } from '../sends/reply-job.js'
import { sweep } from '../sends/sweep.js'
import { minuteOf, readTemplates } from '../templates/reading.js'
import { stoppedInApp } from '../webhook/stopped-in-app.js'

const replySchema = z.object({ send: z.uuid() })
const messageSchema = z.object({ send: z.uuid(), from: z.string() })
const lapseSchema = z.object({ contact: z.uuid() })

// A reply is one short request; more than this at once only queues at Meta's pair and throughput limits.
const CONCURRENCY = 8
// A message takes a turn, two short statements and one request: this many at once are some 300 a second.
const MESSAGES_AT_ONCE = 64
const FINISHED_TOGETHER_MS = 20

// Within some four minutes; then the next hour, since Meta counts every call.
const TEMPLATE_ATTEMPTS = 6

/** `courier`: who delivers to receivers, where there are any. */
export type JobDeps = ReplyDeps & { courier?: Pick<Courier, 'wake'> }

/** What the worker for everything but queued messages can do. */
export function taskList(deps: JobDeps): TaskList {
  const { pool, policy, log, clock, courier } = deps
  return {
    reply: (payload) => sendReply(deps, replySchema.parse(payload).send),
    sweep: async () => {
      await pickUp(deps)
      courier?.wake()
    },
    anchor: async () => {
      const anchor = await takeAnchor(pool, clock())
      // In the log as well: whoever keeps logs elsewhere keeps a witness that nobody can change here.
      if (anchor) log.info(anchor, 'the ledger is anchored')
    },
    lapse: async (payload) => {
      await lapsePause(deps, lapseSchema.parse(payload).contact)
      courier?.wake()
    },
    // Not awaited: a receiver that does not answer must not keep a job, and with it a reply, waiting.
    deliver: async () => courier?.wake(),
    tidy_deliveries: async () => {
      const { died } = await tidyDeliveries(pool, policy, clock())
      if (died > 0) log.warn({ died }, 'letters to receivers are dead')
    },
    templates: () => readTemplates(deps),
    unenforced: async () => {
      if (deps.gate !== 'observe') return
      const refused = await countRefusals(pool, new Date(clock().getTime() - 3_600_000))
      log.warn({ refused }, NOTHING_ENFORCED)
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
  const { failed, ...swept } = await sweep(pool, clock())
  if (swept.uncertain + swept.requeued + swept.expired > 0) log.warn(swept, 'picked up after a crash')
  const failures = failed.map((send) => failureOf(send, undefined))
  tell(log, { halted: await drawConsequences(pool, policy, failures, clock()), lifted: [] })
}

/** What the worker for queued messages can do. */
export function messageTasks(deps: JobDeps): TaskList {
  const told = { ...deps, stoppedInApp: stoppedInApp(deps) }
  return {
    send: async (payload) => {
      const { send, from } = messageSchema.parse(payload)
      await dispatch(told, send, from)
      // A refusal is news for receivers.
      deps.courier?.wake()
    },
  }
}

/** Starts the workers. `stop()` lets running jobs finish. */
export async function startJobs(deps: JobDeps): Promise<Pick<Runner, 'stop'>> {
  const { pool, log } = deps
  const logger = new Logger(() => (level, message) => {
    // A job holds a connection for a statement at a time, and Meta's answer takes far longer than these.
    if (message.includes('maxPoolSize')) return
    if (level === 'error' || level === 'warning') log.warn({ worker: redact(message) }, 'job runner')
  })
  await pickUp(deps)
  // One for all replicas that start at once; nobody waits for it.
  await pool.query(
    `select graphile_worker.add_job('templates', max_attempts := $1::integer, job_key := 'templates')`,
    [TEMPLATE_ATTEMPTS],
  )
  const runners = [
    await run({
      pgPool: pool,
      concurrency: CONCURRENCY,
      noHandleSignals: true,
      logger,
      crontab: [
        '* * * * * sweep',
        '* * * * * deliver',
        '7 * * * * anchor',
        '0 * * * * unenforced',
        `${minuteOf(deps.policy)} * * * * templates ?jobKey=templates&max=${TEMPLATE_ATTEMPTS}`,
        '23 * * * * tidy_deliveries',
        '53 * * * * forget-keys',
        '17 3 * * * partitions',
      ].join('\n'),
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

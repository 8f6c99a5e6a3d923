// Posts webhooks to the business, as Meta does: signed, again when not answered 200, with no promise about order.
// Promise kept: in manual mode no timer runs; `flush` delivers what waits until nothing is left, so a test never
// sleeps. In auto mode the webhooks about one person leave one after another and different people do not wait.

import { Agent, request } from 'undici'
import { type Faults, ordered } from './faults.js'
import { type SignedBody, signedBody } from './signed-body.js'

/** One webhook and every answer it got: HTTP statuses, 0 for no answer. */
export type Delivery = SignedBody & { readonly person: string | null; readonly answers: number[] }

export type Deliveries = {
  post(payload: unknown, about: { person: string | null; afterMs?: number; answered?: () => void }): void
  /** posts the same bytes once more, as Meta may at any time within 7 days */
  redeliver(delivery: Delivery): void
  flush(): Promise<number[]>
  close(): Promise<void>
  readonly pending: number
  readonly recent: readonly Delivery[]
}

export type DeliveriesOptions = {
  webhookUrl: () => string
  appSecret: string
  mode: 'auto' | 'manual'
  faults: Faults
  changed: (person: string | null) => void
  log: (line: string) => void
}

type Job = { delivery: Delivery; tries: number; answered: () => void }

// Meta goes on for days; a sandbox that nobody answers should become quiet within a minute.
const RETRY_AFTER_MS = [200, 1_000, 5_000, 15_000, 30_000]
const ANSWER_WITHIN_MS = 10_000
const HOLD_MS = 1_500
const KEEP = 2_000

/** Starts with nothing to deliver. */
export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { webhookUrl, appSecret, mode, faults, changed, log } = options
  const agent = new Agent({ headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS })
  const recent: Delivery[] = []
  const waiting: Job[] = []
  const failed: Job[] = []
  const held: Job[] = []
  const timers = new Map<Job, NodeJS.Timeout>()
  const lanes = new Map<string, Promise<unknown>>()
  let inFlight = 0
  let holding: NodeJS.Timeout | undefined
  let closed = false

  async function post({ body, signature }: Delivery): Promise<number> {
    try {
      const answer = await request(webhookUrl(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
        body,
        dispatcher: agent,
      })
      await answer.body.dump()
      return answer.statusCode
    } catch {
      return 0
    }
  }

  async function attempt(job: Job): Promise<number[]> {
    inFlight += 1
    const answers = await Promise.all(Array.from({ length: faults.copies }, () => post(job.delivery)))
    inFlight -= 1
    job.delivery.answers.push(...answers)
    log(`webhook answered ${answers.join(', ')}`)
    if (answers.includes(200)) job.answered()
    else again(job)
    changed(job.delivery.person)
    return answers
  }

  function again(job: Job): void {
    const wait = RETRY_AFTER_MS[job.tries]
    job.tries += 1
    if (wait === undefined || closed) return
    if (mode === 'manual') failed.push(job)
    else schedule(job, wait)
  }

  function schedule(job: Job, ms: number): void {
    const due = () => {
      timers.delete(job)
      if (faults.order === null) return void inLane(job.delivery.person ?? '', [job])
      held.push(job)
      holding ??= setTimeout(release, HOLD_MS)
    }
    timers.set(job, setTimeout(due, ms))
  }

  function release(): Promise<number[]> {
    clearTimeout(holding)
    holding = undefined
    return inLane('held', ordered(held.splice(0), faults.order))
  }

  /** Jobs of one lane leave one after another. */
  function inLane(lane: string, jobs: readonly Job[]): Promise<number[]> {
    const before = lanes.get(lane) ?? Promise.resolve()
    const run = before.then(() => inOrder(jobs))
    lanes.set(lane, run)
    return run.finally(() => {
      if (lanes.get(lane) === run) lanes.delete(lane)
    })
  }

  async function inOrder(jobs: readonly Job[]): Promise<number[]> {
    const answers: number[] = []
    for (const job of jobs) if (!closed) answers.push(...(await attempt(job)))
    return answers
  }

  /** What has not been tried yet leaves now, whatever its time. */
  function untried(): Job[] {
    const jobs = [...timers.keys()].filter((job) => job.tries === 0)
    for (const job of jobs) {
      clearTimeout(timers.get(job))
      timers.delete(job)
    }
    return [...waiting.splice(0), ...jobs]
  }

  function enqueue(job: Job, afterMs: number): void {
    if (closed) return
    if (mode === 'manual') waiting.push(job)
    else schedule(job, afterMs + faults.delayMs)
  }

  return {
    post(payload, { person, afterMs = 0, answered = () => {} }) {
      const delivery: Delivery = { ...signedBody(payload, appSecret), person, answers: [] }
      recent.push(delivery)
      if (recent.length > KEEP) recent.shift()
      enqueue({ delivery, tries: 0, answered }, afterMs)
    },
    redeliver: (delivery) => enqueue({ delivery, tries: 0, answered: () => {} }, 0),
    async flush() {
      const answers: number[] = []
      waiting.unshift(...failed.splice(0))
      for (;;) {
        const batch = untried()
        if (batch.length > 0) answers.push(...(await inOrder(ordered(batch, faults.order))))
        else if (held.length > 0) answers.push(...(await release()))
        else if (lanes.size > 0) await Promise.all(lanes.values())
        else return answers
      }
    },
    async close() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      clearTimeout(holding)
      timers.clear()
      await agent.destroy()
    },
    get pending() {
      return waiting.length + failed.length + held.length + timers.size + inFlight
    },
    recent,
  }
}

// One caller's message from verdict to settlement: gate and reservation in one statement, then the request outside any
// transaction, then what became of it. Refused, accepted, failed or uncertain: every outcome is on record (G4).

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Metrics } from '../api/metrics.js'
import type { GateMode } from '../config.js'
import { type Allowed, askGate, type Refused, type TooFast } from '../consent/gate.js'
import { personKey, type Recipient } from '../consent/recipient.js'
import type { Category, Policy } from '../policy.js'
import { acceptedId, CODE_PERSON_SAID_NO, errorCode } from '../whatsapp/envelope.js'
import type { Graph, GraphAnswer } from '../whatsapp/graph.js'
import { linkAnswered } from './answered.js'
import { type Outgoing, withCallbackData } from './outgoing.js'
import { LEASE_MS, type Pause, type Settlement, START_WITHIN_MS, settle } from './wire.js'

export type SubmitDeps = {
  pool: pg.Pool
  policy: Policy
  graph: Graph
  identityKeys: readonly string[]
  clock: () => Date
  gate: GateMode
  log: FastifyBaseLogger
  pause?: Pause
  metrics?: Metrics
  /** Tells the truth that WhatsApp refused a send because the person has stopped marketing (error 131050). */
  stoppedInApp: (sendId: string, recipient: Recipient, at: Date) => Promise<void>
}

export type Submission = {
  message: Extract<Outgoing, { kind: 'message' }>
  raw: Buffer
  version: string
  phoneNumberId: string
  /** `messages` or `marketing_messages` */
  endpoint: string
}

export type Submitted =
  | { outcome: 'refused'; sendId: string; verdict: Refused }
  | { outcome: 'too_fast'; verdict: TooFast }
  | {
      outcome: 'answered'
      sendId: string
      verdict: Allowed
      answer: Extract<GraphAnswer, { outcome: 'answered' }>
    }
  | { outcome: 'unsent' | 'uncertain'; sendId: string; verdict: Allowed }

/** Sends a message if its recipient has said yes. Rejects only when the database is away before anything left. */
export async function submit(deps: SubmitDeps, submission: Submission): Promise<Submitted> {
  const { message, phoneNumberId, version, endpoint } = submission
  const now = deps.clock()
  const reserved = performance.now()
  const sendId = uuidv7({ msecs: now.getTime() })
  const { recipient } = message
  const callbackData = message.callbackData ?? sendId
  await deps.pause?.('reserve')
  const verdict = await askGate(deps.pool, deps.policy, {
    ...message,
    category: categoryBy(endpoint, message),
    sendId,
    now,
    leaseUntil: new Date(now.getTime() + LEASE_MS),
    phoneNumberId,
    callbackData,
    observe: deps.gate === 'observe',
    personKeys: recipient === null ? [] : deps.identityKeys.map((key) => personKey(key, recipient)),
  })
  deps.metrics?.verdict(verdict)
  if (!verdict.allowed)
    return verdict.reason === 'too_fast'
      ? { outcome: 'too_fast', verdict }
      : { outcome: 'refused', sendId, verdict }
  await deps.pause?.('reserved')
  // A process that was stopped in between must not start a request on an old verdict: whoever waits for this
  // reservation would be told that it is over.
  if (performance.now() - reserved > START_WITHIN_MS) {
    await settle(deps.pool, sendId, { status: 'cancelled', reason: 'unavailable' }, deps.clock())
    return { outcome: 'unsent', sendId, verdict }
  }
  const raw = message.callbackData === null ? withCallbackData(submission.raw, callbackData) : submission.raw
  await deps.pause?.('request')
  const answer = await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw)
  await deps.pause?.('answered')
  await settle(deps.pool, sendId, settlementOf(answer), deps.clock()).catch((error: unknown) => {
    // The message is out and the caller must hear Meta's answer; the row turns uncertain when its lease ends.
    deps.log.error({ err: error, send: sendId }, 'a send could not be settled')
  })
  await deps.pause?.('settled')
  const code = answer.outcome === 'answered' && answer.status >= 400 ? errorCode(answer.body) : null
  if (recipient !== null && code === CODE_PERSON_SAID_NO) {
    // The gate must hear of it before the caller does, or the next campaign tries again.
    await deps.stoppedInApp(sendId, recipient, deps.clock())
  }
  if (answer.outcome === 'answered') {
    const names = [recipient, message.alias].filter((r) => r !== null)
    await linkAnswered(deps, answer, names, verdict.contactId, deps.clock())
    return { outcome: 'answered', sendId, verdict, answer }
  }
  return { outcome: answer.outcome, sendId, verdict }
}

/** The Marketing Messages API sends marketing, whatever its template is called (Meta: "only marketing templates", 131055). */
export const categoryBy = (
  endpoint: string,
  message: Pick<Submission['message'], 'category'>,
): Category | null => (endpoint === 'marketing_messages' ? 'marketing' : message.category)

/** What an answer means for the send. A 5xx, or a 200 that names no message, may have gone out. */
export function settlementOf(answer: GraphAnswer): Settlement {
  if (answer.outcome === 'unsent') return { status: 'cancelled', reason: 'unavailable' }
  if (answer.outcome === 'uncertain') return { status: 'uncertain' }
  const wamid = answer.status === 200 ? acceptedId(answer.body) : null
  if (wamid !== null) return { status: 'accepted', wamid }
  return answer.status >= 400 && answer.status < 500
    ? { status: 'failed', errorCode: errorCode(answer.body) }
    : { status: 'uncertain' }
}

// One caller's message from verdict to settlement: gate and reservation in one statement, then the request outside any
// transaction, then what became of it. Refused, accepted, failed or uncertain: every outcome is on record (G4).

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Metrics } from '../api/metrics.js'
import type { GateMode } from '../config.js'
import { type Allowed, askAgain, type GateRequest, type Refused, type TooFast } from '../consent/gate.js'
import { personKey, type Recipient } from '../consent/recipient.js'
import { problem } from '../errors.js'
import type { Category, Policy } from '../policy.js'
import { acceptedId, CODE_PERSON_SAID_NO, errorCode } from '../whatsapp/envelope.js'
import { type Remedy, remedyOf } from '../whatsapp/error-codes.js'
import type { Graph, GraphAnswer } from '../whatsapp/graph.js'
import { linkAnswered } from './answered.js'
import { followUp } from './consequences.js'
import { type OutgoingMessage, withCallbackData } from './outgoing.js'
import type { Throughput } from './throughput.js'
import { LEASE_MS, type Pause, type Settled, type Settlement, START_WITHIN_MS, settle } from './wire.js'

export type SubmitDeps = {
  pool: pg.Pool
  policy: Policy
  graph: Graph
  throughput: Throughput
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
  message: OutgoingMessage
  raw: Buffer
  version: string
  phoneNumberId: string
  /** `messages` or `marketing_messages` */
  endpoint: string
  /** UUIDv7 of the row to be written, where it has to be known before; no row is ever written twice. */
  sendId?: string
}

export type Submitted =
  | { outcome: 'refused'; sendId: string; verdict: Refused }
  | { outcome: 'too_fast'; verdict: TooFast }
  | {
      outcome: 'answered'
      sendId: string
      verdict: Allowed
      answer: Extract<GraphAnswer, { outcome: 'answered' }>
      /** What is to be done about an error; null when the message was accepted. */
      remedy: Remedy | null
    }
  | { outcome: 'unsent' | 'uncertain'; sendId: string; verdict: Allowed }
  /** The number sends as fast as it may: the gate was not asked, and nothing is on record. */
  | { outcome: 'busy'; retryMs: number }

/** Sends a message if its recipient has said yes. Rejects only when the database is away before anything left. */
export async function submit(deps: SubmitDeps, submission: Submission): Promise<Submitted> {
  const { message, phoneNumberId } = submission
  // Before the gate: a reservation that waited for its turn would be too old to begin.
  const paced = deps.gate === 'enforce' && message.refusal === null
  const turn = paced ? await deps.throughput.turn(phoneNumberId, 'direct') : null
  if (turn?.granted === false) return { outcome: 'busy', retryMs: turn.retryMs }
  const now = deps.clock()
  const reserved = performance.now()
  const sendId = submission.sendId ?? uuidv7({ msecs: now.getTime() })
  await deps.pause?.('reserve')
  const verdict = await askAgain(deps.pool, deps.policy, questionOf(deps, submission, sendId, now))
  // The id of a request that was thought dead: a repeat of it has made the send.
  if (verdict === null) throw problem('IDEMPOTENCY_BUSY')
  deps.metrics?.verdict(verdict)
  if (!verdict.allowed) {
    if (turn !== null) deps.throughput.giveBack(phoneNumberId, turn)
    return verdict.reason === 'too_fast'
      ? { outcome: 'too_fast', verdict }
      : { outcome: 'refused', sendId, verdict }
  }
  const answer = await carry(
    deps,
    { ...submission, sendId, contactId: verdict.contactId, reserved, reservedAt: now, attempt: 1 },
    (said) => settle(deps.pool, sendId, settlementOf(said), deps.clock()),
  )
  return answer.outcome === 'answered'
    ? { outcome: 'answered', sendId, verdict, answer, remedy: remedyFor(answer) }
    : { outcome: answer.outcome, sendId, verdict }
}

/** What the gate is asked of a message. */
export function questionOf(
  { identityKeys, gate }: Pick<SubmitDeps, 'identityKeys' | 'gate'>,
  { message, phoneNumberId, endpoint }: Pick<Submission, 'message' | 'phoneNumberId' | 'endpoint'>,
  sendId: string,
  now: Date,
): GateRequest {
  return {
    ...message,
    category: categoryBy(endpoint, message),
    sendId,
    now,
    leaseUntil: new Date(now.getTime() + LEASE_MS),
    phoneNumberId,
    callbackData: message.callbackData ?? sendId,
    observe: gate === 'observe',
    personKeys: personKeys(identityKeys, message.recipient),
  }
}

/** Under which keyed hashes a recipient is remembered, the newest key's first. */
export const personKeys = (identityKeys: readonly string[], recipient: Recipient | null): Buffer[] =>
  recipient === null ? [] : identityKeys.map((key) => personKey(key, recipient))

/** A message that the gate has let through: for whom, when (by `performance.now()` and by the clock), the how manieth try. */
export type Reserved = Submission & {
  sendId: string
  contactId: string | null
  reserved: number
  reservedAt: Date
  attempt: number
}

/**
 * From the reservation to the settlement, for direct and for queued sends: the request, its conclusion, and what the
 * answer says about the person.
 * @param conclude writes down what became of it
 * @returns Graph's answer; `unsent` also for a reservation that came too late to begin
 */
export async function carry(
  deps: SubmitDeps,
  send: Reserved,
  conclude: (answer: GraphAnswer) => Promise<Settled | null>,
): Promise<GraphAnswer> {
  const { message, version, phoneNumberId, endpoint, sendId } = send
  await deps.pause?.('reserved')
  // A process that was stopped in between must not start a request on an old verdict: whoever waits for this
  // reservation would be told that it is over.
  if (performance.now() - send.reserved > START_WITHIN_MS) {
    const late: GraphAnswer = { outcome: 'unsent', cause: 'TOO_LATE' }
    await conclude(late)
    return late
  }
  const raw = message.callbackData === null ? withCallbackData(send.raw, sendId) : send.raw
  await deps.pause?.('request')
  const answer = await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw)
  await deps.pause?.('answered')
  const settled = await conclude(answer).catch((error: unknown) => {
    // The message is out and the caller must hear Meta's answer; the row turns uncertain when its lease ends.
    deps.log.error({ err: error, send: sendId }, 'a send could not be settled')
    return null
  })
  await deps.pause?.('settled')
  const remedy = remedyFor(answer, send.attempt)
  await followUp(deps, settled, { remedy, recipient: message.recipient?.value, reservedAt: send.reservedAt })
  if (answer.outcome !== 'answered') return answer
  const { recipient, alias } = message
  if (recipient !== null && answer.status >= 400 && errorCode(answer.body) === CODE_PERSON_SAID_NO) {
    // The gate must hear of it before the caller does, or the next campaign tries again.
    await deps.stoppedInApp(sendId, recipient, deps.clock())
  }
  const names = [recipient, alias].filter((r) => r !== null)
  await linkAnswered(deps, answer, names, send.contactId, deps.clock())
  return answer
}

/** The Marketing Messages API sends marketing, whatever its template is called (Meta: "only marketing templates", 131055). */
export const categoryBy = (
  endpoint: string,
  message: Pick<Submission['message'], 'category'>,
): Category | null => (endpoint === 'marketing_messages' ? 'marketing' : message.category)

/**
 * What is to be done about an answer; null when the message was accepted, or there was no answer.
 * @param attempt how many times the message was tried, this one included
 */
export function remedyFor(answer: GraphAnswer, attempt = 1): Remedy | null {
  if (answer.outcome !== 'answered') return null
  if (answer.status === 200 && acceptedId(answer.body) !== null) return null
  return remedyOf(answer.status >= 400 ? errorCode(answer.body) : null, attempt, answer.status)
}

/** What an answer means for the send. A 200 that names no message may have gone out, as after many an error. */
export function settlementOf(answer: GraphAnswer): Settlement {
  if (answer.outcome === 'unsent') return { status: 'cancelled', reason: 'unavailable' }
  if (answer.outcome === 'uncertain') return { status: 'uncertain' }
  const remedy = remedyFor(answer)
  if (remedy === null) return { status: 'accepted', wamid: acceptedId(answer.body) }
  return { status: remedy.kind === 'uncertain' ? 'uncertain' : 'failed', errorCode: errorCode(answer.body) }
}

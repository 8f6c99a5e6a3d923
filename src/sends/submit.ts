// One caller's message from verdict to settlement: gate and reservation in one statement, then the request outside any
// transaction, then what became of it. Refused, accepted, failed or uncertain: every outcome is on record (G4).

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { askGate, type GateVerdict } from '../consent/gate.js'
import { personKey, type Recipient } from '../consent/recipient.js'
import { sqlState } from '../db/client.js'
import { problem } from '../errors.js'
import type { Policy } from '../policy.js'
import { acceptedId, CODE_PERSON_SAID_NO, errorCode } from '../whatsapp/envelope.js'
import { type Remedy, remedyOf } from '../whatsapp/error-codes.js'
import type { Graph, GraphAnswer } from '../whatsapp/graph.js'
import { linkAnswered } from './answered.js'
import { followUp } from './consequences.js'
import { type Outgoing, withCallbackData } from './outgoing.js'
import { LEASE_MS, type Pause, type Settlement, START_WITHIN_MS, settle } from './wire.js'

export type SubmitDeps = {
  pool: pg.Pool
  policy: Policy
  graph: Graph
  identityKeys: readonly string[]
  clock: () => Date
  log: FastifyBaseLogger
  pause?: Pause
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
  /** UUIDv7 of the row to be written, where it has to be known before; no row is ever written twice. */
  sendId?: string
}

export type Submitted =
  | { outcome: 'refused'; sendId: string; verdict: Extract<GateVerdict, { allowed: false }> }
  | {
      outcome: 'answered'
      sendId: string
      answer: Extract<GraphAnswer, { outcome: 'answered' }>
      /** What is to be done about an error; null when the message was accepted. */
      remedy: Remedy | null
    }
  | { outcome: 'unsent' | 'uncertain'; sendId: string }

const UNIQUE_VIOLATION = '23505'

/** Sends a message if its recipient has said yes. Rejects only when the database is away before anything left. */
export async function submit(deps: SubmitDeps, submission: Submission): Promise<Submitted> {
  const { message, phoneNumberId, version, endpoint } = submission
  const now = deps.clock()
  const reserved = performance.now()
  const sendId = submission.sendId ?? uuidv7({ msecs: now.getTime() })
  const { recipient } = message
  const callbackData = message.callbackData ?? sendId
  await deps.pause?.('reserve')
  const verdict = await askGate(deps.pool, deps.policy, {
    ...message,
    sendId,
    now,
    leaseUntil: new Date(now.getTime() + LEASE_MS),
    phoneNumberId,
    callbackData,
    personKeys: recipient === null ? [] : deps.identityKeys.map((key) => personKey(key, recipient)),
  }).catch((error: unknown) => {
    // This request was thought dead, and a repeat of it has made the send.
    throw submission.sendId !== undefined && sqlState(error) === UNIQUE_VIOLATION
      ? problem('IDEMPOTENCY_BUSY')
      : error
  })
  if (!verdict.allowed) return { outcome: 'refused', sendId, verdict }
  await deps.pause?.('reserved')
  // A process that was stopped in between must not start a request on an old verdict: whoever waits for this
  // reservation would be told that it is over.
  if (performance.now() - reserved > START_WITHIN_MS) {
    await settle(deps.pool, sendId, { status: 'cancelled', reason: 'unavailable' }, deps.clock())
    return { outcome: 'unsent', sendId }
  }
  const raw = message.callbackData === null ? withCallbackData(submission.raw, callbackData) : submission.raw
  await deps.pause?.('request')
  const answer = await deps.graph.post(version, `${phoneNumberId}/${endpoint}`, raw)
  await deps.pause?.('answered')
  const remedy = remedyFor(answer)
  const settled = await settle(deps.pool, sendId, settlementOf(answer), deps.clock()).catch(
    (error: unknown) => {
      // The message is out and the caller must hear Meta's answer; the row turns uncertain when its lease ends.
      deps.log.error({ err: error, send: sendId }, 'a send could not be settled')
      return null
    },
  )
  await deps.pause?.('settled')
  await followUp(deps, settled, { remedy, recipient: recipient?.value, reservedAt: now })
  const code = answer.outcome === 'answered' && answer.status >= 400 ? errorCode(answer.body) : null
  if (recipient !== null && code === CODE_PERSON_SAID_NO) {
    // The gate must hear of it before the caller does, or the next campaign tries again.
    await deps.stoppedInApp(sendId, recipient, deps.clock())
  }
  if (answer.outcome === 'answered') {
    const names = [recipient, message.alias].filter((r) => r !== null)
    await linkAnswered(deps, answer, names, verdict.contactId, deps.clock())
    return { outcome: 'answered', sendId, answer, remedy }
  }
  return { outcome: answer.outcome, sendId }
}

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

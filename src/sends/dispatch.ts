// Sends one queued message when it is due: its turn, the gate once more, then the way of every direct send. May run
// twice, on any replica, and still sends once, because only the gate's claim moves a row from `queued` to `sending`; and
// a stop that was answered in the meantime refuses it (G3).

import { askAgain } from '../consent/gate.js'
import { quietHoursOf } from '../consent/quiet-hours.js'
import { errorCode } from '../whatsapp/envelope.js'
import type { Remedy } from '../whatsapp/error-codes.js'
import type { GraphAnswer } from '../whatsapp/graph.js'
import { placeOf } from './consequences.js'
import { haltFor, PROBE_EVERY_MS } from './halts.js'
import { readOutgoing } from './outgoing.js'
import { expireMessage, putOff, readParcel, requeue } from './queue.js'
import { carry, questionOf, remedyFor, type SubmitDeps, settlementOf } from './submit.js'
import { settle } from './wire.js'

export type DispatchDeps = SubmitDeps & { apiVersion: string }

/** Meta: 1, 2, 4 … 60 seconds after 130429; the same for an address that does not answer. */
const LONGEST_PAUSE_MS = 60_000

/** @throws when it cannot be sent as things are: the job repeats, until the message expires */
export async function dispatch(deps: DispatchDeps, sendId: string, phoneNumberId: string): Promise<void> {
  const { pool, policy, throughput, clock } = deps
  const turn = await throughput.turn(phoneNumberId, 'queued')
  if (!turn.granted) return putOff(pool, sendId, turn.retryMs)
  let used = false
  try {
    const parcel = await readParcel(pool, deps.identityKeys, sendId)
    // Cancelled, or taken by somebody else.
    if (parcel === null) return
    if (parcel.expiresAt <= clock()) return await expireMessage(pool, sendId, clock())
    const message = readOutgoing(JSON.parse(parcel.body.toString()), parcel.purpose ?? undefined, policy)
    if (message.kind !== 'message') throw new Error('a queued message cannot be read any more')
    if (!policy.numbers.some((n) => n.phoneNumberId === phoneNumberId))
      throw new Error('a queued message is from a number that the policy does not name any more')
    const version = parcel.version ?? deps.apiVersion
    const submission = { message, raw: parcel.body, version, phoneNumberId, endpoint: parcel.endpoint }
    const now = clock()
    const { recipient, purpose } = message
    const place = { contactId: parcel.contactId, phoneNumberId, template: message.template }
    const halted = await haltFor(pool, placeOf(policy, { ...UNSENT, ...place }, recipient?.value), now)
    if (halted !== null) return await putOff(pool, sendId, untilNext(halted.until, now))
    const quiet = recipient && purpose && quietHoursOf(policy, purpose, recipient, phoneNumberId, now)
    // It may wait for the morning, if it is still worth something then; else the gate refuses it.
    if (quiet?.until && deps.gate === 'enforce' && quiet.until < parcel.expiresAt) {
      return await putOff(pool, sendId, quiet.until.getTime() - now.getTime())
    }
    const reserved = performance.now()
    await deps.pause?.('reserve')
    const verdict = await askAgain(pool, policy, questionOf(deps, submission, sendId, now))
    if (verdict === null) return
    deps.metrics?.verdict(verdict)
    if (!verdict.allowed) {
      return verdict.reason === 'too_fast'
        ? await putOff(pool, sendId, verdict.retryAt.getTime() - now.getTime())
        : undefined
    }
    used = true
    const attempt = parcel.attempts + 1
    const { contactId } = verdict
    const send = { ...submission, sendId, contactId, reserved, reservedAt: now, attempt }
    await carry(deps, send, async (answer) => {
      const remedy = remedyFor(answer, attempt)
      if (remedy !== null && 'slowDown' in remedy && remedy.slowDown) throughput.slowDown(phoneNumberId)
      const pauseMs = pauseAfter(answer, remedy, attempt)
      if (pauseMs === null) return settle(pool, sendId, settlementOf(answer), clock())
      await requeue(pool, sendId, pauseMs, clock())
      // What halted it halts its neighbours, too.
      return remedy?.kind === 'halt'
        ? {
            ...place,
            id: sendId,
            wamid: null,
            status: 'failed',
            errorCode: codeOf(answer),
            isGoodNews: false,
          }
        : null
    })
  } finally {
    if (!used) throughput.giveBack(phoneNumberId, turn)
  }
}

/**
 * When a message that surely has not left is to be tried again, in milliseconds; null when it is not, because it has
 * left, may have left, or never will.
 * @param attempt this one, from 1
 */
export function pauseAfter(answer: GraphAnswer, remedy: Remedy | null, attempt: number): number | null {
  if (answer.outcome === 'unsent') return Math.min(1_000 * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  if (remedy?.kind === 'retry') return remedy.afterMs
  return remedy?.kind === 'halt' ? PROBE_EVERY_MS : null
}

/** A halt without an end is looked at again as often as one message may go out to see. */
const untilNext = (until: Date | null, now: Date) =>
  until === null ? PROBE_EVERY_MS : Math.max(1_000, until.getTime() - now.getTime())

const codeOf = (answer: GraphAnswer) => (answer.outcome === 'answered' ? errorCode(answer.body) : null)

/** A send of which nothing has come yet. */
const UNSENT = { id: '', wamid: null, status: 'queued', errorCode: null } as const

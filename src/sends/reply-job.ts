// Sends one queued reply: claim, request, settle. May run twice, on any replica, and still sends once, because only the
// claim moves a row from `queued` to `sending`.

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { GateMode } from '../config.js'
import { parseRecipient } from '../consent/recipient.js'
import { renderMessage } from '../conversation/messages.js'
import type { Policy } from '../policy.js'
import type { Graph, GraphAnswer } from '../whatsapp/graph.js'
import { linkAnswered } from './answered.js'
import { followUp } from './consequences.js'
import { type ClaimedReply, claimReply } from './replies.js'
import { remedyFor, settlementOf } from './submit.js'
import type { Throughput } from './throughput.js'
import { type Pause, type Settlement, START_WITHIN_MS, settle, untilSettled } from './wire.js'

export type ReplyDeps = {
  pool: pg.Pool
  policy: Policy
  graph: Graph
  throughput: Throughput
  apiVersion: string
  identityKeys: readonly string[]
  clock: () => Date
  gate: GateMode
  log: FastifyBaseLogger
  pause?: Pause
}

/** @throws when the reply was certainly not sent and should be tried again: the queue waits and repeats */
export async function sendReply(deps: ReplyDeps, sendId: string): Promise<void> {
  await deps.pause?.('reserve')
  let claimed = performance.now()
  const paced = deps.gate === 'enforce'
  let claim = await claimReply(deps.pool, sendId, deps.clock(), paced)
  if (claim.verdict === 'wait') {
    await untilSettled(deps.pool, [claim.contactId], deps.clock)
    claimed = performance.now()
    claim = await claimReply(deps.pool, sendId, deps.clock(), paced)
    if (claim.verdict === 'wait') throw new Error('the wire is still busy')
  }
  if (claim.verdict === 'too_fast') throw new Error('too fast for this person, to be tried again')
  if (claim.verdict === 'void') return
  await deps.pause?.('reserved')
  // As for everybody's sends: a process that was stopped in between must not begin on an old claim, since a stop that
  // waited for this one may have been told that it is over.
  if (performance.now() - claimed > START_WITHIN_MS) {
    await settle(deps.pool, sendId, { status: 'queued', reason: 'unavailable' }, deps.clock())
    throw new Error('too late to begin, to be tried again')
  }
  await deps.pause?.('request')
  deps.throughput.push(claim.phoneNumberId)
  const answer = await deps.graph.post(
    deps.apiVersion,
    `${claim.phoneNumberId}/messages`,
    write(claim, sendId, deps.policy, deps.clock()),
  )
  await deps.pause?.('answered')
  const settlement = settlementOfReply(answer)
  const settled = await settle(deps.pool, sendId, settlement, deps.clock())
  await deps.pause?.('settled')
  const recipient = claim.phone ?? claim.bsuid ?? undefined
  await followUp(deps, settled, { remedy: remedyFor(answer), recipient, reservedAt: null })
  if (answer.outcome === 'answered' && settlement.status === 'accepted') {
    const { phone, bsuid, contactId } = claim
    const names = [parseRecipient(phone ?? bsuid ?? '')].filter((r) => r !== null)
    await linkAnswered(deps, answer, names, contactId, deps.clock())
  }
  if (settlement.status === 'queued') throw new Error('not sent, to be tried again')
  if (settlement.status !== 'accepted') {
    deps.log.warn({ send: sendId, kind: claim.kind, settlement }, 'a reply was not accepted')
  }
}

function write(claim: ClaimedReply, sendId: string, policy: Policy, now: Date): object {
  const { phone, bsuid, kind, reply, states, head } = claim
  const record = { states: states.whatsapp ?? {}, now, proof: head }
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(phone === null ? { recipient: bsuid } : { to: phone }),
    ...renderMessage(kind, { ...reply, policy, record }),
    biz_opaque_callback_data: sendId,
  }
}

/** Surely not sent and worth another try: the job does that, with pauses that grow as Meta asks for. */
function settlementOfReply(answer: GraphAnswer): Settlement {
  const again = answer.outcome === 'unsent' || remedyFor(answer)?.kind === 'retry'
  return again ? { status: 'queued', reason: 'unavailable' } : settlementOf(answer)
}

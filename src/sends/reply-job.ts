// Sends one queued reply: claim, request, settle. May run twice, on any replica, and still sends once, because only the
// claim moves a row from `queued` to `sending`.

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { parseRecipient } from '../consent/recipient.js'
import { renderMessage } from '../conversation/messages.js'
import type { Policy } from '../policy.js'
import { errorCode, mayTryAgain } from '../whatsapp/envelope.js'
import type { Graph, GraphAnswer } from '../whatsapp/graph.js'
import { linkAnswered } from './answered.js'
import { type ClaimedReply, claimReply } from './replies.js'
import { settlementOf } from './submit.js'
import { type Settlement, settle, untilSettled } from './wire.js'

export type ReplyDeps = {
  pool: pg.Pool
  policy: Policy
  graph: Graph
  apiVersion: string
  identityKeys: readonly string[]
  clock: () => Date
  log: FastifyBaseLogger
}

/** @throws when the reply was certainly not sent and should be tried again: the queue waits and repeats */
export async function sendReply(deps: ReplyDeps, sendId: string): Promise<void> {
  let claim = await claimReply(deps.pool, sendId, deps.clock())
  if (claim.verdict === 'wait') {
    await untilSettled(deps.pool, [claim.contactId], deps.clock)
    claim = await claimReply(deps.pool, sendId, deps.clock())
    if (claim.verdict === 'wait') throw new Error('the wire is still busy')
  }
  if (claim.verdict === 'void') return
  const answer = await deps.graph.post(
    deps.apiVersion,
    `${claim.phoneNumberId}/messages`,
    write(claim, sendId, deps.policy),
  )
  const settlement = settlementOfReply(answer)
  await settle(deps.pool, sendId, settlement, deps.clock())
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

function write(claim: ClaimedReply, sendId: string, policy: Policy): object {
  const { phone, bsuid, kind, reply } = claim
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(phone === null ? { recipient: bsuid } : { to: phone }),
    ...renderMessage(kind, { ...reply, policy }),
    biz_opaque_callback_data: sendId,
  }
}

function settlementOfReply(answer: GraphAnswer): Settlement {
  const again =
    answer.outcome === 'unsent' || (answer.outcome === 'answered' && mayTryAgain(errorCode(answer.body)))
  return again ? { status: 'queued', reason: 'unavailable' } : settlementOf(answer)
}

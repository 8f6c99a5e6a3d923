// What the drop-in routes answer, in Graph's shape: Meta's own answer unchanged, a refusal, or that there was no answer
// and what that means. And the same for a repeat of a request whose process died: what is known of its send.

import type { Answer, Worked } from '../api/idempotency.js'
import { parseRecipient } from '../consent/recipient.js'
import { REASON_SENTENCES, type Reason } from '../consent/verdict.js'
import type { Executor } from '../db/client.js'
import type { Category } from '../policy.js'
import {
  CODE_PERSON_SAID_NO,
  CODE_REFUSED,
  CODE_THROUGHPUT,
  CODE_TOO_FAST,
  graphError,
} from '../whatsapp/envelope.js'
import { errorRow, REMEDY_SENTENCES, type Remedy, remedyOf } from '../whatsapp/error-codes.js'
import type { GraphAnswer } from '../whatsapp/graph.js'
import type { Submitted } from './submit.js'

const RETRY_AFTER_SECONDS = '5'

export const graphAnswer = (status: number, body: object): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(JSON.stringify(body)),
})

/** Graph's answer unchanged, or in Graph's shape that there was none. */
export function passedOn(result: GraphAnswer, traceId: string): Answer {
  switch (result.outcome) {
    case 'answered':
      return { status: result.status, contentType: result.contentType, body: result.body }
    case 'unsent': {
      const details = 'WhatsApp could not be reached. Nothing was sent; try again.'
      const body = graphError(131016, 'Service unavailable', details, traceId)
      return { ...graphAnswer(503, body), retryAfter: RETRY_AFTER_SECONDS }
    }
    case 'uncertain': {
      const details =
        'The request left, but no answer came in time: the message may have been sent. Do not send it again before its status is known.'
      return graphAnswer(504, graphError(131000, 'Something went wrong', details, traceId))
    }
  }
}

/** What answers say beside the outcome. `explain`: what to do about a purpose of another category than the message has. */
export type About = { purpose: string; traceId: string; now: Date; explain: (category: Category) => string }

/** What a caller hears of their message, and how long that holds for repeats of the request. */
export function answerTo(submitted: Submitted, { purpose, traceId, now, explain }: About): Worked {
  switch (submitted.outcome) {
    case 'refused': {
      const { reason, contactId, event, since, category, retryAt } = submitted.verdict
      const mismatch = reason === 'category_mismatch' && category !== null
      const consent = {
        reason,
        purpose,
        ...(mismatch ? { category } : {}),
        contact: contactId,
        event,
        since,
        ...(retryAt === null ? {} : { retryAt }),
        send: submitted.sendId,
      }
      return refused(consent, traceId, mismatch ? explain(category) : REASON_SENTENCES[reason])
    }
    case 'busy':
      return later(graphError(CODE_THROUGHPUT, 'Rate limit hit', NUMBER_BUSY, traceId), submitted.retryMs)
    case 'too_fast':
      return later(
        graphError(CODE_TOO_FAST, 'Pair rate limit hit', PERSON_BUSY, traceId),
        submitted.verdict.retryAt.getTime() - now.getTime(),
      )
    case 'answered':
      return { answer: passedOn(submitted.answer, traceId), holds: holdsAfter(submitted.remedy) }
    case 'unsent':
    case 'uncertain':
      return {
        answer: passedOn({ outcome: submitted.outcome, cause: '' }, traceId),
        holds: submitted.outcome === 'unsent' ? 'passing' : 'open',
      }
  }
}

const NUMBER_BUSY =
  'The number sends as fast as it may, and no turn was free within a second. Nothing was sent.'
const PERSON_BUSY =
  'Too many messages to this person from this number in a short time. Nothing was sent; wait and try again.'

/** As Meta answers what comes too fast, without asking it. Clients know the codes and wait. */
function later(body: object, afterMs: number): Worked {
  const retryAfter = String(Math.max(1, Math.ceil(afterMs / 1000)))
  return { answer: { ...graphAnswer(400, body), retryAfter }, holds: 'passing' }
}

/** "Not now" passes, and nothing was sent; an error that may have sent the message waits for its status. */
function holdsAfter(remedy: Remedy | null): Worked['holds'] {
  if (remedy?.kind === 'retry' || remedy?.kind === 'halt') return 'passing'
  return remedy?.kind === 'uncertain' ? 'open' : 'final'
}

type Refusal = { reason: Reason; purpose: string | null; since: string | null; send: string } & {
  contact: string | null
  event: string | null
}

function refused(consent: Refusal, traceId: string, details: string): Worked {
  const { reason } = consent
  const saidNo = reason === 'withdrawn' || reason === 'refused' || reason === 'paused'
  const code = saidNo ? CODE_PERSON_SAID_NO : CODE_REFUSED
  const title = saidNo ? 'The person said no' : 'Refused by the consent gateway'
  const body = graphError(code, title, details, traceId, { consent })
  return { answer: graphAnswer(400, body), holds: reason === 'unavailable' ? 'passing' : 'final' }
}

/**
 * What became of a send, in the words of the route that was to make it; null when it never began.
 * @param recipient as the caller wrote it
 */
export async function recallSend(
  ex: Executor,
  sendId: string,
  recipient: string,
  traceId: string,
): Promise<Worked | null> {
  const { rows } = await ex.query<{
    status: string
    reason: Reason | null
    purpose: string | null
    contact: string | null
    event: string | null
    wamid: string | null
    code: number | null
  }>({
    name: 'sends_recall',
    text: `select status, reason, purpose, contact_id as contact, decided_by as event, wamid, error_code as code
             from sends where id = $1`,
    values: [sendId],
  })
  const send = rows[0]
  if (send === undefined) return null
  const { status, reason, purpose, contact, event, wamid, code } = send
  if (status === 'refused' && reason !== null) {
    const consent = { reason, purpose, contact, event, since: null, send: sendId }
    return refused(consent, traceId, REASON_SENTENCES[reason])
  }
  if (status === 'accepted' && wamid !== null) {
    return { answer: graphAnswer(200, accepted(recipient, wamid)), holds: 'final' }
  }
  if (status === 'failed') return failed(code, traceId)
  if (status === 'cancelled') {
    return { answer: passedOn({ outcome: 'unsent', cause: '' }, traceId), holds: 'passing' }
  }
  return { answer: passedOn({ outcome: 'uncertain', cause: '' }, traceId), holds: 'open' }
}

function failed(code: number | null, traceId: string): Worked {
  const remedy = remedyOf(code, 1, null)
  const title = (code === null ? undefined : errorRow(code)?.means) ?? 'the message failed'
  const body = graphError(code ?? 131000, title, REMEDY_SENTENCES[remedy.kind], traceId)
  return { answer: graphAnswer(400, body), holds: holdsAfter(remedy) }
}

/** Meta's answer as far as it is known: who was meant, and the message's id. */
function accepted(input: string, wamid: string): object {
  const recipient = parseRecipient(input)
  const name = recipient?.kind === 'phone' ? { wa_id: recipient.value } : { user_id: input }
  return { messaging_product: 'whatsapp', contacts: [{ input, ...name }], messages: [{ id: wamid }] }
}

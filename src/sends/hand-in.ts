// Many messages at once, to be sent now or later: each is read like a direct send, judged as of the time it is due, and
// queued, refused or invalid by itself. As many statements for a thousand as for one; every refusal is on record (G4).

import type pg from 'pg'
import { z } from 'zod'
import type { GateMode } from '../config.js'
import { type Judged, judge, type LookupDeps } from '../consent/lookup.js'
import { REASON_SENTENCES, type Reason } from '../consent/verdict.js'
import { type Executor, inTransaction } from '../db/client.js'
import type { Policy } from '../policy.js'
import { idsInOrder, WAITING_DAYS } from './ids.js'
import { type OutgoingMessage, readOutgoing } from './outgoing.js'
import { queueMessages } from './queue.js'
import { categoryBy, personKeys } from './submit.js'

const DAY_MS = 86_400_000
const SEND_AT_DAYS = 30
const EXPIRES_AFTER_MS = DAY_MS

const instant = z.iso
  .datetime({ offset: true, error: 'must be ISO 8601 with an offset, such as 2026-12-01T09:00:00+01:00' })
  .transform((text) => new Date(text))

/** One message as callers write it. */
export const handInSchema = z.strictObject({
  from: z.string().regex(/^\d{3,32}$/, 'must be a phone number ID'),
  message: z.looseObject({}).meta({ description: 'The body of Meta’s send API, unchanged' }),
  purpose: z.string().min(1).max(40).optional(),
  sendAt: instant.optional(),
  expiresAt: instant.optional(),
  endpoint: z.enum(['messages', 'marketing_messages']).default('messages'),
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d{1,2}$/, 'must look like v26.0')
    .optional(),
})
type HandIn = z.infer<typeof handInSchema>

export type HandedInVerdict =
  | { verdict: 'queued'; id: string; purpose: string; sendAt: Date; expiresAt: Date }
  | { verdict: 'refused'; id: string; purpose: string; reason: Reason; detail: string; event: string | null }
  | { verdict: 'invalid'; field: string; detail: string }

type Read = { verdict: null; item: HandIn; message: OutgoingMessage; sendAt: Date; expiresAt: Date }
type Invalid = Extract<HandedInVerdict, { verdict: 'invalid' }>

export type HandInDeps = LookupDeps & { pool: pg.Pool; gate: GateMode }

/**
 * @param items as they came in
 * @param keep gets a verdict each, in their order, and writes what must be there with the messages or not at all, such
 *   as the answer for repeats
 */
export async function handIn<Kept>(
  deps: HandInDeps,
  items: readonly unknown[],
  now: Date,
  keep: (tx: Executor, verdicts: readonly HandedInVerdict[]) => Promise<Kept>,
): Promise<Kept> {
  const entries = items.map((item) => read(item, deps.policy, now))
  const messages = entries.filter((entry) => entry.verdict === null)
  const judged = await judge(
    deps,
    messages.map(({ message, sendAt }) => ({
      recipient: message.recipient,
      alias: message.alias,
      purpose: message.purposeName,
      refusal: message.refusal,
      at: sendAt > now ? sendAt : now,
    })),
  )
  const ids = idsInOrder(messages.length, now)
  const handedIn = messages.map(({ item, message, sendAt, expiresAt }, i) => {
    const verdict = judged[i]
    if (verdict === undefined) throw new Error('a message without a verdict')
    const refusal = refusalOf(verdict, item.endpoint, message)
    return {
      id: ids[i] ?? '',
      contactId: verdict.contact,
      person: personKeys(deps.identityKeys, message.recipient)[0] ?? null,
      phoneNumberId: item.from,
      purposeName: message.purposeName,
      template: message.template,
      callbackData: message.callbackData,
      sendAt,
      expiresAt,
      endpoint: item.endpoint,
      version: item.version ?? null,
      purpose: item.purpose ?? null,
      body: Buffer.from(JSON.stringify(item.message)),
      // Where nothing is enforced the gate says when it is due what it would have refused.
      refusal: deps.gate === 'observe' ? null : refusal,
    }
  })
  const written = handedIn.values()
  const verdicts = entries.map((entry): HandedInVerdict => {
    if (entry.verdict !== null) return entry
    const message = written.next().value
    if (message === undefined) throw new Error('a message without a row')
    const { id, purposeName: purpose, refusal, sendAt, expiresAt } = message
    if (refusal === null) return { verdict: 'queued', id, purpose, sendAt, expiresAt }
    const { reason, event } = refusal
    return { verdict: 'refused', id, purpose, reason, detail: REASON_SENTENCES[reason], event: event || null }
  })
  return inTransaction(deps.pool, async (tx) => {
    await queueMessages(tx, deps.identityKeys, handedIn, now)
    return keep(tx, verdicts)
  })
}

function read(raw: unknown, policy: Policy, now: Date): Read | Invalid {
  const parsed = handInSchema.safeParse(raw)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return invalid(issue?.path.join('.') || 'message', issue?.message ?? 'invalid')
  }
  const item = parsed.data
  if (!policy.numbers.some((n) => n.phoneNumberId === item.from))
    return invalid('from', 'This phone number ID is not one of "numbers" in the policy file.')
  const sendAt = item.sendAt ?? now
  const expiresAt = item.expiresAt ?? new Date(sendAt.getTime() + EXPIRES_AFTER_MS)
  if (sendAt.getTime() > now.getTime() + SEND_AT_DAYS * DAY_MS)
    return invalid('sendAt', `At most ${SEND_AT_DAYS} days ahead.`)
  if (expiresAt.getTime() > now.getTime() + WAITING_DAYS * DAY_MS)
    return invalid('expiresAt', `At most ${WAITING_DAYS} days ahead.`)
  if (expiresAt <= sendAt) return invalid('expiresAt', 'Must be later than sendAt.')
  if (expiresAt <= now)
    return invalid(
      item.expiresAt ? 'expiresAt' : 'sendAt',
      'Over already: a message expires 24 hours after sendAt, or at expiresAt.',
    )
  const message = readOutgoing(item.message, item.purpose, policy)
  switch (message.kind) {
    case 'invalid':
      return invalid(`message.${message.field}`, message.details)
    case 'receipt':
      return invalid('message', 'Mark-as-read and typing are not queued: send them to the number’s own path.')
    case 'message':
      return { verdict: null, item, message, sendAt, expiresAt }
  }
}

const invalid = (field: string, detail: string): Invalid => ({ verdict: 'invalid', field, detail })

/** What the person said comes first; then what is known of the message by itself, whatever Meta says of templates. */
function refusalOf(
  verdict: Judged,
  endpoint: string,
  message: OutgoingMessage,
): { reason: Reason; event: string | null } | null {
  if (!verdict.allowed) return { reason: verdict.reason, event: verdict.event }
  const category = categoryBy(endpoint, message)
  const fits = category === null || category === message.purpose?.category
  return fits ? null : { reason: 'category_mismatch', event: null }
}

// What the outcome of one send means for all that come after it: an error may halt a number, an account, a country or a
// template, a person may be out of reach, and a good answer lifts what it disproves. It is the same whether the answer to
// the request said it or a status webhook, since Meta uses either, or both.

import type { FastifyBaseLogger } from 'fastify'
import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { type Remedy, remedyOf } from '../whatsapp/error-codes.js'
import type { Outcome } from './early.js'
import { countryOf, type Halt, halt, haltKey, liftByAnswer, type Place, UNREACHABLE } from './halts.js'
import { oldestId } from './ids.js'

/** A send that failed, with what to do about its error. `recipient`: number or BSUID, as far as it is known. */
export type Failure = { send: Outcome; remedy: Remedy; recipient: string | undefined }

/** What has come to be halted or free. */
export type Turns = { halted: Halt[]; lifted: Halt[] }
export const NO_TURNS: Turns = { halted: [], lifted: [] }

// Three in a row: one undelivered message may be an old app or a phone in a drawer.
const UNREACHABLE_AFTER = 3
const REMEMBERED_DAYS = 30
// A message a week to somebody who changed their phone is worth it, and no nuisance to somebody who blocked us.
const UNREACHABLE_MS = 7 * 86_400_000

/** A failure of which a status webhook tells. */
export function failureOf(send: Outcome, recipient: string | undefined): Failure {
  return { send, recipient, remedy: remedyOf(send.errorCode, 1, null) }
}

/** Where a send went. */
export function placeOf(policy: Policy, send: Outcome, recipient: string | undefined): Place {
  const number = policy.numbers.find((n) => n.phoneNumberId === send.phoneNumberId)
  return {
    account: number?.businessAccountId ?? '',
    phoneNumberId: send.phoneNumberId,
    country: countryOf(recipient),
    template: send.template,
    contactId: send.contactId,
  }
}

/**
 * Halts what failures say must be halted: nothing for most of them, else one statement, and a second one for people who
 * could not be reached.
 * @returns what is news
 */
export async function drawConsequences(
  ex: Executor,
  policy: Policy,
  failures: readonly Failure[],
  now: Date,
): Promise<Halt[]> {
  const wanted = failures.flatMap(({ send, remedy, recipient }) => {
    const scope = remedy.kind === 'halt' ? remedy.scope : isBlockedByUs(remedy) ? ('contact' as const) : null
    const key = scope === null ? null : haltKey(scope, placeOf(policy, send, recipient))
    if (scope === null || key === null) return []
    return [{ scope, key, code: String(send.errorCode ?? 'no code'), until: null }]
  })
  const halted = await halt(ex, wanted, now)
  const silent = failures.filter(({ remedy }) => remedy.kind === 'suppress' && remedy.why === 'unreachable')
  return [...halted, ...(await haltUnreachable(ex, silent, now))]
}

const isBlockedByUs = (remedy: Remedy) => remedy.kind === 'suppress' && remedy.why === 'blocked_by_us'

/** Halts those whose last messages by this number all failed as this one did. */
async function haltUnreachable(ex: Executor, failures: readonly Failure[], now: Date): Promise<Halt[]> {
  const people = new Map(
    failures.flatMap(({ send: { contactId, phoneNumberId } }) =>
      contactId === null ? [] : [[`${phoneNumberId}/${contactId}`, { contactId, phoneNumberId }]],
    ),
  )
  if (people.size === 0) return []
  const { rows } = await ex.query<{ key: string }>({
    name: 'sends_unreachable',
    text: `select w.n || '/' || w.c as key from unnest($1::uuid[], $2::text[]) as w (c, n)
            where $3 = (select count(*) filter (where last.error_code = $4::integer) from (
                    select error_code from sends
                     where contact_id = w.c and phone_number_id = w.n and id >= $5::uuid
                       -- Of the others nobody knows yet whether they arrived.
                       and (status = 'failed' or delivered_at is not null or read_at is not null)
                     order by id desc limit $3) last)`,
    values: [
      [...people.values()].map((p) => p.contactId),
      [...people.values()].map((p) => p.phoneNumberId),
      UNREACHABLE_AFTER,
      UNREACHABLE,
      oldestId(now, REMEMBERED_DAYS),
    ],
  })
  const until = new Date(now.getTime() + UNREACHABLE_MS)
  return halt(
    ex,
    rows.map(({ key }) => ({ scope: 'contact' as const, key, code: UNREACHABLE, until })),
    now,
  )
}

export type FollowUpDeps = {
  pool: Executor
  policy: Policy
  clock: () => Date
  log: Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>
}

/**
 * Draws the consequences of one send that was answered. Asks nothing of the database unless it failed, or something is
 * halted where it was accepted. Never rejects: the answer is to be heard all the same.
 * @param send as it was settled; null when that failed
 * @param about.reservedAt when it had been let through; null for a reply of ours, which proves nothing: within the
 *   24-hour window Meta allows much that it otherwise refuses
 */
export async function followUp(
  deps: FollowUpDeps,
  send: (Outcome & { isGoodNews: boolean }) | null,
  about: { remedy: Remedy | null; recipient: string | undefined; reservedAt: Date | null },
): Promise<void> {
  if (send === null) return
  const { pool, policy, log } = deps
  const { remedy, recipient, reservedAt } = about
  try {
    if (send.status === 'failed') {
      // Without an error in the answer, its status has come before it.
      const failure = remedy === null ? failureOf(send, recipient) : { send, remedy, recipient }
      tell(log, { halted: await drawConsequences(pool, policy, [failure], deps.clock()), lifted: [] })
    } else if (send.isGoodNews && reservedAt !== null) {
      tell(log, {
        halted: [],
        lifted: await liftByAnswer(pool, placeOf(policy, send, recipient), reservedAt),
      })
    }
  } catch (error) {
    log.error({ err: error, send: send.id }, 'the consequences of a send could not be drawn')
  }
}

/** Says it once, and loudly where it stops more than one person's messages. */
export function tell(
  log: Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>,
  { halted, lifted }: Turns,
): void {
  for (const h of halted) {
    const { scope, key, code, until } = h
    if (scope === 'contact') log.info({ scope, code, until }, 'a person is not sent to for now')
    else log.error({ scope, key, code, until }, 'HALTED: the queue sends nothing here until this is lifted')
  }
  for (const { scope, key, code } of lifted) {
    if (scope !== 'contact') log.warn({ scope, key, code }, 'a halt is lifted')
  }
}

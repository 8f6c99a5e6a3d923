// What Graph's answer to a send says about its recipient: the number asked for and the `wa_id` it reaches are one
// person, whatever the numbers look like. A stop under one of them then refuses the other.

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { type Identity, identifiersOf, nameOf } from '../consent/directory.js'
import type { Recipient } from '../consent/recipient.js'
import { type IdentityRules, resolveContacts } from '../consent/resolve.js'
import { inTransaction } from '../db/client.js'
import { acceptedContact } from '../whatsapp/envelope.js'

export type AnsweredDeps = IdentityRules & { pool: pg.Pool; log: Pick<FastifyBaseLogger, 'error'> }

/**
 * Links the recipient of an accepted send with what Graph calls them. Costs nothing when both are the same. Never
 * rejects: the message is out, and its statuses say the same once more.
 * @param recipients the names under which the send was let through
 * @param contactId null for somebody unknown, whom only GATE=observe lets through
 */
export async function linkAnswered(
  deps: AnsweredDeps,
  answer: { body: Buffer },
  recipients: readonly Recipient[],
  contactId: string | null,
  now: Date,
): Promise<void> {
  const identity: Identity | null = acceptedContact(answer.body)
  if (identity === null) return
  const known = new Set(recipients.map(nameOf))
  if (identifiersOf(identity).every((i) => known.has(nameOf(i)))) return
  const aliases = recipients.filter((r) => r.kind === 'phone').map((r) => r.value)
  const bsuid = recipients.find((r) => r.kind === 'bsuid')?.value
  const sighting = {
    identity: bsuid === undefined ? identity : { bsuid, ...identity },
    aliases,
    ...(contactId === null ? {} : { hint: contactId }),
    at: now,
    source: 'send_answer',
    about: 'known' as const,
  }
  await inTransaction(deps.pool, (tx) => resolveContacts(tx, [sighting], now, deps)).catch(
    (error: unknown) => {
      deps.log.error({ err: error }, 'the answer to a send could not be used to link its recipient')
    },
  )
}

// Looking before sending: verdicts for many people at once, and what is known of one. Nothing is sent or changed here.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type pg from 'pg'
import { z } from 'zod'
import { readEvents } from '../consent/ledger.js'
import { findContact, readStates } from '../consent/lookup.js'
import { parseRecipient, personKey } from '../consent/recipient.js'
import { fold } from '../consent/state.js'
import { REASON_SENTENCES, REASONS, type Reason, verdict } from '../consent/verdict.js'
import { problem } from '../errors.js'
import type { Policy } from '../policy.js'

export type ConsentRoutesDeps = {
  pool: pg.Pool
  policy: Policy
  identityKeys: readonly string[]
  clock: () => Date
}

const recipient = z.string().min(1).max(200).meta({
  description: 'A phone number (+49 30 23125001, 493023125001) or a business-scoped user ID',
})
const verdictSchema = z.object({
  recipient: z.string(),
  allowed: z.boolean(),
  reason: z.enum(REASONS).nullable(),
  detail: z.string().nullable(),
  contact: z.string().nullable(),
  event: z.string().nullable(),
  since: z.string().nullable(),
  until: z.string().nullable(),
})
const stateSchema = z.object({
  status: z.string(),
  event: z.string(),
  since: z.string(),
  until: z.string().nullable(),
})
const lookupSchema = z.object({
  contact: z.string().nullable(),
  identifiers: z.array(
    z.object({
      kind: z.string(),
      value: z.string(),
      source: z.string(),
      validFrom: z.iso.datetime(),
      validTo: z.iso.datetime().nullable(),
    }),
  ),
  suppressed: z.boolean(),
  states: z.record(z.string(), z.record(z.string(), stateSchema)),
})
const eventSchema = z.object({
  id: z.string(),
  seq: z.number(),
  type: z.string(),
  channel: z.string(),
  scope: z.array(z.string()),
  occurredAt: z.iso.datetime(),
  recordedAt: z.iso.datetime(),
  source: z.string(),
  method: z.string(),
  actor: z.string(),
  rule: z.string().nullable(),
  request: z.string().nullable(),
  notice: z.string().nullable(),
  validUntil: z.iso.datetime().nullable(),
  hash: z.string(),
})

export const consentRoutes: FastifyPluginAsyncZod<ConsentRoutesDeps> = async (
  app,
  { pool, policy, identityKeys, clock },
) => {
  const config = { errors: 'problem' } as const
  const suppressionKeys = (r: { kind: 'phone' | 'bsuid'; value: string }) =>
    identityKeys.map((key) => personKey(key, r))

  app.post(
    '/v1/consents/check',
    {
      config,
      schema: {
        body: z.strictObject({
          recipients: z.array(recipient).min(1).max(1000),
          purpose: z.string().default(policy.defaultPurpose),
        }),
        response: { 200: z.object({ purpose: z.string(), verdicts: z.array(verdictSchema) }) },
      },
    },
    async (request) => {
      const { recipients, purpose } = request.body
      const named = recipients.map(parseRecipient)
      const known = await readStates(
        pool,
        named.map((r) => r && { ...r, keys: suppressionKeys(r) }),
        policy,
      )
      const now = clock()
      const verdicts = recipients.map((recipient, i) => {
        const person = known[i]
        const refuse = (reason: Reason) => ({ allowed: false as const, reason, event: null, since: null })
        const found =
          named[i] === null
            ? refuse('recipient_invalid')
            : !policy.purposes.has(purpose)
              ? refuse('purpose_unknown')
              : person?.suppressed
                ? refuse('suppressed')
                : verdict(person?.states.whatsapp?.[purpose], now)
        const reason = found.allowed ? null : found.reason
        return {
          recipient,
          allowed: found.allowed,
          reason,
          detail: reason && REASON_SENTENCES[reason],
          contact: person?.contactId ?? null,
          event: found.event,
          since: found.since,
          until: found.allowed ? found.until : null,
        }
      })
      return { purpose, verdicts }
    },
  )

  app.post(
    '/v1/consents/lookup',
    { config, schema: { body: z.strictObject({ recipient }), response: { 200: lookupSchema } } },
    async (request) => {
      const named = parseRecipient(request.body.recipient)
      const [person] = await readStates(pool, [named && { ...named, keys: suppressionKeys(named) }], policy)
      const states = Object.fromEntries(
        Object.entries(person?.states ?? {}).map(([channel, byPurpose]) => [channel, byPurpose ?? {}]),
      )
      const contact = person?.contactId ?? null
      const identifiers = contact === null ? [] : await findContact(pool, contact)
      return { contact, identifiers, suppressed: person?.suppressed ?? false, states }
    },
  )

  app.get(
    '/v1/contacts/:id/events',
    {
      config,
      schema: {
        params: z.object({ id: z.uuid() }),
        response: {
          200: z.object({ contact: z.string(), states: z.unknown(), events: z.array(eventSchema) }),
        },
      },
    },
    async (request) => {
      const { id } = request.params
      const events = (await readEvents(pool, [id])).get(id) ?? []
      if (events.length === 0 && (await findContact(pool, id)).length === 0) throw problem('CONTACT_UNKNOWN')
      return { contact: id, states: fold(events, policy.purposes.values()), events: events.map(present) }
    },
  )

  const present = (
    e: Awaited<ReturnType<typeof readEvents>> extends Map<string, (infer E)[]> ? E : never,
  ) => ({
    ...e,
    scope: [...e.scope],
    occurredAt: e.occurredAt.toISOString(),
    recordedAt: e.recordedAt.toISOString(),
    notice: e.notice?.toString('hex') ?? null,
    validUntil: e.validUntil?.toISOString() ?? null,
    hash: e.hash.toString('hex'),
  })
}

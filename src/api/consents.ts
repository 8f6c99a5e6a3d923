// Looking before sending: verdicts for many people at once, and what is known of one. Nothing is sent or changed here.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { LedgerEvent } from '../consent/ledger.js'
import { checkRecipients, type LookupDeps, lookUpPerson, readLedger } from '../consent/lookup.js'
import { fold } from '../consent/state.js'
import { REASONS } from '../consent/verdict.js'
import { problem } from '../errors.js'
import { LIMITS } from '../limits.js'

export type ConsentRoutesDeps = LookupDeps & { clock: () => Date }

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
  retryAt: z.iso.datetime().nullable(),
})
const stateSchema = z.object({
  status: z.string(),
  event: z.string(),
  since: z.string(),
  until: z.string().nullable(),
})
// Spelt out per channel: no other key can slip into an answer.
const byPurpose = z.record(z.string(), stateSchema).optional()
const statesSchema = z.object({ whatsapp: byPurpose, sms: byPurpose, email: byPurpose, phone: byPurpose })
const personSchema = z.object({
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
  states: statesSchema,
})
export const eventSchema = z.object({
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

export const consentRoutes: FastifyPluginAsyncZod<ConsentRoutesDeps> = async (app, { clock, ...deps }) => {
  app.post(
    '/v1/consents/check',
    {
      // Whoever may send hears the same from a refusal; asking first spares both sides the attempt.
      config: { errors: 'problem', scope: ['consents:read', 'send'] },
      schema: {
        summary: 'What the gate would say to each recipient, without sending',
        body: z
          .strictObject({
            recipients: z.array(recipient).min(1).max(LIMITS.batch),
            purpose: z.string().default(deps.policy.defaultPurpose),
          })
          .meta({ examples: [{ recipients: ['+12025550101', '+447700900123'], purpose: 'offers' }] }),
        response: { 200: z.object({ purpose: z.string(), verdicts: z.array(verdictSchema) }) },
      },
    },
    async (request) => {
      const { recipients, purpose } = request.body
      return { purpose, verdicts: await checkRecipients(deps, recipients, purpose, clock()) }
    },
  )

  app.post(
    '/v1/consents/lookup',
    {
      config: { errors: 'problem', scope: ['consents:read', 'staff'] },
      schema: {
        summary: 'Everything known of one person',
        body: z.strictObject({ recipient }).meta({ examples: [{ recipient: '+12025550101' }] }),
        response: { 200: personSchema },
      },
    },
    async (request) => lookUpPerson(deps, request.body.recipient),
  )

  app.get(
    '/v1/contacts/:id/events',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'The ledger of one person, oldest first',
        params: z.object({ id: z.uuid().meta({ examples: ['01935a4c-7d00-7000-8000-0000000c0de1'] }) }),
        response: {
          200: z.object({ contact: z.string(), states: statesSchema, events: z.array(eventSchema) }),
        },
      },
    },
    async (request) => {
      const contact = request.params.id
      const events = await readLedger(deps, contact)
      if (events === null) throw problem('CONTACT_UNKNOWN')
      return {
        contact,
        states: fold(events, deps.policy.purposes.values()),
        events: events.map(presentEvent),
      }
    },
  )
}

/** A line of the ledger as JSON shows it: ISO 8601 times, hashes in hex. */
export function presentEvent(event: LedgerEvent): z.infer<typeof eventSchema> {
  return {
    id: event.id,
    seq: event.seq,
    type: event.type,
    channel: event.channel,
    scope: [...event.scope],
    occurredAt: event.occurredAt.toISOString(),
    recordedAt: event.recordedAt.toISOString(),
    source: event.source,
    method: event.method,
    actor: event.actor,
    rule: event.rule,
    request: event.request,
    notice: event.notice?.toString('hex') ?? null,
    validUntil: event.validUntil?.toISOString() ?? null,
    hash: event.hash.toString('hex'),
  }
}

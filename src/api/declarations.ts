// What came from elsewhere, and what could be sent when: recording a yes or a no with its evidence, and decisions as of
// any moment. Routes translate HTTP; the rules are in consent/.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Decision, decisionsAt } from '../consent/decisions.js'
import { type Declaration, type RecordDeps, recordDeclaration } from '../consent/record.js'
import { CHANNELS } from '../consent/state.js'
import { REASONS } from '../consent/verdict.js'
import { type Issue, problem } from '../errors.js'
import { eventSchema, presentEvent } from './consents.js'

// Clocks of two systems differ; more than this is a mistake.
const CLOCK_DIFFERENCE_MS = 5 * 60_000

const text = (max: number) => z.string().trim().min(1).max(max)
const recipient = text(200)
const evidence = z.strictObject({
  notice: text(10_000).optional(),
  language: text(35).optional(),
  where: text(500).optional(),
  method: text(60).optional(),
  reference: text(200).optional(),
})
const body = z.strictObject({
  recipient,
  channel: z.enum(CHANNELS).default('whatsapp'),
  purposes: z.array(text(40)).max(50).default([]),
  decision: z.enum(['given', 'withdrawn']),
  at: z.iso.datetime({ offset: true }).optional(),
  source: text(60).regex(
    /^[a-z][a-z0-9_]*$/,
    'lower-case letters, digits and _, such as web_form or telephone',
  ),
  evidence: evidence.optional(),
  reference: text(200).optional(),
  // Who took it down, where a person did (a call, a letter), and what was said in a few words.
  operator: text(60).optional(),
  reason: text(200).optional(),
})
const A_YES = {
  recipient: '+447700900123',
  purposes: ['offers'],
  decision: 'given',
  source: 'shop',
  at: '2026-11-01T10:00:00Z',
  evidence: {
    notice: 'Acme Outdoor GmbH may send me offers by WhatsApp, at most 4 a month. I can stop at any time.',
    language: 'en',
    where: 'https://acme.example/checkout',
    method: 'web_form',
    reference: 'form-4711',
  },
}
const A_NO = { recipient: '+447700900124', decision: 'withdrawn', source: 'telephone', operator: 'desk-7' }
const stateSchema = z
  .object({ status: z.string(), event: z.string(), since: z.string(), until: z.string().nullable() })
  .nullable()
const decisionSchema = z.object({
  allowed: z.boolean(),
  reason: z.enum(REASONS).nullable(),
  detail: z.string().nullable(),
  contact: z.string().nullable(),
  event: eventSchema.nullable(),
  since: z.string().nullable(),
  until: z.string().nullable(),
  retryAt: z.iso.datetime().nullable(),
})

export const declarationRoutes: FastifyPluginAsyncZod<RecordDeps> = async (app, deps) => {
  app.post(
    '/v1/consents',
    {
      config: { errors: 'problem', scope: 'consents:write' },
      schema: {
        summary: 'Record a yes or a no that was said elsewhere, with its evidence',
        body: body.meta({ examples: [A_YES, A_NO] }),
        response: {
          200: z.object({
            contact: z.string(),
            recorded: z.boolean(),
            event: eventSchema,
            states: z.record(z.string(), stateSchema),
          }),
        },
      },
    },
    async (request) => {
      const declaration = complete(request.body, deps.clock())
      const recorded = await recordDeclaration(deps, declaration)
      switch (recorded.outcome) {
        case 'recorded':
        case 'known':
          return {
            contact: recorded.contact,
            recorded: recorded.outcome === 'recorded',
            event: presentEvent(recorded.event),
            states: recorded.states,
          }
        case 'recipient_invalid':
          throw problem('REQUEST_INVALID', [{ field: 'recipient', message: 'neither E.164 nor a BSUID' }])
        case 'purpose_unknown':
          throw problem('REQUEST_INVALID', [{ field: 'purposes', message: 'not one of the policy file' }])
        case 'suppressed':
          throw problem('PERSON_SUPPRESSED')
        case 'own_stop':
          throw problem('OWN_STOP', [
            { field: 'at', message: `stopped ${recorded.purpose} since ${recorded.since}` },
          ])
      }
    },
  )

  app.post(
    '/v1/decisions',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'Whether a message could leave at any moment, and which event decides',
        body: z
          .strictObject({
            recipient,
            purpose: text(40).default(deps.policy.defaultPurpose),
            at: z.iso.datetime({ offset: true }).optional(),
          })
          .meta({
            examples: [{ recipient: '+12025550101', purpose: 'offers', at: '2026-11-02T00:00:00Z' }],
          }),
        response: {
          200: z.object({ at: z.string(), asKnownThen: decisionSchema, asKnownNow: decisionSchema }),
        },
      },
    },
    async (request) => {
      const now = deps.clock()
      const at = request.body.at === undefined ? now : new Date(request.body.at)
      if (at.getTime() > now.getTime() + CLOCK_DIFFERENCE_MS) throw tooLate()
      const found = await decisionsAt(
        deps.pool,
        deps.policy,
        request.body.recipient,
        request.body.purpose,
        at,
        request.body.at === undefined,
      )
      return {
        at: at.toISOString(),
        asKnownThen: present(found.asKnownThen),
        asKnownNow: present(found.asKnownNow),
      }
    },
  )
}

const tooLate = () => problem('REQUEST_INVALID', [{ field: 'at', message: 'lies in the future' }])

const present = (decision: Decision) => ({
  ...decision,
  event: decision.event && presentEvent(decision.event),
})

/** Names everything that is missing at once: a yes without its evidence is no proof. */
function complete(said: z.infer<typeof body>, now: Date): Declaration {
  const at = said.at === undefined ? null : new Date(said.at)
  const issues: Issue[] = []
  const given = said.decision === 'given'
  const { notice, language, where, method, reference } = said.evidence ?? {}
  if (given) {
    for (const [field, value] of Object.entries({ notice, language, where, method, reference })) {
      if (value === undefined) issues.push({ field: `evidence.${field}`, message: 'required for a yes' })
    }
    if (at === null) issues.push({ field: 'at', message: 'required for a yes: when it was given' })
    if (said.purposes.length === 0)
      issues.push({ field: 'purposes', message: 'required for a yes: what it was given for' })
  }
  if (at !== null && at.getTime() > now.getTime() + CLOCK_DIFFERENCE_MS)
    issues.push({ field: 'at', message: 'lies in the future' })
  if (issues.length > 0) throw problem('REQUEST_INVALID', issues)
  const complete =
    notice && language && where && method && reference ? { notice, language, where, method, reference } : null
  return {
    recipient: said.recipient,
    channel: said.channel,
    purposes: said.purposes,
    decision: said.decision,
    at: at ?? now,
    source: said.source,
    evidence: complete,
    reference: said.reference ?? reference ?? null,
    operator: said.operator ?? null,
    reason: said.reason ?? null,
  }
}

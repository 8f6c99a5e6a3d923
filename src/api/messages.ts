// Messages that may wait: handing in up to a thousand, looking at one or at many, cancelling. Routes translate HTTP; what
// happens is in sends/.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { REASON_SENTENCES, REASONS } from '../consent/verdict.js'
import { problem, problemDetails } from '../errors.js'
import { LIMITS } from '../limits.js'
import { idempotencyKey } from '../sends/documented.js'
import { type HandedInVerdict, type HandInDeps, handIn } from '../sends/hand-in.js'
import { cancelMessage } from '../sends/queue.js'
import { listMessages, type Message, readMessage } from '../sends/record.js'
import { type Answer, giveAnswer, type IdempotencyDeps, idempotent, type Worked } from './idempotency.js'

export type MessageRoutesDeps = HandInDeps & IdempotencyDeps

const STATUSES = ['refused', 'queued', 'sending', 'accepted', 'failed', 'uncertain', 'cancelled'] as const
/** One message as callers write it: words, within 24 hours of the person’s own. */
const EXAMPLE = {
  from: '106540352242922',
  message: {
    messaging_product: 'whatsapp',
    to: '+12025550101',
    type: 'text',
    text: { body: 'Two days of sale' },
  },
}
const FIRST = '00000000-0000-0000-0000-000000000000'

/** Why a message that nobody refused did not leave. */
const CANCELLED: Record<string, string> = {
  on_request: 'It was cancelled before it was due.',
  too_late: 'It could not be sent before it expired.',
  unavailable: 'WhatsApp could not be reached. Nothing was sent.',
}

const verdictSchema = z.object({
  id: z.string().nullable().meta({ description: 'Null for an invalid one, which is not on record' }),
  verdict: z.enum(['queued', 'refused', 'invalid']),
  reason: z.enum(REASONS).nullable(),
  field: z.string().nullable().meta({ description: 'What is wrong with an invalid one' }),
  detail: z.string().nullable(),
  purpose: z.string().nullable(),
  event: z.string().nullable().meta({ description: 'The ledger event that refused it' }),
  sendAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime().nullable(),
})
const handedInSchema = z.object({
  queued: z.int(),
  refused: z.int(),
  invalid: z.int(),
  messages: z.array(verdictSchema),
})

const time = z.iso.datetime().nullable()
const messageSchema = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  from: z.string().meta({ description: 'Phone number ID' }),
  contact: z.string().nullable(),
  purpose: z.string().nullable(),
  template: z.string().nullable(),
  status: z.enum(STATUSES),
  verdict: z.enum(['allowed', 'refused']).nullable().meta({ description: 'The gate’s; null while it waits' }),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  observed: z.boolean().meta({ description: 'Let through against the reason (GATE=observe)' }),
  permittedBy: z.string().nullable().meta({ description: 'The yes: an event of the ledger' }),
  decidedBy: z.string().nullable().meta({ description: 'The event that the verdict rests on' }),
  attempts: z.int(),
  sendAt: time,
  expiresAt: time,
  settledAt: time,
  wamid: z.string().nullable(),
  callbackData: z.string().nullable(),
  errorCode: z.int().nullable().meta({ description: 'Meta’s' }),
  statuses: z.object({ sent: time, delivered: time, read: time, failed: time }),
})

export const messageRoutes: FastifyPluginAsyncZod<MessageRoutesDeps> = async (app, deps) => {
  const config = { errors: 'problem', scope: 'send' } as const
  const byId = {
    params: z.object({ id: z.uuid().meta({ examples: ['01935a4c-7d00-7000-8000-00000005e4d1'] }) }),
    response: { 200: messageSchema },
  }

  app.post(
    '/v1/messages',
    {
      config,
      bodyLimit: LIMITS.queueBodyBytes,
      schema: {
        summary: 'Queue one message or up to 1,000, each with its own verdict, for now or for later',
        headers: z.looseObject({ 'idempotency-key': idempotencyKey }),
        // Each message is read by itself, so that one that is wrong does not keep back the others.
        body: z
          .looseObject({ messages: z.array(z.unknown()).min(1).max(LIMITS.batch).optional() })
          .refine((body) => body.messages === undefined || Object.keys(body).length === 1, {
            error: 'either "messages" with up to 1,000 of them, or one message alone',
          })
          .meta({ examples: [{ messages: [EXAMPLE, { ...EXAMPLE, purpose: 'offers' }] }, EXAMPLE] }),
        response: {
          202: handedInSchema,
          422: z
            .looseObject({ code: z.string(), ...handedInSchema.partial().shape })
            .meta({ description: '`NOTHING_QUEUED` has a verdict each; `IDEMPOTENCY_MISMATCH` has none' }),
        },
      },
    },
    async (request, reply) => {
      if (deps.gate === 'observe') reply.header('x-assent-gate', 'observe')
      const items = request.body.messages ?? [request.body]
      const answer = await idempotent(deps, request, request.caller?.id ?? '', ({ keep }) =>
        handIn(deps, items, deps.clock(), async (tx, verdicts) => {
          const worked: Worked = { answer: answerTo(verdicts, request.id), holds: 'final' }
          await keep(tx, worked)
          return worked
        }),
      )
      return giveAnswer(reply, answer)
    },
  )

  const one = { ...byId, summary: 'What became of a message, sent directly or queued' }
  app.get('/v1/messages/:id', { config, schema: one }, async (request) => {
    const message = await readMessage(deps.pool, request.params.id)
    if (message === null) throw problem('MESSAGE_UNKNOWN')
    return presentMessage(message)
  })

  await app.register(async (bare: typeof app) => {
    // Many clients name JSON in the header even where they send nothing; what they send is not looked at.
    bare.removeAllContentTypeParsers()
    bare.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null))
    const schema = { ...byId, summary: 'Take back a message that is still queued' }
    bare.post('/v1/messages/:id/cancel', { config, schema }, async (request) => {
      const { id } = request.params
      const cancelled = await cancelMessage(deps.pool, id, deps.clock())
      const message = await readMessage(deps.pool, id)
      if (message === null) throw problem('MESSAGE_UNKNOWN')
      if (!cancelled)
        throw problem('MESSAGE_NOT_QUEUED', [{ field: 'status', message: `is ${message.status}` }])
      return presentMessage(message)
    })
  })

  app.get(
    '/v1/messages',
    {
      config,
      schema: {
        summary: 'Messages in the order in which they were handed in, sent directly or queued',
        querystring: z.strictObject({
          after: z.uuid().default(FIRST),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          status: z.enum(STATUSES).optional(),
          purpose: z.string().min(1).max(40).optional(),
          from: z
            .string()
            .regex(/^\d{3,32}$/)
            .optional(),
        }),
        response: {
          200: z.object({ messages: z.array(messageSchema), next: z.string().nullable() }),
        },
      },
    },
    async (request) => {
      const { after, limit, status, purpose, from } = request.query
      const { messages, next } = await listMessages(deps.pool, {
        after,
        limit,
        status: status ?? null,
        purpose: purpose ?? null,
        phoneNumberId: from ?? null,
      })
      return { messages: messages.map(presentMessage), next }
    },
  )
}

const NOTHING = {
  id: null,
  reason: null,
  field: null,
  detail: null,
  purpose: null,
  event: null,
  sendAt: null,
  expiresAt: null,
}

/** Counts, and a verdict for each message; a problem when none was queued, which no repeat would mend. */
function answerTo(verdicts: readonly HandedInVerdict[], requestId: string): Answer {
  const count = (verdict: string) => verdicts.filter((v) => v.verdict === verdict).length
  const told: z.infer<typeof handedInSchema> = {
    queued: count('queued'),
    refused: count('refused'),
    invalid: count('invalid'),
    messages: verdicts.map(presentVerdict),
  }
  const [status, contentType, body] =
    told.queued > 0
      ? ([202, 'application/json; charset=utf-8', told] as const)
      : ([
          422,
          'application/problem+json',
          { ...problemDetails('NOTHING_QUEUED', [], requestId), ...told },
        ] as const)
  return { status, contentType, body: Buffer.from(JSON.stringify(body)) }
}

function presentVerdict(verdict: HandedInVerdict): z.infer<typeof verdictSchema> {
  if (verdict.verdict !== 'queued') return { ...NOTHING, ...verdict }
  const { sendAt, expiresAt, ...rest } = verdict
  return { ...NOTHING, ...rest, sendAt: sendAt.toISOString(), expiresAt: expiresAt.toISOString() }
}

function presentMessage(message: Message): z.infer<typeof messageSchema> {
  const { phoneNumberId, contactId, sentAt, deliveredAt, readAt, failedAt, ...rest } = message
  const iso = (at: Date | null) => at?.toISOString() ?? null
  const sentences: Record<string, string> = { ...REASON_SENTENCES, ...CANCELLED }
  return {
    ...rest,
    createdAt: message.createdAt.toISOString(),
    from: phoneNumberId,
    contact: contactId,
    verdict:
      message.permittedBy !== null || message.observed
        ? 'allowed'
        : message.status === 'refused'
          ? 'refused'
          : null,
    detail: message.reason === null ? null : (sentences[message.reason] ?? null),
    sendAt: iso(message.sendAt),
    expiresAt: iso(message.expiresAt),
    settledAt: iso(message.settledAt),
    statuses: { sent: iso(sentAt), delivered: iso(deliveredAt), read: iso(readAt), failed: iso(failedAt) },
  }
}

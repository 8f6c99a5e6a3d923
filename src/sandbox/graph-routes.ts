// The Graph side of the emulator: the paths that a WhatsApp client calls.
// Promise kept: answers and errors have the shape, code and HTTP status of the Cloud API; what the Cloud API has and
// this does not is a 404 in Graph's envelope, never a silent success.

import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { acceptMessage, type Recipient } from './acceptance.js'
import { BODY_READERS } from './bodies.js'
import { type GraphProblem, NO_SUCH_OBJECT, refuse } from './graph-errors.js'
import { mediaRoutes } from './media-routes.js'
import { objectRoutes } from './object-routes.js'
import { type Outgoing, readOutgoing } from './outgoing.js'
import { type BusinessNumber, digitsOf, waIdOf } from './people.js'
import { type TemplateQuery, templatePage } from './templates.js'
import { LARGEST_RECORD, type RecordedRequest, type World } from './world.js'

export type GraphRoutesOptions = { world: World; accessToken: string; closing: AbortSignal }

type Addressed = Recipient & {
  contact: { input: string; wa_id: string } | { input: string; user_id: string }
}
type Target = { Params: { id: string } }

const TYPING_MS = 25_000
const KEEP = 50_000

export const graphRoutes: FastifyPluginAsync<GraphRoutesOptions> = async (app, options) => {
  const { world, accessToken, closing } = options
  const records = new WeakMap<FastifyRequest, RecordedRequest>()

  for (const [type, read] of Object.entries(BODY_READERS)) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
      const record = records.get(request)
      if (record && body.length <= LARGEST_RECORD) record.bodyBytes = body
      return read(body, request)
    })
  }

  app.addHook('onRequest', async (request, reply) => {
    const headers = {
      ...request.headers,
      ...(request.headers.authorization ? { authorization: 'redacted' } : {}),
    }
    const [path = '', query] = request.originalUrl.split('?')
    const { access_token: given, ...asked } = Object.fromEntries(new URLSearchParams(query))
    const record: RecordedRequest = {
      at: world.clock(),
      method: request.method,
      path,
      query: asked,
      headers,
      body: null,
      bodyBytes: null,
      answer: null,
      answerBytes: null,
    }
    records.set(request, record)
    world.requests.push(record)
    if (world.requests.length > KEEP) world.requests.shift()
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if ((bearer ?? given) !== accessToken) {
      return refuse(reply, { code: 190, details: 'The access token is missing, expired or of another app.' })
    }
  })
  app.addHook('preHandler', async (request) => {
    const record = records.get(request)
    if (record && !(request.body instanceof FormData)) record.body = request.body ?? null
    world.changed(null)
  })
  app.addHook('onSend', async (request, _reply, payload) => {
    const record = records.get(request)
    if (!record || !(typeof payload === 'string' || Buffer.isBuffer(payload))) return
    const answer = Buffer.from(payload)
    if (answer.length <= LARGEST_RECORD) record.answerBytes = answer
  })
  app.addHook('onResponse', async (request, reply) => {
    const record = records.get(request)
    if (record) record.answer = reply.statusCode
    world.changed(null)
  })

  app.setNotFoundHandler((_request, reply) => {
    void refuse(reply, { code: 2500, details: 'The emulated Graph API has no such path.' })
  })
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500
    void refuse(
      reply,
      status < 500
        ? { code: 100, details: 'The body cannot be read.', http: status }
        : { code: 131000, details: 'The emulator failed.' },
    )
  })

  await app.register(mediaRoutes, { world })
  await app.register(objectRoutes, { world })
  for (const path of ['messages', 'marketing_messages'] as const) {
    app.post<Target>(`/:id/${path}`, async (request, reply) => {
      const number = world.numbers.find((n) => n.phoneNumberId === request.params.id)
      if (!number) return refuse(reply, NO_SUCH_OBJECT)
      if (isObject(request.body) && request.body.status === 'read')
        return markRead(world, request.body, reply)
      const message = readOutgoing(request.body, world.templates, path === 'marketing_messages')
      if ('code' in message) return refuse(reply, message)
      if (!message.mediaIds.every((id) => world.media.find(id)))
        return refuse(reply, { code: 131009, details: 'id: no media of this business has this id' })
      const addressed = addressOf(world, number, message)
      if ('code' in addressed) return refuse(reply, addressed)
      const { contact, ...recipient } = addressed
      const answer = () => ({
        messaging_product: 'whatsapp',
        contacts: [contact],
        messages: [
          {
            id: acceptMessage(world, number, message, recipient),
            ...(message.content.kind === 'template' ? { message_status: 'accepted' } : {}),
          },
        ],
      })
      return withFault(reply, answer)
    })
  }

  /** Answers, unless a fault says otherwise. */
  async function withFault(reply: FastifyReply, answer: () => unknown): Promise<unknown> {
    const fault = world.faults.takeSendFault()
    if (!fault) return answer()
    if (fault.kind === 'fail') {
      const { code, httpStatus } = fault
      return refuse(reply, {
        code,
        details: 'a fault on request',
        ...(httpStatus ? { http: httpStatus } : {}),
      })
    }
    const late = fault.accepted ? answer() : undefined
    if (fault.kind === 'hang' && fault.afterMs !== undefined) {
      await wait(fault.afterMs, undefined, { signal: closing }).catch(() => {})
      return late ?? refuse(reply, { code: 131016, details: 'a fault on request' })
    }
    reply.hijack()
    if (fault.kind === 'drop') reply.raw.socket?.destroy()
    return reply
  }

  app.get<Target & { Querystring: TemplateQuery }>('/:id/message_templates', async (request, reply) => {
    if (!world.numbers.some((n) => n.businessAccountId === request.params.id))
      return refuse(reply, NO_SUCH_OBJECT)
    const [path] = request.originalUrl.split('?')
    // Graph's links to other pages carry the token, so that whoever follows one needs nothing else.
    const query = { ...request.query, access_token: accessToken }
    const page = templatePage(world.templates, query, `http://${request.host}${path}`)
    return 'code' in page ? refuse(reply, page) : page
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Whom a send goes to. `to` wins over `recipient`, as with Meta. */
function addressOf(world: World, number: BusinessNumber, message: Outgoing): Addressed | GraphProblem {
  const { to, recipient = '', category } = message
  if (to === undefined) {
    const person = world.people.byUserId(recipient)
    if (!person) return { code: 131009, details: 'recipient: no user with this id for this business' }
    if (category === 'authentication')
      return { code: 131062, details: 'authentication templates need a phone number' }
    return { person, contact: { input: recipient, user_id: recipient } }
  }
  const dialled = digitsOf(to)
  if (dialled === null) return { code: 131009, details: 'to: not a phone number' }
  if (dialled === digitsOf(number.displayPhoneNumber))
    return { code: 131021, details: 'to: the sender itself' }
  return { person: world.people.byPhone(to), dialled, contact: { input: to, wa_id: waIdOf(dialled) } }
}

/** Marks a message and all before it as read, and shows that the business types. */
function markRead(world: World, body: Record<string, unknown>, reply: FastifyReply): unknown {
  if (typeof body.message_id !== 'string')
    return refuse(reply, { code: 131008, details: 'message_id is missing' })
  const found = world.people.byMessage(body.message_id)
  if (found) {
    const { chat } = found.person
    for (const bubble of chat.slice(0, chat.indexOf(found.bubble) + 1)) {
      if (bubble.from === 'person') bubble.seen = true
    }
    if (isObject(body.typing_indicator)) found.person.typingUntil = world.clock().getTime() + TYPING_MS
    world.changed(found.person.id)
  }
  return { success: true }
}

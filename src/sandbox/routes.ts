// The chat page and what it asks for: be somebody on WhatsApp, see what the service knows about you, and send to
// yourself as the business would. Sandbox mode only.
// Promise kept: no phone number in a URL (people have ids made here), no request to any other host, and the page
// shows what the service answers, never an opinion of its own.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyPluginAsync, FastifyReply } from 'fastify'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { z } from 'zod'
import type { Policy } from '../policy.js'
import type { Emulator } from './emulator.js'
import { FIRST_PEOPLE } from './people.js'
import type { Person } from './person.js'
import { sendExamples } from './send-examples.js'
import { streamRoute } from './stream.js'

export type SandboxDeps = {
  emulator: Emulator
  policy: Policy
  publicUrl: () => string
  apiKey: string
  /** the lookup answer: contact id, identifiers, state per channel and purpose */
  look: (identity: { phone?: string; userId?: string }) => Promise<unknown>
  /** one person's ledger, newest last */
  events: (contactId: string) => Promise<unknown[]>
}

type ById = { Params: { id: string } }

const PAGE = {
  'app.js': 'text/javascript',
  'attached.js': 'text/javascript',
  'chat.js': 'text/javascript',
  'consents.js': 'text/javascript',
  'dom.js': 'text/javascript',
  'sends.js': 'text/javascript',
  'style.css': 'text/css',
  'panels.css': 'text/css',
  'chat.css': 'text/css',
  'bubbles.css': 'text/css',
  'dialogs.css': 'text/css',
  'icon.svg': 'image/svg+xml',
  'wallpaper.svg': 'image/svg+xml',
} as const

const SAFE = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

const blank = z.literal('').transform(() => undefined)
const newPerson = z.object({
  name: z.string().trim().min(1).max(40),
  phone: z.union([blank, z.string().trim().max(24)]).optional(),
  username: z.union([blank, z.string().trim().max(35)]).optional(),
})
const newMessage = z.object({ text: z.string().trim().min(1).max(4096) })
const newTap = z.object({ messageId: z.string().max(512), buttonId: z.string().max(256) })
const newPreference = z.object({ value: z.enum(['stop', 'resume']) })
const newFault = z.object({ fault: z.enum(['duplicate', 'reverse', 'hang', 'fail']), on: z.boolean() })

export const sandboxRoutes: FastifyPluginAsync<SandboxDeps> = async (app, deps) => {
  const { emulator, policy } = deps
  if (emulator.people.length === 0) for (const profile of FIRST_PEOPLE) emulator.person(profile)
  await app.register(streamRoute, { emulator })
  // Every page asks often, so its requests stay out of the log; `hide` keeps them out of the API description.
  const quiet = { schema: { hide: true }, logLevel: 'warn' } as const

  for (const [name, type] of Object.entries({ ...PAGE, 'index.html': 'text/html' })) {
    const content = await readFile(join(import.meta.dirname, 'page', name))
    app.get(name === 'index.html' ? '/' : `/sandbox/${name}`, quiet, (_request, reply) =>
      reply.headers(SAFE).type(`${type}; charset=utf-8`).send(content),
    )
  }

  app.get('/sandbox/people', quiet, async () => ({
    business: { name: policy.controller.name, number: readable(policy.numbers[0]?.displayPhoneNumber ?? '') },
    purposes: [...policy.purposes.values()].map(({ id, category, title }) => ({ id, category, title })),
    people: emulator.people.map(identityOf),
    faults: faultsOf(emulator),
  }))

  app.post('/sandbox/people', quiet, async (request, reply) => {
    const asked = newPerson.safeParse(request.body)
    if (!asked.success) return refuse(reply, 'Give a name of at most 40 characters.')
    const { name, phone, username } = asked.data
    try {
      const person = emulator.person({ name, ...(phone ? { phone } : {}), ...(username ? { username } : {}) })
      return reply.code(201).send(identityOf(person))
    } catch (error) {
      if (error instanceof RangeError) return refuse(reply, error.message)
      throw error
    }
  })

  /** A route about one person: unknown people are 404, a body that does not fit is 400 and says what fits. */
  function post<T>(
    path: string,
    schema: z.ZodType<T>,
    wanted: string,
    act: (person: Person, body: T) => unknown,
  ) {
    app.post<ById>(`/sandbox/people/:id/${path}`, quiet, async (request, reply) => {
      const person = emulator.people.find((p) => p.id === request.params.id)
      if (!person) return refuse(reply, 'There is nobody with this id.', 404)
      const body = schema.safeParse(request.body)
      if (!body.success) return refuse(reply, wanted)
      try {
        return reply.code(202).send({ id: act(person, body.data) ?? null })
      } catch (error) {
        if (error instanceof RangeError) return refuse(reply, error.message)
        throw error
      }
    })
  }
  post('messages', newMessage, 'Send {"text": "…"} of 1 to 4096 characters.', (p, { text }) => p.text(text))
  post('taps', newTap, 'Send {"messageId": "…", "buttonId": "…"}.', (p, tap) =>
    p.tap(tap.messageId, tap.buttonId),
  )
  post('preferences', newPreference, 'Send {"value": "stop"} or {"value": "resume"}.', (p, { value }) =>
    value === 'stop' ? p.stopMarketing() : p.resumeMarketing(),
  )

  app.get<ById>('/sandbox/people/:id', quiet, async (request, reply) => {
    const person = emulator.people.find((p) => p.id === request.params.id)
    if (!person) return refuse(reply, 'There is nobody with this id.', 404)
    const { publicUrl, apiKey } = deps
    return {
      person: {
        ...identityOf(person),
        marketingStopped: person.marketingStopped,
        typingUntil: person.typingUntil,
      },
      chat: person.chat,
      ...(await knowledgeOf(deps, person, request.log)),
      faults: faultsOf(emulator),
      sends: sendExamples(person, { policy, templates: emulator.templates, publicUrl: publicUrl(), apiKey }),
    }
  })

  app.post('/sandbox/faults', quiet, async (request, reply) => {
    const asked = newFault.safeParse(request.body)
    if (!asked.success)
      return refuse(reply, 'Send {"fault": "duplicate|reverse|hang|fail", "on": true|false}.')
    setFault(emulator, asked.data)
    return faultsOf(emulator)
  })
}

function refuse(reply: FastifyReply, error: string, status = 400): FastifyReply {
  return reply.code(status).send({ error })
}

function identityOf({ id, name, phone, userId, username }: Person) {
  return { id, name, phone, userId, username, address: phone ? readable(phone) : (username ?? 'no phone') }
}

/** `+12025550101` → `+1 202 555 0101` */
function readable(phone: string): string {
  return parsePhoneNumberFromString(phone)?.formatInternational() ?? phone
}

/** What the service knows about a person; `consents` is null when it cannot be asked. */
async function knowledgeOf({ look, events }: SandboxDeps, person: Person, log: FastifyBaseLogger) {
  try {
    const phone = person.phone !== undefined && person.phoneShown ? { phone: person.phone } : {}
    const consents = await look({ ...phone, userId: person.userId })
    const contact = z.object({ contact: z.string() }).safeParse(consents)
    return { consents, ledger: contact.success ? await events(contact.data.contact) : [] }
  } catch (error) {
    log.warn({ err: error }, 'the chat page could not ask for consents')
    return { consents: null, ledger: [] }
  }
}

function setFault({ faults }: Emulator, { fault, on }: z.infer<typeof newFault>): void {
  if (fault === 'duplicate') faults.duplicateWebhooks(on ? 2 : 1)
  else if (fault === 'reverse') faults.reorderWebhooks(on ? 'reverse' : null)
  else if (!on) faults.clearSends()
  else if (fault === 'hang') faults.hangSends()
  else faults.failSends({ code: 130429 })
}

function faultsOf({ faults }: Emulator) {
  const next = faults.sendFaults[0]?.kind
  return {
    duplicate: faults.copies > 1,
    reverse: faults.order !== null,
    hang: next === 'hang',
    fail: next === 'fail',
  }
}

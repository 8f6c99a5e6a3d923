// An emulated WhatsApp: a Graph API on a socket of its own, and the people behind it.
// Promise kept: a business that works against this works against Meta: same requests, same answers, same webhooks,
// same trouble. Nothing leaves the machine.

import Fastify from 'fastify'
import { createDeliveries, type Delivery } from './deliveries.js'
import { createFaults, type Faults } from './faults.js'
import { graphRoutes } from './graph-routes.js'
import { createMedia, type MediaStore } from './media.js'
import { type NumberFacts, numberFacts } from './numbers.js'
import { envelope } from './payloads.js'
import { type BusinessNumber, createPeople, digitsOf, type Profile, waIdOf } from './people.js'
import { type Person, personOf } from './person.js'
import { sampleTemplates, type Template } from './templates.js'
import type { RecordedRequest, World } from './world.js'

export type EmulatorOptions = {
  /** 127.0.0.1 */
  host?: string
  /** 0: any free port */
  port?: number
  accessToken: string
  appSecret: string
  /** where webhooks go; asked anew for each delivery */
  webhookUrl: string | (() => string)
  numbers: readonly BusinessNumber[]
  clock?: () => Date
  /** one line per webhook, without anybody's data */
  log?: (line: string) => void
  /** `manual`: webhooks wait for `flush` and no timer runs */
  deliver?: 'auto' | 'manual'
  /** version of the webhook subscription, v25.0; up to v23.0 statuses carry a conversation */
  webhookVersion?: string
}

type Listener = (person: string | null) => void

export type Emulator = {
  readonly url: string
  readonly people: readonly Person[]
  /** every request that arrived, oldest first (the newest 50,000) */
  readonly requests: readonly RecordedRequest[]
  /** every webhook, oldest first (the newest 2,000) */
  readonly deliveries: readonly Delivery[]
  /** change `category` or `status` in place to play Meta's reclassification */
  readonly templates: Template[]
  /** files that were uploaded or sent by people */
  readonly media: MediaStore
  /** phone number id → what Graph tells of it; change it in place, such as `throughput` */
  readonly facts: ReadonlyMap<string, NumberFacts>
  readonly faults: Faults
  /** webhooks not yet answered or given up */
  readonly pending: number
  /** somebody new; throws a RangeError when the phone is none or is taken */
  person(profile: Profile): Person
  /** sends addressed to a person (by their emulator id, phone in any form, or BSUID), answered or not */
  messagesTo(identity: string): RecordedRequest[]
  /** posts a webhook of any other field, such as `template_category_update` */
  announce(field: string, value: unknown): void
  /** posts the same bytes once more */
  redeliver(delivery: Delivery): void
  /** delivers all that waits until nothing is left; what was not answered 200 waits for the next call */
  flush(): Promise<number[]>
  /** called with a person's id (or null) after a message, status, request or answer; returns the way out */
  onChange(listener: Listener): () => void
  /** waits, without polling, until a change makes the condition true; rejects after `withinMs` (10 s) */
  until(condition: () => boolean, withinMs?: number): Promise<void>
  close(): Promise<void>
}

/** Starts an emulated WhatsApp and listens. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { webhookUrl, appSecret, clock = () => new Date(), deliver: mode = 'auto' } = options
  const listeners = new Set<Listener>()
  const changed = (person: string | null) => {
    for (const listener of listeners) listener(person)
  }
  const faults = createFaults()
  const deliveries = createDeliveries({
    webhookUrl: typeof webhookUrl === 'string' ? () => webhookUrl : webhookUrl,
    appSecret,
    mode,
    faults,
    changed,
    log: options.log ?? (() => {}),
  })
  const world: World = {
    numbers: options.numbers,
    people: createPeople(),
    templates: sampleTemplates(),
    media: createMedia(),
    facts: new Map(options.numbers.map((number) => [number.phoneNumberId, numberFacts(number)])),
    faults,
    deliveries,
    requests: [],
    clock,
    changed,
    conversations: Number(/^v(\d+)/.exec(options.webhookVersion ?? 'v25.0')?.[1]) < 24,
  }
  const people: Person[] = []
  const closing = new AbortController()
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 4 * 1024 * 1024,
    // Clients choose their version, or none: it is not part of the route.
    rewriteUrl: (request) => (request.url ?? '/').replace(/^\/v\d+\.\d+(?=\/)/, ''),
  })
  await app.register(graphRoutes, { world, accessToken: options.accessToken, closing: closing.signal })
  const url = await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 })

  return {
    url,
    people,
    requests: world.requests,
    deliveries: deliveries.recent,
    templates: world.templates,
    media: world.media,
    facts: world.facts,
    faults,
    get pending() {
      return deliveries.pending
    },
    person(profile) {
      const person = personOf(world, world.people.add(profile))
      people.push(person)
      changed(person.id)
      return person
    },
    messagesTo(identity) {
      const person = people.find((p) => p.id === identity || p.userId === identity)
      const waId = person?.waId ?? waIdOf(digitsOf(identity) ?? identity)
      const userId = person?.userId ?? identity
      return world.requests.filter((request) => isAddressedTo(request.body, waId, userId))
    },
    announce(field, value) {
      const account = world.numbers[0]?.businessAccountId ?? '0'
      deliveries.post(envelope(account, field, value, clock()), { person: null })
    },
    redeliver: deliveries.redeliver,
    flush: deliveries.flush,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    until: (condition, withinMs = 10_000) => until(listeners, condition, withinMs),
    async close() {
      closing.abort()
      listeners.clear()
      await deliveries.close()
      await app.close()
    },
  }
}

function until(listeners: Set<Listener>, condition: () => boolean, withinMs: number): Promise<void> {
  if (condition()) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      listeners.delete(check)
    }
    const check = () => {
      if (!condition()) return
      stop()
      resolve()
    }
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`the emulator did not reach the expected state within ${withinMs} ms`))
    }, withinMs)
    listeners.add(check)
  })
}

function isAddressedTo(body: unknown, waId: string, userId: string): boolean {
  if (typeof body !== 'object' || body === null) return false
  const { to, recipient } = body as { to?: unknown; recipient?: unknown }
  if (to !== undefined) return waIdOf(digitsOf(String(to)) ?? '') === waId
  return recipient === userId
}

// An emulator and the business at the other end of its webhooks, for one test.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/sandbox/emulator.js'

export const NUMBER = {
  phoneNumberId: '106540352242922',
  businessAccountId: '102290129340398',
  displayPhoneNumber: '+493023125000',
}
export const SECRET = 'a-secret'
export const TOKEN = 'a-token'

export type Hook = { raw: Buffer; headers: IncomingHttpHeaders; signed: boolean; json: WebhookBody }
/** Loose on purpose: tests say with `match` and `same` what must be in it. */
export type WebhookBody = {
  object: string
  entry: {
    id: string
    time?: number
    changes: { field: string; value: Record<string, never> & WebhookValue }[]
  }[]
}
type Item = Record<string, unknown>
type WebhookValue = {
  metadata?: Item
  contacts?: Item[]
  messages?: Item[]
  statuses?: Item[]
  user_preferences?: Item[]
}

/** The receiving end: keeps what arrives and answers what the test says. */
export type Business = {
  hooks: Hook[]
  answer: (nth: number) => number | Promise<number>
  values: () => WebhookValue[]
}

type Setup = { emulator: Emulator; business: Business; clock: { now: Date } }

/** Starts both ends; the clock stands still until the test moves it. */
export async function startWorld(t: Test, options: Partial<EmulatorOptions> = {}): Promise<Setup> {
  const business: Business = {
    hooks: [],
    answer: () => 200,
    values: () => business.hooks.flatMap((h) => h.json.entry.flatMap((e) => e.changes.map((c) => c.value))),
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const raw = Buffer.concat(chunks)
      const expected = createHmac('sha256', SECRET).update(raw).digest()
      const given = Buffer.from(String(request.headers['x-hub-signature-256']).replace(/^sha256=/, ''), 'hex')
      const signed = given.length === expected.length && timingSafeEqual(given, expected)
      business.hooks.push({ raw, headers: request.headers, signed, json: JSON.parse(raw.toString('utf8')) })
      response.writeHead(await business.answer(business.hooks.length)).end()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const clock = { now: new Date('2026-11-23T10:00:00Z') }
  const emulator = await startEmulator({
    accessToken: TOKEN,
    appSecret: SECRET,
    webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`,
    numbers: [NUMBER],
    deliver: 'manual',
    clock: () => clock.now,
    ...options,
  })
  t.teardown(async () => {
    await emulator.close()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  return { emulator, business, clock }
}

export type Answer = {
  status: number
  json: {
    contacts?: { input: string; wa_id?: string; user_id?: string }[]
    messages?: { id: string; message_status?: string }[]
    error?: { code: number; message: string; error_data: { details: string } }
    [key: string]: unknown
  }
}

/** Calls the Graph side as a business does. */
export async function call(
  emulator: Emulator,
  path: string,
  body?: unknown,
  { token = TOKEN, signal }: { token?: string; signal?: AbortSignal } = {},
): Promise<Answer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  })
  return { status: response.status, json: (await response.json()) as Answer['json'] }
}

/** Sends a message from the business's number. */
export function send(
  emulator: Emulator,
  message: object,
  options?: { token?: string; signal?: AbortSignal },
) {
  return call(
    emulator,
    `/v25.0/${NUMBER.phoneNumberId}/messages`,
    { messaging_product: 'whatsapp', ...message },
    options,
  )
}

export const text = (body: string) => ({ type: 'text', text: { body } })

export const buttons = (...titles: string[]) => ({
  type: 'interactive',
  interactive: {
    type: 'button',
    body: { text: 'Do you agree?' },
    action: { buttons: titles.map((title, n) => ({ type: 'reply', reply: { id: `choice-${n}`, title } })) },
  },
})

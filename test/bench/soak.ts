// Many queued messages to many people, of whom every tenth writes STOP in the middle: the real app with its jobs, an
// emulated WhatsApp on loopback, and the one question whether anybody was reached after their stop was answered.

import type { AddressInfo } from 'node:net'
import type pg from 'pg'
import { pino } from 'pino'
import { buildApp } from '../../src/app.js'
import { readConfig, SANDBOX } from '../../src/config.js'
import { startJobs } from '../../src/jobs/runner.js'
import { startEmulator } from '../../src/sandbox/emulator.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { sharedThroughput } from '../../src/sends/number-pace.js'
import { createGraph } from '../../src/whatsapp/graph.js'
import { samplePolicy, withFrequency } from '../helpers/policy.js'

export type Soak = {
  people: number
  /** In all; each person gets their share, in turns. */
  messages: number
  /** Throughput of the number. */
  perSecond: number
  /** Gives up after this long. */
  withinMs: number
  log: (line: string) => void
}

export type Soaked = {
  stopped: number
  /** Messages to somebody after their stop was answered. */
  after: number
  /** Confirmations of stops. */
  confirmed: number
  statuses: Record<string, number>
  /** Messages that reached the emulator. */
  arrived: number
  /** Bodies that still rest in the database. */
  left: number
  handedInMs: number
  sentMs: number
}

const FROM = samplePolicy.numbers[0]?.phoneNumberId ?? ''
const AT_ONCE = 16
// +999 is a country code that is assigned to nobody.
const phoneOf = (n: number) => `999${100_000_000 + n}`

/** @throws when the queue is not empty in time */
export async function soak(
  pool: pg.Pool,
  { people, messages, perSecond, withinMs, log }: Soak,
): Promise<Soaked> {
  // Nobody has had enough: what is tried here is the stop.
  const policy = {
    ...withFrequency(samplePolicy, { atMost: 100_000, per: 'day' }),
    numbers: samplePolicy.numbers.map((number) => ({ ...number, messagesPerSecond: perSecond })),
  }
  const clock = () => new Date()
  const config = readConfig({ LOG_LEVEL: 'silent' })
  const emulator = await startEmulator({
    accessToken: SANDBOX.accessToken,
    appSecret: SANDBOX.appSecret,
    webhookUrl: 'http://127.0.0.1:9/',
    numbers: policy.numbers,
    deliver: 'manual',
  })
  const graph = createGraph({ url: emulator.url, accessToken: config.accessToken })
  const throughput = sharedThroughput(pool, policy)
  const app = await buildApp({ config, policy, pool, graph, throughput, clock })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const { apiVersion, identityKeys, gate } = config
  const jobs = await startJobs({
    pool,
    policy,
    graph,
    throughput,
    apiVersion,
    identityKeys,
    clock,
    gate,
    log: pino({ level: 'silent' }),
  })
  const post = async (path: string, body: Buffer | string, headers: Record<string, string>) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: new Uint8Array(Buffer.from(body)),
    })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.json().catch(() => ({})) as Promise<{ queued?: number }>
  }
  const key = { authorization: `Bearer ${SANDBOX.adminKey}` }
  const deadline = performance.now() + withinMs
  const inTime = () => {
    if (performance.now() > deadline) throw new Error(`not done within ${withinMs} ms`)
  }
  try {
    log(`${people} people say yes`)
    await forAll(people, (n) => {
      inTime()
      return post('/v1/consents', JSON.stringify(yes(phoneOf(n), clock())), key)
    })

    log(`${messages} messages are handed in`)
    const begun = performance.now()
    // Where the stops begin: when about a third has left.
    const third = emulator.until(() => emulator.requests.length >= messages / 3, withinMs)
    const handedIn = (async () => {
      for (let first = 0; first < messages; first += 1_000) {
        inTime()
        const count = Math.min(1_000, messages - first)
        const batch = Array.from({ length: count }, (_, i) => message(phoneOf((first + i) % people)))
        const { queued } = await post('/v1/messages', JSON.stringify({ messages: batch }), key)
        // Who has stopped meanwhile is refused at once.
        if (queued === undefined) throw new Error('a batch without a count')
      }
      return performance.now() - begun
    })()

    await third
    const stopped = Math.floor(people / 10)
    log(`${stopped} of them write STOP`)
    // How many requests had arrived at WhatsApp when the stop was answered: whatever comes later is too late.
    const line = new Map<string, number>()
    await forAll(stopped, async (n) => {
      const phone = phoneOf(n * 10)
      const { body, signature } = signedBody(stop(phone, clock()), SANDBOX.appSecret)
      await post('/webhook', body, { 'x-hub-signature-256': signature })
      line.set(phone, emulator.requests.length)
    })
    const handedInMs = await handedIn

    log('the rest leaves')
    for (;;) {
      inTime()
      const { rows } = await pool.query(
        `select count(*)::int as waiting from sends where status in ('queued', 'sending')`,
      )
      if (rows[0].waiting === 0) break
      await new Promise((later) => setTimeout(later, 50))
    }
    const sentMs = performance.now() - begun
    const { rows } = await pool.query(
      `select status || coalesce(' ' || reason, '') as status, count(*)::int from sends where kind = 'message' group by 1 order by 1`,
    )
    const { rows: resting } = await pool.query('select count(*)::int as left from queued_messages')
    const arrived = emulator.requests.flatMap((request, i) =>
      request.method === 'POST' ? [{ i, ...addressOf(request.body) }] : [],
    )
    return {
      stopped,
      after: arrived.filter(({ i, to, type }) => type === 'template' && i >= (line.get(to) ?? Infinity))
        .length,
      confirmed: arrived.filter(({ type }) => type === 'interactive').length,
      statuses: Object.fromEntries(rows.map((r) => [r.status, r.count])),
      arrived: arrived.filter(({ type }) => type === 'template').length,
      left: resting[0].left,
      handedInMs,
      sentMs,
    }
  } finally {
    await jobs.stop()
    await app.close()
    await graph.close()
    await emulator.close()
  }
}

/** `work` for 0, 1, 2 …, a few at a time. */
async function forAll(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const one = async () => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

const addressOf = (body: unknown) => {
  const { to, type } = body as { to?: string; type?: string }
  return { to: (to ?? '').replace('+', ''), type }
}

const message = (phone: string) => ({
  from: FROM,
  message: {
    messaging_product: 'whatsapp',
    to: `+${phone}`,
    // Nobody has written, so nothing free-form may leave.
    type: 'template',
    template: { name: 'summer_sale', language: { code: 'en_US' } },
  },
})

const yes = (phone: string, now: Date) => ({
  recipient: phone,
  purposes: ['offers'],
  decision: 'given',
  source: 'shop',
  at: new Date(now.getTime() - 60_000).toISOString(),
  evidence: {
    notice: 'Acme Outdoor GmbH may send me offers by WhatsApp. I can stop at any time.',
    language: 'en',
    where: 'https://acme.example/checkout',
    method: 'web_form',
    reference: phone,
  },
})

const stop = (phone: string, now: Date) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '493023125000', phone_number_id: FROM },
            contacts: [{ profile: { name: 'Soak' }, wa_id: phone }],
            messages: [
              {
                from: phone,
                id: `wamid.soak.${phone}`,
                timestamp: String(Math.floor(now.getTime() / 1000)),
                type: 'text',
                text: { body: 'STOP' },
              },
            ],
          },
        },
      ],
    },
  ],
})

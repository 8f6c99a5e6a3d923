// Meta's side of the webhook: signed bodies of one or several people's messages in any order, to either replica, the same
// one to both at once, and again and again until somebody answers 200.

import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { SANDBOX } from '../../src/config.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { samplePolicy } from '../helpers/policy.js'
import { stamp } from './clock.js'
import type { Fleet } from './fleet.js'
import type { Random } from './random.js'

/** What a person said once. Times are `stamp()`s, except the seconds of WhatsApp's clock. */
export type Statement = {
  phone: string
  wamid: string
  seconds: number
  said: 'start' | 'yes' | 'stop' | 'talk'
  /** The card whose button was tapped; absent for what was typed. */
  ref?: string
  content: object
  firstSentAt: number
  /** When the first 200 was received. */
  answeredAt: number | null
}

export type Send = {
  phone: string
  serial: string
  firedAt: number
  /** HTTP status; null when the connection broke before an answer. */
  status: number | null
  /** What the gateway called it: Meta's message id, or its own id of the refused send. */
  wamid?: string
  refusedId?: string
}

export type Meta = {
  /** Resolves at the first 200. `together` lets it share a body with others. */
  say(statement: Statement, options?: { together?: boolean; copies?: number }): Promise<void>
  send(phone: string, replica: number, named: boolean): Promise<Send>
  /** POST to any replica that is up, JSON in and out. */
  ask(path: string, body: object): Promise<unknown>
  get(path: string): Promise<{ status: number; body: unknown }>
  sends: Send[]
  statements: Statement[]
  counts: { bodies: number; copies: number; redelivered: number }
  /** Resolves when every body has had its 200 and every send its answer. */
  quiet(): Promise<void>
  close(): Promise<void>
}

const number = samplePolicy.numbers[0]
const key = { authorization: `Bearer ${SANDBOX.adminKey}`, 'content-type': 'application/json' }
const GATHER_MS = 40
const REDELIVER_MS = 250
// Meta goes on for a week; whoever has not answered by then is found out all the same.
const GIVE_UP_MS = 90_000

export function createMeta(fleet: Fleet, random: Random): Meta {
  const agent = new Agent({ connections: 128, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
  const sends: Send[] = []
  const statements: Statement[] = []
  const counts = { bodies: 0, copies: 0, redelivered: 0 }
  const underway = new Set<Promise<unknown>>()
  let bag: { statement: Statement; done: () => void }[] = []

  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.catch(() => {}).finally(() => underway.delete(settled))
    underway.add(settled)
    return work
  }

  /** Posts a body until it is taken, changing replicas whenever one fails. */
  async function deliver(said: readonly Statement[], first: number): Promise<void> {
    const { body, signature } = signedBody(bodyOf(random.shuffle(said)), SANDBOX.appSecret)
    counts.bodies += 1
    const giveUp = stamp() + GIVE_UP_MS
    for (let replica = first; stamp() < giveUp; replica = 1 - replica) {
      const url = fleet.urls[replica]
      const status =
        url === undefined ? 0 : await post(`${url}/webhook`, body, { 'x-hub-signature-256': signature })
      if (status === 200) {
        const at = stamp()
        for (const s of said) s.answeredAt ??= at
        return
      }
      counts.redelivered += 1
      await wait(REDELIVER_MS)
    }
  }

  async function post(url: string, body: Buffer, headers: Record<string, string>): Promise<number> {
    try {
      const answer = await request(url, { dispatcher: agent, method: 'POST', body, headers })
      await answer.body.dump()
      return answer.statusCode
    } catch {
      return 0
    }
  }

  function empty(): void {
    const waiting = bag
    bag = []
    const delivery = deliver(
      waiting.map((w) => w.statement),
      random.int(0, 1),
    )
    void track(
      delivery.then(() => {
        for (const { done } of waiting) done()
      }),
    )
  }

  const up = async () => {
    for (;;) {
      const url = fleet.urls.find((u) => u !== undefined)
      if (url !== undefined) return url
      await wait(50)
    }
  }

  return {
    sends,
    statements,
    counts,
    async say(statement, { together = false, copies = 0 } = {}) {
      statements.push(statement)
      statement.firstSentAt = stamp()
      counts.copies += copies
      const first = random.int(0, 1)
      const late = Array.from({ length: copies }, () => (random.chance(0.5) ? 0 : random.int(0, 1_500)))
      const others = late.map((ms, i) =>
        track(wait(ms).then(() => deliver([statement], (first + 1 + i) % 2))),
      )
      if (together) {
        const taken = new Promise<void>((done) => bag.push({ statement, done }))
        if (bag.length === 1) void track(wait(GATHER_MS).then(empty))
        return Promise.race([taken, ...others])
      }
      return Promise.race([track(deliver([statement], first)), ...others])
    },
    send(phone, replica, named) {
      const serial = `torture-${sends.length + 1}`
      const send: Send = { phone, serial, firedAt: stamp(), status: null }
      sends.push(send)
      const message = {
        messaging_product: 'whatsapp',
        to: phone,
        type: 'text',
        text: { body: 'Two days of sale' },
        ...(named ? { biz_opaque_callback_data: serial } : {}),
      }
      return track(
        (async () => {
          const url = fleet.urls[replica] ?? fleet.urls[1 - replica]
          if (url === undefined) return send
          try {
            const answer = await request(`${url}/v26.0/${number?.phoneNumberId}/messages`, {
              dispatcher: agent,
              method: 'POST',
              headers: key,
              body: JSON.stringify(message),
            })
            const told = (await answer.body.json()) as Told
            send.status = answer.statusCode
            if (told.messages?.[0]) send.wamid = told.messages[0].id
            if (told.error?.consent) send.refusedId = told.error.consent.send
          } catch {
            // The replica has died with the answer: whoever calls must not repeat such a send, and we do not.
          }
          return send
        })(),
      )
    },
    async ask(path, body) {
      const answer = await request((await up()) + path, {
        dispatcher: agent,
        method: 'POST',
        headers: key,
        body: JSON.stringify(body),
      })
      return answer.body.json()
    },
    async get(path) {
      const answer = await request((await up()) + path, { dispatcher: agent, headers: key })
      return { status: answer.statusCode, body: await answer.body.json() }
    },
    async quiet() {
      while (underway.size > 0) await Promise.all(underway)
    },
    close: () => agent.destroy(),
  }
}

type Told = { messages?: { id: string }[]; error?: { consent?: { send: string } } }

const bodyOf = (said: readonly Statement[]) => ({
  object: 'whatsapp_business_account',
  entry: said.map((s) => ({
    id: number?.businessAccountId,
    changes: [
      {
        field: 'messages',
        value: {
          messaging_product: 'whatsapp',
          metadata: { display_phone_number: '493023125000', phone_number_id: number?.phoneNumberId },
          contacts: [{ profile: { name: 'Somebody' }, wa_id: s.phone, user_id: `US.${s.phone}` }],
          messages: [
            {
              from: s.phone,
              from_user_id: `US.${s.phone}`,
              id: s.wamid,
              timestamp: String(s.seconds),
              ...s.content,
            },
          ],
        },
      },
    ],
  })),
})

// The witness: a Graph API that stamps every request as it comes in, accepts it sooner or later, and now and then
// refuses for rate or hangs up without an answer. What it has seen is the evidence against the gateway.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { stamp } from './clock.js'
import { type Pauses, pauseOf, type Random } from './random.js'

const messageSchema = z.looseObject({
  to: z.string(),
  biz_opaque_callback_data: z.string().optional(),
  interactive: z
    .looseObject({
      action: z.looseObject({
        buttons: z.array(z.looseObject({ reply: z.looseObject({ id: z.string() }) })).optional(),
      }),
    })
    .optional(),
})

export type Arrival = {
  at: number
  /** Digits only. */
  to: string
  callback: string
  wamid: string
  /** `busy`: certainly not sent. `hungUp`: sent, but nobody was told. */
  outcome: 'accepted' | 'busy' | 'hungUp'
}

export type Card = { ref: string; at: number }

export type Witness = {
  url: string
  arrivals: Arrival[]
  /** Cards that a person was shown, oldest first. */
  cardsOf(phone: string): readonly Card[]
  /** Resolves with true when the person has more cards than `known`, with false when that takes too long. */
  untilCard(phone: string, known: number, patienceMs: number): Promise<boolean>
  close(): Promise<void>
}

export type Faults = { busy: number; hangUp: number; pauses: Pauses }

export async function startWitness(random: Random, faults: Faults): Promise<Witness> {
  const arrivals: Arrival[] = []
  const cards = new Map<string, Card[]>()
  const waiting = new Map<string, Set<() => void>>()
  let serial = 0
  const server = createServer((request, response) => {
    const at = stamp()
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      // Servers read their templates at a start; nobody here sends one.
      if (request.method === 'GET') return void response.end('{"data":[]}')
      const message = messageSchema.parse(JSON.parse(Buffer.concat(chunks).toString()))
      const to = message.to.replace(/\D/g, '')
      const wamid = `wamid.out.${++serial}`
      const outcome = random.chance(faults.busy)
        ? 'busy'
        : random.chance(faults.hangUp)
          ? 'hungUp'
          : 'accepted'
      arrivals.push({ at, to, callback: message.biz_opaque_callback_data ?? '', wamid, outcome })
      const show = () => {
        for (const { reply } of message.interactive?.action.buttons ?? []) {
          const ref = /^assent:yes:(.+)$/.exec(reply.id)?.[1]
          if (ref === undefined) continue
          cards.set(to, [...(cards.get(to) ?? []), { ref, at }])
          for (const wake of waiting.get(to) ?? []) wake()
        }
      }
      setTimeout(
        () => {
          if (outcome !== 'busy') show()
          if (outcome === 'hungUp') return void response.destroy()
          response.writeHead(outcome === 'busy' ? 400 : 200, { 'content-type': 'application/json' })
          response.end(JSON.stringify(outcome === 'busy' ? { error: { code: 130429 } } : accepted(to, wamid)))
        },
        pauseOf(random, faults.pauses),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cardsOf = (phone: string) => cards.get(phone) ?? []
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    cardsOf,
    untilCard: (phone, known, patienceMs) =>
      new Promise((resolve) => {
        const wakers = waiting.get(phone) ?? new Set()
        waiting.set(phone, wakers)
        const settle = (seen: boolean) => {
          clearTimeout(timer)
          wakers.delete(wake)
          resolve(seen)
        }
        const wake = () => cardsOf(phone).length > known && settle(true)
        const timer = setTimeout(() => settle(false), patienceMs)
        wakers.add(wake)
        wake()
      }),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const accepted = (to: string, id: string) => ({
  messaging_product: 'whatsapp',
  contacts: [{ input: to, wa_id: to }],
  messages: [{ id, message_status: 'accepted' }],
})

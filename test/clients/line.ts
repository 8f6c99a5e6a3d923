// A line between a client and the gateway that remembers, byte for byte, what went over it.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { Agent, request as call } from 'undici'

/** One request of the client and what it was answered. */
export type Exchange = {
  method: string
  /** path and query */
  target: string
  headers: IncomingHttpHeaders
  body: Buffer
  status: number
  answer: Buffer
}

export type Line = { url: string; exchanges: Exchange[] }

/** Opens a line to `origin`. Headers go through as they are, `Host` included. */
export async function openLine(t: Test, origin: string): Promise<Line> {
  const exchanges: Exchange[] = []
  const agent = new Agent()
  const carry = async (asked: IncomingMessage) => {
    const { method = '', url: target = '', headers } = asked
    const body = await buffer(asked)
    const passed = Object.entries(headers).filter(([name]) => !BETWEEN_TWO.has(name))
    const answered = await call(origin + target, {
      dispatcher: agent,
      method: method as 'GET',
      headers: Object.fromEntries(passed),
      ...(body.length > 0 ? { body } : {}),
    })
    const answer = Buffer.from(await answered.body.arrayBuffer())
    exchanges.push({ method, target, headers, body, status: answered.statusCode, answer })
    return { ...answered, answer }
  }
  const server = createServer(async (asked, reply) => {
    const { statusCode, headers, answer } = await carry(asked)
    const passed = Object.entries(headers).filter(([name]) => !BETWEEN_TWO.has(name))
    reply.writeHead(statusCode, Object.fromEntries(passed)).end(answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await agent.destroy()
  })
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, exchanges }
}

// What concerns one connection and not the next (RFC 9110 section 7.6.1), and what follows from the body.
const BETWEEN_TWO = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])

// A Graph API that answers whatever a test says, and remembers what it was asked. Requests that broke off are none.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export type Asked = { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer }
export type Reply = { status?: number; headers?: Record<string, string>; body: string | Buffer | object }

export type FakeGraph = {
  url: string
  /** whole requests, oldest first */
  asked: Asked[]
  /** requests of which not everything came */
  broken: number
}

export async function fakeGraph(t: Test, answer: (asked: Asked, url: string) => Reply): Promise<FakeGraph> {
  const graph: FakeGraph = { url: '', asked: [], broken: 0 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('error', () => {
      graph.broken++
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const asked = { method, url, headers, body: Buffer.concat(chunks) }
      graph.asked.push(asked)
      const reply = answer(asked, graph.url)
      const plain = typeof reply.body === 'string' || Buffer.isBuffer(reply.body)
      const bytes = Buffer.from(plain ? (reply.body as string | Buffer) : JSON.stringify(reply.body))
      const type = { 'content-type': 'application/json', 'content-length': bytes.length }
      response.writeHead(reply.status ?? 200, { ...type, ...reply.headers }).end(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  graph.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return graph
}

// Server-sent events for the chat page: which person changed.
// Promise kept: an open page never keeps the service from closing, and a page that shows a chat counts as the
// person having it open, so that messages are read when somebody looks and not before.

import type { FastifyPluginAsync } from 'fastify'
import type { Emulator } from './emulator.js'

const BEAT_MS = 15_000

export const streamRoute: FastifyPluginAsync<{ emulator: Emulator }> = async (app, { emulator }) => {
  const leave = new Set<() => void>()

  app.get<{ Querystring: { person?: string } }>(
    '/sandbox/stream',
    { schema: { hide: true }, logLevel: 'warn' },
    (request, reply) => {
      reply.hijack()
      const page = reply.raw
      page.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      page.write('retry: 1000\n\n')
      const person = emulator.people.find((p) => p.id === request.query.person)
      const forget = emulator.onChange((changed) => {
        if (changed !== null) page.write(`event: change\ndata: ${JSON.stringify({ person: changed })}\n\n`)
      })
      const beat = setInterval(() => page.write(': beat\n\n'), BEAT_MS)
      const end = () => {
        if (!leave.delete(end)) return
        clearInterval(beat)
        forget()
        person?.closeChat()
        page.end()
      }
      leave.add(end)
      page.on('close', end)
      person?.openChat()
    },
  )

  // Before the server waits for open connections, not after: these never end by themselves.
  app.addHook('preClose', async () => {
    for (const end of leave) end()
  })
}

// Liveness is about this process, readiness about whether it can do its work: database reachable, schema current, not
// shutting down.

import type { FastifyPluginAsync } from 'fastify'
import type pg from 'pg'
import { z } from 'zod'
import { isMigrated } from '../db/migrate.js'

// Documented, not written by: what else is told about the state is told as it is.
const status = z.looseObject({ status: z.string(), cause: z.string().optional() })
const documented = { response: { 200: status, 503: status } }

export const healthRoutes: FastifyPluginAsync<{ pool: pg.Pool }> = async (app, { pool }) => {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  const about = (summary: string) =>
    ({ logLevel: 'warn', config: { documented }, schema: { summary } }) as const
  app.get('/livez', about('Whether the process runs'), async () => ({ status: 'ok' }))
  app.get('/readyz', about('Whether it can do its work: database and schema'), async (request, reply) => {
    const cause = closing ? 'closing' : await databaseTrouble(pool)
    if (cause === null) return { status: 'ok' }
    request.log.warn({ cause }, 'not ready')
    return reply.code(503).header('retry-after', '5').send({ status: 'unavailable', cause })
  })
}

async function databaseTrouble(pool: pg.Pool): Promise<string | null> {
  try {
    return (await isMigrated(pool)) ? null : 'database schema is older than the program: run npm run migrate'
  } catch {
    return 'database unreachable'
  }
}

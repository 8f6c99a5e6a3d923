// Liveness is about this process, readiness about whether it can do its work: database reachable, schema current, not
// shutting down.

import type { FastifyPluginAsync } from 'fastify'
import type pg from 'pg'
import { isMigrated } from '../db/migrate.js'

export const healthRoutes: FastifyPluginAsync<{ pool: pg.Pool }> = async (app, { pool }) => {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.get('/livez', { logLevel: 'warn' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { logLevel: 'warn' }, async (request, reply) => {
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

// Liveness is about this process, readiness about whether it can do its work: database reachable, schema current, not
// shutting down. What Meta has halted shows here and is no reason to take a replica away, let alone to restart it: the
// webhooks of the same account still have to be taken in. So it stays HTTP 200, and the word for people is `degraded`.

import type { FastifyPluginAsync } from 'fastify'
import type pg from 'pg'
import { z } from 'zod'
import { isMigrated } from '../db/migrate.js'
import { type Halt, listHalts } from '../sends/halts.js'

// Documented, not written by: what else is told about the state is told as it is.
const status = z.looseObject({ status: z.string(), cause: z.string().optional() })
const documented = { response: { 200: status, 503: status } }

const SHOWN = 20

/** Nobody has to say who they are here: the ids are for GET /v1/halts. */
const presentBriefly = ({ scope, code, since, until }: Halt) => ({ scope, code, since, until })

export const healthRoutes: FastifyPluginAsync<{ pool: pg.Pool; clock: () => Date }> = async (
  app,
  { pool, clock },
) => {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  const about = (summary: string) =>
    ({ logLevel: 'warn', config: { documented }, schema: { summary } }) as const
  app.get('/livez', about('Whether the process runs'), async () => ({ status: 'ok' }))
  app.get('/readyz', about('Whether it can do its work: database and schema'), async (request, reply) => {
    const cause = closing ? 'closing' : await databaseTrouble(pool)
    if (cause === null) {
      const halts = await listHalts(pool, clock(), ['account', 'number', 'country', 'template'])
      if (halts.length === 0) return { status: 'ok' }
      return { status: 'degraded', halts: halts.slice(0, SHOWN).map(presentBriefly) }
    }
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

// The table of contents: every plugin and route, in order. Takes everything it needs as values; nothing here reads the
// environment, so tests build exactly the production app.

import sensible from '@fastify/sensible'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { DestinationStream, LoggerOptions } from 'pino'
import { consentRoutes } from './api/consents.js'
import { declarationRoutes } from './api/declarations.js'
import { eventRoutes } from './api/events.js'
import { healthRoutes } from './api/health.js'
import { requireKey } from './api/keys.js'
import { ledgerRoutes } from './api/ledger.js'
import { receiptKeyRoutes, receiptRoutes } from './api/receipts.js'
import type { Config } from './config.js'
import { describeError, registerErrors } from './errors.js'
import type { Policy } from './policy.js'
import { sendRoutes } from './sends/routes.js'
import type { Pause } from './sends/wire.js'
import { ingest } from './webhook/ingest.js'
import { stopByError } from './webhook/payload.js'
import { webhookRoutes } from './webhook/routes.js'
import type { Graph } from './whatsapp/graph.js'

export type Deps = {
  config: Config
  policy: Policy
  pool: pg.Pool
  graph: Graph
  clock: () => Date
  /** Where log lines go; standard output when absent. */
  logStream?: DestinationStream
  /** For tests that stretch the gaps of a send; absent in production. */
  pause?: Pause
}

// `POST /v1/consents/check` with 1,000 recipients fits many times over.
const BODY_LIMIT = 512 * 1024

export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const { config, policy, pool, graph, clock } = deps
  const app = Fastify({
    logger: loggerOptions(config.logLevel, deps.logStream),
    bodyLimit: BODY_LIMIT,
    // One line per request, below, instead of two.
    logController: new LogController({ disableRequestLogging: true }),
    // A name of our own for each request; a caller's header is never trusted to be one.
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    routerOptions: { maxParamLength: 200 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(sensible)
  registerErrors(app)
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({ req: request, res: reply, ms: Math.round(reply.elapsedTime) }, 'answered')
  })

  await app.register(healthRoutes, { pool })
  await app.register(receiptKeyRoutes, { identityKeys: config.identityKeys })
  await app.register(webhookRoutes, {
    pool,
    policy,
    clock,
    log: app.log,
    identityKeys: config.identityKeys,
    appSecrets: config.appSecrets,
    verifyToken: config.verifyToken,
  })
  await app.register(sendRoutes, {
    pool,
    policy,
    graph,
    clock,
    log: app.log,
    identityKeys: config.identityKeys,
    adminKey: config.adminKey,
    stoppedInApp: async (sendId, { kind, value }, at) => {
      const identity = kind === 'phone' ? { phone: value } : { bsuid: value }
      const stop = stopByError(sendId, at, identity, '')
      await ingest({ pool, policy, clock, identityKeys: config.identityKeys, log: app.log }, [[stop]])
    },
    ...(deps.pause === undefined ? {} : { pause: deps.pause }),
  })
  await app.register(async (v1) => {
    v1.addHook('onRequest', requireKey(config.adminKey))
    v1.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
    await v1.register(declarationRoutes, { pool, policy, clock, identityKeys: config.identityKeys })
    await v1.register(consentRoutes, { pool, policy, clock, identityKeys: config.identityKeys })
    await v1.register(eventRoutes, { pool })
    await v1.register(ledgerRoutes, { pool, policy })
    await v1.register(receiptRoutes, { pool, policy, clock, identityKeys: config.identityKeys })
  })
  return app
}

/** Log lines name routes, codes and ids. URLs of unknown paths, headers and bodies never reach them. */
function loggerOptions(
  level: string,
  stream: DestinationStream | undefined,
): LoggerOptions & { stream?: DestinationStream } {
  return {
    level,
    serializers: {
      req: (request) => ({
        method: request.method,
        route: request.routeOptions?.url?.replace(/\(\^[^/]*\$\)/g, '') ?? 'unknown',
      }),
      res: (reply) => ({ statusCode: reply.statusCode }),
      err: (error) => describeError(error) as never,
    },
    ...(stream === undefined ? {} : { stream }),
  }
}

// The table of contents: every plugin and route, in order. Takes everything it needs as values; nothing here reads the
// environment, so tests build exactly the production app.

import sensible from '@fastify/sensible'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { DestinationStream, LoggerOptions } from 'pino'
import { registerAuthentication } from './api/authentication.js'
import { answerBroken } from './api/broken.js'
import { consentRoutes } from './api/consents.js'
import { declarationRoutes } from './api/declarations.js'
import { deliveryRoutes } from './api/deliveries.js'
import { docsRoutes } from './api/docs.js'
import { eventRoutes } from './api/events.js'
import { feedRoutes } from './api/feed.js'
import { haltRoutes } from './api/halts.js'
import { healthRoutes } from './api/health.js'
import { keyRoutes } from './api/keys.js'
import { ledgerRoutes } from './api/ledger.js'
import { messageRoutes } from './api/messages.js'
import { createMetrics, metricsRoutes } from './api/metrics.js'
import { registerOpenapi } from './api/openapi.js'
import { receiptKeyRoutes, receiptRoutes } from './api/receipts.js'
import { refusalRoutes } from './api/refusals.js'
import { routeName } from './api/route-name.js'
import { templateRoutes } from './api/templates.js'
import type { Config } from './config.js'
import { answerBadPath, describeError, problem, registerErrors } from './errors.js'
import { createRing } from './keys/ring.js'
import { LIMITS } from './limits.js'
import { passingRoutes } from './passing/routes.js'
import type { Policy } from './policy.js'
import { sendRoutes } from './sends/routes.js'
import type { Throughput } from './sends/throughput.js'
import type { Pause } from './sends/wire.js'
import { webhookRoutes } from './webhook/routes.js'
import { stoppedInApp } from './webhook/stopped-in-app.js'
import type { Graph } from './whatsapp/graph.js'

export type Deps = {
  config: Config
  policy: Policy
  pool: pg.Pool
  graph: Graph
  /** One for the routes and the jobs of this process. */
  throughput: Throughput
  clock: () => Date
  /** Where log lines go; standard output when absent. */
  logStream?: DestinationStream
  /** Told after whatever may have been committed, where there are receivers (deliveries/). */
  kick?: () => void
  /** For tests that stretch the gaps of a send; absent in production. */
  pause?: Pause
  /** For tests in which a repeat waits in vain; milliseconds. */
  patienceMs?: number
}

export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const { config, policy, pool, graph, throughput, clock } = deps
  const app = Fastify({
    logger: loggerOptions(config.logLevel, deps.logStream),
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    connectionTimeout: LIMITS.silenceMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    http: {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersMs,
      connectionsCheckingInterval: 1_000,
    },
    frameworkErrors: answerBadPath,
    clientErrorHandler: answerBroken,
    ...(config.trustedProxies.length > 0 ? { trustProxy: [...config.trustedProxies] } : {}),
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
  // First of all: a path that is too long is not even looked up.
  app.addHook('onRequest', async (request) => {
    if (Buffer.byteLength(request.url) > LIMITS.urlBytes) throw problem('URL_TOO_LONG')
  })
  registerErrors(app)
  const metrics = createMetrics(pool, clock)
  app.addHook('onResponse', async (request, reply) => {
    const answered = { req: request, res: reply, ms: Math.round(reply.elapsedTime) }
    request.log.info(request.caller ? { ...answered, key: request.caller.id } : answered, 'answered')
    const { url } = request.routeOptions
    const [method, route] = url === undefined ? ['none', 'none'] : [request.method, routeName(url)]
    metrics.request(method, route, reply.statusCode, reply.elapsedTime)
    if (request.method !== 'GET') deps.kick?.()
  })
  const ring = createRing({ pool, clock, log: app.log })
  await registerAuthentication(app, { adminKey: config.adminKey, ring, clock })
  await registerOpenapi(app)

  await app.register(healthRoutes, { pool, clock })
  await app.register(metricsRoutes, { metrics })
  await app.register(docsRoutes)
  await app.register(receiptKeyRoutes, { identityKeys: config.identityKeys })
  await app.register(webhookRoutes, {
    pool,
    policy,
    clock,
    log: app.log,
    identityKeys: config.identityKeys,
    appSecrets: config.appSecrets,
    verifyToken: config.verifyToken,
    metrics,
  })
  await app.register(sendRoutes, {
    pool,
    policy,
    graph,
    throughput,
    clock,
    log: app.log,
    identityKeys: config.identityKeys,
    gate: config.gate,
    metrics,
    stoppedInApp: stoppedInApp({ pool, policy, clock, identityKeys: config.identityKeys, log: app.log }),
    ...(deps.pause === undefined ? {} : { pause: deps.pause }),
    ...(deps.patienceMs === undefined ? {} : { patienceMs: deps.patienceMs }),
  })
  await app.register(passingRoutes, { policy, graph, publicUrl: config.publicUrl })
  await app.register(async (v1) => {
    v1.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
    await v1.register(declarationRoutes, { pool, policy, clock, identityKeys: config.identityKeys })
    await v1.register(consentRoutes, { pool, policy, clock, identityKeys: config.identityKeys })
    await v1.register(messageRoutes, {
      pool,
      policy,
      clock,
      log: app.log,
      gate: config.gate,
      identityKeys: config.identityKeys,
    })
    await v1.register(eventRoutes, { pool })
    await v1.register(feedRoutes, { pool })
    await v1.register(deliveryRoutes, { pool, policy, clock })
    await v1.register(ledgerRoutes, { pool, policy })
    await v1.register(templateRoutes, { pool, policy })
    await v1.register(refusalRoutes, { pool, clock, gate: config.gate })
    await v1.register(keyRoutes, { pool, ring, clock })
    await v1.register(haltRoutes, { pool, clock })
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
        route: routeName(request.routeOptions?.url ?? 'unknown'),
      }),
      res: (reply) => ({ statusCode: reply.statusCode }),
      err: (error) => describeError(error) as never,
    },
    ...(stream === undefined ? {} : { stream }),
  }
}

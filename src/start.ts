// Puts the parts together: database, Graph API (Meta's or the emulated one), app, background jobs; and takes them apart
// in the opposite order. Sandbox code is imported here, in sandbox mode only.

import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { presentEvent } from './api/consents.js'
import { buildApp, type Deps } from './app.js'
import { type Config, SANDBOX } from './config.js'
import { lookUpPerson, readLedger } from './consent/lookup.js'
import { checkTexts } from './conversation/limits.js'
import { TEXT_LANGUAGES } from './conversation/texts/texts.js'
import { createPool } from './db/client.js'
import { explained } from './db/embedded/explained.js'
import { isMigrated, migrate } from './db/migrate.js'
import { createCourier } from './deliveries/courier.js'
import { askToDeliver, createKick } from './deliveries/kick.js'
import type { SecretOf } from './deliveries/targets.js'
import { startJobs } from './jobs/runner.js'
import { warmUp } from './language/warm-up.js'
import { PolicyError, readPolicy } from './policy.js'
import type { Emulator } from './sandbox/emulator.js'
import { sharedThroughput } from './sends/number-pace.js'
import { NOTHING_ENFORCED } from './sends/refusals.js'
import { createGraph } from './whatsapp/graph.js'
import { readThroughput } from './whatsapp/throughput-level.js'

// Two lanes at full speed; more only wait here instead of at the receivers.
const COURIERS_CONNECTIONS = 4

export type Surroundings = {
  /** Absolute path of the folder for the embedded Postgres. */
  dataDir: string
  readFile: (file: string) => string
  /** The secrets that the policy names, by environment variable. */
  secretOf?: SecretOf
  clock?: () => Date
  logStream?: Deps['logStream']
}

export type Assent = {
  app: FastifyInstance
  url: string
  databaseUrl: string
  /** Sandbox mode only. */
  emulator: Emulator | undefined
  close(): Promise<void>
}

/** Starts everything. On failure, whatever was started is stopped again before it rejects. */
export async function start(config: Config, around: Surroundings): Promise<Assent> {
  const clock = around.clock ?? (() => new Date())
  // The first start takes seconds before there is an app to log with.
  const log = pino({ level: config.logLevel }, around.logStream ?? pino.destination({ sync: true }))
  warmUp()
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const stop of closers.splice(0).reverse()) await stop()
  }
  try {
    const samplePolicy = path.join(import.meta.dirname, 'sandbox', 'policy.yaml')
    const policy = readPolicy(
      around.readFile(config.policyFile ?? samplePolicy),
      TEXT_LANGUAGES,
      config.sandbox,
      around.secretOf,
    )
    const tooLong = checkTexts(policy)
    if (tooLong.length > 0) throw new PolicyError(tooLong)

    const databaseUrl = config.databaseUrl ?? (await embedded())
    const pool = createPool(databaseUrl)
    closers.push(() => pool.end())
    // The embedded database and the sandbox's are ours to migrate; a real one is migrated on purpose.
    if (config.sandbox || config.databaseUrl === undefined) await migrate(databaseUrl)
    else if (!(await isMigrated(pool).catch(() => false))) {
      throw explained(
        'The database is unreachable or not migrated. Check DATABASE_URL, then run: npm run migrate',
      )
    }
    await pool.query('select create_partitions(current_date)')

    let url = ''
    const emulator = config.sandbox && config.apiUrl === undefined ? await emulated() : undefined
    const graph = createGraph({ url: emulator?.url ?? config.apiUrl ?? '', accessToken: config.accessToken })
    closers.push(() => graph.close())
    const throughput = sharedThroughput(pool, policy)
    const app = await buildApp({
      config,
      policy,
      pool,
      graph,
      throughput,
      clock,
      ...(policy.forward.length + policy.events.length > 0 ? { kick: createKick(pool) } : {}),
      ...(around.logStream ? { logStream: around.logStream } : {}),
    })
    if (emulator) {
      const { sandboxRoutes } = await import('./sandbox/routes.js')
      const lookup = { pool, policy, identityKeys: config.identityKeys }
      await app.register(sandboxRoutes, {
        logLevel: 'warn',
        emulator,
        policy,
        publicUrl: () => url,
        apiKey: config.adminKey,
        look: ({ phone, userId }) => lookUpPerson(lookup, phone ?? userId ?? ''),
        events: async (contactId) => ((await readLedger(lookup, contactId)) ?? []).map(presentEvent),
      })
    }
    // Jobs need the database until they are done, so they stop before it and start after the schema stands.
    const { apiVersion, identityKeys, gate } = config
    // Connections of its own: a backlog that is being delivered takes none from webhooks and sends.
    const couriersPool = createPool(databaseUrl, { max: COURIERS_CONNECTIONS })
    closers.push(() => couriersPool.end())
    const courier = createCourier({
      pool: couriersPool,
      policy,
      identityKeys,
      clock,
      log: app.log,
      wakeAt: (at) => askToDeliver(pool, Math.max(1, at.getTime() - clock().getTime())),
    })
    closers.push(() => courier.close())
    const jobs = await startJobs({
      pool,
      policy,
      graph,
      throughput,
      apiVersion,
      identityKeys,
      clock,
      gate,
      log: app.log,
      courier,
    })
    closers.push(() => jobs.stop())
    courier.wake()
    closers.push(() => app.close())
    // Nothing waits for it: until a number has told, the default holds.
    for (const { phoneNumberId, messagesPerSecond } of policy.numbers) {
      if (messagesPerSecond !== undefined) continue
      void readThroughput(graph, apiVersion, phoneNumberId).then((perSecond) => {
        if (perSecond !== null) throughput.setRate(phoneNumberId, perSecond)
      })
    }
    await app.listen({ port: config.port, host: config.host })
    const { port } = app.server.address() as AddressInfo
    url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
    for (const line of greeting(config, url, emulator?.url)) log.info(line)
    if (gate === 'observe') log.warn(NOTHING_ENFORCED)
    return { app, url, databaseUrl, emulator, close }

    async function embedded(): Promise<string> {
      const { startEmbeddedPostgres } = await import('./db/embedded.js')
      const postgres = await startEmbeddedPostgres({ dir: around.dataDir, log: (line) => log.info(line) })
      closers.push(() => postgres.stop())
      log.info(`embedded Postgres ${postgres.version} under ${path.basename(around.dataDir)}/`)
      return postgres.url
    }

    async function emulated() {
      const { startEmulator } = await import('./sandbox/emulator.js')
      const started = await startEmulator({
        accessToken: config.accessToken,
        appSecret: config.appSecrets[0] ?? SANDBOX.appSecret,
        webhookUrl: () => `${url}/webhook`,
        numbers: policy.numbers,
        clock,
      })
      closers.push(() => started.close())
      return started
    }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

/** The few lines that say what is running, where, and what is not safe about it. */
function greeting(config: Config, url: string, graphUrl: string | undefined): string[] {
  if (!config.sandbox)
    return [`Assent listens on ${url}`, 'webhook at /webhook, sends at /{version}/{phone-number-id}/messages']
  return [
    `SANDBOX MODE: no access token is set, nothing reaches WhatsApp. Open ${url}/ to be the person in the chat.`,
    `emulated Graph API at ${graphUrl ?? config.apiUrl}`,
    `sandbox values: ADMIN_API_KEY=${config.adminKey} WHATSAPP_APP_SECRET=${config.appSecrets.join(',')} WHATSAPP_VERIFY_TOKEN=${config.verifyToken}`,
  ]
}

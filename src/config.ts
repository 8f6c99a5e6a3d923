// The environment, read once, as a frozen value. Every problem is named at once, so that nobody starts five times to
// find five of them. Without WHATSAPP_ACCESS_TOKEN everything runs in sandbox mode, with fixed values that it prints.

import { z } from 'zod'

/** Newest version of the Graph API known: 2026-07-29. */
const NEWEST_GRAPH_VERSION = 'v26.0'

/** What sandbox mode fills in. Not secrets: printed at every start, and refused outside sandbox mode. */
export const SANDBOX = {
  accessToken: 'sandbox-access-token',
  appSecret: 'sandbox-app-secret',
  verifyToken: 'sandbox-verify-token',
  adminKey: 'sandbox-admin-key',
  identityKey: 'sandbox-identity-key',
} as const

/** `observe`: everything passes, and what would have been refused is on record; for the roll-out. */
const GATE_MODES = ['enforce', 'observe'] as const
export type GateMode = (typeof GATE_MODES)[number]

const secret = z.string().min(8, 'too short to be a secret: at least 8 characters')
const secrets = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()))
  .pipe(z.array(secret).min(1))

/** Addresses and ranges, as a reverse proxy has them: `10.0.0.0/8, ::1`. */
const addresses = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()))
  .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be IP addresses or CIDR ranges')))

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  WHATSAPP_ACCESS_TOKEN: secret.optional(),
  WHATSAPP_API_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  WHATSAPP_API_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, 'must look like v26.0')
    .default(NEWEST_GRAPH_VERSION),
  WHATSAPP_APP_SECRET: secrets.optional(),
  WHATSAPP_VERIFY_TOKEN: secret.optional(),
  POLICY_FILE: z.string().min(1).optional(),
  ADMIN_API_KEY: secret.optional(),
  IDENTITY_KEY: secrets.optional(),
  GATE: z.enum(GATE_MODES).default('enforce'),
  TRUSTED_PROXIES: addresses.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

export type Config = Readonly<{
  sandbox: boolean
  port: number
  host: string
  /** Under which address callers reach us; absent: the one that they used. */
  publicUrl: string | undefined
  /** Absent: embedded Postgres under `.data/`. */
  databaseUrl: string | undefined
  accessToken: string
  /** Absent in sandbox mode: the emulated Graph API's own address. */
  apiUrl: string | undefined
  apiVersion: string
  appSecrets: readonly string[]
  verifyToken: string
  policyFile: string | undefined
  adminKey: string
  identityKeys: readonly string[]
  gate: GateMode
  /** Whose `X-Forwarded-For` names the caller; empty: nobody's. */
  trustedProxies: readonly string[]
  logLevel: string
}>

const REQUIRED = [
  'WHATSAPP_APP_SECRET',
  'WHATSAPP_VERIFY_TOKEN',
  'POLICY_FILE',
  'ADMIN_API_KEY',
  'IDENTITY_KEY',
] as const
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The environment has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`)
  }
}

/**
 * Reads the environment; empty variables count as absent.
 * @throws ConfigError naming every problem
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, v]) => v !== '')))
  const problems = parsed.success ? [] : parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
  const sandbox = env.WHATSAPP_ACCESS_TOKEN === undefined || env.WHATSAPP_ACCESS_TOKEN === ''
  if (!sandbox) {
    for (const name of REQUIRED)
      if (!env[name]) problems.push(`${name}: required when WHATSAPP_ACCESS_TOKEN is set`)
    const sandboxValues = new Set<string>(Object.values(SANDBOX))
    for (const name of ['WHATSAPP_ACCESS_TOKEN', ...REQUIRED] as const) {
      const used = env[name]?.split(',').some((value) => sandboxValues.has(value.trim()))
      if (used) problems.push(`${name}: a printed value of the sandbox; choose your own`)
    }
  } else if (env.HOST && !LOOPBACK.has(env.HOST)) {
    problems.push('HOST: sandbox mode listens on loopback only; set WHATSAPP_ACCESS_TOKEN to serve others')
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const e = parsed.data
  return Object.freeze({
    sandbox,
    port: e.PORT,
    host: e.HOST,
    publicUrl: e.PUBLIC_URL,
    databaseUrl: e.DATABASE_URL,
    accessToken: e.WHATSAPP_ACCESS_TOKEN ?? SANDBOX.accessToken,
    apiUrl: e.WHATSAPP_API_URL ?? (sandbox ? undefined : 'https://graph.facebook.com'),
    apiVersion: e.WHATSAPP_API_VERSION,
    appSecrets: e.WHATSAPP_APP_SECRET ?? [SANDBOX.appSecret],
    verifyToken: e.WHATSAPP_VERIFY_TOKEN ?? SANDBOX.verifyToken,
    policyFile: e.POLICY_FILE,
    adminKey: e.ADMIN_API_KEY ?? SANDBOX.adminKey,
    identityKeys: e.IDENTITY_KEY ?? [SANDBOX.identityKey],
    gate: e.GATE,
    trustedProxies: e.TRUSTED_PROXIES ?? [],
    logLevel: e.LOG_LEVEL,
  })
}

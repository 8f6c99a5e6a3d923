// One Postgres for all the test processes of a run: TEST_DATABASE_URL, or an embedded one that forgets its data.
// A run begins with openServer and ends with closeServer, each in a process of its own (before.js, after.js), since
// holding the embedded Postgres until the process ends is what keeps two of them from happening at once. Runs from
// the same build share the server; whoever ends last stops it, and whoever was killed is not counted.

import { createHash } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { sqlState } from '../../src/db/client.js'
import { ALREADY_RUNNING } from '../../src/db/embedded/ownership.js'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import { migrate } from '../../src/db/migrate.js'

const build = join(import.meta.dirname, '..', '..')
// Other checkouts may use the same server or the same temp directory.
const id = createHash('sha256').update(`${hostname()} ${build}`).digest('hex').slice(0, 8)
const notes = join(build, 'test-server')
const runs = join(notes, 'runs')
const record = join(notes, 'url')

/** The migrated database that the test databases are copies of. */
export const TEMPLATE = `assent_template_${id}`
/** How names of test databases begin; the number of the process that uses them comes next. */
export const TEST_PREFIX = `assent_test_${id}_`

const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  max_wal_size: '256MB',
  shared_buffers: '256MB',
}
const PATIENCE_MS = 30_000
const ROOMY_BYTES = 1e9

/**
 * Where databases for tests go: into memory where there is room (Docker gives 64 MB by default, then not). A copy of
 * the template is some 400 files: 30 ms in memory, up to 400 ms on a virtual disk.
 */
export async function tempFolder(): Promise<string> {
  const memory = '/dev/shm'
  // Its size, not what is free, so that every process comes to the same answer.
  const { blocks, bsize } = await fs.statfs(memory).catch(() => ({ blocks: 0, bsize: 0 }))
  return blocks * bsize >= ROOMY_BYTES ? memory : tmpdir()
}

/** Where the server is that a run has opened; undefined when none has. */
export async function openedServer(): Promise<string | undefined> {
  return process.env.TEST_DATABASE_URL ?? (await fs.readFile(record, 'utf8').catch(() => undefined))
}

/** Makes the server ready for the run that ends with process `run`. The calling process must end afterwards. */
export async function openServer(run: number): Promise<void> {
  const server = await holdServer()
  try {
    if (server.fresh) await fs.rm(notes, { recursive: true, force: true })
    await fs.mkdir(runs, { recursive: true })
    const alone = (await liveRuns()).every((pid) => pid === run)
    await query(server.url, async (client) => {
      if (alone) await dropLeftovers(client)
      const { rows } = await client.query('select 1 from pg_database where datname = $1', [TEMPLATE])
      if (alone || rows.length === 0) await makeTemplate(client, server.url)
    })
    await fs.writeFile(join(runs, `${run}`), '')
    await fs.writeFile(record, server.url, { mode: 0o600 })
  } catch (error) {
    if (server.fresh) await server.stop()
    throw error
  }
}

/** Ends a run; the last one leaves nothing behind. The calling process must end afterwards. */
export async function closeServer(run: number): Promise<void> {
  if (!(await openedServer())) return
  const server = await holdServer()
  await fs.rm(join(runs, `${run}`), { force: true })
  if ((await liveRuns()).length > 0) return
  await query(server.url, async (client) => {
    await dropLeftovers(client)
    await dropDatabase(client, TEMPLATE)
  })
  await server.stop()
  await fs.rm(notes, { recursive: true, force: true })
}

type Held = { url: string; fresh: boolean; stop(): Promise<void> }

/** The server, ours alone until this process ends: no other run opens or closes it meanwhile. */
async function holdServer(): Promise<Held> {
  const url = process.env.TEST_DATABASE_URL
  if (url) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('select pg_advisory_lock(hashtext($1))', [TEMPLATE])
    return { url, fresh: false, stop: () => client.end() }
  }
  const directory = join(await tempFolder(), `assent-test-${id}`)
  for (let wiped = false, deadline = Date.now() + PATIENCE_MS; ; ) {
    await makeDirectory(directory)
    try {
      const postgres = await startEmbeddedPostgres({ dir: directory, log: () => {}, settings: SETTINGS })
      const stop = async () => {
        await postgres.stop()
        await fs.rm(directory, { recursive: true, force: true })
      }
      return { url: postgres.url, fresh: !postgres.reused, stop }
    } catch (error) {
      const held = error instanceof Error && 'code' in error && error.code === ALREADY_RUNNING
      if (held ? Date.now() > deadline : wiped) throw error
      if (held) continue
      // What a crashed machine left of a database without fsync.
      await fs.rm(directory, { recursive: true, force: true })
      wiped = true
    }
  }
}

async function makeDirectory(directory: string): Promise<void> {
  await fs.mkdir(directory).catch(() => {})
  const { uid } = await fs.lstat(directory)
  if (uid !== (process.getuid?.() ?? uid)) throw new Error(`${directory} belongs to somebody else`)
  // The account that runs Postgres for root has to enter it.
  await fs.chmod(directory, 0o755)
}

/** Runs that have begun, without those whose process is gone: they were killed and will not end themselves. */
async function liveRuns(): Promise<number[]> {
  const pids = (await fs.readdir(runs).catch(() => [])).map(Number)
  return pids.filter(isAlive)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** It has its name only when it is whole. */
async function makeTemplate(client: pg.Client, url: string): Promise<void> {
  const making = `${TEMPLATE}_making`
  await dropDatabase(client, TEMPLATE)
  await dropDatabase(client, making)
  await client.query(`create database ${making}`)
  await migrate(databaseUrl(url, making))
  await insist(() => client.query(`alter database ${making} rename to ${TEMPLATE}`))
  await client.query(`alter database ${TEMPLATE} is_template true`)
}

async function dropLeftovers(client: pg.Client): Promise<void> {
  const all = 'select datname as name from pg_database where starts_with(datname, $1)'
  const { rows } = await client.query<{ name: string }>(all, [TEST_PREFIX])
  for (const { name } of rows) {
    if (!isAlive(Number.parseInt(name.slice(TEST_PREFIX.length), 10))) await dropDatabase(client, name)
  }
}

export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query('select datistemplate as is from pg_database where datname = $1', [
    name,
  ])
  if (rows[0]?.is) await client.query(`alter database ${name} is_template false`)
  await client.query(`drop database if exists ${name} with (force)`)
}

/** Again while Postgres says that somebody still uses the database: sessions end a moment after their client. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await wait(20)) {
    try {
      return await work()
    } catch (error) {
      if (sqlState(error) !== '55006' || Date.now() > deadline) throw error
    }
  }
}

export function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Runs `work` with a session on the server. */
export async function query<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

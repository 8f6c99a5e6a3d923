// The embedded Postgres is tried with real processes that end in every way a process can end.

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import { ALREADY_RUNNING } from '../../src/db/ownership.js'
import { accountToRunAs } from '../../src/db/postgres-account.js'
import { installedBinaries, runnableBinaries } from '../../src/db/postgres-binaries.js'

const isRoot = process.getuid?.() === 0
const settings = { fsync: 'off', max_connections: '20', shared_buffers: '16MB' }

/** A directory that the account that runs Postgres may enter, unless `mode` says otherwise. */
async function directory(t: Test, mode = 0o755): Promise<string> {
  const path = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'assent-embedded-')))
  await fs.chmod(path, mode)
  t.teardown(() => fs.rm(path, { recursive: true, force: true }))
  return path
}

const start = (dir: string) => startEmbeddedPostgres({ dir, log: () => {}, settings })

/** Starts it for the length of the test. */
async function started(t: Test, dir: string) {
  const postgres = await start(dir)
  t.teardown(postgres.stop)
  return postgres
}

type Message = { log?: string; error?: string; url?: string }

/** Starts it in a process of its own, in a process group of its own. `outcome` has a url or an error. */
function inProcess(t: Test, dir: string): { child: ChildProcess; outcome: Promise<Message> } {
  const child = fork(join(import.meta.dirname, '../helpers/embedded-process.js'), [dir], { detached: true })
  const outcome = new Promise<Message>((resolve) => {
    child.on('message', (message: Message) => message.log || resolve(message))
    child.once('exit', () => resolve({ error: 'exit' }))
  })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.disconnect()
    await exit
  })
  return { child, outcome }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit')
  process.kill(-(child.pid ?? 0), signal)
  await exit
}

async function query(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const keep = (url: string | undefined) => query(url, `create table kept as select 'yes' as answer`)
const kept = (url: string) => query(url, 'select answer from kept')

async function postmasterPid(dir: string): Promise<number> {
  const text = await fs.readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8')
  return Number.parseInt(text, 10)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition()); await wait(5)) {
    if (Date.now() > deadline) throw new Error('It did not happen within 10 s')
  }
}

t.test('a second start finds its data again', async (t) => {
  const dir = await directory(t)
  const first = await start(dir)
  await keep(first.url)
  await first.stop()
  await t.rejects(query(first.url, 'select 1'), { code: 'ECONNREFUSED' }, 'stop() stops it')

  const second = await started(t, dir)
  t.notOk(second.reused)
  t.match(second.version, /^\d+\.\d+$/)
  t.strictSame(await kept(second.url), [{ answer: 'yes' }])
  t.equal(new URL(second.url).pathname, '/assent')
  t.strictSame(await query(second.url, `select upper('straße ä') as upper, 'a' < 'B' as linguistic`), [
    { upper: 'STRASSE Ä', linguistic: false },
  ])
})

t.test('after kill -9 the next start takes over the Postgres that is left, and stops it', async (t) => {
  const dir = await directory(t)
  const { child, outcome } = inProcess(t, dir)
  await keep((await outcome).url)
  await end(child, 'SIGKILL')

  const next = await start(dir)
  t.ok(next.reused)
  t.strictSame(await kept(next.url), [{ answer: 'yes' }])
  await next.stop()
  await t.rejects(query(next.url, 'select 1'), { code: 'ECONNREFUSED' })
})

t.test('after kill -9 of Postgres too the next start comes up and has the data', async (t) => {
  const dir = await directory(t)
  const { child, outcome } = inProcess(t, dir)
  await keep((await outcome).url)
  const pid = await postmasterPid(dir)
  await end(child, 'SIGKILL')
  process.kill(pid, 'SIGKILL')

  const next = await started(t, dir)
  t.notOk(next.reused)
  t.strictSame(await kept(next.url), [{ answer: 'yes' }])
})

t.test('a process that got the number of a dead Postgres blocks nothing and is left alone', async (t) => {
  const dir = await directory(t)
  const first = await start(dir)
  await keep(first.url)
  const file = join(dir, 'postgres/data/postmaster.pid')
  const lines = (await fs.readFile(file, 'utf8')).split('\n')
  await first.stop()
  const { uid, gid } = await fs.stat(join(dir, 'postgres/data'))
  const stranger = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' })
  t.teardown(() => stranger.kill())
  await fs.writeFile(file, [stranger.pid, ...lines.slice(1)].join('\n'))

  const next = await start(dir)
  t.notOk(next.reused)
  t.strictSame(await kept(next.url), [{ answer: 'yes' }])
  await next.stop()
  t.equal(stranger.exitCode ?? stranger.signalCode, null)
})

t.test('two starts at once: one runs, the other says who holds it', async (t) => {
  const dir = await directory(t)
  for (const round of ['fresh', 'again']) {
    const both = [inProcess(t, dir), inProcess(t, dir)]
    const outcomes = await Promise.all(both.map((p) => p.outcome))
    const at = outcomes.findIndex((o) => o.url)
    const holder = both[at]?.child.pid
    t.equal(
      outcomes[1 - at]?.error,
      `Assent is already running from this directory (process ${holder}). Stop it first, or set DATABASE_URL`,
      round,
    )
    t.strictSame(await query(outcomes[at]?.url, 'select 1 as one'), [{ one: 1 }], 'the first is not harmed')
    const exit = once(both[at]?.child ?? t, 'exit')
    both[at]?.child.send('stop')
    await exit
  }
  t.strictSame(await fs.readdir(dir), ['postgres'], 'nothing half made is left')
})

t.test('Ctrl-C in the terminal does not reach Postgres, which is ours to stop', async (t) => {
  const dir = await directory(t)
  const { child, outcome } = inProcess(t, dir)
  await keep((await outcome).url)
  await end(child, 'SIGINT')
  const next = await started(t, dir)
  t.ok(next.reused)
  t.strictSame(await kept(next.url), [{ answer: 'yes' }])
})

t.test('the directory stays ours when a process of Postgres crashes', async (t) => {
  const dir = await directory(t)
  const { url } = await started(t, dir)
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query('select pg_backend_pid() as pid')
  const gone = once(client, 'end')
  process.kill(rows[0].pid, 'SIGKILL')
  await gone
  const locks = `select 1 from pg_locks where locktype = 'advisory'`
  await until(() =>
    query(url, locks).then(
      (found) => found.length === 1,
      () => false,
    ),
  )
  await t.rejects(start(dir), { code: ALREADY_RUNNING })
})

t.test('a half-made cluster does not block', async (t) => {
  const dir = await directory(t)
  const { child } = inProcess(t, dir)
  // Late enough that initdb has begun, early enough that it has not ended: its last file is not there yet.
  await until(async () => {
    const half = (await fs.readdir(dir)).find((name) => name.startsWith('postgres.new-'))
    return half !== undefined && (await fs.readdir(join(dir, half, 'data')).catch(() => [])).length > 0
  })
  await end(child, 'SIGKILL')
  t.match(await fs.readdir(dir), [/^postgres\.new-/])

  const next = await started(t, dir)
  t.strictSame(await query(next.url, 'select 1 as one'), [{ one: 1 }])
  t.strictSame(await fs.readdir(dir), ['postgres'])
})

t.test('only the one who may read the password file gets in, and only from this machine', async (t) => {
  const dir = await directory(t)
  const { url } = await started(t, dir)
  const wrong = new URL(url)
  wrong.password = 'guess'
  await t.rejects(query(wrong.href, 'select 1'), { code: '28P01' })
  t.equal((await fs.stat(join(dir, 'postgres/password'))).mode & 0o777, 0o600)
  t.strictSame(await query(url, 'show listen_addresses'), [{ listen_addresses: '127.0.0.1' }])
})

t.test('no value of a failed statement comes into the log of Postgres', async (t) => {
  const dir = await directory(t)
  const { url } = await started(t, dir)
  await query(url, 'create table numbers (phone text primary key)')
  const insert = `insert into numbers values ('+12025550143')`
  await query(url, insert)
  await t.rejects(query(url, insert), { code: '23505' })
  await t.rejects(query(url, `select '+12025550143'::uuid`), { code: '22P02' })
  const log = await fs.readFile(join(dir, 'postgres/postgres.log'), 'utf8')
  t.match(log, 'ready to accept connections')
  t.notMatch(log, '2025550143')
})

t.test('what is no database of ours, or one of another Postgres, is refused and left as it is', async (t) => {
  const dir = await directory(t)
  await fs.mkdir(join(dir, 'postgres'))
  await fs.writeFile(join(dir, 'postgres/diary'), 'dear diary')
  await t.rejects(start(dir), { message: /holds something else than a database of Assent/ })
  t.strictSame(await fs.readdir(join(dir, 'postgres')), ['diary'])

  const other = await directory(t)
  await (await start(other)).stop()
  const file = join(other, 'postgres/data/PG_VERSION')
  await fs.writeFile(file, '9\n')
  await t.rejects(start(other), { message: /was made by Postgres 9, installed is \d+\..*DATABASE_URL/ })
  t.equal(await fs.readFile(file, 'utf8'), '9\n')
})

t.test('a start that Postgres refuses says why', async (t) => {
  const dir = await directory(t)
  const refused = startEmbeddedPostgres({
    dir,
    log: () => {},
    settings: { ...settings, shared_buffers: 'much' },
  })
  await t.rejects(refused, { message: /DATABASE_URL[\s\S]*invalid value for parameter "shared_buffers"/ })
})

t.test(
  'binaries without their library links, where the account may not go, are mended and copied',
  async (t) => {
    const installed = await installedBinaries()
    const account = await accountToRunAs()
    const hidden = await directory(t, 0o700)
    const native = join(hidden, 'native')
    await fs.cp(installed.native, native, { recursive: true, verbatimSymlinks: true })
    for (const entry of await fs.readdir(join(native, 'lib'), { withFileTypes: true })) {
      if (entry.isSymbolicLink()) await fs.rm(join(native, 'lib', entry.name))
    }
    const shelf = await directory(t)
    const runnable = await runnableBinaries({ native, release: '18-test' }, account, async () => shelf)
    t.equal(runnable, isRoot ? join(shelf, 'postgres-18-test/native') : native)
    t.ok((await fs.lstat(join(runnable, 'lib/libpq.so.5'))).isSymbolicLink())
  },
)

t.test('root can run it from a directory nobody else may enter', { skip: !isRoot }, async (t) => {
  const dir = await directory(t, 0o700)
  const lines: string[] = []
  const first = await startEmbeddedPostgres({ dir, log: (line) => lines.push(line), settings })
  const outside = await fs.readlink(join(dir, 'postgres'))
  t.teardown(() => fs.rm(outside, { recursive: true, force: true }))
  t.ok(lines.some((line) => line.includes(outside)))
  await keep(first.url)
  await first.stop()

  const second = await start(dir)
  t.strictSame(await kept(second.url), [{ answer: 'yes' }])
  await second.stop()

  await fs.rm(join(dir, 'postgres'))
  const third = await start(dir)
  const anew = await fs.readlink(join(dir, 'postgres'))
  t.teardown(() => fs.rm(anew, { recursive: true, force: true }))
  await t.rejects(kept(third.url), { code: '42P01' }, 'who deletes the directory begins anew')
  await third.stop()
  t.ok(await fs.stat(outside), 'but data outside is never deleted')
})

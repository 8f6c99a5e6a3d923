// How the embedded Postgres lives through every way in which a process can end, on one cluster that all tests share.

import { spawn } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { ALREADY_RUNNING } from '../../src/db/embedded/ownership.js'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import {
  directory,
  end,
  inProcess,
  leave,
  rows,
  SETTINGS,
  start,
  started,
  until,
} from '../helpers/embedded.js'

const dir = await directory(t)
const pidFile = join(dir, 'postgres/data/postmaster.pid')

const keep = (url: string | undefined, table: string) =>
  rows(url, `create table ${table} as select 'yes' as answer`)
const kept = (url: string, table: string) => rows(url, `select answer from ${table}`)
const YES = [{ answer: 'yes' }]

t.test('two starts at once: one runs, the other says who holds it', async (t) => {
  for (const round of ['the cluster is new', 'the cluster is there']) {
    const both = [inProcess(t, dir), inProcess(t, dir)]
    const outcomes = await Promise.all(both.map((p) => p.outcome))
    const at = outcomes.findIndex((o) => o.url)
    const holder = both[at]?.child
    t.equal(
      outcomes[1 - at]?.error,
      `Assent is already running from this directory (process ${holder?.pid}). Stop it first, or set DATABASE_URL`,
      round,
    )
    t.strictSame(await rows(outcomes[at]?.url, 'select 1 as one'), [{ one: 1 }], 'the first is not harmed')
    if (holder) await leave(holder)
  }
  t.strictSame(await fs.readdir(dir), ['postgres'], 'nothing half made is left')
})

t.test('a second start finds its data again', async (t) => {
  const first = await start(dir)
  await keep(first.url, 'stopped')
  await first.stop()
  await t.rejects(rows(first.url, 'select 1'), { code: 'ECONNREFUSED' }, 'stop() stops it')

  const second = await started(t, dir)
  t.notOk(second.reused)
  t.strictSame(await kept(second.url, 'stopped'), YES)
})

t.test('the database is called assent, is UTF-8, knows letters and sorts by code point', async (t) => {
  const { url, version } = await started(t, dir)
  t.equal(new URL(url).pathname, '/assent')
  t.match(version, /^\d+\.\d+$/)
  const sql = `select upper('ä') as upper, 'a' < 'B' as linguistic, getdatabaseencoding() as encoding`
  t.strictSame(await rows(url, sql), [{ upper: 'Ä', linguistic: false, encoding: 'UTF8' }])
})

t.test('after kill -9 the next start takes over the Postgres that is left, and stops it', async (t) => {
  const { child, outcome } = inProcess(t, dir)
  await keep((await outcome).url, 'orphaned')
  await end(child, 'SIGKILL')

  const next = await start(dir)
  t.ok(next.reused)
  t.strictSame(await kept(next.url, 'orphaned'), YES)
  await next.stop()
  await t.rejects(rows(next.url, 'select 1'), { code: 'ECONNREFUSED' })
})

t.test('after kill -9 of Postgres too the next start comes up and has the data', async (t) => {
  const { child, outcome } = inProcess(t, dir)
  await keep((await outcome).url, 'killed')
  const pid = Number.parseInt(await fs.readFile(pidFile, 'utf8'), 10)
  await end(child, 'SIGKILL')
  process.kill(pid, 'SIGKILL')

  const next = await started(t, dir)
  t.notOk(next.reused)
  t.strictSame(await kept(next.url, 'killed'), YES)
})

t.test('who starts while the other stops waits for that, and is not stopped with it', async (t) => {
  let running = await start(dir)
  for (let time = 1; time <= 5; time++) {
    const stopping = running.stop()
    running = await start(dir)
    await stopping
    t.strictSame(await rows(running.url, 'select 1 as one'), [{ one: 1 }])
  }
  await running.stop()
})

t.test('a process that got the number of a dead Postgres blocks nothing and is left alone', async (t) => {
  const first = await start(dir)
  const lines = (await fs.readFile(pidFile, 'utf8')).split('\n')
  await first.stop()
  const { uid, gid } = await fs.stat(join(dir, 'postgres/data'))
  // Of the same user, since Postgres itself tells the others apart.
  const stranger = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' })
  t.teardown(() => stranger.kill())
  await fs.writeFile(pidFile, [stranger.pid, ...lines.slice(1)].join('\n'))

  const next = await start(dir)
  t.notOk(next.reused)
  t.strictSame(await rows(next.url, 'select 1 as one'), [{ one: 1 }])
  await next.stop()
  t.equal(stranger.exitCode ?? stranger.signalCode, null)
})

t.test('Ctrl-C in the terminal ends Assent, not the Postgres under it', async (t) => {
  const { child, outcome } = inProcess(t, dir)
  await outcome
  await end(child, 'SIGINT')
  t.ok((await started(t, dir)).reused)
})

t.test('the directory stays ours when a process of Postgres crashes', async (t) => {
  const { url } = await started(t, dir)
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const backend = await client.query('select pg_backend_pid() as pid')
  const thrownOut = new Promise((resolve) => client.once('end', resolve))
  process.kill(backend.rows[0].pid, 'SIGKILL')
  await thrownOut
  await until(() =>
    rows(url, `select 1 from pg_locks where locktype = 'advisory'`).then(
      (locks) => locks.length === 1,
      () => false,
    ),
  )
  await t.rejects(start(dir), { code: ALREADY_RUNNING })
})

t.test('only who may read the password file gets in, and only from this machine', async (t) => {
  const { url } = await started(t, dir)
  const guessed = new URL(url)
  guessed.password = 'guess'
  await t.rejects(rows(guessed.href, 'select 1'), { code: '28P01' })
  t.equal((await fs.stat(join(dir, 'postgres/password'))).mode & 0o777, 0o600)
  t.strictSame(await rows(url, 'show listen_addresses'), [{ listen_addresses: '127.0.0.1' }])
})

t.test('no value of a failed statement comes into the log of Postgres', async (t) => {
  const { url } = await started(t, dir)
  const insert = `insert into numbers values ('+12025550143')`
  await rows(url, 'create table numbers (phone text primary key)')
  await rows(url, insert)
  await t.rejects(rows(url, insert), { code: '23505' })
  await t.rejects(rows(url, `select '+12025550143'::uuid`), { code: '22P02' })
  const log = await fs.readFile(join(dir, 'postgres/postgres.log'), 'utf8')
  t.match(log, 'ready to accept connections')
  t.notMatch(log, '2025550143')
})

t.test('a start that Postgres refuses says why', async (t) => {
  const settings = { ...SETTINGS, shared_buffers: 'much' }
  const refused = startEmbeddedPostgres({ dir, log: () => {}, settings })
  await t.rejects(refused, { message: /DATABASE_URL[\s\S]*invalid value for parameter "shared_buffers"/ })
})

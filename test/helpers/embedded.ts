// Embedded Postgres in directories of their own, in this process or in one that a test may end as it likes.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded.js'
import { query, tempFolder } from './server.js'

/** Little memory, and no waiting for the disk. */
export const SETTINGS = { fsync: 'off', max_connections: '20', shared_buffers: '16MB' }

/** A directory that every account may enter, unless `mode` says otherwise, gone when the test ends. */
export async function directory(t: Test, mode = 0o755): Promise<string> {
  const path = await fs.realpath(await fs.mkdtemp(join(await tempFolder(), 'assent-embedded-')))
  await fs.chmod(path, mode)
  t.teardown(() => fs.rm(path, { recursive: true, force: true }))
  return path
}

export const start = (dir: string) => startEmbeddedPostgres({ dir, log: () => {}, settings: SETTINGS })

/** Starts it for the length of the test. */
export async function started(t: Test, dir: string): Promise<EmbeddedPostgres> {
  const postgres = await start(dir)
  t.teardown(postgres.stop)
  return postgres
}

export type Outcome = { url?: string; error?: string }

/** Starts it in a process and process group of its own, which stops it when the test ends. */
export function inProcess(t: Test, dir: string): { child: ChildProcess; outcome: Promise<Outcome> } {
  const child = fork(join(import.meta.dirname, 'embedded-process.js'), [dir], { detached: true })
  const outcome = new Promise<Outcome>((resolve) => {
    child.once('message', (message: Outcome) => resolve(message))
    child.once('exit', () => resolve({ error: 'it ended' }))
  })
  t.teardown(() => leave(child))
  return { child, outcome }
}

/** Lets the process stop its Postgres and end. */
export async function leave(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  if (child.connected) child.disconnect()
  await exit
}

/** Sends a signal to the process group, as a terminal does. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit')
  process.kill(-(child.pid ?? Number.NaN), signal)
  await exit
}

/** Rows of one statement, in a session of its own. */
export function rows(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  return query(url ?? '', async (client) => (await client.query(sql)).rows)
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await condition()); await wait(5)) {
    if (Date.now() > deadline) throw new Error('It did not happen within 20 s')
  }
}

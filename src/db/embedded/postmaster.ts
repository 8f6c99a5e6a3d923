// The postmaster is Postgres' main process. It writes postmaster.pid into the cluster: who it is, its port and
// its state. Whether that file speaks of a living postmaster of this very cluster is decided here, because after
// a crash the number may belong to any process of the machine.

import { spawn } from 'node:child_process'
import { constants, open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { processOptions, runAs } from './account.js'
import type { Home } from './home.js'

/** `stale`: the file names a process that is no postmaster of this cluster. `status` is Postgres' word for it. */
export type Postmaster =
  | { kind: 'none' }
  | { kind: 'stale'; pid: number }
  | { kind: 'running'; pid: number; port: number; status: string }

const KEEP_LOG_BYTES = 10_000_000
// Signals that Postgres takes as orders to stop. Asked in the middle of a recovery, Postgres 18 may never end a fast
// stop; an immediate one loses nothing either, the next start replays it.
const FAST_STOP = 'INT'
const IMMEDIATE_STOP = 'QUIT'
// A fast stop is mostly over in a tenth of a second.
const STOP_MS = 8_000
const POLL_MS = 20

/** What postmaster.pid says, checked against the living processes. */
export async function findPostmaster(home: Home): Promise<Postmaster> {
  const lines = (await readFile(join(home.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  if (!pid) return { kind: 'none' }
  if (!(await isPostmasterOf(pid, home.data))) return { kind: 'stale', pid }
  return { kind: 'running', pid, port: Number(lines[3]), status: lines[7]?.trim() ?? '' }
}

/** A postmaster works in its data directory, which holds through renames; elsewhere than Linux its command tells. */
async function isPostmasterOf(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const [its, ours] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(data)])
    return its?.ino === ours.ino && its.dev === ours.dev
  }
  if (process.platform === 'win32') return runsOnWindows(pid)
  const { output } = await runAs(undefined, 'ps', ['-ww', '-o', 'args=', '-p', `${pid}`], 10_000)
  return output.includes(data)
}

function runsOnWindows(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** `ended` is set, with the reason, once the process is gone. */
export type Attempt = { pid: number | undefined; ended: string | undefined }

/**
 * Starts a postmaster on the port and returns at once. It is in a session of its own, so that Ctrl-C and a closed
 * terminal reach only us, and it does not keep us alive. What it prints goes to `postgres.log` in the home.
 * @param settings of Postgres, on top of ours
 * @param stale process number that postmaster.pid names wrongly
 */
export async function spawnPostmaster(
  home: Home,
  port: number,
  settings: Record<string, string>,
  stale: number | undefined,
): Promise<Attempt> {
  const all = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    // A failed statement and its values are the caller's to report: they hold phone numbers, so not in this log.
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    ...settings,
  }
  const args = [
    '-D',
    home.data,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const options = processOptions(home.account)
  // Postgres takes any living process for the owner of postmaster.pid, except its own ancestors, one of which
  // this variable names. So it clears a stale file by itself, with its own precautions against a race.
  const env = { ...options.env, PG_GRANDPARENT_PID: stale ? `${stale}` : undefined }
  const log = await openLog(home)
  try {
    const command = join(home.native, 'bin', 'postgres')
    const stdio = ['ignore' as const, log.fd, log.fd]
    const child = spawn(command, args, { ...options, env, stdio, detached: true })
    const attempt: Attempt = { pid: child.pid, ended: undefined }
    child.once('error', (error) => {
      attempt.ended = error.message
    })
    child.once('exit', (code, signal) => {
      attempt.ended = signal ? `signal ${signal}` : `exit code ${code}`
    })
    child.unref()
    return attempt
  } finally {
    await log.close()
  }
}

async function openLog(home: Home) {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  // The home is the account's: root must not follow a link that was put there.
  const log = await open(
    join(home.path, 'postgres.log'),
    O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0),
    0o600,
  )
  if (home.account) await log.chown(home.account.uid, home.account.gid)
  if ((await log.stat()).size > KEEP_LOG_BYTES) await log.truncate()
  return log
}

/** The last lines that Postgres printed, for an error message. */
export async function endOfLog(home: Home): Promise<string> {
  const text = await readFile(join(home.path, 'postgres.log'), 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-12).join('\n')
}

/**
 * Stops the postmaster `pid`, if it still is one of this cluster: sessions are ended, data is written. Never another,
 * which somebody may start as soon as this one is gone; so it is not `pg_ctl stop`, which asks the file who runs.
 */
export async function stopPostmaster(home: Home, pid: number): Promise<void> {
  for (const signal of [FAST_STOP, IMMEDIATE_STOP]) {
    if (!(await isPostmasterOf(pid, home.data))) return
    await runAs(home.account, join(home.native, 'bin', 'pg_ctl'), ['kill', signal, `${pid}`], 10_000)
    for (const deadline = Date.now() + STOP_MS; Date.now() < deadline; await wait(POLL_MS)) {
      if (!(await isPostmasterOf(pid, home.data))) return
    }
  }
  throw new Error(`Postgres (process ${pid}) does not stop:\n${await endOfLog(home)}`)
}

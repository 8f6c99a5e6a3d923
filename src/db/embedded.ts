// A real Postgres that needs no installation: the first `npm start` and the tests run on it. The data of the last
// time is there again, however the last time ended, and one directory serves one Assent at a time. Two starts at
// once are settled by who gets the lock of ownership.ts; what comes before it is safe by itself: a cluster is
// renamed into place whole, and a second postmaster of one cluster refuses to start.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isUnavailable } from './client.js'
import { explained } from './embedded/explained.js'
import { type Home, NAME, openHome } from './embedded/home.js'
import { ALREADY_RUNNING, owningSession, stayOwner } from './embedded/ownership.js'
import {
  type Attempt,
  endOfLog,
  findPostmaster,
  spawnPostmaster,
  stopPostmaster,
} from './embedded/postmaster.js'

export type EmbeddedPostgres = { url: string; version: string; reused: boolean; stop(): Promise<void> }

// Crash recovery replays what was written since the last checkpoint, so this is generous.
const START_TIMEOUT_MS = 60_000
// What makes a postmaster refuse and passes by itself: a port just taken, one of this cluster that came first, the
// last processes of one that was killed.
const RETRY_MS = 4_000
const RETRY_EVERY_MS = 200
const POLL_MS = 25

/**
 * Starts the Postgres of `dir`, or takes over one that a dead process left running (`reused`). It listens on
 * 127.0.0.1 only, and outlives this process unless stop() is called. A session to it keeps this process alive.
 * @param options.dir absolute; the cluster lives under it
 * @param options.log one short line per noteworthy step
 * @param options.settings of Postgres, such as `{ fsync: 'off' }`; one that is reused keeps its own
 * @throws explained errors; the one that says that another process holds `dir` has the code ALREADY_RUNNING
 */
export async function startEmbeddedPostgres(options: {
  dir: string
  log: (line: string) => void
  settings?: Record<string, string>
}): Promise<EmbeddedPostgres> {
  const { dir, log, settings = {} } = options
  const home = await openHome(dir, log, settings.fsync !== 'off')
  const password = (await readFile(join(home.path, 'password'), 'utf8')).trim()
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const { pid, port, reused } = await readyPostmaster(home, settings, deadline)
    const url = (database: string) => `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`
    try {
      const session = await owningSession(url('postgres'))
      const { rows } = await session.query(
        `select current_setting('server_version') as version, (select oid from pg_database where datname = $1)`,
        [NAME],
      )
      if (rows[0].oid === null) await session.query(`create database ${NAME}`)
      if (reused) log('Postgres is running already: using it')
      const letGo = stayOwner(session, url('postgres'), () => log('Postgres was lost to another process'))
      let stopped: Promise<void> | undefined
      const stop = async () => {
        letGo()
        await stopPostmaster(home, pid)
        await session.end()
      }
      return { url: url(NAME), version: rows[0].version, reused, stop: () => (stopped ??= stop()) }
    } catch (error) {
      // Its owner stopped it between our two steps.
      if (isUnavailable(error) && Date.now() < deadline) {
        await wait(POLL_MS)
        continue
      }
      const held = error instanceof Error && 'code' in error && error.code === ALREADY_RUNNING
      if (!held && !reused) await stopPostmaster(home, pid)
      throw error
    }
  }
}

/** Brings up the cluster's postmaster, or waits for the one that is there or is coming up. */
async function readyPostmaster(home: Home, settings: Record<string, string>, deadline: number) {
  let attempt: Attempt | undefined
  let retryUntil = Number.POSITIVE_INFINITY
  for (; Date.now() < deadline; await wait(POLL_MS)) {
    const found = await findPostmaster(home)
    if (found.kind === 'running') {
      if (found.status === 'ready') return { ...found, reused: found.pid !== attempt?.pid }
      continue
    }
    if (attempt && !attempt.ended) continue
    if (attempt) {
      retryUntil = Math.min(retryUntil, Date.now() + RETRY_MS)
      if (Date.now() >= retryUntil) break
      await wait(RETRY_EVERY_MS)
    }
    const stale = found.kind === 'stale' ? found.pid : undefined
    attempt = await spawnPostmaster(home, await freePort(), settings, stale)
  }
  const why = attempt?.ended ? `ended (${attempt.ended})` : `was not ready after ${START_TIMEOUT_MS / 1000} s`
  if (attempt?.pid && !attempt.ended) await stopPostmaster(home, attempt.pid)
  throw explained(`Postgres ${why}. Set DATABASE_URL, or mend this:\n${await endOfLog(home)}`)
}

/** A port that is free now. Should somebody take it before Postgres does, Postgres says so and gets another. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

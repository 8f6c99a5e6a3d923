// One embedded cluster serves one Assent at a time. Ownership is a session-level advisory lock in the cluster, not
// a file with a process number: the system closes our connection when we die, in whatever way, and with it the
// lock is gone. So it cannot become stale, outlive a reboot, be fooled by a number used again, or be taken by two.

import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { explained } from './explained.js'

/** `code` of the error that says another process runs Assent from the directory. */
export const ALREADY_RUNNING = 'ASSENT_ALREADY_RUNNING'

// Any two numbers will do: advisory locks are per database, and in this one nobody else takes any.
const LOCK = [0x617373, 0x656e74]
const CONNECT_TIMEOUT_MS = 15_000
// Postgres notices within this time that the session of a process just killed is gone.
const RELEASE_MS = 1_000
const REGAIN_MS = 30_000
const POLL_MS = 50

/** A session that holds the cluster behind `url`. Rejects with {@link ALREADY_RUNNING}, or why it cannot connect. */
export async function owningSession(url: string): Promise<pg.Client> {
  const name = `assent process ${process.pid}`
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // Whether a broken session matters is decided where its end is watched.
  client.on('error', () => {})
  await client.connect()
  try {
    for (const deadline = Date.now() + RELEASE_MS; ; await wait(POLL_MS)) {
      const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as ours', LOCK)
      if (rows[0].ours) return client
      if (Date.now() > deadline) throw await alreadyRunning(client)
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

async function alreadyRunning(client: pg.Client): Promise<Error> {
  const holder = `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`
  const { rows } = await client.query<{ name: string }>(holder, LOCK)
  const pid = /\d+/.exec(rows[0]?.name ?? '')?.[0] ?? 'unknown'
  const message = `Assent is already running from this directory (process ${pid}). Stop it first, or set DATABASE_URL`
  return explained(message, { code: ALREADY_RUNNING })
}

/**
 * Keeps the cluster ours: when one of its processes crashes, Postgres ends all sessions, and we come back first.
 * @param lost is called when that fails
 * @returns lets go: from here on the end of the session is expected
 */
export function stayOwner(session: pg.Client, url: string, lost: () => void): () => void {
  let staying = true
  const watch = (watched: pg.Client) => watched.once('end', () => staying && regain().then(watch, lost))
  const regain = async () => {
    for (const deadline = Date.now() + REGAIN_MS; ; await wait(POLL_MS)) {
      const again = await owningSession(url).catch((error) => {
        if (!staying || error.code === ALREADY_RUNNING || Date.now() > deadline) throw error
      })
      if (again) return again
    }
  }
  watch(session)
  return () => {
    staying = false
  }
}

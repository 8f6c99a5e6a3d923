// A database for a test, all its own: a copy of the migrated template, gone when the test ends. It costs some
// twenty milliseconds, so that no test has to clean up after another, and tests run side by side.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import tap, { type Test } from 'tap'
import { createPool } from '../../src/db/client.js'
import { databaseUrl, dropDatabase, insist, openedServer, query, TEMPLATE, TEST_PREFIX } from './server.js'

let server: Promise<string> | undefined
let made = 0

/** A migrated database and a pool on it, both gone when `t` ends. */
export async function testDatabase(t: Test): Promise<{ url: string; pool: pg.Pool }> {
  server ??= findServer()
  const serverUrl = await server
  const name = `${TEST_PREFIX}${process.pid}_${++made}`
  await query(serverUrl, async (client) => {
    const { rows } = await client.query(`select current_setting('server_version_num')::int as version`)
    // Copying files beats the default, logging every page, by far; Postgres 14 has no choice and copies files.
    const strategy = rows[0].version >= 150_000 ? 'strategy file_copy' : ''
    await insist(() => client.query(`create database ${name} template ${TEMPLATE} ${strategy}`))
  })
  const url = databaseUrl(serverUrl, name)
  const pool = createPool(url)
  // Connections that a failed test has kept are cut off at the end, which must not be a second failure.
  pool.on('connect', (client) => client.on('error', () => {}))
  t.teardown(async () => {
    // Not awaited: it would wait for a connection that is never given back. Dropping the database ends them all.
    pool.end().catch(() => {})
    await query(serverUrl, (client) => dropDatabase(client, name))
  })
  return { url, pool }
}

/** tap has opened the server for us; by ourselves we open it, and close it at the end. */
async function findServer(): Promise<string> {
  const opened = await openedServer()
  if (opened && process.env.TAP_CHILD_ID && (await answers(opened))) return opened
  const run = (script: string) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, script), `${process.pid}`], {
      timeout: 50_000,
    })
  tap.teardown(() => run('after.js'))
  await run('before.js')
  const url = await openedServer()
  if (url) return url
  throw new Error('No Postgres for the tests')
}

const answers = (url: string) => query(url, () => Promise.resolve(true)).catch(() => false)

// Brings a database to the newest schema, safe to run from many processes at once (drizzle's own migrator takes no
// lock: of five concurrent runs four fail). Also installs the job queue's schema and the partitions of the time.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as drizzleMigrate } from 'drizzle-orm/node-postgres/migrator'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { createPool, type Executor } from './client.js'
import { grantService, type ServiceRole } from './roles.js'

/** The folder `migrations/` of the project, from wherever the compiled code lies below it. */
export function migrationsFolder(): string {
  for (let dir = import.meta.dirname; ; dir = path.dirname(dir)) {
    const folder = path.join(dir, 'migrations')
    if (existsSync(path.join(folder, 'meta', '_journal.json'))) return folder
    if (dir === path.dirname(dir)) throw new Error('The folder migrations/ is missing beside the program')
  }
}

/**
 * Applies what is missing, under one advisory lock. Rejects with Postgres' error; nothing is half applied.
 * @param service the role that the service runs as, to be made and granted what it needs
 */
export async function migrate(databaseUrl: string, service?: ServiceRole): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'assent-migrate' })
  await client.connect()
  try {
    await client.query(`select pg_advisory_lock(hashtext('assent.migrate'))`)
    await drizzleMigrate(drizzle(client), { migrationsFolder: migrationsFolder() })
    const pool = createPool(databaseUrl, { max: 1 })
    try {
      await runMigrations({ pgPool: pool })
    } finally {
      await pool.end()
    }
    await client.query('select create_partitions(current_date)')
    if (service) await grantService(client, service)
  } finally {
    await client.end()
  }
}

/** Whether the database holds exactly this program's newest migration, or is newer. */
export async function isMigrated(ex: Executor): Promise<boolean> {
  const newest = Math.max(
    ...readMigrationFiles({ migrationsFolder: migrationsFolder() }).map((m) => m.folderMillis),
  )
  const { rows } = await ex.query<{ newest: string | null }>(
    `select max(created_at) as newest from drizzle.__drizzle_migrations`,
  )
  return Number(rows[0]?.newest ?? 0) >= newest
}

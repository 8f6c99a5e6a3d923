// `npm run migrate`: brings DATABASE_URL to the newest schema. Safe to run from several machines at once. With SERVICE_ROLE
// set it also makes the role that the service runs as, which cannot change the ledger; SERVICE_PASSWORD is its password.

import { migrate } from '../db/migrate.js'

const url = process.env.DATABASE_URL
if (!url) {
  console.error(
    'Set DATABASE_URL to the database to migrate. (The embedded one migrates itself at npm start.)',
  )
  process.exit(1)
}
try {
  const name = process.env.SERVICE_ROLE
  await migrate(url, name ? { name, password: process.env.SERVICE_PASSWORD } : undefined)
  console.log('The database is at the newest schema.')
  if (name) console.log(`The role ${name} may run the service, and cannot change the ledger.`)
} catch (error) {
  console.error(`Migration failed: ${error instanceof Error ? error.message : 'unknown error'}`)
  process.exit(1)
}

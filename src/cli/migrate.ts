// `npm run migrate`: brings DATABASE_URL to the newest schema. Safe to run from several machines at once.

import { migrate } from '../db/migrate.js'

const url = process.env.DATABASE_URL
if (!url) {
  console.error(
    'Set DATABASE_URL to the database to migrate. (The embedded one migrates itself at npm start.)',
  )
  process.exit(1)
}
try {
  await migrate(url)
  console.log('The database is at the newest schema.')
} catch (error) {
  console.error(`Migration failed: ${error instanceof Error ? error.message : 'unknown error'}`)
  process.exit(1)
}

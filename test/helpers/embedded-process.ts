// A process that holds an embedded Postgres: node embedded-process.js <directory>. It tells its parent how that went,
// and stops Postgres when the parent leaves.

import process from 'node:process'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import { SETTINGS } from './embedded.js'

try {
  const postgres = await startEmbeddedPostgres({
    dir: process.argv[2] ?? '',
    log: () => {},
    settings: SETTINGS,
  })
  process.once('disconnect', async () => {
    await postgres.stop()
    process.exit(0)
  })
  process.send?.({ url: postgres.url })
} catch (error) {
  process.send?.({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1))
}

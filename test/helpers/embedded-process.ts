// A process that holds an embedded Postgres, for tests that end it in every way a process can end. It tells its
// parent over IPC what happened, and stops cleanly when the parent goes or says so.
//   node embedded-process.js <directory>

import process from 'node:process'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'

const [, , dir = ''] = process.argv

try {
  const postgres = await startEmbeddedPostgres({
    dir,
    log: (line) => process.send?.({ log: line }),
    settings: { fsync: 'off', max_connections: '20', shared_buffers: '16MB' },
  })
  const stop = async () => {
    await postgres.stop()
    process.exit(0)
  }
  process.once('message', stop)
  process.once('disconnect', stop)
  process.send?.({ url: postgres.url, version: postgres.version, reused: postgres.reused })
} catch (error) {
  process.send?.({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1))
}

// `npm run -s anchors > anchors.jsonl`: the anchors of DATABASE_URL as JSON lines, to keep where nobody who can change the
// database can change them. With --take it anchors first what has come in since the last one.

import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { anchorLine, exportAnchors, takeAnchor } from '../consent/anchors.js'
import { createPool, sqlState } from '../db/client.js'

const url = process.env.DATABASE_URL
if (!url) {
  console.error('Set DATABASE_URL to the database whose anchors to export.')
  process.exit(2)
}
const pool = createPool(url, { max: 1 })
try {
  const { values } = parseArgs({
    options: { take: { type: 'boolean' }, after: { type: 'string', default: '0' } },
  })
  const after = Number(values.after)
  if (!Number.isInteger(after) || after < 0) throw new Error('--after takes the number of an anchor')
  if (values.take) await takeAnchor(pool, new Date())
  for await (const anchor of exportAnchors(pool, after)) {
    if (!process.stdout.write(anchorLine(anchor))) await once(process.stdout, 'drain')
  }
} catch (error) {
  const state = sqlState(error)
  const words = error instanceof Error ? error.message : 'unknown error'
  console.error(
    `The anchors could not be exported: ${state === undefined ? words : `Postgres says ${state}`}`,
  )
  process.exitCode = 2
} finally {
  await pool.end()
}

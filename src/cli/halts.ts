// `npm run -s halts`: what Meta has halted in DATABASE_URL, as JSON lines; `npm run -s halts -- --lift <id>` lifts one. The
// same as GET /v1/halts and DELETE /v1/halts/{id}, for when there is a shell and no key at hand.

import { parseArgs } from 'node:util'
import { presentHalt } from '../api/halts.js'
import { createPool, sqlState } from '../db/client.js'
import { liftByHand, listHalts } from '../sends/halts.js'

const url = process.env.DATABASE_URL
if (!url) {
  console.error('Set DATABASE_URL to the database whose halts to show.')
  process.exit(2)
}
const pool = createPool(url, { max: 1 })
try {
  const { values } = parseArgs({ options: { lift: { type: 'string' } } })
  if (values.lift === undefined) {
    for (const halt of await listHalts(pool, new Date())) console.log(JSON.stringify(presentHalt(halt)))
  } else {
    const lifted = /^[0-9a-f-]{36}$/.test(values.lift) ? await liftByHand(pool, values.lift) : null
    if (lifted === null) throw new Error('no halt has this id, or it was lifted')
    console.log(JSON.stringify(presentHalt(lifted)))
  }
} catch (error) {
  const state = sqlState(error)
  const words = error instanceof Error ? error.message : 'unknown error'
  console.error(`Nothing was done: ${state === undefined ? words : `Postgres says ${state}`}`)
  process.exitCode = 2
} finally {
  await pool.end()
}

// `npm run deliveries -- list|replay`: what did not arrive at receivers, and sending it once more. Works on DATABASE_URL
// beside the service, which delivers what is replayed within a minute. Shows no payload.

import { parseArgs } from 'node:util'
import { createPool, sqlState } from '../db/client.js'
import { deliveryBacklog, listDeliveries, replay } from '../deliveries/dead.js'
import { askToDeliver } from '../deliveries/kick.js'

const USAGE = `Usage: DATABASE_URL=postgres://… npm run deliveries -- list [--state waiting|dead] [--target NAME]
                                                   replay --target NAME [--letter N]…
  list     how much waits for each receiver, and the dead (or waiting) letters as JSON lines
  replay   sends a receiver's dead letters once more: all of them, or those named`

const PAGE = 1_000

const url = process.env.DATABASE_URL
const pool = url ? createPool(url, { max: 1 }) : null
try {
  process.exitCode = await main()
} catch (error) {
  const state = sqlState(error)
  const words = error instanceof Error ? error.message : 'unknown error'
  console.error(state === undefined ? words : `Postgres says ${state}`)
  process.exitCode = 2
} finally {
  await pool?.end()
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      state: { type: 'string', default: 'dead' },
      target: { type: 'string' },
      letter: { type: 'string', multiple: true },
    },
  })
  const [command] = positionals
  if (pool === null) throw new Error(`set DATABASE_URL to the database of the service.\n${USAGE}`)
  const { state, target } = values
  if (command === 'list' && (state === 'waiting' || state === 'dead')) {
    for (const { target, waiting, dead, restUntil } of await deliveryBacklog(pool)) {
      const rest =
        restUntil !== null && restUntil > new Date() ? `, resting until ${restUntil.toISOString()}` : ''
      console.error(`${target}: ${waiting} waiting, ${dead} dead${rest}`)
    }
    for (let after = { letter: '0', target: '' }, more = true; more; ) {
      const page = await listDeliveries(pool, { state, target: target ?? null }, after, PAGE)
      for (const delivery of page) console.log(JSON.stringify(delivery))
      after = page.at(-1) ?? after
      more = page.length === PAGE
    }
    return 0
  }
  if (command === 'replay' && target !== undefined) {
    const letters = values.letter ?? null
    if (letters?.some((n) => !/^[1-9]\d{0,17}$/.test(n)))
      throw new Error('--letter takes a number from the list')
    const replayed = await replay(pool, target, letters, new Date())
    await askToDeliver(pool)
    console.log(`${replayed} letter(s) of ${target} are on their way again.`)
    return 0
  }
  console.error(USAGE)
  return 2
}

// `npm run soak:queue`: 10,000 queued messages to 1,000 people, every tenth of whom stops in the middle. Prints a table
// and exits 1 when anybody was reached after their stop was answered. Bounded in count and in time.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { createPool } from '../../src/db/client.js'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import { migrate } from '../../src/db/migrate.js'
import { soak } from './soak.js'

const PEOPLE = 1_000
const MESSAGES = 10_000
const WITHIN_MS = 5 * 60_000

const dir = mkdtempSync(path.join(os.tmpdir(), 'assent-soak-'))
chmodSync(dir, 0o755)
const postgres = await startEmbeddedPostgres({ dir, log: (line) => console.error(line) })
await migrate(postgres.url)
const pool = createPool(postgres.url)

const soaked = await soak(pool, {
  people: PEOPLE,
  messages: MESSAGES,
  perSecond: 1_000,
  withinMs: WITHIN_MS,
  log: (line) => console.error(line),
})

const rows: [string, string | number][] = [
  ['people', PEOPLE],
  ['of whom wrote STOP', soaked.stopped],
  ['messages handed in', MESSAGES],
  ...Object.entries(soaked.statuses),
  ['arrived at WhatsApp', soaked.arrived],
  ['arrived after the stop was answered', soaked.after],
  ['stops confirmed', soaked.confirmed],
  ['bodies left in the database', soaked.left],
  ['handed in within', `${(soaked.handedInMs / 1000).toFixed(1)} s`],
  ['all settled within', `${(soaked.sentMs / 1000).toFixed(1)} s`],
  ['sends a second', Math.round(soaked.arrived / (soaked.sentMs / 1000))],
]
console.log('\n| | |\n|---|---|')
for (const [name, value] of rows) console.log(`| ${name} | ${value} |`)

await pool.end()
await postgres.stop()
rmSync(dir, { recursive: true, force: true })
process.exit(soaked.after === 0 && soaked.left === 0 && soaked.confirmed === soaked.stopped ? 0 : 1)

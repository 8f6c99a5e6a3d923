// One reading of a ledger in a process of its own, without anything of the tests in it: `verify-run.js URL read|verify`.
// Writes its measurements as one line of JSON.

import { readFileSync } from 'node:fs'
import { audit, inSnapshot } from '../../src/consent/audit.js'
import { readChains } from '../../src/consent/chains.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { createPool } from '../../src/db/client.js'
import { readPolicy } from '../../src/policy.js'

/** Milliseconds: by the clock, and of this process's and Postgres' processor time (null where no system tells). */
export type Measured = { events: number; wall: number; node: number; postgres: number | null }

const [, , url = '', mode] = process.argv
const policy = readPolicy(readFileSync('src/sandbox/policy.yaml', 'utf8'), TEXT_LANGUAGES, true)
const pool = createPool(url, { max: 1 })
const measured = await inSnapshot(pool, async (tx): Promise<Measured> => {
  // One core: a helper's time would not be counted.
  await tx.query('set local statement_timeout = 0; set local max_parallel_workers_per_gather = 0')
  const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  const before = { postgres: processorTime(pid), wall: performance.now(), node: process.cpuUsage() }
  let events = 0
  if (mode === 'read') {
    await readChains(tx, null, (chain) => {
      events += chain.lines.length
    })
  } else {
    const onFinding = (finding: { detail: string }) => {
      throw new Error(`a finding in a sound ledger: ${finding.detail}`)
    }
    events = (await audit(tx, { policy, onFinding })).events
  }
  const { user, system } = process.cpuUsage(before.node)
  const wall = performance.now() - before.wall
  const after = processorTime(pid)
  const postgres = after === null || before.postgres === null ? null : after - before.postgres
  return { events, wall, node: (user + system) / 1000, postgres }
})
await pool.end()
console.log(JSON.stringify(measured))

/** Processor time of a process in milliseconds, as Linux tells it in hundredths of a second. */
function processorTime(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return null
  }
}

// `npm run bench:verify`: how fast the ledger is verified, beside a plain read of the same rows over the same connection.
// Rounds take turns. `on one core` counts the processor time of this process and of Postgres' together, as if both had
// to share one: what a machine with nothing else would do. An argument sets the number of events.

import { readFileSync } from 'node:fs'
import tap from 'tap'
import { takeAnchor } from '../../src/consent/anchors.js'
import { audit, inSnapshot } from '../../src/consent/audit.js'
import { readChains } from '../../src/consent/chains.js'
import { samplePolicy } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fillLedger } from '../helpers/ledger.js'

const ROUNDS = 3
const EVENTS = Number(process.argv[2] ?? 500_000)
const PER_PERSON = 5

tap.setTimeout(0)
const { pool } = await testDatabase(tap)
const began = performance.now()
const events = await fillLedger(pool, Math.ceil(EVENTS / PER_PERSON), new Date('2026-01-05T08:00:00Z'))
const anchor = await takeAnchor(pool, new Date())
await pool.query('vacuum analyze')
const { rows } = await pool.query(`select pg_size_pretty(pg_total_relation_size('consent_events')) as lines,
  pg_size_pretty(pg_total_relation_size('evidence')) as evidence`)
console.error(
  `${events} events of ${anchor?.leaves} people (${rows[0].lines}, evidence ${rows[0].evidence}), ` +
    `written and anchored in ${seconds(performance.now() - began)}`,
)

type Measured = { wall: number; node: number; postgres: number | null }

const rounds: { read: Measured; verify: Measured }[] = []
for (let round = 1; round <= ROUNDS; round++) {
  const read = await measured(async (tx) => {
    let read = 0
    for await (const chain of readChains(tx, null)) read += chain.lines.length
    return read
  })
  const verify = await measured(async (tx) => {
    const done = await audit(tx, {
      policy: samplePolicy,
      onFinding: (finding) => {
        throw new Error(`a finding in a sound ledger: ${finding.detail}`)
      },
    })
    return done.events
  })
  rounds.push({ read, verify })
  console.log(`round ${round}  read ${told(read)}\n         verify ${told(verify)}`)
}

const best = Math.max(...rounds.map((r) => rate(r.verify)))
const ratios = rounds.map((r) => rate(r.verify) / rate(r.read)).sort((a, b) => a - b)
console.log(`verify: best ${thousands(best)}/s, ${ratios[1]?.toFixed(2)} of a plain read (median of ${ROUNDS})`)

/** Wall time of reading through everything once, and whose processor time it took. */
async function measured(work: (tx: Parameters<typeof audit>[0]) => Promise<number>): Promise<Measured> {
  return inSnapshot(pool, async (tx) => {
    await tx.query('set local statement_timeout = 0')
    const { rows } = await tx.query('select pg_backend_pid() as pid')
    const [before, began, cpu] = [ticks(rows[0].pid), performance.now(), process.cpuUsage()]
    const read = await work(tx)
    const used = process.cpuUsage(cpu)
    const wall = performance.now() - began
    const after = ticks(rows[0].pid)
    if (read !== events) throw new Error(`read ${read} of ${events}`)
    const postgres = before === null || after === null ? null : (after - before) * 10
    return { wall, node: (used.user + used.system) / 1000, postgres }
  })
}

/** Processor time of a process in hundredths of a second, where the system tells (Linux). */
function ticks(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return null
  }
}

function told(m: Measured): string {
  const both =
    m.postgres === null ? '' : `, on one core ${thousands(events / ((m.node + m.postgres) / 1000))}/s with Postgres`
  return `${thousands(rate(m))}/s (${seconds(m.wall)}; processor: node ${seconds(m.node)}${
    m.postgres === null ? '' : `, Postgres ${seconds(m.postgres)}`
  }${both})`
}

function thousands(n: number): string {
  return `${Math.round(n / 1000)},000`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function rate({ wall }: Measured): number {
  return events / (wall / 1000)
}

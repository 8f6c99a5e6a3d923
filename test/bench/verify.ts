// `npm run bench:verify`: how fast the ledger is verified, beside a plain read of the same rows in the same way. Rounds take
// turns, each in a fresh process. `alone` divides by this process's processor time, which is what one core would do with
// Postgres elsewhere; `with Postgres` by both, as if one core had to do it all. An argument sets the number of events.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import tap from 'tap'
import { takeAnchor } from '../../src/consent/anchors.js'
import { testDatabase } from '../helpers/database.js'
import { fillLedger } from '../helpers/ledger.js'
import type { Measured } from './verify-run.js'

const ROUNDS = 5
const EVENTS = Number(process.argv[2] ?? 500_000)
const PER_PERSON = 5

tap.setTimeout(0)
const { pool, url } = await testDatabase(tap)
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
const rounds: Record<'read' | 'verify', Measured>[] = []
for (let round = 1; round <= ROUNDS; round++) {
  rounds.push({ read: await run('read'), verify: await run('verify') })
}
console.log(
  `\n| median of ${ROUNDS} | events/s | one core, alone | one core, with Postgres |\n| --- | --- | --- | --- |`,
)
for (const mode of ['read', 'verify'] as const) {
  const of = (value: (m: Measured) => number) =>
    thousands(events / (median(rounds.map((r) => value(r[mode]))) / 1000))
  const both = rounds[0]?.[mode].postgres === null ? 'unknown' : of((m) => m.node + (m.postgres ?? 0))
  console.log(`| ${mode} | ${of((m) => m.wall)} | ${of((m) => m.node)} | ${both} |`)
}
const ratio = median(rounds.map((r) => r.read.wall / r.verify.wall))
console.log(`\nverifying runs at ${ratio.toFixed(2)} of the speed of reading`)

async function run(mode: 'read' | 'verify'): Promise<Measured> {
  const script = join(import.meta.dirname, 'verify-run.js')
  const { stdout } = await promisify(execFile)(process.execPath, [script, url, mode])
  const measured: Measured = JSON.parse(stdout)
  if (measured.events !== events) throw new Error(`${mode}: ${measured.events} of ${events} events`)
  const { wall, node, postgres } = measured
  const parts = `processor: node ${seconds(node)}${postgres === null ? '' : `, Postgres ${seconds(postgres)}`}`
  console.error(`${mode.padEnd(6)} ${thousands(events / (wall / 1000))}/s (${seconds(wall)}; ${parts})`)
  return measured
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function thousands(n: number): string {
  return `${Math.round(n / 1000)},000`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

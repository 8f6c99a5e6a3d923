// `npm run verify-ledger`: reads the whole ledger of DATABASE_URL and says in words what is wrong with it. Exit code 0:
// nothing; 1: something was found; 2: it could not be verified. Reads one snapshot, changes nothing, and may run beside
// the service. POLICY_FILE, if set, lets it hold the stored states against the ledger too.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readAnchorFile } from '../consent/anchors.js'
import { type Audited, audit, inSnapshot } from '../consent/audit.js'
import type { Finding } from '../consent/verify.js'
import { TEXT_LANGUAGES } from '../conversation/texts/texts.js'
import { createPool, sqlState } from '../db/client.js'
import { NO_SECRETS_NEEDED } from '../deliveries/targets.js'
import { readPolicy } from '../policy.js'

const USAGE = `Usage: DATABASE_URL=postgres://… npm run verify-ledger -- [--anchors FILE] [--policy FILE] [--contact UUID]
  --anchors FILE   what npm run anchors has exported before: the database's anchors must be the same
  --policy FILE    the policy (default: POLICY_FILE), to hold stored states against the ledger
  --contact UUID   one person's chain only`

try {
  process.exitCode = await main()
} catch (error) {
  const words = error instanceof Error ? error.message : 'unknown error'
  // Postgres' messages may hold values of rows.
  const state = sqlState(error)
  console.error(`The ledger could not be verified: ${state === undefined ? words : `Postgres says ${state}`}`)
  process.exitCode = 2
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      anchors: { type: 'string' },
      policy: { type: 'string' },
      contact: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const url = process.env.DATABASE_URL
  if (!url) throw new Error(`set DATABASE_URL to the database to verify.\n${USAGE}`)
  if (values.contact !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(values.contact))
    throw new Error('--contact takes the id of a contact, a UUID')
  const exported = values.anchors === undefined ? [] : readAnchorFile(readFileSync(values.anchors, 'utf8'))
  const policyFile = values.policy ?? process.env.POLICY_FILE
  // The sample's controller is nothing to object to here.
  const policy = policyFile
    ? readPolicy(readFileSync(policyFile, 'utf8'), TEXT_LANGUAGES, true, NO_SECRETS_NEEDED)
    : null

  const pool = createPool(url, { max: 1 })
  const began = performance.now()
  try {
    const done = await inSnapshot(pool, async (tx) => {
      await tx.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
      const { rows } = await tx.query<{ lines: number }>(
        `select greatest(reltuples, 0)::float8 as lines from pg_class where oid = 'consent_events'::regclass`,
      )
      const progress = progressLine(rows[0]?.lines ?? 0, began)
      const done = await audit(tx, {
        policy,
        exported,
        ...(values.contact === undefined ? {} : { contact: values.contact.toLowerCase() }),
        onFinding: (finding) => {
          progress.clear()
          console.log(inWords(finding))
        },
        onProgress: progress.show,
      })
      progress.clear()
      return done
    })
    console.log(summary(done, performance.now() - began, policy !== null))
    return done.findings > 0 ? 1 : 0
  } finally {
    await pool.end()
  }
}

function inWords({ contact, seq, kind, detail }: Finding): string {
  const where = [contact === null ? [] : [`contact ${contact}`], seq === null ? [] : [`line ${seq}`]].flat()
  return `${kind.toUpperCase()}  ${[...where, detail].join(': ')}`
}

function summary({ contacts, events, anchors, findings }: Audited, ms: number, withStates: boolean): string {
  const speed = Math.round(events / (ms / 1000))
  const checked = `${count(events)} events of ${count(contacts)} contacts and ${count(anchors)} anchors`
  const states = withStates ? '' : ' Stored states were not checked: set POLICY_FILE.'
  const result = findings === 0 ? 'Nothing was altered' : `${count(findings)} finding(s)`
  return `${result}: ${checked} in ${(ms / 1000).toFixed(1)} s, ${count(speed)} events/s.${states}`
}

function count(n: number): string {
  return n.toLocaleString('en')
}

/** How far it is: one line that rewrites itself on a terminal, a line every few seconds elsewhere. */
function progressLine(expected: number, began: number) {
  const terminal = process.stderr.isTTY
  const every = terminal ? 200 : 5_000
  let last = began
  return {
    show({ events }: Audited): void {
      const now = performance.now()
      if (now - last < every) return
      last = now
      const share =
        expected > events ? ` of about ${count(expected)} (${Math.floor((100 * events) / expected)} %)` : ''
      const line = `${count(events)} events${share}, ${count(Math.round(events / ((now - began) / 1000)))}/s`
      process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`)
    },
    clear(): void {
      if (terminal) process.stderr.write('\r\x1b[K')
    },
  }
}

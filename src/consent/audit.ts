// Verifies the ledger in the database, all of it or one person's, from one snapshot: nothing that happens meanwhile looks
// like tampering. Promise kept: an altered line, a rewritten chain, a deleted contact, a reworded notice and a forged
// anchor are all found (G8).

import { hash } from 'node:crypto'
import pg from 'pg'
import type { Policy } from '../policy.js'
import { type Anchor, anchorHash, exportAnchors } from './anchors.js'
import { readChains } from './chains.js'
import { copyRows, hexOf, intOf, textOf, uuidOf } from './copy.js'
import { chainVerifier, type Finding } from './verify.js'

export type AuditOptions = {
  /** One contact's chain only (a UUID), without the anchors' own roots. */
  contact?: string
  /** Absent: states are not held against the ledger. */
  policy?: Policy | null
  /** Anchors as exported before: the database's must be the same. */
  exported?: readonly Anchor[]
  onFinding: (finding: Finding) => void
  onProgress?: (done: Audited) => void
}

export type Audited = { contacts: number; events: number; anchors: number; findings: number }

/**
 * Verifies. Reports what is first wrong with every contact, notice and anchor.
 * @param tx a transaction; `inSnapshot` opens the right one
 */
export async function audit(tx: pg.ClientBase, options: AuditOptions): Promise<Audited> {
  const { contact = null, policy } = options
  const done: Audited = { contacts: 0, events: 0, anchors: 0, findings: 0 }
  const found = (finding: Finding) => {
    done.findings += 1
    options.onFinding(finding)
  }
  // Before anything that the owner of the database may have put in front of Postgres' own functions.
  await tx.query(`select set_config('search_path', 'pg_catalog, ' || current_setting('search_path'), true)`)
  const notices = await auditNotices(tx, contact, found)
  const verify = chainVerifier({ notices, purposes: policy ? [...policy.purposes.values()] : undefined })
  await readChains(tx, contact, (chain) => {
    const finding = verify(chain)
    if (finding) found(finding)
    done.contacts += 1
    done.events += chain.lines.length
    options.onProgress?.(done)
  })
  if (contact === null) done.anchors = await auditAnchors(tx, options.exported ?? [], found)
  return done
}

/** Runs `work` on one unchanging view of the database, which it cannot write to. */
export async function inSnapshot<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  let broken: Error | undefined
  try {
    await tx.query('begin isolation level repeatable read read only')
    return await work(tx)
  } finally {
    await tx.query('rollback').catch((error: Error) => {
      broken = error
    })
    tx.release(broken)
  }
}

/** Holds every notice against its name, which is its SHA-256; answers the names. */
async function auditNotices(
  tx: pg.ClientBase,
  contact: string | null,
  found: (finding: Finding) => void,
): Promise<Set<string>> {
  const ofContact = `select notice from consent_events where contact_id = ${pg.escapeLiteral(contact ?? '')}::uuid`
  const shown = contact === null ? '' : `where hash in (${ofContact})`
  const names = new Set<string>()
  await copyRows(tx, `select hash::bytea, content::text from notices ${shown} order by hash`, (row) => {
    const name = hexOf(row, 0)
    names.add(name)
    if (hash('sha256', textOf(row, 1)) === name) return
    const detail = `the notice ${name} was reworded: its text no longer has this SHA-256`
    found({ contact, seq: null, kind: 'notice', detail })
  })
  return names
}

// In the order in which the root of an anchor is taken over its heads.
const LEAVES = `select anchor_id::int4, contact_id::uuid, seq::int4, hash::bytea from anchor_leaves
  order by anchor_id, contact_id, seq`

/** Computes every root anew, follows their chain, and holds them against those exported before. */
async function auditAnchors(
  tx: pg.ClientBase,
  exported: readonly Anchor[],
  found: (finding: Finding) => void,
): Promise<number> {
  const broken = (detail: string) => found({ contact: null, seq: null, kind: 'anchor', detail })
  const anchors = new Map<number, { anchor: Anchor; sum: ReturnType<typeof anchorHash>; heads: number }>()
  for await (const anchor of exportAnchors(tx))
    anchors.set(anchor.anchor, { anchor, sum: anchorHash(anchor.prev), heads: 0 })
  const strays: number[] = []
  await copyRows(tx, LEAVES, (row) => {
    const id = intOf(row, 0)
    const known = anchors.get(id)
    if (known === undefined) {
      if (strays.at(-1) !== id) strays.push(id)
      return
    }
    known.sum.leaf(uuidOf(row, 1), intOf(row, 2), hexOf(row, 3))
    known.heads += 1
  })
  let before: Anchor | null = null
  for (const { anchor, sum, heads } of anchors.values()) {
    const number = (before?.anchor ?? 0) + 1
    const lost = strays.find((id) => id < anchor.anchor && id >= (before?.anchor ?? id))
    if (anchor.anchor !== number) {
      broken(`anchor ${number} was removed: after ${number - 1} comes ${anchor.anchor}`)
    } else if (anchor.prev !== (before?.root ?? null)) {
      broken(`anchor ${number} does not follow anchor ${number - 1}: one of the two was replaced`)
    } else if (lost !== undefined) {
      broken(`heads name anchor ${lost}, which does not exist`)
    } else if (heads !== anchor.leaves || sum.root(anchor) !== anchor.root) {
      broken(`anchor ${number} was altered: its root is not that of the ${heads} heads it holds`)
    }
    before = anchor
  }
  const beyond = strays.find((id) => id > (before?.anchor ?? id - 1))
  if (beyond !== undefined) broken(`heads name anchor ${beyond}, which does not exist`)
  for (const kept of exported) {
    const anchor = anchors.get(kept.anchor)?.anchor
    const fields = ['at', 'leaves', 'events', 'prev', 'root'] as const
    if (anchor === undefined) broken(`anchor ${kept.anchor} was exported and is gone`)
    else if (fields.some((field) => anchor[field] !== kept[field]))
      broken(`anchor ${kept.anchor} is not the one that was exported`)
  }
  return anchors.size
}

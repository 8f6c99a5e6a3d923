// Verifies the ledger in the database, all of it or one person's, from one snapshot: nothing that happens meanwhile looks
// like tampering. Promise kept: an altered line, a rewritten chain, a deleted contact, a reworded notice and a forged
// anchor are all found (G8).

import { hash } from 'node:crypto'
import pg from 'pg'
import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'
import { type Anchor, anchorHash, exportAnchors } from './anchors.js'
import { TEXT_SETTINGS } from './canonical.js'
import { readChains } from './chains.js'
import { openCursors, type Reading } from './cursor.js'
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
export async function audit(tx: Executor, options: AuditOptions): Promise<Audited> {
  const { contact = null, policy } = options
  const done: Audited = { contacts: 0, events: 0, anchors: 0, findings: 0 }
  const found = (finding: Finding) => {
    done.findings += 1
    options.onFinding(finding)
  }
  await tx.query(TEXT_SETTINGS)
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

const NOTICES: Reading = {
  from: 'notices',
  columns: [{ sql: `encode(hash, 'hex')` }, { sql: 'content' }],
  key: [{ column: `encode(hash, 'hex')`, type: 'text', least: '' }],
}
const LEAVES_BY_ANCHOR: Reading = {
  name: 'audit_leaves_by_anchor',
  from: 'anchor_leaves',
  columns: [{ sql: 'anchor_id' }, { sql: 'contact_id' }, { sql: 'seq' }, { sql: `encode(hash, 'hex')` }],
  key: [
    { column: 'anchor_id', type: 'integer', least: '-2147483648' },
    { column: 'contact_id', type: 'uuid', least: '00000000-0000-0000-0000-000000000000' },
  ],
}

/** Holds every notice against its name, which is its SHA-256; answers the names. */
async function auditNotices(
  tx: Executor,
  contact: string | null,
  found: (finding: Finding) => void,
): Promise<Set<string>> {
  const ofContact = `select notice from consent_events where contact_id = ${pg.escapeLiteral(contact ?? '')}::uuid`
  const shown = contact === null ? {} : { where: `hash in (${ofContact})` }
  const { open, idle } = openCursors(tx)
  const notices = open<readonly [string, string]>({ ...NOTICES, ...shown })
  const names = new Set<string>()
  for (await notices.refill(); notices.row !== undefined; await notices.refill()) {
    const [name, content] = notices.row
    names.add(name)
    if (hash('sha256', content) !== name) {
      const detail = `the notice ${name} was reworded: its text no longer has this SHA-256`
      found({ contact, seq: null, kind: 'notice', detail })
    }
    notices.advance()
  }
  await idle()
  return names
}

/** Computes every root anew, follows their chain, and holds them against those exported before. */
async function auditAnchors(
  tx: Executor,
  exported: readonly Anchor[],
  found: (finding: Finding) => void,
): Promise<number> {
  const broken = (detail: string) => found({ contact: null, seq: null, kind: 'anchor', detail })
  const anchors: Anchor[] = []
  for await (const anchor of exportAnchors(tx)) anchors.push(anchor)
  const { open, idle } = openCursors(tx)
  const leaves = open<readonly [string, string, string, string]>(LEAVES_BY_ANCHOR)
  const known = new Map<number, Anchor>()
  let before: Anchor | null = null
  for (const anchor of anchors) {
    known.set(anchor.anchor, anchor)
    const sum = anchorHash(anchor.prev)
    let count = 0
    let strays = 0
    for (await leaves.refill(); leaves.row !== undefined; await leaves.refill()) {
      const [id, contactId, seq, leafHash] = leaves.row
      if (Number(id) > anchor.anchor) break
      if (Number(id) === anchor.anchor) {
        sum.leaf(contactId, Number(seq), leafHash)
        count += 1
      } else strays += 1
      leaves.advance()
    }
    const number = (before?.anchor ?? 0) + 1
    if (anchor.anchor !== number) {
      broken(`anchor ${number} was removed: after ${number - 1} comes ${anchor.anchor}`)
    } else if (anchor.prev !== (before?.root ?? null)) {
      broken(`anchor ${number} does not follow anchor ${number - 1}: one of the two was replaced`)
    } else if (strays > 0) {
      broken(`${strays} heads name an anchor before ${number} that does not exist`)
    } else if (count !== anchor.leaves || sum.root(anchor) !== anchor.root) {
      broken(`anchor ${number} was altered: its root is not that of the ${count} heads it holds`)
    }
    before = anchor
  }
  await leaves.refill()
  if (leaves.row !== undefined) broken(`heads name anchor ${leaves.row[0]}, which does not exist`)
  await idle()
  for (const kept of exported) {
    const anchor = known.get(kept.anchor)
    const fields = ['at', 'leaves', 'events', 'prev', 'root'] as const
    if (anchor === undefined) broken(`anchor ${kept.anchor} was exported and is gone`)
    else if (fields.some((field) => anchor[field] !== kept[field]))
      broken(`anchor ${kept.anchor} is not the one that was exported`)
  }
  return anchors.length
}

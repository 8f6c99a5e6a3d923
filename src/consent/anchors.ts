// Anchors: a root over the heads of all chains that changed since the anchor before, and over that one's root. A chain
// can be rewritten so that it fits itself, a contact deleted with all its lines; the anchored heads then no longer fit,
// and neither does a root that was kept elsewhere. Promise kept: whoever holds an exported root holds all that came
// before it (G8).

import { createHash } from 'node:crypto'
import type pg from 'pg'
import { z } from 'zod'
import { type Executor, inTransaction } from '../db/client.js'

/** One line of an export: when, how much, and the root. No personal data. */
export const anchorSchema = z.object({
  anchor: z.int().min(1),
  at: z.iso.datetime(),
  /** Heads that it commits to. */
  leaves: z.int().min(1),
  /** Lines of the ledger that it is the first to cover. */
  events: z.int().min(1),
  prev: z.string().nullable(),
  root: z.string(),
})
export type Anchor = z.infer<typeof anchorSchema>

const LEAF_BYTES = 16 + 4 + 32

/**
 * Computes a root. Its bytes, integers big-endian: `assent anchor 1\n`; the previous root (32 bytes, zeros before the
 * first); per leaf, by ascending contact id: contact id (16 bytes), seq (4), hash (32); then the anchor's number (4),
 * its time in Unix milliseconds (8), leaves (4) and events (8). SHA-256 of that.
 */
export function anchorHash(prev: string | null) {
  const sum = createHash('sha256').update('assent anchor 1\n')
  sum.update(prev === null ? Buffer.alloc(32) : Buffer.from(prev, 'hex'))
  const bytes = Buffer.alloc(LEAF_BYTES)
  return {
    /** @param hash hex */
    leaf(contactId: string, seq: number, hash: string): void {
      bytes.fill(0)
      bytes.write(contactId.replaceAll('-', ''), 0, 'hex')
      bytes.writeInt32BE(seq, 16)
      // A leaf of another length must not pass for its neighbour's bytes.
      if (hash.length === 64) bytes.write(hash, 20, 'hex')
      sum.update(bytes)
    },
    /** The root in hex; nothing can be added after it. */
    root(anchor: Pick<Anchor, 'anchor' | 'at' | 'leaves' | 'events'>): string {
      const end = Buffer.alloc(24)
      end.writeInt32BE(anchor.anchor, 0)
      end.writeBigInt64BE(BigInt(Date.parse(anchor.at)), 4)
      end.writeInt32BE(anchor.leaves, 12)
      end.writeBigInt64BE(BigInt(anchor.events), 16)
      return sum.update(end).digest('hex')
    },
  }
}

const BATCH = 10_000
const FIRST_ID = '00000000-0000-0000-0000-000000000000'
// A line may be committed after the anchor that follows its time, and replicas' clocks differ. What was seen already is
// skipped by its leaf, so looking back further costs only the look.
const LOOK_BACK_MS = 24 * 3_600_000

/**
 * Anchors every chain that has grown since the last anchor, in one transaction of bounded statements. Safe on many
 * replicas: one takes it, the others come away empty-handed.
 * @returns null when nothing has grown, or when another replica is at it
 */
export async function takeAnchor(pool: pg.Pool, now: Date): Promise<Anchor | null> {
  return inTransaction(pool, async (tx) => {
    const lock = await tx.query<{ ours: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('assent.anchor')) as ours`,
    )
    if (lock.rows[0]?.ours !== true) return null
    const last = await tx.query<{ id: number; root: string; takenAt: Date }>(
      `select id, encode(root, 'hex') as root, taken_at as "takenAt" from anchors order by id desc limit 1`,
    )
    const before = last.rows[0] ?? null
    const anchor = (before?.id ?? 0) + 1
    const since = before === null ? '-infinity' : new Date(before.takenAt.getTime() - LOOK_BACK_MS)
    const sum = anchorHash(before?.root ?? null)
    let [leaves, events, after] = [0, 0, FIRST_ID]
    for (;;) {
      const heads = await anchorHeads(tx, { anchor, since, after })
      for (const { contactId, seq, hash, known } of heads) {
        after = contactId
        if (seq <= known) continue
        sum.leaf(contactId, seq, hash)
        leaves += 1
        events += seq - known
      }
      if (heads.length < BATCH) break
    }
    if (leaves === 0) return null
    const head = { anchor, at: now.toISOString(), leaves, events, prev: before?.root ?? null }
    const root = sum.root(head)
    await tx.query(
      `insert into anchors (id, taken_at, leaves, events, prev_root, root)
       values ($1, $2, $3, $4, decode($5, 'hex'), decode($6, 'hex'))`,
      [anchor, now, leaves, events, head.prev, root],
    )
    return { ...head, root }
  })
}

type Head = { contactId: string; seq: number; hash: string; known: number }

/** Keeps the heads of the next chains that may have grown; answers all it has looked at, by ascending contact. */
async function anchorHeads(
  tx: Executor,
  { anchor, since, after }: { anchor: number; since: Date | string; after: string },
): Promise<Head[]> {
  const { rows } = await tx.query<Head>(
    `with chain as materialized (
       select distinct contact_id as id from consent_events
        where recorded_at >= $1 and contact_id > $2 order by contact_id limit $3
     ), head as materialized (
       select c.id, h.seq, h.hash,
              coalesce((select max(l.seq) from anchor_leaves l where l.contact_id = c.id), 0) as known
         from chain c cross join lateral (
           select seq, hash from consent_events e where e.contact_id = c.id order by seq desc limit 1) h
     ), kept as (
       insert into anchor_leaves (contact_id, seq, hash, anchor_id)
       select id, seq, hash, $4 from head where seq > known
     )
     select id as "contactId", seq, encode(hash, 'hex') as hash, known from head order by id`,
    [since, after, BATCH, anchor],
  )
  return rows
}

const PAGE = 1_000

/** All anchors after a given one, oldest first. */
export async function* exportAnchors(ex: Executor, after = 0): AsyncGenerator<Anchor> {
  for (let last = after; ; ) {
    const { rows } = await ex.query<Omit<Anchor, 'at' | 'events'> & { at: Date; events: string }>({
      name: 'anchors_read',
      text: `select id as anchor, taken_at as at, leaves, events, encode(prev_root, 'hex') as prev,
                    encode(root, 'hex') as root from anchors where id > $1 order by id limit $2`,
      values: [last, PAGE],
    })
    for (const row of rows) {
      last = row.anchor
      yield { ...row, at: row.at.toISOString(), events: Number(row.events) }
    }
    if (rows.length < PAGE) return
  }
}

/** A line of an export. */
export const anchorLine = (anchor: Anchor): string => `${JSON.stringify(anchor)}\n`

/**
 * Reads an export back.
 * @throws with the number of the first line that is none; empty lines and npm's own (`> …`) are passed over
 */
export function readAnchorFile(text: string): Anchor[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '' || line.startsWith('> ')) return []
    try {
      return [anchorSchema.parse(JSON.parse(line))]
    } catch {
      throw new Error(`line ${i + 1} is not an exported anchor`)
    }
  })
}

// Reads chains out of the database for verifying: lines, contacts, anchored heads and stray evidence side by side in the order
// of their keys. Promise kept: a contact of which only something is left, whatever it is, is seen.

import pg from 'pg'
import type { Executor } from '../db/client.js'
import { LINE_COLUMNS, type LineText } from './canonical.js'
import { type Cursor, openCursors, type Reading } from './cursor.js'
import type { Chain, HeadText, LeafText, StrayText } from './verify.js'

const contactKey = (column: string) => ({
  column,
  type: 'uuid',
  least: '00000000-0000-0000-0000-000000000000',
})
const seqKey = { column: 'seq', type: 'integer', least: '-2147483648' }
const hex = (column: string) => `encode(${column}, 'hex')`

const HEADS: Reading = {
  name: 'audit_heads',
  from: `(select c.*, c.merged_into is not null or exists (select from contacts m where m.merged_into = c.id) as family
            from contacts c) as people`,
  columns: [
    { sql: 'id' },
    { sql: 'head_seq' },
    { sql: hex('head_hash'), nullable: 'code' },
    { sql: 'states' },
    // A person made of several contacts is folded over all their ledgers, which are not side by side here.
    { sql: `case when family then '' else folded_with end` },
  ],
  key: [contactKey('id')],
}
const LINES: Reading = {
  name: 'audit_lines',
  from: 'consent_events',
  columns: LINE_COLUMNS,
  key: [contactKey('contact_id'), seqKey],
}
const STRAY_EVIDENCE: Reading = {
  name: 'audit_stray_evidence',
  from: `(select contact_id, seq from evidence v where not exists (
            select from consent_events e where e.contact_id = v.contact_id and e.seq = v.seq)) as stray`,
  columns: [{ sql: 'contact_id' }, { sql: 'seq' }],
  key: [contactKey('contact_id'), seqKey],
}
const LEAVES: Reading = {
  name: 'audit_leaves',
  from: 'anchor_leaves',
  columns: [{ sql: 'contact_id' }, { sql: 'seq' }, { sql: hex('hash') }, { sql: 'anchor_id' }],
  key: [contactKey('contact_id'), seqKey],
}

/**
 * Passes every chain on, by ascending contact, however little of it is left.
 * @param contact only this one's; nothing is passed on when there is nothing of it
 * @param pass called at once, without a promise per chain: that would cost as much as reading it
 */
export async function readChains(
  tx: Executor,
  contact: string | null,
  pass: (chain: Chain) => void,
): Promise<void> {
  const { open, idle } = openCursors(tx)
  const cursor = <T extends Row>(reading: Reading): Cursor<T> => {
    if (contact === null) return open<T>(reading)
    const where = `${reading.key[0]?.column} = ${pg.escapeLiteral(contact)}::uuid`
    const { name: _unprepared, ...once } = reading
    return open<T>({ ...once, where })
  }
  const heads = cursor<HeadText>(HEADS)
  const lines = cursor<LineText>(LINES)
  const strays = cursor<StrayText>(STRAY_EVIDENCE)
  const leaves = cursor<LeafText>(LEAVES)
  const all: Cursor<Row>[] = [heads, lines, strays, leaves]
  try {
    for (;;) {
      let contactId: string | null = null
      for (const cursor of all) {
        if (cursor.row === undefined && !cursor.ended) await cursor.refill()
        const key = cursor.row?.[0]
        if (key !== undefined && (contactId === null || key < contactId)) contactId = key
      }
      if (contactId === null) return
      const chain = { head: [], lines: [], strays: [], leaves: [] }
      if (!take(heads, contactId, chain.head)) await takeOn(heads, contactId, chain.head)
      if (!take(lines, contactId, chain.lines)) await takeOn(lines, contactId, chain.lines)
      if (!take(strays, contactId, chain.strays)) await takeOn(strays, contactId, chain.strays)
      if (!take(leaves, contactId, chain.leaves)) await takeOn(leaves, contactId, chain.leaves)
      pass({ ...chain, contactId, head: chain.head[0] ?? null })
    }
  } finally {
    await idle()
  }
}

type Row = readonly [key: string, ...(string | null)[]]

/** Takes the rows of one key, as far as they are here; false when there may be more. */
function take<T extends Row>(cursor: Cursor<T>, key: string, taken: T[]): boolean {
  let row = cursor.row
  while (row !== undefined && row[0] === key) {
    taken.push(row)
    cursor.advance()
    row = cursor.row
  }
  return row !== undefined || cursor.ended
}

async function takeOn<T extends Row>(cursor: Cursor<T>, key: string, taken: T[]): Promise<void> {
  do await cursor.refill()
  while (!take(cursor, key, taken))
}

// Reads chains out of the database for verifying: lines, evidence, contacts and anchored heads side by side in the order
// of their keys, a batch of each at a time. Promise kept: the size of the ledger costs time and no memory.

import pg from 'pg'
import type { Executor } from '../db/client.js'
import { LINE_COLUMNS, type LineText } from './canonical.js'
import type { Chain, EvidenceText, HeadText, LeafText } from './verify.js'

const BATCH = 5_000
const AS_TEXT = { getTypeParser: () => (text: string) => text }

type Row = readonly [key: string, ...unknown[]]

/** Rows of one query, looked at one by one. */
export type Cursor<T extends Row> = {
  /** The row that is next; undefined when the batch is used up, see `refill`. */
  row: T | undefined
  advance(): void
  /** Brings the next batch if the last one is used up. */
  refill(): Promise<void>
}

/** Opens cursors on one transaction; `close` waits for what is still being read. */
export function openCursors(tx: Executor) {
  // One question at a time, and the next batch asked for while this one is worked on.
  let last: Promise<unknown> = Promise.resolve()
  const ask = <T>(question: () => Promise<T>): Promise<T> => {
    const answer = last.then(question)
    last = answer.catch(() => {})
    return answer
  }
  const names: string[] = []
  async function open<T extends Row>(select: string): Promise<Cursor<T>> {
    const name = `audit_${names.length + 1}`
    names.push(name)
    await ask(() => tx.query(`declare ${name} no scroll cursor for ${select}`))
    const fetch = (): Promise<T[]> => {
      const query = { text: `fetch ${BATCH} from ${name}`, rowMode: 'array' as const, types: AS_TEXT }
      const rows = ask(() => tx.query(query)).then((result) => result.rows as unknown as T[])
      rows.catch(() => {})
      return rows
    }
    let next: Promise<T[]> | null = fetch()
    let rows: T[] = []
    let at = 0
    const cursor: Cursor<T> = {
      row: undefined,
      advance() {
        cursor.row = rows[++at]
      },
      async refill() {
        if (cursor.row !== undefined || next === null) return
        rows = await next
        at = 0
        cursor.row = rows[0]
        next = rows.length < BATCH ? null : fetch()
      },
    }
    return cursor
  }
  async function close(): Promise<void> {
    // After an error the transaction, and with it every cursor, is gone already.
    for (const name of names) await ask(() => tx.query(`close ${name}`)).catch(() => {})
  }
  return { open, close }
}

/**
 * Every chain, by ascending contact, however little of it is left.
 * @param contact only this one's; empty when there is nothing of it
 */
export async function* readChains(tx: Executor, contact: string | null): AsyncGenerator<Chain> {
  const only = (column: string) =>
    contact === null ? '' : `where ${column} = ${pg.escapeLiteral(contact)}::uuid`
  const { open, close } = openCursors(tx)
  const ofContact = `${only('contact_id')} order by contact_id, seq`
  const heads = await open<HeadText>(
    `select id, head_seq, head_hash, states, folded_with from contacts ${only('id')} order by id`,
  )
  const lines = await open<LineText>(`select ${LINE_COLUMNS.join(', ')} from consent_events ${ofContact}`)
  const evidence = await open<EvidenceText>(`select contact_id, seq, salt, body from evidence ${ofContact}`)
  const leaves = await open<LeafText>(`select contact_id, seq, hash, anchor_id from anchor_leaves ${ofContact}`)
  const all: Cursor<Row>[] = [heads, lines, evidence, leaves]
  try {
    for (;;) {
      let contactId: string | null = null
      for (const cursor of all) {
        if (cursor.row === undefined) await cursor.refill()
        const key = cursor.row?.[0]
        if (key !== undefined && (contactId === null || key < contactId)) contactId = key
      }
      if (contactId === null) return
      const [head = null] = await take(heads, contactId)
      yield {
        contactId,
        head,
        lines: await take(lines, contactId),
        evidence: await take(evidence, contactId),
        leaves: await take(leaves, contactId),
      }
    }
  } finally {
    await close()
  }
}

/** The rows of one key. */
async function take<T extends Row>(cursor: Cursor<T>, key: string): Promise<T[]> {
  const taken: T[] = []
  for (;;) {
    for (let row = cursor.row; row !== undefined && row[0] === key; row = cursor.row) {
      taken.push(row)
      cursor.advance()
    }
    if (cursor.row !== undefined) return taken
    await cursor.refill()
    if (cursor.row === undefined) return taken
  }
}

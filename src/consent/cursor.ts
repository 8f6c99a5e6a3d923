// Reads through a table in the order of its key, however large it is: a batch at a time, in one piece of text. Taking rows
// apart is most of the cost of reading them, and cutting up one long string costs a fraction of the driver's way, value by
// value. Promise kept: what comes out are the columns as they are; where the text could be misread, it is not used.

import type { Executor } from '../db/client.js'

/** A column in SQL: `{ sql: 'seq' }`. Bytes must be encoded, and only what may be null costs the care for it. */
export type Column = { sql: string; nullable?: true }

export type Reading = {
  /** Name of the prepared statement; without one it is planned anew for every batch. */
  name?: string
  from: string
  columns: readonly Column[]
  /** Key columns, which are also the first of `columns`, in that order, with the smallest value there can be. */
  key: readonly { column: string; type: string; least: string }[]
  /** A condition that picks rows; `$` parameters are taken. */
  where?: string
}

/** Rows looked at one by one. */
export type Cursor<T extends readonly (string | null)[]> = {
  /** The row that is next; undefined when the batch is used up, see `refill`. */
  row: T | undefined
  /** No row is next, and none will be. */
  ended: boolean
  advance(): void
  /** Brings the next batch if the last one is used up. */
  refill(): Promise<void>
}

const BATCH = 2_000
// Unit and record separator: in no word of ours, and JSON text escapes them.
const UNIT = '\x1f'
const RECORD = '\x1e'
const AS_TEXT = { getTypeParser: () => (text: string) => text }

/** Lets several cursors read in one transaction, one statement at a time and each a batch ahead. */
export function openCursors(tx: Executor) {
  let last: Promise<unknown> = Promise.resolve()
  const ask = <T>(question: () => Promise<T>): Promise<T> => {
    const answer = last.then(question)
    last = answer.catch(() => {})
    return answer
  }
  return {
    open: <T extends readonly (string | null)[]>(reading: Reading) => openCursor<T>(tx, ask, reading),
    /** Resolves when nothing is being read any more: then the transaction is free for something else. */
    idle: async () => {
      await last
    },
  }
}

function openCursor<T extends readonly (string | null)[]>(
  tx: Executor,
  ask: <R>(question: () => Promise<R>) => Promise<R>,
  reading: Reading,
): Cursor<T> {
  const { columns, key } = reading
  const inText = `select string_agg(${textOf(columns)}, E'\\x1e') as text, count(*)::int as rows from (${batchOf(reading)}) as batch`
  let after: (string | null)[] = key.map((k) => k.least)
  const fetch = () => {
    const query = { ...(reading.name ? { name: reading.name } : {}), text: inText, values: after }
    const batch = ask(() => tx.query<{ text: string | null; rows: number }>(query)).then(({ rows }) => rows[0])
    // Whoever refills hears of it; until then nobody else shall.
    batch.catch(() => {})
    return batch
  }
  const byColumn = async () => {
    const wanted = columns.map(({ sql }) => `(${sql})::text`).join(', ')
    const text = `select ${wanted} from (${batchOf(reading)}) as batch`
    const query = { text, values: after, rowMode: 'array' as const, types: AS_TEXT }
    return (await ask(() => tx.query(query))).rows as unknown as T[]
  }
  let next: ReturnType<typeof fetch> | null = fetch()
  let rows: T[] = []
  let at = 0
  const cursor: Cursor<T> = {
    row: undefined,
    ended: false,
    advance() {
      cursor.row = rows[++at]
      cursor.ended = cursor.row === undefined && next === null
    },
    async refill() {
      if (cursor.row !== undefined || next === null) return
      const batch = await next
      const count = batch?.rows ?? 0
      rows = split<T>(batch?.text ?? null, columns, count) ?? (await byColumn())
      after = rows.at(-1)?.slice(0, key.length) ?? after
      next = count < BATCH ? null : fetch()
      at = 0
      cursor.row = rows[0]
      cursor.ended = rows.length === 0
    },
  }
  return cursor
}

/** The next rows in order. What only picks columns above it keeps that order. */
function batchOf({ from, key, where }: Reading): string {
  const names = key.map((k) => k.column).join(', ')
  const beyond = `(${names}) > (${key.map((k, i) => `$${i + 1}::${k.type}`).join(', ')})`
  return `select * from ${from} where ${beyond}${where ? ` and ${where}` : ''} order by ${names} limit ${BATCH}`
}

/** What may be null is written with a sign before it, so that nothing else looks like null. */
const textOf = (columns: readonly Column[]) =>
  `concat_ws(E'\\x1f', ${columns.map(({ sql, nullable }) => (nullable ? `coalesce('=' || ${sql}, '')` : sql)).join(', ')})`

/**
 * Cuts a batch into rows. Null when the pieces do not come out even: then some value holds a separator, or is null where
 * none may be. They come out even only if every separator is one.
 */
function split<T>(text: string | null, columns: readonly Column[], count: number): T[] | null {
  if (text === null) return count === 0 ? [] : null
  const rows: (string | null)[][] = text.split(RECORD).map((row) => row.split(UNIT))
  if (rows.length !== count) return null
  const nullable = columns.flatMap((column, i) => (column.nullable ? [i] : []))
  for (const row of rows) {
    if (row.length !== columns.length) return null
    for (const i of nullable) row[i] = row[i] === '' ? null : (row[i]?.slice(1) ?? null)
  }
  return rows as unknown as T[]
}

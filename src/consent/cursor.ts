// Reads through a table in the order of its key, however large it is: a batch at a time, in one piece of text. Taking rows
// apart is most of the cost of reading them, and cutting up one long string costs a fraction of the driver's way, value by
// value. Promise kept: what comes out are the columns as they are; where the text could be misread, it is not used.

import type { Executor } from '../db/client.js'

/**
 * A column in SQL: `{ sql: 'seq' }`; bytes must be encoded. Of what may be null it matters whether people choose the words,
 * or whether it is an id, a time or hex, which a dash can never be.
 */
export type Column = { sql: string; nullable?: 'word' | 'code' }

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

type Batch = { text: string | null; rows: number }

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
  const inText = `select string_agg(${textOf(columns)}, E'\\x1e') as text, count(*)::int as rows
    from (${batchOf(reading)}) as batch`
  let after: readonly string[] = key.map((k) => k.least)
  const fetch = () => {
    const query = { ...(reading.name ? { name: reading.name } : {}), text: inText, values: [...after] }
    const batch = ask(() => tx.query<Batch>(query)).then(({ rows }) => rows[0] ?? { text: null, rows: 0 })
    // Whoever refills hears of it; until then it must not end the process.
    batch.catch(() => {})
    return batch
  }
  const byColumn = async (after: readonly string[]) => {
    const wanted = columns.map(({ sql }) => `(${sql})::text`).join(', ')
    const text = `select ${wanted} from (${batchOf(reading)}) as batch`
    const query = { text, values: [...after], rowMode: 'array' as const, types: AS_TEXT }
    return (await ask(() => tx.query(query))).rows as unknown as T[]
  }
  const shape = shapeOf(columns)
  let next: ReturnType<typeof fetch> | null = fetch()
  let start = after
  let pieces: string[] = []
  let columnwise: T[] | null = null
  let at = 0
  const look = () => {
    const row = columnwise ? columnwise[at] : split<T>(pieces[at], shape)
    cursor.row = row ?? undefined
    cursor.ended = row === undefined && next === null
  }
  const cursor: Cursor<T> = {
    row: undefined,
    ended: false,
    advance() {
      at += 1
      look()
    },
    async refill() {
      if (cursor.row !== undefined || cursor.ended) return
      if (columnwise === null && at < pieces.length) columnwise = await byColumn(start)
      else if (next !== null) {
        const { text, rows } = await next
        pieces = text?.split(RECORD) ?? []
        const last = split<T>(pieces.at(-1), shape)
        columnwise = last === null || pieces.length !== rows ? await byColumn(after) : null
        at = 0
        start = after
        after = ((columnwise?.at(-1) ?? last)?.slice(0, key.length) as string[] | undefined) ?? after
        next = rows < BATCH ? null : fetch()
      }
      look()
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

/** Null is a dash; a word that may be null has a sign before it, so that no word looks like null. */
function textOf(columns: readonly Column[]): string {
  const written = columns.map(({ sql, nullable }) => {
    if (nullable === undefined) return sql
    return `coalesce(${nullable === 'word' ? `'=' || ${sql}` : `(${sql})::text`}, '-')`
  })
  return `concat_ws(E'\\x1f', ${written.join(', ')})`
}

/**
 * Cuts a row into columns when it is looked at. Null when the pieces do not come out even: then some value holds a
 * separator, or is null where none may be. They come out even only if every separator is one.
 */
function split<T>(piece: string | undefined, { length, nullable, words }: Shape): T | null | undefined {
  if (piece === undefined) return undefined
  const row: (string | null)[] = piece.split(UNIT)
  if (row.length !== length) return null
  for (const i of nullable) if (row[i] === '-') row[i] = null
  for (const i of words) row[i] = row[i]?.slice(1) ?? null
  return row as unknown as T
}

/** How many columns there are; which of them may be null; which of these are words. */
type Shape = { length: number; nullable: readonly number[]; words: readonly number[] }

function shapeOf(columns: readonly Column[]): Shape {
  const places = columns.map((column, i) => ({ ...column, i })).filter((c) => c.nullable !== undefined)
  const words = places.filter((c) => c.nullable === 'word').map((c) => c.i)
  return { length: columns.length, nullable: places.map((c) => c.i), words }
}

// Reads a query as a stream of rows, each as the bytes that Postgres keeps (COPY, binary): no text is made of a value there
// and taken apart here, which costs several times what verifying does. Promise kept: however many rows there are, one is
// in memory; what a column holds can be mistaken for nothing else, since every value comes with its length.

import pg from 'pg'

/** One row in place: valid only while it is looked at. */
export type Row = {
  bytes: Buffer
  /** Where each column begins in `bytes`, and how long it is; null is -1 long. */
  starts: number[]
  lengths: number[]
}

/** Looks at every row of a query at once, in order. Rejects with what Postgres says, or with what `look` throws first. */
export function copyRows(tx: pg.ClientBase, select: string, look: (row: Row) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const row: Row = { bytes: Buffer.alloc(0), starts: [], lengths: [] }
    let failed: { error: unknown } | undefined
    let begun = false
    const query = new pg.Query(`copy (${select}) to stdout (format binary)`, (error: unknown) => {
      if (error ?? failed) reject(error ?? failed?.error)
      else resolve()
    })
    // The protocol promises one message per row; the first begins with the file's header.
    const handleCopyData = ({ chunk }: { chunk: Buffer }) => {
      if (failed) return
      try {
        const start = begun ? 0 : HEADER + chunk.readInt32BE(HEADER - 4)
        begun = true
        if (chunk.length > start && place(row, chunk, start)) look(row)
      } catch (error) {
        // The parser of the driver that calls this must not be left in the middle of a message.
        failed = { error }
      }
    }
    tx.query(Object.assign(query, { handleCopyData }))
  })
}

// Signature, flags, and the length of an extension.
const HEADER = 11 + 4 + 4

/** False at the end of the file, which has the shape of a row with -1 columns. */
function place(row: Row, bytes: Buffer, start: number): boolean {
  const columns = bytes.readInt16BE(start)
  let at = start + 2
  for (let i = 0; i < columns; i++) {
    const length = bytes.readInt32BE(at)
    at += 4
    row.starts[i] = at
    row.lengths[i] = length
    if (length > 0) at += length
  }
  row.bytes = bytes
  return columns >= 0
}

/** Bytes of a column; -1 for null. */
export const lengthOf = (row: Row, column: number) => row.lengths[column] ?? -1
export const startOf = (row: Row, column: number) => row.starts[column] ?? 0

export const endOf = (row: Row, column: number) => startOf(row, column) + Math.max(lengthOf(row, column), 0)

/** A text; empty for null. */
export const textOf = (row: Row, column: number) =>
  row.bytes.toString('utf8', startOf(row, column), endOf(row, column))

/** Bytes in hex; empty for null. */
export const hexOf = (row: Row, column: number) =>
  row.bytes.toString('hex', startOf(row, column), endOf(row, column))

const HEX = Buffer.from('0123456789abcdef')

/** Writes bytes in hex; answers where they end. */
export function writeHex(bytes: Buffer, start: number, length: number, to: Buffer, at: number): number {
  for (let i = 0; i < length; i++) {
    const value = bytes[start + i] ?? 0
    to[at + i * 2] = HEX[value >> 4] ?? 0
    to[at + i * 2 + 1] = HEX[value & 15] ?? 0
  }
  return at + length * 2
}

const DASH = 0x2d

/** Writes a `uuid`'s 36 characters; answers where they end. */
export function writeUuid(bytes: Buffer, start: number, to: Buffer, at: number): number {
  writeHex(bytes, start, 4, to, at)
  for (let i = 0; i < 4; i++) {
    to[at + 8 + i * 5] = DASH
    writeHex(bytes, start + 4 + i * 2, i === 3 ? 6 : 2, to, at + 9 + i * 5)
  }
  return at + 36
}

const uuid = Buffer.alloc(36)

/** A `uuid` as it is written; empty for null. */
export function uuidOf(row: Row, column: number): string {
  if (lengthOf(row, column) < 0) return ''
  writeUuid(row.bytes, startOf(row, column), uuid, 0)
  return uuid.toString('latin1')
}

/** An `int4`; NaN for null. */
export function intOf(row: Row, column: number): number {
  return lengthOf(row, column) < 0 ? Number.NaN : row.bytes.readInt32BE(startOf(row, column))
}

/** What a reading makes of a value that may be null. */
export function maybe<T>(of: (row: Row, column: number) => T, row: Row, column: number): T | null {
  return lengthOf(row, column) < 0 ? null : of(row, column)
}

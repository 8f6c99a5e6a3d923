// The way to Postgres. SQL functions everywhere take an Executor first, so that a transaction can never be dropped by
// accident; only use cases open transactions.

import pg from 'pg'

/** A pool or one client inside a transaction. */
export type Executor = Pick<pg.Pool | pg.PoolClient, 'query'>

// A message without an answer must never hang its webhook: every wait is bounded, and a refusal is a 503.
const CONNECT_TIMEOUT_MS = 3_000
const STATEMENT_TIMEOUT_MS = 20_000
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000

export function createPool(url: string, options: { max?: number } = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 20,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    application_name: 'assent',
  })
  // An idle connection that dies is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

// Deadlock or serialisation failure: the database undid everything, so doing it again is safe.
const RETRYABLE = new Set(['40001', '40P01'])
const ATTEMPTS = 4

/** Runs `work` in one transaction; again, at most 3 times, when Postgres chose it as the victim of a deadlock. */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const tx = await pool.connect()
    let broken: Error | undefined
    try {
      await tx.query('begin')
      const result = await work(tx)
      await tx.query('commit')
      return result
    } catch (error) {
      broken = await tx.query('rollback').then(
        () => undefined,
        (e: Error) => e,
      )
      if (attempt >= ATTEMPTS || !RETRYABLE.has(sqlState(error) ?? '')) throw error
    } finally {
      tx.release(broken)
    }
  }
}

/** SQLSTATE of a Postgres error, looked up through wrappers; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    const code = 'code' in e ? e.code : undefined
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  }
  return undefined
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])

/** Whether the error says that the database cannot be reached or cannot take work at present: come back later. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error)
  // 08 connection, 53 out of resources, 57P shut down, 57014 statement timeout, 55P03 lock, 25P03 idle, 40 rollback
  if (state !== undefined) return /^(08|53|57P|57014|55P03|25P03|40)/.test(state)
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string' && UNREACHABLE.has(e.code)) return true
    if (
      /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/.test(
        e.message,
      )
    ) {
      return true
    }
    if (e instanceof AggregateError && e.errors.some(isUnavailable)) return true
  }
  return false
}

// Making, listing, rotating and revoking keys, for the command line and /v1/keys alike. Nothing is deleted: a key that has
// ended stays on record, so that a list tells who could call when.

import type pg from 'pg'
import { type Executor, inTransaction } from '../db/client.js'
import { type ApiKey, endOf, hashKey, hintOf, type Scope, writeKey } from './key.js'

/** What is random about a key: comes in, so that the rest can be foretold. */
export type Randomness = { newId: () => string; newSecret: () => Buffer }

export type Wanted = {
  name: string
  scopes: readonly Scope[]
  requestsPerMinute: number | null
  expiresAt: Date | null
}

/** A key that was made: the only time that `key` is seen. */
export type Issued = { key: string; record: ApiKey }

const COLUMNS = `id, name, hint, scopes, requests_per_minute as "requestsPerMinute", created_at as "createdAt",
  last_used_at as "lastUsedAt", expires_at as "expiresAt", revoked_at as "revokedAt", replaced_by as "replacedBy"`

export async function makeKey(ex: Executor, wanted: Wanted, now: Date, random: Randomness): Promise<Issued> {
  const key = writeKey(random.newSecret())
  const { rows } = await ex.query<ApiKey>(
    `insert into api_keys (id, name, hash, hint, scopes, requests_per_minute, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
    [
      random.newId(),
      wanted.name,
      hashKey(key),
      hintOf(key),
      wanted.scopes,
      wanted.requestsPerMinute,
      now,
      wanted.expiresAt,
    ],
  )
  const [record] = rows
  if (record === undefined) throw new Error('a key that was written is not there')
  return { key, record }
}

/** All keys, the newest first, those that have ended too. */
export async function listKeys(ex: Executor): Promise<ApiKey[]> {
  return (await ex.query<ApiKey>(`select ${COLUMNS} from api_keys order by created_at desc, id desc`)).rows
}

/** The key that hashes to `hash`; null when there is none. */
export async function findKey(ex: Executor, hash: Buffer): Promise<ApiKey | null> {
  const { rows } = await ex.query<ApiKey>({
    name: 'key_find',
    text: `select ${COLUMNS} from api_keys where hash = $1`,
    values: [hash],
  })
  return rows[0] ?? null
}

export type Rotated = { outcome: 'rotated'; issued: Issued } | { outcome: 'unknown' | 'ended' }

/**
 * Makes a key with the same name, scopes and limit, which lives as long as the old one was meant to. The old one works
 * for `graceMs` more, so that nobody has to change two systems at one moment. A key that has ended, or was rotated
 * before, is not rotated.
 */
export async function rotateKey(
  pool: pg.Pool,
  id: string,
  graceMs: number,
  now: Date,
  random: Randomness,
): Promise<Rotated> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<ApiKey>(`select ${COLUMNS} from api_keys where id = $1 for update`, [id])
    const [old] = rows
    if (old === undefined) return { outcome: 'unknown' }
    if (old.replacedBy !== null || endOf(old, now) !== null) return { outcome: 'ended' }
    const { name, scopes, requestsPerMinute, expiresAt, createdAt } = old
    const until = expiresAt && new Date(now.getTime() + expiresAt.getTime() - createdAt.getTime())
    const issued = await makeKey(tx, { name, scopes, requestsPerMinute, expiresAt: until }, now, random)
    await tx.query(`update api_keys set replaced_by = $2, expires_at = least(expires_at, $3) where id = $1`, [
      id,
      issued.record.id,
      new Date(now.getTime() + graceMs),
    ])
    return { outcome: 'rotated', issued }
  })
}

/** Ends a key at once; again changes nothing. Null when no key has this id. */
export async function revokeKey(ex: Executor, id: string, now: Date): Promise<ApiKey | null> {
  const { rows } = await ex.query<ApiKey>(
    `update api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1 returning ${COLUMNS}`,
    [id, now],
  )
  return rows[0] ?? null
}

/** Notes that a key was used, unless that is known to within a minute. */
export async function noteUse(ex: Executor, id: string, now: Date): Promise<void> {
  await ex.query({
    name: 'key_used',
    text: `update api_keys set last_used_at = $2
            where id = $1 and (last_used_at is null or last_used_at <= $2::timestamptz - interval '1 minute')`,
    values: [id, now],
  })
}

// The keys that are in use, remembered for a few seconds, so that a request costs no extra trip to the database.
// Promises kept: a key that was revoked anywhere opens nothing after five seconds, and without the database nothing after
// that either; when a key was last used is written beside the requests, never in their way.

import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { findKey, noteUse } from './issue.js'
import { type ApiKey, hashKey, isKey } from './key.js'

/** How long what is known of a key is believed. The time within which a revocation holds on every replica. */
export const BELIEVED_MS = 5_000
// A key in use is read again from here on, beside the request, so that no request waits for it.
const RENEWED_MS = 2_500
const NOTED_EVERY_MS = 60_000
// Far more keys than a company makes; bounds what strangers can put here.
const REMEMBERED = 10_000

export type Ring = {
  /** Whether a key is remembered, fresh or not: asking for it again is nothing that a stranger can bring about. */
  knows(key: string): boolean
  /** The key as it is on record, seconds ago at most; null when there is none. Rejects when the database is away. */
  find(key: string): Promise<ApiKey | null>
  /** Notes the use of a key, at most once a minute, and not before this returns. */
  used(id: string): void
  /** Forgets everything, so that what was changed through this replica holds on it at once. */
  forget(): void
  /** Waits for what is still being written. */
  close(): Promise<void>
}

export type RingDeps = { pool: pg.Pool; clock: () => Date; log: Pick<FastifyBaseLogger, 'warn'> }

export function createRing({ pool, clock, log }: RingDeps): Ring {
  const remembered = new Map<string, { record: ApiKey; readAt: number }>()
  const reading = new Map<string, Promise<ApiKey | null>>()
  const noted = new Map<string, number>()
  const beside = new Set<Promise<void>>()
  let age = 0

  /** Reads a key, once however many ask at a time. */
  function read(hash: Buffer, name: string): Promise<ApiKey | null> {
    const underway = reading.get(name)
    if (underway !== undefined) return underway
    const [readAt, startedIn] = [clock().getTime(), age]
    const found = findKey(pool, hash)
      .then((record) => {
        // What was read before something was changed is not remembered after it.
        if (startedIn === age) remember(name, record, readAt)
        return record
      })
      .finally(() => {
        if (reading.get(name) === found) reading.delete(name)
      })
    reading.set(name, found)
    return found
  }

  function remember(name: string, record: ApiKey | null, readAt: number): void {
    remembered.delete(name)
    if (record === null) return
    remembered.set(name, { record, readAt })
    const [oldest] = remembered.keys()
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  }

  function runBeside(work: Promise<unknown>, what: string): void {
    const done = work
      .then(
        () => {},
        (error: unknown) => log.warn({ err: error }, what),
      )
      .finally(() => beside.delete(done))
    beside.add(done)
  }

  return {
    knows: (key) => remembered.has(nameOf(hashKey(key))),

    async find(key) {
      if (!isKey(key)) return null
      const hash = hashKey(key)
      const name = nameOf(hash)
      const known = remembered.get(name)
      const since = clock().getTime() - (known?.readAt ?? 0)
      // A clock that was set back makes nothing younger.
      if (known === undefined || since < 0 || since >= BELIEVED_MS) return read(hash, name)
      if (since >= RENEWED_MS && !reading.has(name))
        runBeside(read(hash, name), 'a key could not be read again')
      return known.record
    },

    used(id) {
      const now = clock()
      const last = noted.get(id)
      if (last !== undefined && Math.abs(now.getTime() - last) < NOTED_EVERY_MS) return
      noted.set(id, now.getTime())
      runBeside(noteUse(pool, id, now), 'the use of a key could not be noted')
    },

    forget() {
      age += 1
      remembered.clear()
      reading.clear()
    },

    async close() {
      await Promise.all(beside)
    },
  }
}

const nameOf = (hash: Buffer) => hash.toString('base64')

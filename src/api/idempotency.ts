// Repeats that change nothing: a request with an `Idempotency-Key` is worked on once, and every repeat of it within 24
// hours gets the same answer (draft-ietf-httpapi-idempotency-key-header). What it keeps: however many repeats arrive at
// once, on however many replicas, one of them works and the others wait for it without holding a connection; when its
// process dies, a repeat hears what became of the send instead of sending again.

import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import canonicalize from 'canonicalize'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import type { Executor } from '../db/client.js'
import { seal, unseal } from '../db/sealed.js'
import { problem } from '../errors.js'
import { LEASE_MS } from '../sends/wire.js'

export type IdempotencyDeps = {
  pool: Executor
  clock: () => Date
  identityKeys: readonly string[]
  log: Pick<FastifyBaseLogger, 'error'>
  /** How long a repeat waits for the first one; for tests. */
  patienceMs?: number
}

/** An answer as bytes, so that a repeat gets the very same. */
export type Answer = { status: number; contentType: string; body: Buffer; retryAfter?: string }

/**
 * An answer with how long it holds. `final`: for every repeat. `open`: until more is known of the send. `passing`:
 * nothing was done, so a later repeat tries again.
 */
export type Worked = { answer: Answer; holds: 'final' | 'open' | 'passing' }

/** What the work may use. */
export type Once = {
  /** Id for the send that the work makes: by it a repeat finds what became of it. A row of that id exists once. */
  sendId: string
  /**
   * Keeps the answer in the transaction that does the work, so that neither is there without the other. What the work
   * returns is kept in any case; without a key this does nothing.
   * @throws IDEMPOTENCY_BUSY when another request has taken over meanwhile: then nothing of the work may stay
   */
  keep(ex: Executor, worked: Worked): Promise<void>
}

/**
 * What is known of the send of a request that has no final answer; null when it never began, and may be worked on.
 */
export type Recall = (sendId: string) => Promise<Worked | null>

const KEPT_MS = 24 * 3_600_000
// 1–255 characters that can be seen: a key is an opaque name, quoted or not.
const KEY = /^[\x21-\x7e]{1,255}$/
const PATIENCE_MS = LEASE_MS + 1_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 250

/**
 * Works on a request once per Idempotency-Key and caller; without the header, simply works on it.
 * @param caller who asks: keys of different callers are different
 * @throws IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_MISMATCH, IDEMPOTENCY_BUSY, and whatever the work throws: then nothing
 *   is kept but the send's id
 */
export async function idempotent(
  deps: IdempotencyDeps,
  request: FastifyRequest,
  caller: string,
  work: (once: Once) => Promise<Worked>,
  recall: Recall = async () => null,
): Promise<Answer & { replayed: boolean }> {
  const header = request.headers['idempotency-key']
  if (header === undefined) {
    const { answer } = await work({ sendId: newSendId(deps), keep: async () => {} })
    return { ...answer, replayed: false }
  }
  if (typeof header !== 'string' || !KEY.test(header)) throw problem('IDEMPOTENCY_KEY_INVALID')
  const asked: Asked = {
    key: digest(caller, header),
    fingerprint: fingerprintOf(request),
    holder: randomUUID(),
  }
  const deadline = performance.now() + (deps.patienceMs ?? PATIENCE_MS)
  let waitedFor: string | null = null
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)) {
    const found = await look(deps, asked, waitedFor)
    switch (found.state) {
      case 'answered':
        return { ...(await newest(deps, asked, found, recall)), replayed: true }
      case 'mine':
        return workOnce(deps, asked, found, work, recall)
      case 'other':
        throw problem('IDEMPOTENCY_MISMATCH')
      case 'busy':
        waitedFor = found.holder
    }
    if (performance.now() > deadline) throw problem('IDEMPOTENCY_BUSY')
    await pause(wait)
  }
}

/** Writes an answer as it was made, or as it was kept. */
export function giveAnswer(reply: FastifyReply, answer: Answer & { replayed: boolean }): FastifyReply {
  if (answer.replayed) reply.header('idempotency-replayed', 'true')
  if (answer.retryAfter !== undefined) reply.header('retry-after', answer.retryAfter)
  return reply.code(answer.status).type(answer.contentType).send(answer.body)
}

type Asked = { key: Buffer; fingerprint: Buffer; holder: string }
type Found =
  | { state: 'mine'; sendId: string; isFirst: boolean }
  | { state: 'answered'; sendId: string; answer: Answer; open: boolean }
  | { state: 'busy'; holder: string }
  | { state: 'other' }

const newSendId = ({ clock }: IdempotencyDeps) => uuidv7({ msecs: clock().getTime() })

const digest = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest()
}

/** What must be the same in a repeat: method, path, purpose and body; of a parsed body, its meaning. */
function fingerprintOf(request: FastifyRequest): Buffer {
  const { method, url, body, headers } = request
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(canonicalize(body ?? null) ?? '')
  return digest(method, url.split('?')[0] ?? '', String(headers['x-consent-purpose'] ?? ''), bytes)
}

/**
 * Takes the key, or sees what has become of it.
 * @param waitedFor whose work this request has been waiting for: its answer counts, even one that passes at once
 */
async function look(deps: IdempotencyDeps, asked: Asked, waitedFor: string | null): Promise<Found> {
  const { pool, identityKeys } = deps
  const now = deps.clock()
  const lease = new Date(now.getTime() + LEASE_MS)
  for (;;) {
    const taken = waitedFor === null ? await take(pool, asked, newSendId(deps), now, lease) : null
    if (taken !== null) return { state: 'mine', sendId: taken, isFirst: true }
    const { rows } = await pool.query<{
      holder: string
      isSame: boolean
      isExpired: boolean
      isLeft: boolean
      sendId: string
      answer: Buffer | null
      open: boolean
    }>({
      name: 'idempotency_look',
      text: `select holder, fingerprint = $2 as "isSame", expires_at <= $3 as "isExpired", lease_until <= $3 as "isLeft",
                    send_id as "sendId", answer, open
               from idempotency_keys where key = $1`,
      values: [asked.key, asked.fingerprint, now],
    })
    const row = rows[0]
    if (row === undefined || (row.isExpired && row.holder !== waitedFor)) {
      if (row !== undefined) await forget(pool, asked.key, now)
      waitedFor = null
      continue
    }
    if (!row.isSame) return { state: 'other' }
    if (row.answer !== null) {
      const answer = unpack(unseal(identityKeys, row.answer))
      return { state: 'answered', sendId: row.sendId, answer, open: row.open }
    }
    if (!row.isLeft) return { state: 'busy', holder: row.holder }
    if (await takeOver(pool, asked, row.holder, lease)) {
      return { state: 'mine', sendId: row.sendId, isFirst: false }
    }
    // Somebody else was faster.
    waitedFor = row.holder
  }
}

/** @returns the id of the send to be made; null when the key is taken */
async function take(
  ex: Executor,
  asked: Asked,
  sendId: string,
  now: Date,
  lease: Date,
): Promise<string | null> {
  const { rowCount } = await ex.query({
    name: 'idempotency_take',
    text: `insert into idempotency_keys (key, fingerprint, expires_at, holder, lease_until, send_id)
           values ($1, $2, $3, $4, $5, $6) on conflict (key) do nothing`,
    values: [asked.key, asked.fingerprint, new Date(now.getTime() + KEPT_MS), asked.holder, lease, sendId],
  })
  return rowCount === 1 ? sendId : null
}

async function takeOver(ex: Executor, asked: Asked, from: string, lease: Date): Promise<boolean> {
  const { rowCount } = await ex.query({
    name: 'idempotency_take_over',
    text: `update idempotency_keys set holder = $3, lease_until = $4 where key = $1 and holder = $2 and answer is null`,
    values: [asked.key, from, asked.holder, lease],
  })
  return rowCount === 1
}

async function forget(ex: Executor, key: Buffer, now: Date): Promise<void> {
  await ex.query({
    name: 'idempotency_forget',
    text: 'delete from idempotency_keys where key = $1 and expires_at <= $2',
    values: [key, now],
  })
}

async function workOnce(
  deps: IdempotencyDeps,
  asked: Asked,
  { sendId, isFirst }: { sendId: string; isFirst: boolean },
  work: (once: Once) => Promise<Worked>,
  recall: Recall,
): Promise<Answer & { replayed: boolean }> {
  const keep = async (ex: Executor, worked: Worked) => {
    if (!(await keepAnswer(ex, deps, asked, worked))) throw problem('IDEMPOTENCY_BUSY')
  }
  const told = isFirst ? null : await recall(sendId)
  let worked = told
  try {
    worked ??= await work({ sendId, keep })
    await keepAnswer(deps.pool, deps, asked, worked)
  } catch (error) {
    // Whoever repeats need not wait for the end of a lease that nobody uses. Unanswered, the key still knows its send.
    await leave(deps, asked).catch(() => {})
    // Done is done: the answer is true, and a repeat will be told of the send.
    if (worked === null) throw error
    deps.log.error({ err: error }, 'an answer could not be kept for repeats')
  }
  return { ...worked.answer, replayed: told !== null }
}

/** @returns whether the key is still this request's own */
async function keepAnswer(
  ex: Executor,
  deps: IdempotencyDeps,
  asked: Asked,
  { answer, holds }: Worked,
): Promise<boolean> {
  const { rowCount } = await ex.query({
    name: 'idempotency_keep',
    text: `update idempotency_keys set answer = $3, open = $4, expires_at = coalesce($5, expires_at)
            where key = $1 and holder = $2`,
    values: [
      asked.key,
      asked.holder,
      seal(deps.identityKeys, pack(answer)),
      holds === 'open',
      holds === 'passing' ? deps.clock() : null,
    ],
  })
  return rowCount === 1
}

async function leave({ pool, clock }: IdempotencyDeps, asked: Asked): Promise<void> {
  await pool.query({
    name: 'idempotency_leave',
    text: 'update idempotency_keys set lease_until = $3 where key = $1 and holder = $2 and answer is null',
    values: [asked.key, asked.holder, clock()],
  })
}

/** The kept answer, or a newer one, where the first was given before the fate of the send was known. */
async function newest(
  deps: IdempotencyDeps,
  asked: Asked,
  kept: { sendId: string; answer: Answer; open: boolean },
  recall: Recall,
): Promise<Answer> {
  const told = kept.open ? await recall(kept.sendId) : null
  if (told === null || told.holds === 'open') return kept.answer
  await deps.pool.query({
    name: 'idempotency_close',
    text: `update idempotency_keys set answer = $2, open = false where key = $1 and open`,
    values: [asked.key, seal(deps.identityKeys, pack(told.answer))],
  })
  return told.answer
}

const pack = ({ body, ...rest }: Answer): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(rest)}\n`), body])

function unpack(packed: Buffer): Answer {
  const end = packed.indexOf('\n')
  const rest: Omit<Answer, 'body'> = JSON.parse(packed.subarray(0, end).toString())
  return { ...rest, body: packed.subarray(end + 1) }
}

const FORGET_AT_ONCE = 10_000

/** Takes away what is past its time, in pieces that hold no lock for long. @returns how many */
export async function forgetKeys(ex: Executor, now: Date): Promise<number> {
  for (let gone = 0; ; ) {
    const { rowCount } = await ex.query(
      `delete from idempotency_keys where key in (select key from idempotency_keys where expires_at <= $1 limit $2)`,
      [now, FORGET_AT_ONCE],
    )
    gone += rowCount ?? 0
    if ((rowCount ?? 0) < FORGET_AT_ONCE) return gone
  }
}

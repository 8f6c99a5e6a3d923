// Letters: what is on its way to receivers, sealed at rest. A letter of a webhook is written in the transaction that
// takes the webhook in, in one statement however many bodies share it, so that whatever Meta got its 200 for will be
// delivered; it is deleted as soon as the last receiver has it.

import type { Executor } from '../db/client.js'
import { seal, unseal } from '../db/sealed.js'

/** What a receiver gets, opened. */
export type Letter = {
  body: Buffer
  contentType: string
  /** Meta's `X-Hub-Signature-256`; empty for an event. */
  signature: string
  /** The event's id; empty for a webhook. */
  event: string
}

/** A letter as it is written: to whom, whom it concerns, sealed. */
export type SealedLetter = {
  targets: readonly string[]
  /** Keyed hashes of people, see people.ts. */
  people: readonly string[]
  payload: Buffer
  kind: string
  event: string | null
  /** From when its days are counted. */
  since: Date
}

type Outside = Omit<Letter, 'body' | 'event'>

/** Seals body and headers: a line of JSON, then the bytes. */
export function sealLetter(
  identityKeys: readonly string[],
  { body, contentType, signature }: Letter,
): Buffer {
  const outside: Outside = { contentType, signature }
  return seal(identityKeys, Buffer.concat([Buffer.from(`${JSON.stringify(outside)}\n`), body]))
}

/** @throws when none of the keys fits, or a byte has changed */
export function openLetter(identityKeys: readonly string[], payload: Buffer, event: string | null): Letter {
  const plain = unseal(identityKeys, payload)
  const end = plain.indexOf('\n')
  const outside: Outside = JSON.parse(plain.subarray(0, end).toString())
  return { ...outside, body: plain.subarray(end + 1), event: event ?? '' }
}

/** Writes letters and their deliveries in one statement. Their ids follow their order. */
export async function postLetters(ex: Executor, letters: readonly SealedLetter[]): Promise<void> {
  if (letters.length === 0) return
  await ex.query({
    name: 'letters_post',
    text: `with posted as materialized (
             select nextval('letters_id_seq') as id, l.* from (
               select p.payload, o.* from unnest($1::bytea[]) with ordinality as p (payload, n)
                 join jsonb_to_recordset($2::jsonb) as o (n integer, people text[], targets text[], kind text, event uuid,
                      since timestamptz) on o.n = p.n
                order by p.n) l
           ), letter as (
             insert into letters (id, people, payload) select id, people, payload from posted
           )
           insert into deliveries (target, letter, kind, event, since)
           select t, id, kind, event, since from posted cross join unnest(targets) t`,
    values: [
      letters.map((l) => l.payload),
      JSON.stringify(letters.map(({ payload: _, ...letter }, i) => ({ n: i + 1, ...letter }))),
    ],
  })
}

export type WaitingLetter = {
  id: string
  event: string | null
  since: Date
  /** Null: now. */
  dueAt: Date | null
  attempts: number
  people: string[]
}

/**
 * A receiver's waiting letters after one, in order; due or not, since one that is not due holds up others.
 * @param held people for whom nothing can be delivered at present: letters that concern only them are left out
 */
export async function readWaiting(
  ex: Executor,
  target: string,
  after: string,
  held: readonly string[],
  limit: number,
): Promise<WaitingLetter[]> {
  const { rows } = await ex.query<WaitingLetter>({
    name: 'letters_waiting',
    text: `select d.letter as id, d.event, d.since, d.due_at as "dueAt", d.attempts, l.people
             from deliveries d join letters l on l.id = d.letter
            where d.target = $1 and d.state = 'waiting' and d.letter > $2::bigint
              and (l.people = '{}' or not l.people <@ $4::text[])
            order by d.letter limit $3`,
    values: [target, after, limit, held],
  })
  return rows
}

/** The sealed payload; null when the letter is gone. */
export async function readPayload(ex: Executor, letter: string): Promise<Buffer | null> {
  const { rows } = await ex.query<{ payload: Buffer }>({
    name: 'letters_payload',
    text: 'select payload from letters where id = $1',
    values: [letter],
  })
  return rows[0]?.payload ?? null
}

/**
 * Notes that letters have arrived, and deletes those that nobody waits for any more. Two statements of their own and no
 * transaction, on purpose: of two receivers that finish a letter at once, the later one's second look sees both.
 */
export async function noteArrived(ex: Executor, target: string, letters: readonly string[]): Promise<void> {
  await ex.query({
    name: 'deliveries_arrived',
    text: 'delete from deliveries where target = $1 and letter = any ($2::bigint[])',
    values: [target, letters],
  })
  await ex.query({
    name: 'letters_finished',
    text: `delete from letters l where id = any ($1::bigint[])
              and not exists (select from deliveries d where d.letter = l.id)`,
    values: [letters],
  })
}

export type Failure = { status: number | null; error: string | null }

/** Notes that an attempt failed. `dueAt` null: it was the last, the letter is dead. */
export async function noteFailed(
  ex: Executor,
  target: string,
  letter: string,
  { status, error }: Failure,
  dueAt: Date | null,
  now: Date,
): Promise<void> {
  await ex.query({
    name: 'deliveries_failed',
    text: `update deliveries set attempts = attempts + 1, last_status = $3, last_error = $4,
                  due_at = coalesce($5, due_at), state = case when $5::timestamptz is null then 'dead' else state end,
                  dead_at = case when $5::timestamptz is null then $6::timestamptz end
            where target = $1 and letter = $2 and state = 'waiting'`,
    values: [target, letter, status, error, dueAt, now],
  })
}

/** Lets everything that waits for its next attempt have it now: the receiver is back. */
export async function hurry(ex: Executor, target: string): Promise<void> {
  await ex.query({
    name: 'deliveries_hurry',
    text: `update deliveries set due_at = null where target = $1 and state = 'waiting' and due_at is not null`,
    values: [target],
  })
}

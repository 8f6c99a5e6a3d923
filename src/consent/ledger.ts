// The ledger: append-only, one hash chain per contact over canonical JSON (RFC 8785). Personal data is bound only as a
// salted digest, so that its erasure leaves every hash verifiable (G8, GDPR Art. 17 beside Art. 7(1)).

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Executor } from '../db/client.js'
import { tidingsOf } from '../feed/types.js'
import type { FoldEvent } from './state.js'

/** What the person said and how, word for word: goes to `evidence`, never into the chain in clear. */
export type Evidence = Record<string, unknown>

/** An event as decided, before it has its place in the chain. */
export type EventDraft = FoldEvent & {
  recordedAt: Date
  method: string
  rule: string | null
  notice: Buffer | null
  phoneNumberId: string | null
  sourceKey: Buffer
  evidence: Evidence
}

/** A line of the ledger. */
export type LedgerEvent = Omit<EventDraft, 'evidence'> & {
  contactId: string
  seq: number
  evidenceDigest: Buffer
  prevHash: Buffer | null
  hash: Buffer
}

/** A line with its erasable part, ready to be written. */
export type ChainedEvent = LedgerEvent & { salt: Buffer; body: string }

/** Digest that binds evidence to its event: SHA-256 over salt and JSON text. The salt is random and dies with it. */
export function evidenceDigest(salt: Buffer, body: string): Buffer {
  return createHash('sha256').update(salt).update(body).digest()
}

/** SHA-256 over the canonical JSON of every column of the line, the previous line's hash included. */
export function hashEvent(event: Omit<LedgerEvent, 'hash'>): Buffer {
  const content = canonicalize({
    contact: event.contactId,
    seq: event.seq,
    id: event.id,
    type: event.type,
    channel: event.channel,
    scope: event.scope,
    occurredAt: event.occurredAt.toISOString(),
    recordedAt: event.recordedAt.toISOString(),
    source: event.source,
    method: event.method,
    actor: event.actor,
    rule: event.rule,
    request: event.request,
    notice: event.notice?.toString('hex') ?? null,
    validUntil: event.validUntil?.toISOString() ?? null,
    phoneNumberId: event.phoneNumberId,
    sourceKey: event.sourceKey.toString('hex'),
    evidence: event.evidenceDigest.toString('hex'),
    prev: event.prevHash?.toString('hex') ?? null,
  })
  return createHash('sha256')
    .update(content ?? '')
    .digest()
}

/**
 * Gives drafts their place at the end of a contact's chain. Pure.
 * @param salts one fresh random salt (32 bytes) per draft
 */
export function chainEvents(
  contactId: string,
  head: { seq: number; hash: Buffer | null },
  drafts: readonly EventDraft[],
  salts: () => Buffer,
): ChainedEvent[] {
  let { seq, hash: prevHash } = head
  return drafts.map(({ evidence, ...draft }) => {
    const salt = salts()
    const body = JSON.stringify(evidence)
    seq += 1
    const line = { ...draft, contactId, seq, evidenceDigest: evidenceDigest(salt, body), prevHash }
    const hash = hashEvent(line)
    prevHash = hash
    return { ...line, hash, salt, body }
  })
}

/**
 * Appends lines of any number of contacts, with their evidence and what they tell other systems, in one statement. The
 * contacts must be locked.
 */
export async function appendEvents(ex: Executor, events: readonly ChainedEvent[]): Promise<void> {
  if (events.length === 0) return
  const hex = (b: Buffer | null) => (b === null ? null : `\\x${b.toString('hex')}`)
  await ex.query({
    name: 'ledger_append',
    text: `with line as (
             select * from jsonb_to_recordset($1::jsonb) as e (contact_id uuid, seq integer, id uuid, type text,
               channel text, scope text[], occurred_at timestamptz, recorded_at timestamptz, source text, method text,
               actor text, rule text, request uuid, notice bytea, valid_until timestamptz, phone_number_id text,
               source_key bytea, evidence_digest bytea, prev_hash bytea, hash bytea, salt bytea)
           ), kept as (
             -- A separate array: jsonb cannot hold what people can type (U+0000, half surrogates).
             insert into evidence (contact_id, seq, salt, body)
             select l.contact_id, l.seq, l.salt, b.body
               from line l join unnest($2::text[], $3::uuid[]) as b (body, id) on b.id = l.id
           ), told as (
             insert into events (type, contact_id, at, data)
             select type, contact, at, data
               from rows from (jsonb_to_recordset($4::jsonb) as (type text, contact uuid, at timestamptz, data jsonb))
                    with ordinality as t (type, contact, at, data, n) order by n
           )
           insert into consent_events (contact_id, seq, id, type, channel, scope, occurred_at, recorded_at, source,
             method, actor, rule, request, notice, valid_until, phone_number_id, source_key, evidence_digest,
             prev_hash, hash)
           select contact_id, seq, id, type, channel, scope, occurred_at, recorded_at, source, method, actor, rule,
             request, notice, valid_until, phone_number_id, source_key, evidence_digest, prev_hash, hash from line`,
    values: [
      JSON.stringify(
        events.map((e) => ({
          contact_id: e.contactId,
          seq: e.seq,
          id: e.id,
          type: e.type,
          channel: e.channel,
          scope: e.scope,
          occurred_at: e.occurredAt,
          recorded_at: e.recordedAt,
          source: e.source,
          method: e.method,
          actor: e.actor,
          rule: e.rule,
          request: e.request,
          notice: hex(e.notice),
          valid_until: e.validUntil,
          phone_number_id: e.phoneNumberId,
          source_key: hex(e.sourceKey),
          evidence_digest: hex(e.evidenceDigest),
          prev_hash: hex(e.prevHash),
          hash: hex(e.hash),
          salt: hex(e.salt),
        })),
      ),
      events.map((e) => e.body),
      events.map((e) => e.id),
      JSON.stringify(tidingsOf(events)),
    ],
  })
}

const COLUMNS = `contact_id as "contactId", seq, e.id, type, channel, scope, occurred_at as "occurredAt",
  recorded_at as "recordedAt", source, method, actor, rule, request, notice, valid_until as "validUntil",
  phone_number_id as "phoneNumberId", source_key as "sourceKey", evidence_digest as "evidenceDigest",
  prev_hash as "prevHash", hash`

/** All lines of some contacts, oldest first, grouped by contact. */
export async function readEvents(
  ex: Executor,
  contactIds: readonly string[],
): Promise<Map<string, LedgerEvent[]>> {
  const { rows } = await ex.query<LedgerEvent>({
    name: 'ledger_read',
    text: `select ${COLUMNS} from consent_events e where contact_id = any($1::uuid[]) order by contact_id, seq`,
    values: [contactIds],
  })
  const byContact = new Map<string, LedgerEvent[]>()
  for (const row of rows) {
    const lines = byContact.get(row.contactId)
    if (lines) lines.push(row)
    else byContact.set(row.contactId, [row])
  }
  return byContact
}

/** One line by its id; null when there is none. */
export async function readEvent(ex: Executor, id: string): Promise<LedgerEvent | null> {
  const { rows } = await ex.query<LedgerEvent>({
    name: 'ledger_read_one',
    text: `select ${COLUMNS} from consent_events e where e.id = $1`,
    values: [id],
  })
  return rows[0] ?? null
}

/**
 * The ledgers that make up some people: their own and those of contacts merged into them, in the order of recording.
 * The fold reads this; whoever verifies a chain reads `readEvents`, one contact's own.
 */
export async function readLedgers(
  ex: Executor,
  contactIds: readonly string[],
): Promise<Map<string, LedgerEvent[]>> {
  const { rows } = await ex.query<LedgerEvent & { person: string }>({
    name: 'ledger_read_people',
    text: `with family as (
             select id, id as person from contacts where id = any($1::uuid[])
              union all select id, merged_into from contacts where merged_into = any($1::uuid[])
           )
           select f.person, ${COLUMNS} from family f join consent_events e on e.contact_id = f.id
            order by f.person, e.recorded_at, e.contact_id, e.seq`,
    values: [contactIds],
  })
  const byPerson = new Map<string, LedgerEvent[]>()
  for (const { person, ...line } of rows) {
    const lines = byPerson.get(person)
    if (lines) lines.push(line)
    else byPerson.set(person, [line])
  }
  return byPerson
}

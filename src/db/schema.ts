// The tables. Each says which promise its keys and indexes keep. What grows by person is keyed by contact id first
// (one person, one shard); what grows by time (sends, inbound) is partitioned by time, so retention drops partitions.
// drizzle-kit writes the migration from this file; partitions, triggers and roles are added there by hand.

import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { States } from '../consent/state.js'
import type { HaltScope } from '../whatsapp/error-codes.js'

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/**
 * The person. This row is the mutex: whoever changes anything about a person locks it first. Head of the hash chain
 * and folded state live on it on purpose: a statement that waited for the lock re-reads this row and no other, so a
 * verdict taken under the lock can never rest on a state from before a stop.
 */
export const contacts = pgTable(
  'contacts',
  {
    id: uuid().primaryKey(),
    createdAt: instant('created_at').notNull(),
    language: text(),
    /** WhatsApp's clock: the person's last message, which opens the 24-hour window. */
    lastInboundAt: instant('last_inbound_at'),
    headSeq: integer('head_seq').notNull().default(0),
    headHash: bytea('head_hash'),
    states: jsonb().$type<States>().notNull().default({}),
    /** Fingerprint of fold and policy that made `states`; another one means: fold again before trusting it. */
    foldedWith: text('folded_with').notNull().default(''),
    /** Ledger position of the last event by which this person left or paused; replies decided before it are void. */
    leftSeq: integer('left_seq').notNull().default(0),
    /**
     * The contact that this one turned out to be. Always the last of the line, never another merged one. The ledger of
     * a merged contact stays as it is; the survivor's state is the fold of both.
     */
    mergedInto: uuid('merged_into').references((): AnyPgColumn => contacts.id),
  },
  (t) => [index('contacts_merged').on(t.mergedInto).where(sql`merged_into is not null`)],
)

/** Which contacts turned out to be one person, when and by which kind of sighting. No personal data. */
export const merges = pgTable('merges', {
  merged: uuid()
    .primaryKey()
    .references(() => contacts.id),
  survivor: uuid()
    .notNull()
    .references(() => contacts.id),
  source: text().notNull(),
  /** WhatsApp's time of what showed it, and ours. */
  occurredAt: instant('occurred_at').notNull(),
  recordedAt: instant('recorded_at').notNull(),
})

/**
 * Which phone, BSUID, parent BSUID or username is whose, and since when. A directory: looked up by value, so keyed by
 * value; the only table by person that is not keyed by contact.
 */
export const identifiers = pgTable(
  'identifiers',
  {
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity(),
    value: text().notNull(),
    kind: text().$type<'phone' | 'bsuid' | 'parent_bsuid' | 'username'>().notNull(),
    contactId: uuid('contact_id')
      .notNull()
      .references(() => contacts.id),
    /** Phones: the form that Meta uses, to which replies go; null until Meta has named it. `value` is the canonical one. */
    address: text(),
    source: text().notNull(),
    validFrom: instant('valid_from').notNull(),
    validTo: instant('valid_to'),
  },
  (t) => [
    primaryKey({ columns: [t.value, t.kind, t.id] }),
    // One owner at a time, whatever arrives in parallel.
    uniqueIndex('identifiers_current').on(t.value, t.kind).where(sql`valid_to is null`),
    index('identifiers_contact').on(t.contactId),
  ],
)

/** The exact texts people were shown when asked. Immutable: the key is the text's SHA-256. */
export const notices = pgTable('notices', {
  hash: bytea().primaryKey(),
  language: text().notNull(),
  purposes: text().array().notNull(),
  content: text().notNull(),
  createdAt: instant('created_at').notNull(),
})

/**
 * The ledger: append-only (a trigger refuses UPDATE, DELETE and TRUNCATE), hash-chained per contact, free of personal
 * data: what the person wrote rests in `evidence` and is bound by a salted digest, so that erasing it breaks no chain.
 */
export const consentEvents = pgTable(
  'consent_events',
  {
    contactId: uuid('contact_id')
      .notNull()
      .references(() => contacts.id),
    seq: integer().notNull(),
    id: uuid().notNull(),
    type: text().notNull(),
    channel: text().notNull(),
    /** Purposes by id, `*` for every purpose, `category:marketing` for every purpose of that category. */
    scope: text().array().notNull(),
    occurredAt: instant('occurred_at').notNull(),
    recordedAt: instant('recorded_at').notNull(),
    source: text().notNull(),
    method: text().notNull(),
    actor: text().notNull(),
    rule: text(),
    /** The `requested` event that this one answers. */
    request: uuid(),
    notice: bytea().references(() => notices.hash),
    validUntil: instant('valid_until'),
    phoneNumberId: text('phone_number_id'),
    /** Digest of what caused the event: a redelivery finds it taken, for ever. */
    sourceKey: bytea('source_key').notNull(),
    evidenceDigest: bytea('evidence_digest').notNull(),
    prevHash: bytea('prev_hash'),
    hash: bytea().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.contactId, t.seq] }),
    uniqueIndex('consent_events_source').on(t.contactId, t.sourceKey),
    index('consent_events_id').on(t.id),
    // Lines come in by time, so a few bytes per megabyte find what is new since the last anchor.
    index('consent_events_recorded').using('brin', t.recordedAt).with({ autosummarize: true }),
    check(
      'consent_events_type',
      sql`type in ('requested','given','refused','withdrawn','paused','resumed','expired','revoked','invalidated','imported')`,
    ),
    check('consent_events_channel', sql`channel in ('whatsapp','sms','email','phone')`),
    // Who was shown what: a request without its notice is no proof (GDPR Art. 7(1)).
    check('consent_events_notice', sql`type <> 'requested' or notice is not null`),
    check('consent_events_seq', sql`seq > 0 and (seq = 1) = (prev_hash is null)`),
  ],
)

/** The personal part of an event: exact words, message id, identifier. Erasure and retention delete here only. */
export const evidence = pgTable(
  'evidence',
  {
    contactId: uuid('contact_id').notNull(),
    seq: integer().notNull(),
    salt: bytea().notNull(),
    /** JSON text as digested; text and not jsonb, because people send U+0000 and half surrogates. */
    body: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.contactId, t.seq] })],
)

/**
 * Witnesses of the whole ledger: each commits to all heads of chains that changed since the one before, and to that
 * one. Append-only like the ledger; holds no personal data, so it may be published. See consent/anchors.ts.
 */
export const anchors = pgTable('anchors', {
  id: integer().primaryKey(),
  takenAt: instant('taken_at').notNull(),
  /** How many heads it commits to. */
  leaves: integer().notNull(),
  /** How many lines these heads cover that no anchor covered before. */
  events: bigint({ mode: 'number' }).notNull(),
  prevRoot: bytea('prev_root'),
  root: bytea().notNull(),
})

/** The heads that an anchor commits to. Append-only; keyed by person, so that a chain is held against its own. */
export const anchorLeaves = pgTable(
  'anchor_leaves',
  {
    contactId: uuid('contact_id').notNull(),
    seq: integer().notNull(),
    hash: bytea().notNull(),
    anchorId: integer('anchor_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.contactId, t.seq] }),
    // The order in which a root is computed.
    index('anchor_leaves_anchor').on(t.anchorId, t.contactId),
  ],
)

/**
 * Every update Meta delivered that is not a status, once: the unique key is what makes redelivery harmless. Holds no
 * personal data. Partitioned by week of WhatsApp's clock, which is the same in every redelivery.
 */
export const inbound = pgTable(
  'inbound',
  {
    occurredOn: date('occurred_on', { mode: 'string' }).notNull(),
    key: bytea().notNull(),
    kind: text().notNull(),
    outcome: text().$type<'taken' | 'ignored' | 'malformed' | 'unnamed' | 'unlinked'>().notNull(),
    receivedAt: instant('received_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.occurredOn, t.key] })],
)

/**
 * One outgoing message each, from verdict to delivery: allowed or refused, ours or a caller's. `permitted_by` names
 * the yes. The id is a UUIDv7 and the partition key, so a send is found by id in one partition.
 */
export const sends = pgTable(
  'sends',
  {
    id: uuid().primaryKey(),
    createdAt: instant('created_at').notNull(),
    contactId: uuid('contact_id'),
    /** Keyed hash of the recipient: a refusal stays provable after the plaintext is gone. */
    person: bytea(),
    phoneNumberId: text('phone_number_id').notNull(),
    kind: text().notNull(),
    purpose: text(),
    template: text(),
    status: text()
      .$type<'refused' | 'queued' | 'sending' | 'accepted' | 'failed' | 'uncertain' | 'cancelled'>()
      .notNull(),
    reason: text(),
    permittedBy: uuid('permitted_by'),
    /** The event of the state that the gate's verdict rests on, allowed or refused; null when no event decided. */
    decidedBy: uuid('decided_by'),
    /** Position of the ledger when this was let through; until then, of a reply, when it was decided. */
    asOf: integer('as_of'),
    /** Replies: what is needed to write the message at the moment of sending. */
    reply: jsonb().$type<Record<string, unknown>>(),
    /** Until when the request may be on the wire; afterwards a silent row is uncertain. */
    leaseUntil: instant('lease_until'),
    wamid: text(),
    callbackData: text('callback_data'),
    errorCode: integer('error_code'),
    settledAt: instant('settled_at'),
    sentAt: instant('sent_at'),
    deliveredAt: instant('delivered_at'),
    readAt: instant('read_at'),
    failedAt: instant('failed_at'),
  },
  (t) => [
    index('sends_contact').on(t.contactId, t.id),
    // A stop waits for exactly these rows.
    index('sends_on_the_wire').on(t.contactId).where(sql`status = 'sending'`),
    index('sends_queued').on(t.id).where(sql`status = 'queued'`),
    index('sends_wamid').on(t.wamid).where(sql`wamid is not null`),
    // Sends by a name of the caller's own, whose fate is not known: a status may tell it. Few at any moment.
    index('sends_unknown')
      .on(t.person)
      .where(sql`status in ('sending', 'uncertain') and callback_data <> id::text`),
    // What the sweep holds against early statuses.
    index('sends_uncertain').on(t.id).where(sql`status = 'uncertain' and wamid is null`),
    check(
      'sends_status',
      sql`status in ('refused','queued','sending','accepted','failed','uncertain','cancelled')`,
    ),
    // G4: a caller's message that was let through names the event that permits it; a refusal its reason.
    check('sends_yes', sql`kind <> 'message' or status = 'refused' or permitted_by is not null`),
    check('sends_reason', sql`status <> 'refused' or reason is not null`),
  ],
)

/**
 * Statuses that overtook the answer which tells us the message's id (Meta promises no order). Taken up when the send
 * settles; whatever belongs to nobody goes within the hour.
 */
export const earlyStatuses = pgTable(
  'early_statuses',
  {
    wamid: text().notNull(),
    status: text().notNull(),
    at: instant('at').notNull(),
    errorCode: integer('error_code'),
    receivedAt: instant('received_at').notNull(),
    /** By which a send without an answer is found: the name it was given, the number it left by, … */
    callbackData: text('callback_data'),
    phoneNumberId: text('phone_number_id'),
    /** … and keyed hashes of its recipient, as in `sends.person`. */
    people: bytea().array(),
  },
  (t) => [
    primaryKey({ columns: [t.wamid, t.status] }),
    index('early_statuses_callback').on(t.callbackData).where(sql`callback_data is not null`),
  ],
)

/**
 * What must not be sent at present, because Meta has said so: by an error or by a webhook about the account. Stops the
 * queue. A row is there while it holds, and names ids only.
 */
export const halts = pgTable(
  'halts',
  {
    id: uuid().primaryKey(),
    scope: text().$type<HaltScope>().notNull(),
    /** Account id; phone number id; `account/country`; `account/template`; `phone number id/contact id`. */
    key: text().notNull(),
    /** Meta's error code, or the name of its event. */
    code: text().notNull(),
    since: instant('since').notNull(),
    /** Ends by itself then; null: until somebody or a good answer lifts it. */
    until: instant('until'),
    /** When one message was last let through to see. */
    probedAt: instant('probed_at').notNull(),
  },
  (t) => [
    uniqueIndex('halts_what').on(t.scope, t.key, t.code),
    check('halts_scope', sql`scope in ('account', 'number', 'country', 'template', 'contact')`),
  ],
)

/**
 * What became of a request that a caller may repeat: kept for 24 hours under a hash of its Idempotency-Key, emptied by
 * a job. A row without an answer is a request under way, or one whose process died.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** SHA-256 of caller and key. */
    key: bytea().primaryKey(),
    /** SHA-256 of method, path and body. */
    fingerprint: bytea().notNull(),
    /** Forgotten then; at once, where a repeat is to try again. */
    expiresAt: instant('expires_at').notNull(),
    /** Who is at work on it; whoever takes over writes their own, so that only one of them can answer. */
    holder: uuid().notNull(),
    /** After this, without an answer, somebody else may take over. */
    leaseUntil: instant('lease_until').notNull(),
    /** Id of the send that the request makes, chosen before it begins. */
    sendId: uuid('send_id').notNull(),
    /** Status, type and body, sealed (db/sealed.ts): it holds phone numbers. */
    answer: bytea(),
    /** Whether the answer may still change, as that of a send whose fate is unknown. */
    open: boolean().notNull().default(false),
  },
  (t) => [index('idempotency_keys_expired').on(t.expiresAt)],
)

/** Keyed hashes (HMAC-SHA-256) of people who must never be added again; outlives erasure. */
export const suppressions = pgTable('suppressions', {
  key: bytea().primaryKey(),
  createdAt: instant('created_at').notNull(),
  source: text().notNull(),
})

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
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { States } from '../consent/state.js'
import type { Scope } from '../keys/key.js'
import type { TemplateCategory } from '../templates/category.js'
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
    /** Phone number ID → the person's last message to it (WhatsApp's clock, ISO 8601): each opens a 24-hour window. */
    windows: jsonb().$type<Record<string, string>>().notNull().default({}),
    /** Phone number ID → until when messages from it are paid for (consent/pace.ts). Every message to the person moves it. */
    pace: jsonb().$type<Record<string, string>>().notNull().default({}),
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
    /** When the gate decided; the id tells when the message was handed in. Null for replies. */
    decidedAt: instant('decided_at'),
    /** Let through against `reason`, because nothing was enforced at that time (GATE=observe). */
    observed: boolean().notNull().default(false),
    /** Position of the ledger when this was let through; until then, of a reply, when it was decided. */
    asOf: integer('as_of'),
    /** Replies: what is needed to write the message at the moment of sending. */
    reply: jsonb().$type<Record<string, unknown>>(),
    /** Queued messages: not before, and not at or after. Null for what was sent directly, and for replies. */
    sendAt: instant('send_at'),
    expiresAt: instant('expires_at'),
    /** How often a caller's message was let onto the wire: more than once only if it surely had not left before. */
    attempts: integer().notNull().default(0),
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
    // What counts towards the promised frequency, and nothing else: however many were refused, the gate reads a few rows.
    index('sends_counted')
      .on(t.contactId, t.purpose, t.decidedAt)
      .where(sql`kind = 'message' and status in ('sending','accepted','uncertain')`),
    index('sends_refused').on(t.decidedAt).where(sql`status = 'refused' or observed`),
    // What is due, and what has waited too long.
    index('sends_due').on(t.sendAt, t.expiresAt).where(sql`kind = 'message' and status = 'queued'`),
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
    // One that waits, or waited in vain, was not let through yet.
    check(
      'sends_yes',
      sql`kind <> 'message' or status in ('refused','queued','cancelled') or permitted_by is not null or observed`,
    ),
    check(
      'sends_times',
      sql`kind <> 'message' or status <> 'queued' or (send_at is not null and expires_at > send_at)`,
    ),
    check('sends_reason', sql`(status <> 'refused' and not observed) or reason is not null`),
  ],
)

/**
 * What queued messages say, sealed (db/sealed.ts), until they have left or will not leave: a trigger on `sends` deletes
 * the row in the very transaction that settles, cancels or refuses its send, whichever statement does so.
 */
export const queuedMessages = pgTable('queued_messages', {
  sendId: uuid('send_id').primaryKey(),
  endpoint: text().$type<'messages' | 'marketing_messages'>().notNull(),
  /** Of the Graph API, `v26.0`; null for the gateway's own. */
  version: text(),
  /** The purpose that the caller named; null for the message's own. */
  purpose: text(),
  body: bytea().notNull(),
})

/**
 * How far the throughput of each business number is given away, for all replicas together: one row each, which a replica
 * moves on for some fifty milliseconds' worth of messages at a time (sends/throughput.ts).
 */
export const numberPace = pgTable('number_pace', {
  phoneNumberId: text('phone_number_id').primaryKey(),
  /** Theoretical arrival time, in the terms of the generic cell rate algorithm (ITU-T I.371). */
  tat: timestamp({ withTimezone: true }).notNull(),
})

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

/**
 * Meta's own truth about the message templates of our business accounts: a mirror, kept by readings and webhooks in any
 * order. Each thing that is said has the time of its saying, and the newest counts (templates/store.ts). What
 * a caller's purpose must match is `counts_as`, written by Postgres itself, so that everybody reads one rule.
 */
export const templates = pgTable(
  'templates',
  {
    businessAccountId: text('business_account_id').notNull(),
    name: text().notNull(),
    /** As in a send, with `_`: `en_US`. */
    language: text().notNull(),
    templateId: text('template_id'),
    category: text().$type<TemplateCategory>().notNull(),
    categoryAt: instant('category_at').notNull(),
    /** What Meta has announced to make of it; null when nothing is announced. */
    correctCategory: text('correct_category').$type<TemplateCategory>(),
    correctAt: instant('correct_at').notNull(),
    /** For when a change was announced last; a reading of Meta's list does not tell. */
    changesAt: instant('changes_at'),
    /** Meta's word: APPROVED, PAUSED, DISABLED …; `UNKNOWN` when nothing was said. */
    status: text().notNull(),
    statusAt: instant('status_at').notNull(),
    /** When Meta last spoke of it as existing, and as gone: the later one counts. */
    seenAt: instant('seen_at').notNull(),
    goneAt: instant('gone_at').notNull(),
    countsAs: text('counts_as')
      .$type<TemplateCategory>()
      .notNull()
      .generatedAlwaysAs(
        sql`case when gone_at >= seen_at or correct_category = 'marketing' then 'marketing' else category end`,
      ),
  },
  (t) => [
    primaryKey({ columns: [t.businessAccountId, t.name, t.language] }),
    check('templates_category', sql`category in ('marketing','utility','authentication')`),
    check('templates_correct_category', sql`correct_category in ('marketing','utility','authentication')`),
  ],
)

/** How the last readings of Meta's templates went, by business account. */
export const templateReadings = pgTable('template_readings', {
  businessAccountId: text('business_account_id').primaryKey(),
  /** When the last whole reading began. */
  readAt: instant('read_at'),
  templates: integer(),
  /** The last reading that failed, and its cause by code; null once one has succeeded after it. */
  failedAt: instant('failed_at'),
  failure: text(),
})

/**
 * The keys of the systems that call. The key itself is never here: its SHA-256 is, by which a request finds it. A plain
 * digest is enough, because a key holds 256 random bits, which nobody tries out; a slow hash is for what people think up.
 */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid().primaryKey(),
    name: text().notNull(),
    hash: bytea().notNull().unique('api_keys_hash'),
    /** How the key begins, so that a list can be held against what is configured somewhere. */
    hint: text().notNull(),
    scopes: text().array().$type<Scope[]>().notNull(),
    /** Null: the limit that every key has. */
    requestsPerMinute: integer('requests_per_minute'),
    createdAt: instant('created_at').notNull(),
    /** At most a minute behind. */
    lastUsedAt: instant('last_used_at'),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** The key that this one was rotated to; it works until `expires_at`. */
    replacedBy: uuid('replaced_by').references((): AnyPgColumn => apiKeys.id),
  },
  () => [
    check(
      'api_keys_scopes',
      sql`cardinality(scopes) > 0 and scopes <@ '{send,consents:read,consents:write,staff,admin}'`,
    ),
    check('api_keys_requests_per_minute', sql`requests_per_minute > 0`),
  ],
)

/**
 * What other systems are told: consents, refusals, sends of unknown fate, cases. Ids only, no personal data. Written by
 * the statement that does what it tells; gets its place in the feed afterwards (see events/feed.ts). Emptied by age.
 */
export const events = pgTable(
  'events',
  {
    /** Order of writing; for one person that is the order of what happened, because they are locked meanwhile. */
    written: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Place in the feed: given in one order after the commit, never changed. Null until then. */
    position: bigint({ mode: 'number' }),
    /** What receivers know it by. */
    id: uuid().notNull().defaultRandom(),
    type: text().notNull(),
    contactId: uuid('contact_id'),
    at: instant('at').notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    uniqueIndex('events_position').on(t.position),
    index('events_without_place').on(t.written).where(sql`position is null`),
  ],
)

/** How far the feed reaches, and up to where retention has emptied it. One row. */
export const feedHead = pgTable(
  'feed_head',
  {
    single: boolean().primaryKey().default(true),
    position: bigint({ mode: 'number' }).notNull().default(0),
    dropped: bigint({ mode: 'number' }).notNull().default(0),
  },
  () => [check('feed_head_only', sql`single`)],
)

/**
 * What is on its way to receivers: the body of a webhook, or an event. Sealed, and gone as soon as the last of its
 * deliveries is. Its id is the order in which it came.
 */
export const letters = pgTable('letters', {
  id: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  /** Keyed hashes of everybody it concerns: letters that share one go one after the other. */
  people: text().array().notNull(),
  payload: bytea().notNull(),
})

/** One letter to one receiver, until it has arrived. Of a dead one the fact outlives the letter. */
export const deliveries = pgTable(
  'deliveries',
  {
    target: text().notNull(),
    letter: bigint({ mode: 'number' }).notNull(),
    /** `webhook`, or the type of the event. */
    kind: text().notNull(),
    /** The id of the event. */
    event: uuid(),
    state: text().$type<'waiting' | 'dead'>().notNull().default('waiting'),
    /** From when the days are counted after which it is dead. */
    since: instant('since').notNull(),
    /** Of the next attempt after one that failed; null: as soon as its turn comes. */
    dueAt: instant('due_at'),
    attempts: integer().notNull().default(0),
    lastStatus: smallint('last_status'),
    lastError: text('last_error'),
    deadAt: instant('dead_at'),
  },
  (t) => [
    primaryKey({ columns: [t.target, t.letter] }),
    index('deliveries_letter').on(t.letter),
    index('deliveries_waiting').on(t.target, t.letter).where(sql`state = 'waiting'`),
    index('deliveries_dead').on(t.deadAt).where(sql`state = 'dead'`),
    check('deliveries_state', sql`state in ('waiting','dead') and (state = 'dead') = (dead_at is not null)`),
  ],
)

/** Receivers: who of the replicas works for one at present, how it fares, and how far it has read the feed. */
export const deliveryTargets = pgTable('delivery_targets', {
  name: text().primaryKey(),
  /** The lease, on the database's clock. */
  holder: uuid(),
  leaseUntil: timestamp('lease_until', { withTimezone: true }),
  /** Somebody else had work for it during the lease. */
  woken: boolean().notNull().default(false),
  position: bigint({ mode: 'number' }).notNull(),
  /** Failures in a row; how often it was given a rest since its last success; until when it has one. */
  failures: integer().notNull().default(0),
  rests: integer().notNull().default(0),
  restUntil: instant('rest_until'),
})

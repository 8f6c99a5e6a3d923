import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type pg from 'pg'
import t from 'tap'
import { takeAnchor } from '../../src/consent/anchors.js'
import { audit, inSnapshot } from '../../src/consent/audit.js'
import { saveContacts } from '../../src/consent/contacts.js'
import { appendEvents, chainEvents, type EventDraft, readEvents } from '../../src/consent/ledger.js'
import { type Notice, saveNotices } from '../../src/consent/notices.js'
import { CHANNELS, EVENT_TYPES, type EventType, fold, foldFingerprint } from '../../src/consent/state.js'
import type { Finding } from '../../src/consent/verify.js'
import { testDatabase } from '../helpers/database.js'
import { sha256 } from '../helpers/ledger.js'
import { samplePolicy } from '../helpers/policy.js'

const NOW = new Date('2026-11-23T10:00:00.123Z')
const ADA = '01900000-0000-7000-8000-00000000000a'
const BEN = '01900000-0000-7000-8000-00000000000b'
const EVE = '01900000-0000-7000-8000-00000000000e'
const notices: Notice[] = ['Offers, at most 4 a month', 'Offers, as many as we like'].map((content) => ({
  hash: sha256(content),
  language: 'en',
  purposes: ['offers'],
  content,
}))
const notice = notices[0]?.hash ?? null

/** A line of a kind: with everything that a line can hold, or with nothing it can do without. */
const draft = (type: EventType, n: number, full: boolean): EventDraft => ({
  id: randomUUID(),
  type,
  channel: 'whatsapp',
  scope: full ? ['offers', 'category:marketing'] : ['*'],
  occurredAt: new Date(NOW.getTime() + n * 60_000),
  recordedAt: new Date(NOW.getTime() + n * 60_000 + 1_000),
  source: 'chat',
  method: 'text',
  actor: type === 'requested' ? 'assent' : 'person',
  rule: full ? 'en.keyword.stop' : null,
  request: full ? randomUUID() : null,
  notice: full || type === 'requested' ? notice : null,
  validUntil: full ? new Date(NOW.getTime() + 86_400_000) : null,
  phoneNumberId: full ? '106540352242922' : null,
  sourceKey: randomBytes(32),
  evidence: { words: `STOP \u0000 \ud83d "${n}" 🛑` },
})

const purposes = [...samplePolicy.purposes.values()]

async function append(ex: pg.Pool | pg.PoolClient, contactId: string, drafts: readonly EventDraft[]) {
  const before = (await readEvents(ex, [contactId])).get(contactId) ?? []
  const head = before.at(-1) ?? { seq: 0, hash: null }
  const chained = chainEvents(contactId, head, drafts, () => randomBytes(32))
  await appendEvents(ex, chained)
  const last = chained.at(-1)
  if (last === undefined) return
  const states = fold([...before, ...chained], purposes)
  const known = { id: contactId, language: null, leftSeq: 0, windows: {}, pace: {}, mergedInto: null }
  const foldedWith = foldFingerprint(purposes)
  await saveContacts(ex, [{ ...known, headSeq: last.seq, headHash: last.hash, states, foldedWith }])
}

/** Ada and Ben with every kind of event each, the one's lines full, the other's bare; Eve with none. All anchored. */
async function ledger(t: Parameters<typeof testDatabase>[0]) {
  const { pool, url } = await testDatabase(t)
  await saveNotices(pool, notices, NOW)
  await pool.query('insert into contacts (id, created_at) select unnest($1::uuid[]), $2', [
    [ADA, BEN, EVE],
    NOW,
  ])
  const all = (full: boolean) => EVENT_TYPES.map((type, n) => draft(type, n, full))
  await append(pool, ADA, all(true))
  await append(pool, BEN, all(false))
  await takeAnchor(pool, NOW)
  return { pool, url }
}

const findingsOf = async (tx: pg.PoolClient, options = {}): Promise<Finding[]> => {
  const findings: Finding[] = []
  await audit(tx, { policy: samplePolicy, ...options, onFinding: (f) => findings.push(f) })
  return findings
}

/** What is found after the owner of the tables has done something to them that nothing refuses; then it is undone. */
async function after(
  pool: pg.Pool,
  tamper: string | ((tx: pg.PoolClient) => Promise<unknown>),
  options = {},
) {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    for (const table of ['consent_events', 'notices', 'anchors', 'anchor_leaves'])
      await tx.query(`alter table ${table} disable trigger user`)
    await tx.query(`alter table consent_events drop constraint consent_events_seq,
      drop constraint consent_events_notice, drop constraint consent_events_contact_id_contacts_id_fk,
      drop constraint consent_events_notice_notices_hash_fk`)
    await (typeof tamper === 'string' ? tx.query(tamper) : tamper(tx))
    return await findingsOf(tx, options)
  } finally {
    await tx.query('rollback')
    tx.release()
  }
}

t.test('a ledger that nobody touched verifies, whatever words and times are in it', async (t) => {
  const { pool } = await ledger(t)
  t.same(await inSnapshot(pool, (tx) => findingsOf(tx)), [])
  const word = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }).map((s) => s.replaceAll('\0', '')),
    fc.constantFrom(
      '',
      'NULL',
      '=',
      '{}',
      'a,b',
      '"',
      '\\',
      '\x1f',
      '\x1e',
      '\n\t\b\x7f\x01',
      '🛑\u2028',
      'ß',
    ),
  )
  const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const event: fc.Arbitrary<EventDraft> = fc.record({
    id: fc.uuid(),
    type: fc.constantFrom(...EVENT_TYPES),
    channel: fc.constantFrom(...CHANNELS),
    scope: fc.array(word, { maxLength: 4 }),
    occurredAt: moment,
    recordedAt: moment,
    source: word,
    method: word,
    actor: word,
    rule: maybe(word),
    request: maybe(fc.uuid()),
    notice: fc.constantFrom(...notices.map((n) => n.hash)),
    validUntil: maybe(moment),
    phoneNumberId: maybe(word),
    sourceKey: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    evidence: fc.record({ words: fc.string({ unit: 'binary' }) }),
  })
  const differ = { selector: (e: EventDraft) => e.sourceKey.toString('hex') }
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(event, { minLength: 1, maxLength: 8, ...differ }), async (drafts) => {
      const found = await after(pool, (tx) => append(tx, EVE, drafts))
      return found.length === 0
    }),
    { numRuns: 60 },
  )
})

t.test('whichever column of whichever kind of event is altered, its line is named', async (t) => {
  const { pool } = await ledger(t)
  const { rows: columns } = await pool.query<{ name: string; type: string; nullable: boolean }>(
    `select column_name as name, udt_name as type, is_nullable = 'YES' as nullable
       from information_schema.columns where table_name = 'consent_events' order by ordinal_position`,
  )
  t.equal(columns.length, 20)
  const other = notices[1]?.hash.toString('hex')
  const alterations: Record<string, string> = {
    contact_id: `'${EVE}'`,
    seq: 'seq + 100',
    type: `case type when 'withdrawn' then 'given' else 'withdrawn' end`,
    channel: `'sms'`,
    notice: `'\\x${other}'`,
    uuid: 'gen_random_uuid()',
    text: `coalesce($, '') || 'x'`,
    _text: `$ || '{more}'`,
    timestamptz: `coalesce($, now()) + interval '1 millisecond'`,
    bytea: `coalesce(set_byte($, 31, get_byte($, 31) # 1), '\\x00')`,
  }
  for (const { name, type, nullable } of columns) {
    const wrong: object[] = []
    const values = [(alterations[name] ?? alterations[type] ?? '').replaceAll('$', name)]
    if (nullable) values.push('null')
    if (name === 'scope') values.push(`'{}'`, `array['offers,category:marketing']`)
    for (const value of values) {
      // Ada's lines are every kind with every column filled; in Ben's, what may be empty is.
      for (const [contact, seq] of (nullable ? [ADA, BEN] : [ADA]).flatMap((id) =>
        EVENT_TYPES.map((_, i) => [id, i + 1] as const),
      )) {
        const line = `contact_id = '${contact}' and seq = ${seq}`
        const tamper = `update consent_events set ${name} = ${value} where ${line} and ${name} is distinct from ${value}`
        let altered = 0
        const found = await after(pool, async (tx) => {
          altered = (await tx.query(tamper)).rowCount ?? 0
        })
        const victims = name === 'contact_id' ? [contact, EVE] : [contact]
        const right =
          altered === 0
            ? value === 'null' && found.length === 0
            : found[0]?.seq === seq && found.map((f) => f.contact).join() === victims.join()
        if (!right) wrong.push({ alteration: `${name} = ${value}`, seq, altered, found })
      }
    }
    t.same(wrong, [], `${name}: every alteration is found at its line`)
  }
})

t.test('whatever is removed, inserted, moved or forged is found, and told in words', async (t) => {
  const { pool } = await ledger(t)
  const last = EVENT_TYPES.length
  const ada = (seq: number | string) => `contact_id = '${ADA}' and seq = ${seq}`
  const forge = (seq: number, more = '') =>
    `insert into consent_events select contact_id, ${seq}, gen_random_uuid(), 'given', channel, scope, occurred_at,
       recorded_at, source, method, actor, rule, request, notice, valid_until, phone_number_id, 'forged',
       evidence_digest, hash, hash from consent_events where ${ada(seq - 1)}; ${more}`
  const shift = (from: number, by: number) =>
    `update consent_events set seq = -seq where contact_id = '${ADA}' and seq >= ${from};
     update consent_events set seq = -seq + ${by} where seq < 0;
     update contacts set head_seq = head_seq + ${by} where id = '${ADA}';`
  const whole = `delete from evidence where contact_id = '${ADA}'; delete from consent_events where contact_id = '${ADA}';
    delete from contacts where id = '${ADA}'`
  const rewritten = async (tx: pg.PoolClient) => {
    const [, ...rest] = (await readEvents(tx, [ADA])).get(ADA) ?? []
    await tx.query(`delete from evidence where contact_id = '${ADA}'`)
    await tx.query(`delete from consent_events where contact_id = '${ADA}'`)
    await append(
      tx,
      ADA,
      [draft('given', 0, true), ...rest].map((line) => ({ ...line, evidence: {} })),
    )
  }
  const cases: [string, string | ((tx: pg.PoolClient) => Promise<unknown>), Partial<Finding>[]][] = [
    [
      'a line from the middle',
      `delete from consent_events where ${ada(4)}`,
      [{ kind: 'removed', seq: 4, detail: 'line 4 is missing' }],
    ],
    [
      'three from the middle',
      `delete from consent_events where contact_id = '${ADA}' and seq in (4, 5, 6)`,
      [{ kind: 'removed', seq: 4, detail: 'lines 4 to 6 are missing' }],
    ],
    ['the last line', `delete from consent_events where ${ada(last)}`, [{ kind: 'removed', seq: last }]],
    [
      'the last line, and the head moved back',
      `delete from consent_events where ${ada(last)}; delete from evidence where ${ada(last)};
       update contacts set head_seq = ${last - 1}, states = '{}', folded_with = '',
              head_hash = (select hash from consent_events where ${ada(last - 1)}) where id = '${ADA}'`,
      [{ kind: 'removed', seq: last, detail: `line ${last} was removed: anchor 1 has seen line ${last}` }],
    ],
    [
      'a line from the middle, the rest closed up',
      `delete from consent_events where ${ada(4)}; ${shift(5, -1)}`,
      [{ kind: 'removed', seq: 4 }],
    ],
    ['a whole contact', whole, [{ contact: ADA, kind: 'removed', seq: last }]],
    [
      'a contact, but not its lines',
      `delete from contacts where id = '${ADA}'`,
      [{ kind: 'head', seq: last }],
    ],
    [
      'two lines change places',
      `update consent_events set seq = 99 where ${ada(3)}; update consent_events set seq = 3 where ${ada(7)};
       update consent_events set seq = 7 where ${ada(99)}`,
      [{ kind: 'reordered', seq: 3, detail: 'lines 3 and 7 have changed places' }],
    ],
    ['a line at the end', forge(last + 1), [{ kind: 'altered', seq: last + 1 }]],
    ['a line in the middle', `${shift(4, 1)} ${forge(4)}`, [{ kind: 'inserted', seq: 4 }]],
    [
      'a well-made line at the end, without the head',
      async (tx) => {
        const head = `update contacts c set head_seq = old.head_seq, head_hash = old.head_hash, states = old.states
          from old where c.id = old.id`
        await tx.query('create temp table old on commit drop as select * from contacts')
        await append(tx, ADA, [draft('given', 99, true)])
        await tx.query(head)
      },
      [{ kind: 'inserted', seq: last + 1 }],
    ],
    ['a chain rewritten from end to end', rewritten, [{ kind: 'anchor', seq: last }]],
    [
      'the head’s hash',
      `update contacts set head_hash = '\\x00' where id = '${ADA}'`,
      [{ kind: 'head', seq: last }],
    ],
    [
      'the head’s place',
      `update contacts set head_seq = 3 where id = '${ADA}'`,
      [{ kind: 'inserted', seq: 4 }],
    ],
    [
      'no head',
      `update contacts set head_seq = 0, head_hash = null where id = '${ADA}'`,
      [{ kind: 'inserted', seq: 1 }],
    ],
    [
      'a head out of nothing',
      `update contacts set head_seq = 1, head_hash = 'x' where id = '${EVE}'`,
      [{ contact: EVE, kind: 'removed', seq: 1 }],
    ],
    [
      'the state',
      `update contacts set states = jsonb_set(states, '{whatsapp,offers,status}', '"given"') where id = '${ADA}'`,
      [{ kind: 'state', seq: last }],
    ],
    [
      'a state where there is none',
      `update contacts set states = '{"sms":{}}', folded_with = (select folded_with from contacts where id = '${ADA}') where id = '${EVE}'`,
      [{ contact: EVE, kind: 'state' }],
    ],
    [
      'evidence’s salt',
      `update evidence set salt = set_byte(salt, 0, get_byte(salt, 0) # 1) where ${ada(2)}`,
      [{ kind: 'evidence', seq: 2 }],
    ],
    [
      'evidence’s body',
      `update evidence set body = body || ' ' where ${ada(2)}`,
      [{ kind: 'evidence', seq: 2 }],
    ],
    [
      'evidence with a separator in it',
      `update evidence set body = E'\\x1f' where ${ada(2)}`,
      [{ kind: 'evidence', seq: 2 }],
    ],
    [
      'evidence of no line',
      `insert into evidence values ('${ADA}', 99, 's', 'b')`,
      [{ kind: 'evidence', seq: 99 }],
    ],
    [
      'evidence of nobody',
      `insert into evidence values ('${EVE}', 1, 's', 'b')`,
      [{ contact: EVE, kind: 'evidence', seq: 1 }],
    ],
    [
      'a notice reworded',
      `update notices set content = 'nicer' where hash = '\\x${notice?.toString('hex')}'`,
      [{ contact: null, kind: 'notice' }],
    ],
    [
      'a notice removed',
      `delete from notices where hash = '\\x${notice?.toString('hex')}'`,
      [
        { contact: ADA, kind: 'notice', seq: 1 },
        { contact: BEN, kind: 'notice' },
      ],
    ],
  ]
  for (const [name, tamper, expected] of cases) {
    const found = await after(pool, tamper)
    t.match(
      found,
      expected.map((f) => ({ contact: ADA, ...f })),
      name,
    )
    t.equal(found.length, expected.length, `${name}: only that`)
  }
  t.same(
    await after(pool, `delete from evidence where contact_id = '${ADA}'`),
    [],
    'erased evidence is no finding',
  )
  t.same(
    await after(pool, `update contacts set folded_with = 'older', states = '{}' where id = '${ADA}'`),
    [],
    'a state by other rules says nothing',
  )
})

import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import {
  chainEvents,
  type EventDraft,
  evidenceDigest,
  hashEvent,
  readEvents,
} from '../../src/consent/ledger.js'
import { startAssent } from '../helpers/assent.js'

const draft = (n: number): EventDraft => ({
  id: `00000000-0000-4000-8000-00000000000${n}`,
  type: 'withdrawn',
  channel: 'whatsapp',
  scope: ['*'],
  occurredAt: new Date(1795000000_000 + n),
  recordedAt: new Date(1795000001_000),
  source: 'chat',
  method: 'text',
  actor: 'person',
  rule: 'en.keyword.stop',
  request: null,
  notice: null,
  validUntil: null,
  phoneNumberId: '106540352242922',
  sourceKey: createHash('sha256').update(String(n)).digest(),
  evidence: { words: `STOP \u0000 \ud83d ${n}` },
})

t.test('every column of a line is under its hash', async (t) => {
  const [line] = chainEvents(
    '00000000-0000-4000-8000-0000000000aa',
    { seq: 4, hash: Buffer.alloc(32, 1) },
    [draft(1)],
    () => Buffer.alloc(32),
  )
  if (!line) throw new Error('no line')
  const { salt, body, hash, ...columns } = line
  t.same(hashEvent(columns), hash)
  for (const key of Object.keys(columns) as (keyof typeof columns)[]) {
    const value = columns[key]
    const other =
      value instanceof Date
        ? new Date(value.getTime() + 1)
        : Buffer.isBuffer(value) || value === null
          ? Buffer.alloc(32, 9)
          : Array.isArray(value)
            ? ['offers']
            : typeof value === 'number'
              ? value + 1
              : `${value}x`
    const changed = { ...columns, [key]: key === 'validUntil' ? new Date() : key === 'request' ? 'x' : other }
    t.notSame(hashEvent(changed as typeof columns), hash, key)
  }
})

t.test('lines of one contact hang together, and evidence is bound by its digest', async (t) => {
  const lines = chainEvents(
    '00000000-0000-4000-8000-0000000000aa',
    { seq: 0, hash: null },
    [draft(1), draft(2), draft(3)],
    () => randomBytes(32),
  )
  t.same(
    lines.map((l) => l.seq),
    [1, 2, 3],
  )
  t.equal(lines[0]?.prevHash, null)
  t.same(lines[1]?.prevHash, lines[0]?.hash)
  t.same(lines[2]?.prevHash, lines[1]?.hash)
  for (const line of lines) t.same(evidenceDigest(line.salt, line.body), line.evidenceDigest)
  t.notSame(lines[0]?.salt, lines[1]?.salt)
})

t.test('what is read back from Postgres verifies, words as odd as people write them included', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: '+12025550101' })
  for (const words of ['START', 'stop texting me! \u0000 \ud83d "quoted" \\', 'STOP', '退訂']) {
    ada.text(words)
    assent.clock.advance(1_000)
  }
  await assent.settle()
  const { rows: contacts } = await assent.pool.query('select id, head_seq, head_hash from contacts')
  const lines = (await readEvents(assent.pool, [contacts[0].id])).get(contacts[0].id) ?? []
  t.ok(lines.length >= 3)
  let previous: Buffer | null = null
  for (const { hash, ...line } of lines) {
    t.same(hashEvent(line), hash, `line ${line.seq}`)
    t.same(line.prevHash, previous)
    previous = hash
    const { rows } = await assent.pool.query(
      'select salt, body from evidence where contact_id = $1 and seq = $2',
      [line.contactId, line.seq],
    )
    t.same(evidenceDigest(rows[0].salt, rows[0].body), line.evidenceDigest)
  }
  t.same(contacts[0].head_hash, previous)
  const { rows } = await assent.pool.query(`select body from evidence where body like '%quoted%'`)
  t.equal(
    JSON.parse(rows[0].body).content.text,
    'stop texting me! \u0000 \ud83d "quoted" \\',
    'kept exactly as received',
  )
})

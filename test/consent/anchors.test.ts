import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import t, { type Test } from 'tap'
import {
  type Anchor,
  anchorHash,
  anchorLine,
  exportAnchors,
  readAnchorFile,
  takeAnchor,
} from '../../src/consent/anchors.js'
import { audit } from '../../src/consent/audit.js'
import type { Finding } from '../../src/consent/verify.js'
import { startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { fillLedger } from '../helpers/ledger.js'

const NOW = new Date('2026-11-23T10:00:00.123Z')
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000)

async function exported(pool: pg.Pool): Promise<Anchor[]> {
  const anchors: Anchor[] = []
  for await (const anchor of exportAnchors(pool)) anchors.push(anchor)
  return anchors
}

/** What is found after tampering, which is undone. */
async function after(pool: pg.Pool, tamper: string, kept: readonly Anchor[] = []): Promise<Finding[]> {
  const tx = await pool.connect()
  const findings: Finding[] = []
  try {
    await tx.query('begin')
    for (const table of ['consent_events', 'anchors', 'anchor_leaves'])
      await tx.query(`alter table ${table} disable trigger user`)
    await tx.query(tamper)
    await audit(tx, { exported: kept, onFinding: (f) => findings.push(f) })
  } finally {
    await tx.query('rollback')
    tx.release()
  }
  return findings
}

t.test('an anchor covers the chains that have grown, once, whoever takes it', async (t) => {
  const { pool } = await testDatabase(t)
  t.equal(await takeAnchor(pool, NOW), null, 'of nothing')
  await fillLedger(pool, 3, NOW)
  const replica = await pool.connect()
  await replica.query(`begin; select pg_advisory_xact_lock(hashtext('assent.anchor'))`)
  t.equal(await takeAnchor(pool, NOW), null, 'another replica is at it')
  await replica.query('rollback')
  replica.release()
  const taken = await Promise.all(Array.from({ length: 5 }, () => takeAnchor(pool, NOW)))
  const [first, ...others] = taken.filter((a) => a !== null)
  t.match(first, { anchor: 1, leaves: 3, events: 15, prev: null, at: NOW.toISOString() })
  t.same(others, [], 'five replicas at once take it once')
  t.equal(await takeAnchor(pool, later(1)), null, 'nothing has grown')

  await fillLedger(pool, 2, later(1))
  const second = await takeAnchor(pool, later(2))
  t.match(second, { anchor: 2, leaves: 2, events: 10, prev: first?.root })
  t.same(await exported(pool), [first, second])

  const sum = anchorHash(first?.root ?? null)
  const { rows } = await pool.query(
    `select contact_id, seq, encode(hash, 'hex') as hash from anchor_leaves where anchor_id = 2 order by contact_id`,
  )
  for (const { contact_id, seq, hash } of rows) sum.leaf(contact_id, seq, hash)
  t.equal(second && sum.root(second), second?.root, 'anybody can compute the root')
})

t.test('a line that was committed late is anchored next time', async (t) => {
  const { pool } = await testDatabase(t)
  await fillLedger(pool, 1, NOW)
  await takeAnchor(pool, later(20))
  // Recorded before the last anchor was taken, visible only now.
  await fillLedger(pool, 1, later(2))
  t.match(await takeAnchor(pool, later(21)), { anchor: 2, leaves: 1 })
})

t.test('the hourly job anchors, and its anchor is in the log', async (t) => {
  const assent = await startAssent(t)
  assent.emulator.person({ name: 'Ada', phone: '+12025550101' }).text('STOP')
  await assent.settle()
  await assent.pool.query(`select graphile_worker.add_job('anchor')`)
  await assent.settle()
  const [anchor] = await exported(assent.pool)
  t.match(anchor, { anchor: 1, leaves: 1, events: 1 })
  t.ok(assent.logs.some((line) => line.includes(anchor?.root ?? 'no root')))
})

t.test('forged anchors are found, and by an export even a forgery that fits itself', async (t) => {
  const { pool } = await testDatabase(t)
  for (const hours of [0, 1, 2]) {
    await fillLedger(pool, 2, later(hours))
    await takeAnchor(pool, later(hours))
  }
  const kept = await exported(pool)
  t.same(await after(pool, 'select', kept), [])
  const lastGone = 'delete from anchor_leaves where anchor_id = 3; delete from anchors where id = 3'
  const cases: [string, string, RegExp][] = [
    ['a root', `update anchors set root = '\\x00' where id = 2`, /anchor 2 was altered/],
    ['a time', `update anchors set taken_at = now() where id = 2`, /anchor 2 was altered/],
    ['a count', `update anchors set events = events + 1 where id = 2`, /anchor 2 was altered/],
    ['a link', `update anchors set prev_root = '\\x00' where id = 3`, /anchor 3 does not follow anchor 2/],
    ['an anchor gone', `delete from anchors where id = 2`, /anchor 2 was removed/],
    ['the last anchor gone, its heads left', `delete from anchors where id = 3`, /heads name anchor 3/],
    ['a head gone', `delete from anchor_leaves where anchor_id = 1 and seq = 5`, /anchor 1 was altered/],
    [
      'a head of another length',
      `update anchor_leaves set hash = hash || '\\x00' where anchor_id = 1`,
      /anchor 1 was altered/,
    ],
    ['heads put in', `update anchor_leaves set anchor_id = 0 where anchor_id = 1`, /does not exist/],
  ]
  for (const [name, tamper, detail] of cases) {
    const found = (await after(pool, tamper)).filter((f) => f.contact === null)
    t.match(found[0], { kind: 'anchor', seq: null, detail }, name)
  }
  t.same(await after(pool, lastGone), [], 'the end cut off cleanly shows in no database')
  t.match(await after(pool, lastGone, kept), [{ detail: 'anchor 3 was exported and is gone' }])
  const [first] = kept
  const forged = [{ ...(first as Anchor), events: 4 }]
  t.match(await after(pool, 'select', forged), [{ detail: 'anchor 1 is not the one that was exported' }])
})

t.test('an export is read back, npm’s own words passed over, anything else refused', async (t) => {
  const anchor = {
    anchor: 1,
    at: NOW.toISOString(),
    leaves: 1,
    events: 2,
    prev: null,
    root: 'ab'.repeat(32),
  }
  t.same(readAnchorFile(`\n> assent@0.1.0 anchors\n${anchorLine(anchor)}${anchorLine(anchor)}`), [
    anchor,
    anchor,
  ])
  t.throws(() => readAnchorFile(`${anchorLine(anchor)}{}`), /line 2 is not an exported anchor/)
})

type Ran = { code: number; out: string; err: string }

function run(script: string, args: string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve) => {
    const file = join('build', 'src', 'cli', script)
    const child = execFile(
      process.execPath,
      [file, ...args],
      { env: { ...process.env, ...env } },
      (_e, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

t.test('the commands: export, verify, and an exit code that tells', async (t: Test) => {
  const { pool, url } = await testDatabase(t)
  await fillLedger(pool, 20, NOW)
  const folder = await mkdtemp(join(tmpdir(), 'assent-anchors-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const env = { DATABASE_URL: url, POLICY_FILE: 'src/sandbox/policy.yaml' }
  const anchors = await run('anchors.js', ['--take'], env)
  t.match(anchors, { code: 0, err: '' })
  t.match(readAnchorFile(anchors.out), [{ anchor: 1, leaves: 20, events: 100 }])
  const file = join(folder, 'anchors.jsonl')
  await writeFile(file, anchors.out)

  const sound = await run('verify-ledger.js', ['--anchors', file], env)
  t.match(sound, { code: 0, out: /^Nothing was altered: 100 events of 20 contacts and 1 anchors/ })
  t.match(await run('verify-ledger.js', [], { ...env, POLICY_FILE: '' }), {
    code: 0,
    out: /states were not checked/,
  })

  await pool.query(`alter table consent_events disable trigger user;
    update consent_events set scope = '{*}' where seq = 2 and contact_id = (select min(id::text)::uuid from contacts)`)
  const { rows } = await pool.query('select min(id::text) as id from contacts')
  const found = await run('verify-ledger.js', ['--anchors', file], env)
  t.match(found, { code: 1, out: `ALTERED  contact ${rows[0].id}: line 2: line 2 was altered` })
  t.match(found.out, /1 finding\(s\): 100 events of 20 contacts/)
  t.match(await run('verify-ledger.js', ['--contact', rows[0].id], env), {
    code: 1,
    out: /5 events of 1 contacts/,
  })

  await writeFile(file, 'not an anchor\n')
  t.match(await run('verify-ledger.js', ['--anchors', file], env), {
    code: 2,
    err: /line 1 is not an exported anchor/,
  })
  t.match(await run('verify-ledger.js', ['--contact', 'Ada'], env), { code: 2, err: /a UUID/ })
  t.match(await run('verify-ledger.js', [], { ...env, DATABASE_URL: '' }), {
    code: 2,
    err: /set DATABASE_URL/,
  })
  t.match(await run('verify-ledger.js', [], { ...env, DATABASE_URL: 'postgres://127.0.0.1:9/none' }), {
    code: 2,
  })
  t.match(await run('anchors.js', [], { ...env, DATABASE_URL: '' }), { code: 2, err: /Set DATABASE_URL/ })
})

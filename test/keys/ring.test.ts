import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { listKeys, makeKey, noteUse, revokeKey, rotateKey } from '../../src/keys/issue.js'
import { writeKey } from '../../src/keys/key.js'
import { createRing } from '../../src/keys/ring.js'
import { makeClock } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { until } from '../helpers/embedded.js'
import { random } from '../helpers/keys.js'

const SHOP = { name: 'Shop', scopes: ['send'], requestsPerMinute: null, expiresAt: null } as const
const DAY_MS = 86_400_000

/** A ring, a key, and the names of the statements that it asked. */
async function withKey(t: Test) {
  const { pool } = await testDatabase(t)
  const clock = makeClock()
  const asked: string[] = []
  const warned: unknown[] = []
  const counted = {
    query: (statement: { name: string }) => {
      asked.push(statement.name)
      return pool.query(statement as never)
    },
  } as unknown as pg.Pool
  const ring = createRing({ pool: counted, clock, log: { warn: (line: unknown) => warned.push(line) } })
  const { key, record } = await makeKey(pool, SHOP, clock(), random)
  return { pool, clock, asked, warned, ring, key, record }
}

t.test('a key in use costs no trip to the database, and is read again beside its requests', async (t) => {
  const { clock, asked, ring, key, record } = await withKey(t)
  t.match(await Promise.all(Array.from({ length: 50 }, () => ring.find(key))), {
    length: 50,
    0: { id: record.id },
  })
  t.same(asked, ['key_find'], 'fifty at once ask once')
  await ring.find(key)
  t.equal(asked.length, 1)
  clock.advance(3_000)
  let found = false
  void ring.find(key).then(() => {
    found = true
  })
  await Promise.resolve().then(() => {})
  t.ok(found, 'nobody waits for the reading')
  await ring.close()
  t.equal(asked.length, 2)
  clock.advance(3_000)
  await ring.find(key)
  await ring.close()
  t.equal(asked.length, 3, 'what was read beside counts as read')
})

t.test('a key that was revoked elsewhere opens nothing after five seconds', async (t) => {
  const { pool, clock, ring, key, record } = await withKey(t)
  await ring.find(key)
  const revokedAt = clock()
  await revokeKey(pool, record.id, revokedAt)
  clock.advance(5_000)
  t.same((await ring.find(key))?.revokedAt, revokedAt)
  await pool.query('delete from api_keys')
  clock.advance(5_000)
  t.equal(await ring.find(key), null)
})

t.test('a clock that was set back makes nothing younger', async (t) => {
  const { pool, clock, ring, key, record } = await withKey(t)
  await ring.find(key)
  await revokeKey(pool, record.id, clock())
  clock.advance(-3_600_000)
  t.ok((await ring.find(key))?.revokedAt)
})

t.test('without the database a key is believed for five seconds, and then nothing is', async (t) => {
  const { clock, warned, key, pool } = await withKey(t)
  let away = false
  const wire = {
    query: (statement: never) => (away ? Promise.reject(new Error('away')) : pool.query(statement)),
  } as unknown as pg.Pool
  const ring = createRing({ pool: wire, clock, log: { warn: (line: unknown) => warned.push(line) } })
  await ring.find(key)
  away = true
  clock.advance(4_999)
  t.ok(await ring.find(key))
  await ring.close()
  t.equal(warned.length, 1, 'and it is in the log')
  clock.advance(1)
  await t.rejects(ring.find(key), /away/)
})

t.test('what cannot be a key is never looked for, and a stranger’s key is not remembered', async (t) => {
  const { asked, ring } = await withKey(t)
  t.equal(await ring.find('sandbox-admin-key'), null)
  t.same(asked, [])
  const stranger = writeKey(randomBytes(32))
  t.equal(await ring.find(stranger), null)
  t.notOk(ring.knows(stranger))
  t.equal(await ring.find(stranger), null)
  t.equal(asked.length, 2)
})

t.test('what was read before a change is not remembered after it', async (t) => {
  const { pool, clock, ring, key, record } = await withKey(t)
  const before = ring.find(key)
  ring.forget()
  t.ok(await before)
  await revokeKey(pool, record.id, clock())
  t.ok((await ring.find(key))?.revokedAt)
})

t.test('the last use is written once a minute, whoever counts', async (t) => {
  const { pool, clock, asked, ring, record } = await withKey(t)
  const used = async () => (await listKeys(pool))[0]?.lastUsedAt
  const first = clock()
  for (let i = 0; i < 100; i++) ring.used(record.id)
  await ring.close()
  t.same(await used(), first)
  clock.advance(59_999)
  ring.used(record.id)
  await noteUse(pool, record.id, clock())
  t.same(asked, ['key_used'])
  t.same(await used(), first, 'on another replica neither')
  clock.advance(1)
  ring.used(record.id)
  await ring.close()
  t.same(await used(), clock())
})

t.test('a rotated key works on for its grace, and its follower as long as it was meant to', async (t) => {
  const { pool, clock } = await withKey(t)
  const expiresAt = new Date(clock().getTime() + 90 * DAY_MS)
  const { record } = await makeKey(pool, { ...SHOP, requestsPerMinute: 60, expiresAt }, clock(), random)
  clock.advance(80 * DAY_MS)
  const rotated = await rotateKey(pool, record.id, DAY_MS, clock(), random)
  if (rotated.outcome !== 'rotated') throw new Error(rotated.outcome)
  const { id } = rotated.issued.record
  t.match(rotated.issued.record, {
    scopes: ['send'],
    requestsPerMinute: 60,
    expiresAt: new Date(clock().getTime() + 90 * DAY_MS),
  })
  const old = (await listKeys(pool)).find((key) => key.id === record.id)
  t.match(old, { replacedBy: id, expiresAt: new Date(clock().getTime() + DAY_MS) })
  t.match(await rotateKey(pool, record.id, DAY_MS, clock(), random), { outcome: 'ended' }, 'once only')
  t.match(await rotateKey(pool, randomUUID(), DAY_MS, clock(), random), { outcome: 'unknown' })
  clock.advance(89 * DAY_MS)
  t.match(await rotateKey(pool, id, 30 * DAY_MS, clock(), random), { outcome: 'rotated' })
  const last = (await listKeys(pool)).find((key) => key.id === id)
  t.same(last?.expiresAt, new Date(clock().getTime() + DAY_MS), 'grace never makes a life longer')
})

t.test('of two who rotate a key at once, one does', async (t) => {
  const { pool, clock, record } = await withKey(t)
  // Both begin while somebody else holds the key, so that neither can be done before the other has begun.
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('select from api_keys for update')
  const rotating = Promise.all([0, 1].map(() => rotateKey(pool, record.id, 0, clock(), random)))
  await until(async () => {
    const { rows } = await pool.query(
      `select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0].waiting === 2
  })
  await holder.query('commit')
  holder.release()
  const both = await rotating
  t.same(both.map(({ outcome }) => outcome).sort(), ['ended', 'rotated'])
  t.equal((await listKeys(pool)).length, 2)
})

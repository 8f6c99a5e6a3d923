// Receivers that fail, hang or go, and replicas that share the work: nobody is in anybody’s way.

import { setImmediate as turn } from 'node:timers/promises'
import { Logger, runOnce } from 'graphile-worker'
import type { QueryConfig } from 'pg'
import t from 'tap'
import { takeLease } from '../../src/deliveries/lease.js'
import { buildAssent, makeClock, startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { says } from '../helpers/people.js'
import { byPerson, left, phone, policyWith, startReceiver, words, wordsOf } from '../helpers/receiver.js'

const DAY_MS = 86_400_000

t.test('a backlog costs a receiver that is away one request per rest', async (t) => {
  const chat = await startReceiver(t, () => 503)
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  for (let p = 0; p < 60; p++) await assent.deliver(says(`p${p} 0`, { from: phone(p) }, assent.clock()))
  await assent.forward()
  const first = chat.all.length
  t.ok(first < 20, `${first} requests until it is given a rest`)
  await assent.forward()
  t.equal(chat.all.length, first, 'none while it rests')
  for (const pause of [10, 30, 60, 120, 300, 300]) {
    assent.clock.advance(pause * 1_000 - 1)
    await assent.forward()
    const before = chat.all.length
    assent.clock.advance(1)
    await assent.forward()
    t.equal(chat.all.length, before + 1, `one after ${pause} s`)
  }
})

t.test(
  'a rest stands, even if the note of an earlier failure takes longer than that of the rest',
  async (t) => {
    const { pool } = await testDatabase(t)
    let notes = 0
    const query = async (statement: QueryConfig) => {
      if (statement.name === 'lease_health') {
        notes += 1
        // Twenty round trips late: whatever does not wait for this one is written down before it.
        if (notes === 1) for (let i = 0; i < 20; i++) await pool.query('select')
      }
      return pool.query(statement)
    }
    const late = new Proxy(pool, {
      get(target, key) {
        if (key === 'query') return query
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const chat = await startReceiver(t, () => 503)
    const policy = policyWith({ forward: [{ name: 'chat', url: chat.url }] })
    const assent = await buildAssent(t, late, { policy })
    for (let p = 0; p < 10; p++) await assent.deliver(says(`p${p} 0`, { from: phone(p) }, assent.clock()))
    await assent.forward()
    t.ok(notes >= 3, 'failures before the rest were noted, too')
    t.match((await pool.query('select failures, rests from delivery_targets')).rows, [
      { failures: 3, rests: 1 },
    ])
  },
)

t.test('when a receiver is back, nobody waits out a pause from before', async (t) => {
  let status = 500
  const chat = await startReceiver(t, () => status)
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  await assent.deliver(says('ann 0', { from: phone(1) }, assent.clock()))
  for (let i = 0; i < 5; i++) {
    await assent.forward()
    assent.clock.advance(600_000)
  }
  t.equal(chat.all.length, 5, 'the next one would be in half an hour')
  for (let p = 2; p < 20; p++) await assent.deliver(says(`p${p} 0`, { from: phone(p) }, assent.clock()))
  await assent.forward()
  status = 200
  assent.clock.advance(10_000)
  await assent.forward()
  t.equal(chat.taken.length, 19)
})

t.test('a receiver that never answers holds up neither another one nor a webhook nor a job', async (t) => {
  let open: (status: number) => void = () => {}
  const silence = new Promise<number>((resolve) => {
    open = resolve
  })
  const [dead, alive] = [await startReceiver(t, () => silence), await startReceiver(t)]
  const policy = policyWith({
    forward: [
      { name: 'dead', url: dead.url },
      { name: 'alive', url: alive.url },
    ],
  })
  const assent = await startAssent(t, { policy, receiverTimeoutMs: 600_000 })
  for (let p = 0; p < 40; p++)
    t.equal(await assent.deliver(says(`p${p} 0`, { from: phone(p) }, assent.clock())), 200)
  assent.courier.wake()
  while (alive.taken.length < 40 || dead.under.size < 16) await turn()
  t.equal(dead.under.size, 16, 'as many as one receiver may keep busy')
  t.equal(await assent.deliver(says('p1 1', { from: phone(1) }, assent.clock())), 200)
  const { rows } = await assent.pool.query(`select id from graphile_worker.add_job('deliver')`)
  await runOnce({ pgPool: assent.pool, taskList: assent.tasks, logger: new Logger(() => () => {}) })
  t.notOk(
    (await assent.pool.query('select from graphile_worker._private_jobs where id = $1', [rows[0].id]))
      .rowCount,
  )
  while (alive.taken.length < 41 || (await left(assent)).deliveries > 41) await turn()
  t.same(await left(assent), { letters: 41, deliveries: 41 }, 'only what the dead one has not taken is left')
  open(200)
  await assent.courier.idle()
  t.equal(dead.taken.length, 41)
})

t.test('two replicas never deliver for one receiver at once, and each letter once', async (t) => {
  const { pool } = await testDatabase(t)
  const clock = makeClock()
  let under = 0
  let most = 0
  const chat = await startReceiver(t, async () => {
    under += 1
    most = Math.max(most, under)
    for (let i = 0; i < 5; i++) await turn()
    under -= 1
    return 200
  })
  const policy = policyWith({ forward: [{ name: 'chat', url: chat.url }] })
  const replicas = [
    await buildAssent(t, pool, { policy, clock }),
    await buildAssent(t, pool, { policy, clock }),
  ]
  for (let i = 0; i < 30; i++) {
    const [one, two] = replicas
    await (i % 2 ? one : two)?.deliver(says(`ann ${i}`, { from: phone(1) }, clock()))
    for (const { courier } of replicas) courier.wake()
  }
  await Promise.all(replicas.map(({ courier }) => courier.idle()))
  t.equal(most, 1, 'one person, one at a time')
  t.same(byPerson(chat), { ann: Array.from({ length: 30 }, (_, i) => String(i)) })
})

t.test('work that comes while another replica is at it is not left for later', async (t) => {
  const { pool } = await testDatabase(t)
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const chat = await startReceiver(t, async (body) => {
    if (wordsOf(body) === 'ann 0') await gate
    return 200
  })
  const policy = policyWith({ forward: [{ name: 'chat', url: chat.url }] })
  const [one, two] = [await buildAssent(t, pool, { policy }), await buildAssent(t, pool, { policy })]
  await one.deliver(says('ann 0', { from: phone(1) }, one.clock()))
  one.courier.wake()
  while (chat.under.size === 0) await turn()
  await two.deliver(says('bob 0', { from: phone(2) }, two.clock()))
  await two.forward()
  t.same(words(chat.taken), [], 'the first replica holds the lease')
  open()
  await one.courier.idle()
  t.same(words(chat.taken), ['ann 0', 'bob 0'])
})

t.test('a lease that its holder has lost ends by itself, and nobody else’s is given back', async (t) => {
  const chat = await startReceiver(t)
  const policy = policyWith({ forward: [{ name: 'chat', url: chat.url }] })
  const assent = await startAssent(t, { policy })
  const crashed = '01900000-0000-7000-8000-00000000dead'
  await assent.pool.query(
    `update delivery_targets set holder = $1, lease_until = clock_timestamp() + interval '1 minute'`,
    [crashed],
  )
  await assent.deliver(says('ann 0', { from: phone(1) }, assent.clock()))
  await assent.forward()
  t.equal(chat.all.length, 0)
  t.match((await assent.pool.query('select holder, woken from delivery_targets')).rows, [
    { holder: crashed, woken: true },
  ])
  await assent.pool.query(`update delivery_targets set lease_until = clock_timestamp() - interval '1 second'`)
  await assent.forward()
  t.same(words(chat.taken), ['ann 0'])
  t.match((await assent.pool.query('select holder from delivery_targets')).rows, [{ holder: null }])
})

t.test(
  'whoever has lost the lease begins nothing more, and whoever holds it renews it in time',
  async (t) => {
    const { pool } = await testDatabase(t)
    const [one, two] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002']
    let elapsed = 0
    const lease = await takeLease(pool, 'chat', one, () => elapsed)
    const ends = async () =>
      (await pool.query('select lease_until from delivery_targets')).rows[0].lease_until
    const first = await ends()
    t.equal(await lease?.hold(), true)
    t.same(await ends(), first, 'while enough is left nobody is asked')
    elapsed = 26_000
    t.equal(await lease?.hold(), true)
    t.ok((await ends()) > first)
    t.equal(await takeLease(pool, 'chat', two), null)
    await pool.query(`update delivery_targets set lease_until = clock_timestamp() - interval '1 second'`)
    t.ok(await takeLease(pool, 'chat', two))
    elapsed = 52_000
    t.equal(await lease?.hold(), false)
    t.equal(await lease?.hold(), false)
    t.equal(await lease?.release(), true)
    t.match((await pool.query('select holder from delivery_targets')).rows, [{ holder: two }])
  },
)

t.test('redirects are not followed, and whoever answers 410 is left alone for a day', async (t) => {
  let status = 307
  const chat = await startReceiver(t, () => status)
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: chat.url }] }) })
  await assent.deliver(says('ann 0', { from: phone(1) }, assent.clock()))
  await assent.forward()
  t.equal(chat.all.length, 1)
  status = 410
  assent.clock.advance(60_000)
  await assent.forward()
  t.equal(chat.all.length, 2)
  assent.clock.advance(DAY_MS - 60_000)
  await assent.forward()
  t.equal(chat.all.length, 2)
  status = 200
  assent.clock.advance(60_000)
  await assent.forward()
  t.equal(chat.taken.length, 1)
})

// What other systems are told: as a feed, and as Standard Webhooks.

import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { EVENT_TYPES } from '../../src/consent/state.js'
import { dropOldEvents, givePlaces, readFeed } from '../../src/feed/feed.js'
import { tellCaseOpened } from '../../src/feed/tell.js'
import { FEED_TYPES, TOLD_AS } from '../../src/feed/types.js'
import { sweep } from '../../src/sends/sweep.js'
import { buildAssent, type Options, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { contactOf } from '../helpers/people.js'
import { OLD_SECRET, policyWith, SECRET, startReceiver } from '../helpers/receiver.js'

const TO = '+12025550101'
const SALE = { to: TO, type: 'text', text: { body: 'Two days of sale' } }
const DAY_MS = 86_400_000
const CONTACT = '01900000-0000-7000-8000-000000000001'

const insert = `insert into events (type, contact_id, at, data) values ('consent.given', '${CONTACT}', $1, $2)`
const feed = async (assent: TestAssent, query = '') => (await assent.call('GET', `/v1/events${query}`)).body
const typesOf = (body: { events: { type: string }[] }) => body.events.map((e) => e.type)

/** Ada says yes, gets a message, one whose fate is unknown, hesitates, leaves, and is refused another message. */
async function story(t: Parameters<typeof startAssent>[0], options: Options) {
  const assent = await startAssent(t, { timeouts: { total: 100 }, ...options })
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  t.equal((await assent.send(SALE)).status, 400)
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  t.equal((await assent.send(SALE)).status, 200)
  assent.emulator.faults.hangSends()
  t.equal((await assent.send(SALE)).status, 504)
  ada.text('🛑')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.text('STOP')
  await assent.settle()
  assent.clock.advance(1_000)
  t.equal((await assent.send(SALE)).status, 400)
  const contact = await contactOf(assent, TO)
  await tellCaseOpened(
    assent.pool,
    { case: CONTACT, contact: contact ?? '', right: 'access', due: assent.clock() },
    assent.clock(),
  )
  return { assent, contact }
}
const TOLD = [
  'send.refused',
  'consent.given',
  'send.uncertain',
  'consent.paused',
  'consent.withdrawn',
  'send.refused',
  'case.opened',
]

t.test('every line of the ledger has its word for other systems', async (t) => {
  t.same(Object.keys(TOLD_AS).sort(), [...EVENT_TYPES].sort())
  for (const type of Object.values(TOLD_AS)) t.ok(type === null || FEED_TYPES.includes(type))
})

t.test('the feed tells what happened, in ids only', async (t) => {
  const { assent, contact } = await story(t, {})
  const all = await feed(assent)
  t.same(typesOf(all), TOLD)
  const [stranger, given, uncertain, , withdrawn, refused, opened] = all.events
  t.match(stranger.data, {
    contact: null,
    reason: 'no_consent',
    purpose: 'offers',
    event: null,
    send: String,
  })
  t.match(given.data, {
    contact,
    by: 'given',
    scope: ['offers', 'orders'],
    actor: 'person',
    channel: 'whatsapp',
  })
  t.match(uncertain.data, { contact, purpose: 'offers', kind: 'message', send: String })
  t.match(withdrawn.data, { contact, by: 'withdrawn' })
  t.match(refused.data, { contact, reason: 'withdrawn', event: withdrawn.data.event })
  t.match(opened.data, { contact, case: CONTACT, right: 'access' })
  t.match((await assent.call('GET', `/v1/events/${given.data.event}`)).body, { type: 'given', contact })
  t.notMatch(JSON.stringify(all), /2025550101|Ada|sale|STOP/)

  const pages: string[] = []
  let [after, more] = ['', true]
  for (let i = 0; more && i < 9; i++) {
    const page = await feed(assent, `?limit=3${after}`)
    pages.push(...typesOf(page))
    after = `&after=${page.next}`
    more = page.more
  }
  t.same(pages, TOLD)
  t.match(await feed(assent, `?limit=3${after}`), { events: [], more: false })
  const some = await feed(assent, '?types=consent.given,consent.withdrawn')
  t.same(typesOf(some), ['consent.given', 'consent.withdrawn'])
  t.equal(some.next, all.next, 'one reads on behind what was not asked for')
  for (const query of ['?types=nonsense', '?after=nonsense', '?limit=0', '?limit=1001', '?more=1'])
    t.match(
      await assent.call('GET', `/v1/events${query}`),
      { status: 400, body: { code: 'REQUEST_INVALID' } },
      query,
    )
})

t.test('a send of unknown fate is told once, whoever finds out', async (t) => {
  const assent = await startAssent(t)
  const { pool, clock } = assent
  await pool.query(
    `insert into sends (id, created_at, phone_number_id, kind, status, permitted_by, purpose, lease_until)
     values (uuidv7_floor($1), $1, '1', 'message', 'sending', gen_random_uuid(), 'offers', $1)`,
    [clock()],
  )
  clock.advance(60_000)
  await sweep(pool, clock())
  await sweep(pool, clock())
  t.same(typesOf(await feed(assent)), ['send.uncertain'])
})

t.test('transactions that commit in the opposite order leave no gap in the feed', async (t) => {
  const { pool } = await testDatabase(t)
  const [early, late] = [await pool.connect(), await pool.connect()]
  const tell = (tx: typeof early, n: number) => tx.query(insert, [new Date(), { n }])
  await early.query('begin')
  await tell(early, 1)
  await late.query('begin')
  await tell(late, 2)
  await late.query('commit')
  await givePlaces(pool)
  const first = await readFeed(pool, '0', null, 10)
  t.match(first.events, [{ data: { n: 2 } }], 'nobody waits for a transaction that is slow')
  await early.query('commit')
  await givePlaces(pool)
  t.match(
    (await readFeed(pool, first.position, null, 10)).events,
    [{ data: { n: 1 } }],
    'and it is not missed',
  )
  for (const client of [early, late]) client.release()
})

t.test('one person’s events keep their order, whatever began first', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query('create table lock (id integer primary key); insert into lock values (1)')
  const [one, two] = [await pool.connect(), await pool.connect()]
  // The first to begin, with the older number of transaction, is the last to get the person's lock.
  await one.query('begin')
  await one.query('create table begun ()')
  await two.query('begin')
  await two.query('select from lock for update')
  const waited = one
    .query('select from lock for update')
    .then(() => one.query(insert, [new Date(), { n: 'second' }]))
  await two.query(insert, [new Date(), { n: 'first' }])
  await two.query('commit')
  await waited
  await one.query('commit')
  await givePlaces(pool)
  t.match((await readFeed(pool, '0', null, 10)).events, [{ data: { n: 'first' } }, { data: { n: 'second' } }])
  for (const client of [one, two]) client.release()
})

t.test(
  'many writers, many who give places and a reader: everything once, nothing behind the reader',
  async (t) => {
    const { pool } = await testDatabase(t)
    const seen: number[] = []
    let position = '0'
    let writing = true
    const write = async (w: number) => {
      for (let i = 0; i < 40; i++) await pool.query(insert, [new Date(), { n: w * 1_000 + i }])
    }
    const place = async () => {
      while (writing) await givePlaces(pool)
    }
    const read = async () => {
      for (let last = false; ; last = !writing) {
        if (last) await givePlaces(pool)
        const page = await readFeed(pool, position, null, 7)
        seen.push(...page.events.map((e) => e.data.n as number))
        position = page.position
        if (last && page.events.length === 0) return
      }
    }
    const reading = read()
    const placing = [place(), place(), place()]
    await Promise.all(Array.from({ length: 6 }, (_, w) => write(w)))
    writing = false
    await Promise.all([...placing, reading])
    t.equal(seen.length, 240)
    t.equal(new Set(seen).size, 240)
    for (let w = 0; w < 6; w++) {
      const own = seen.filter((n) => Math.floor(n / 1_000) === w)
      t.same(
        own,
        [...own].sort((a, b) => a - b),
        'in the order of writing',
      )
    }
  },
)

t.test('what is too old for the feed goes, and whoever missed it is told', async (t) => {
  const assent = await startAssent(t)
  const { pool, clock } = assent
  const tell = () => pool.query(insert, [clock(), {}])
  await tell()
  const { next } = await feed(assent, '?limit=1')
  await tell()
  clock.advance(20 * DAY_MS)
  await tell()
  clock.advance(11 * DAY_MS)
  await dropOldEvents(pool, 'P30D', clock())
  t.match(await assent.call('GET', `/v1/events?after=${next}`), {
    status: 410,
    body: { code: 'CURSOR_EXPIRED' },
  })
  const rest = await feed(assent)
  t.equal(rest.events.length, 1)
  clock.advance(20 * DAY_MS)
  await pool.query(`select graphile_worker.add_job('tidy_deliveries')`)
  await assent.settle()
  t.match(
    await feed(assent, `?after=${rest.next}`),
    { events: [], more: false },
    'who has read all has missed nothing',
  )
  t.equal((await pool.query('select from events')).rowCount, 0)
})

t.test('receivers get the same as Standard Webhooks, which either secret verifies', async (t) => {
  const [all, some] = [await startReceiver(t), await startReceiver(t)]
  const policy = policyWith({
    events: [
      { name: 'all', url: all.url },
      { name: 'some', url: some.url, types: ['consent.withdrawn', 'case.opened'] },
    ],
  })
  const { assent } = await story(t, { policy })
  await assent.settle()
  const { events } = await feed(assent)
  const told = all.all.map(({ headers, body }) => ({
    id: headers['webhook-id'],
    ...JSON.parse(body.toString()),
  }))
  t.same(
    told.filter((e) => e.data.contact !== null),
    events.filter((e: { data: { contact: string | null } }) => e.data.contact !== null),
    'one person, one order',
  )
  t.equal(told.length, TOLD.length)
  t.same(
    some.taken.map((body) => JSON.parse(body.toString()).type),
    ['consent.withdrawn', 'case.opened'],
  )
  for (const { body, headers } of all.all) {
    const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    for (const secret of [SECRET, OLD_SECRET])
      t.ok(new Webhook(secret).verify(body.toString(), signed), 'verified')
    t.throws(() => new Webhook('whsec_bm9uZSBvZiB0aGUgdHdvIHNlY3JldHM=').verify(body.toString(), signed))
    t.notMatch(body.toString(), /2025550101|Ada|sale|STOP/)
  }
  await assent.settle()
  t.equal(all.all.length, TOLD.length, 'each once')
})

t.test(
  'a receiver hears of what happens from when it is known on, and of all of it after a time away',
  async (t) => {
    let status = 503
    const shop = await startReceiver(t, () => status)
    const { pool } = await testDatabase(t)
    await pool.query(insert, [new Date(), { n: 'before' }])
    await givePlaces(pool)
    const assent = await buildAssent(t, pool, {
      policy: policyWith({ events: [{ name: 'shop', url: shop.url }] }),
    })
    for (let n = 0; n < 30; n++) {
      await pool.query(insert, [assent.clock(), { n }])
      await assent.forward()
      assent.clock.advance(3_600_000)
    }
    status = 200
    await assent.forward()
    t.same(
      shop.taken.map((body) => JSON.parse(body.toString()).data.n),
      Array.from({ length: 30 }, (_, n) => n),
    )
    t.equal((await pool.query('select from letters')).rowCount, 0)
  },
)

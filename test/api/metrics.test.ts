import t from 'tap'
import { BODY_OUTCOMES } from '../../src/api/metrics.js'
import { routeName } from '../../src/api/route-name.js'
import { buildApp } from '../../src/app.js'
import { REASONS } from '../../src/consent/verdict.js'
import { createPool } from '../../src/db/client.js'
import { buildAssent, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { bearer, keyWith } from '../helpers/keys.js'
import { wireTo } from '../helpers/proxy.js'
import { routesOf } from '../helpers/routes.js'

const SALE = { to: '+12025550101', type: 'text', text: { body: 'sale of secrets' } }

/** Every sample as its name with labels, and its value. */
async function scrape({ app }: Pick<TestAssent, 'app'>): Promise<Map<string, number>> {
  const { body, statusCode, headers } = await app.inject('/metrics')
  if (statusCode !== 200 || !/^text\/plain; version=0\.0\.4/.test(`${headers['content-type']}`))
    throw new Error(`no scrape: ${statusCode}`)
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

t.test('what comes in, what the gate says and how long answers take is counted', async (t) => {
  const assent = await startAssent(t)
  const { deliver, send, settle, clock, emulator, app } = assent
  const ada = emulator.person({ name: 'Ada', phone: SALE.to })
  await send(SALE)
  ada.text('START')
  await settle()
  clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await settle()
  await send(SALE)
  await deliver({ entry: [{ changes: [{ field: 'messages', value: { messages: [7] } }] }] })
  await app.inject({ method: 'POST', url: '/webhook', payload: '{}' })
  const counted = await scrape(assent)
  const value = (name: string) => counted.get(name)
  t.equal(value('assent_verdicts_total{verdict="allowed",reason="none"}'), 1)
  t.equal(value('assent_verdicts_total{verdict="refused",reason="no_consent"}'), 1)
  t.equal(value('assent_verdicts_total{verdict="refused",reason="withdrawn"}'), 0, 'counters begin at 0')
  t.equal(value('assent_verdicts_total{verdict="observed",reason="withdrawn"}'), 0)
  t.equal(value('assent_verdicts_total{verdict="too_fast",reason="none"}'), 0)
  t.equal(value('assent_updates_total{kind="message"}'), 2)
  t.equal(value('assent_updates_total{kind="malformed"}'), 1)
  t.ok((value('assent_updates_total{kind="status"}') ?? 0) > 0)
  t.equal(value('assent_webhook_bodies_total{outcome="unsigned"}'), 1)
  t.ok((value('assent_webhook_bodies_total{outcome="taken"}') ?? 0) >= 3)
  const route = 'method="POST",route="/:version/:id/messages"'
  t.equal(value(`assent_request_duration_seconds_count{${route},status="2xx"}`), 1)
  t.equal(value(`assent_request_duration_seconds_count{${route},status="4xx"}`), 1)
  t.ok(counted.has('nodejs_eventloop_lag_seconds'), 'Node’s own numbers are there')
})

t.test(
  'jobs that wait and jobs that nobody will try again are read at the moment of the scrape',
  async (t) => {
    const assent = await startAssent(t)
    const add = (n: number) =>
      assent.pool.query(
        `select graphile_worker.add_job('reply', '{}', run_at := now() + interval '1 day') from generate_series(1, $1)`,
        [n],
      )
    await add(3)
    t.equal((await scrape(assent)).get('assent_jobs_waiting'), 3)
    await add(2)
    await assent.pool.query(
      'update graphile_worker._private_jobs set attempts = max_attempts where id % 2 = 0',
    )
    const { rows } = await assent.pool.query(
      'select count(*)::int as n from graphile_worker._private_jobs where attempts = max_attempts',
    )
    const counted = await scrape(assent)
    t.equal(counted.get('assent_jobs_dead'), rows[0].n)
    t.equal(counted.get('assent_jobs_waiting'), 5 - rows[0].n)
  },
)

t.test('what waits for a receiver, since when, and what is dead is read for each', async (t) => {
  const assent = await startAssent(t)
  await assent.pool.query(`insert into delivery_targets (name, position) values ('crm', 0), ('shop', 0)`)
  const since = (seconds: number) => new Date(assent.clock().getTime() - seconds * 1000)
  await assent.pool.query(
    `insert into deliveries (target, letter, kind, since, state, dead_at)
     values ('crm', 1, 'webhook', $1, 'waiting', null), ('crm', 2, 'webhook', $2, 'waiting', null), ('shop', 3, 'webhook', $1, 'dead', $1)`,
    [since(90), since(30)],
  )
  const counted = await scrape(assent)
  t.equal(counted.get('assent_deliveries{target="crm",state="waiting"}'), 2)
  t.equal(counted.get('assent_deliveries{target="crm",state="dead"}'), 0)
  t.equal(counted.get('assent_deliveries{target="shop",state="dead"}'), 1)
  t.equal(counted.get('assent_delivery_oldest_seconds{target="crm"}'), 90)
  t.equal(counted.get('assent_delivery_oldest_seconds{target="shop"}'), 0)
})

t.test('without the database a scrape still answers, and says so', async (t) => {
  const { url, pool: direct } = await testDatabase(t)
  const wire = await wireTo(t, url)
  const pool = createPool(wire.url)
  t.teardown(() => pool.end())
  const { config, policy, graph, throughput, clock } = await buildAssent(t, direct)
  const app = await buildApp({ config, policy, graph, throughput, clock, pool, logStream: { write() {} } })
  t.teardown(() => app.close())
  t.equal((await scrape({ app })).get('assent_database_reachable'), 1)
  wire.cut()
  const counted = await scrape({ app })
  t.equal(counted.get('assent_database_reachable'), 0)
  t.ok(Number.isNaN(counted.get('assent_jobs_waiting')), 'no number is better than the last one')
})

t.test('every label is of a closed list: no number, id, text, key or URL', async (t) => {
  const { pool } = await testDatabase(t)
  const { made: assent, routes } = await routesOf(() => buildAssent(t, pool))
  const { app, call, send, deliver } = assent
  const { key } = await keyWith(assent, ['send'])
  const ada = assent.emulator.person({ name: 'Ada', phone: SALE.to })
  ada.text('hidden words')
  ada.text('START')
  await assent.settle()
  await send(SALE, { ...bearer(key), 'x-consent-purpose': 'hidden words' })
  await send({ ...SALE, to: '+12025550101 hidden words' })
  await call('POST', '/v1/consents/lookup', { recipient: SALE.to })
  await deliver({ entry: [{ changes: [{ field: 'hidden words', value: {} }] }] })
  const odd = ['/%2B12025550101', '/v1/contacts/12025550101/events', `/v1/${key}`, '/v1/keys?hidden=words']
  for (const url of odd) await app.inject({ url, headers: bearer('12025550101') })
  await app.inject({ method: 'PROPFIND' as 'GET', url: '/12025550101' })
  const known = new Set([
    ...['allowed', 'observed', 'refused', 'too_fast', 'none', ...REASONS, ...BODY_OUTCOMES],
    ...['message', 'preference', 'renamed', 'status', 'ignored', 'malformed'],
    ...['1xx', '2xx', '3xx', '4xx', '5xx', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
    ...routes.map(({ url }) => routeName(url)),
  ])
  let seen = 0
  for (const sample of (await scrape(assent)).keys()) {
    if (!sample.startsWith('assent_')) continue
    for (const [, label = '', value = ''] of sample.matchAll(/(\w+)="([^"]*)"/g)) {
      seen += 1
      if (label !== 'le') t.ok(known.has(value), `${label}="${value}"`)
    }
    t.notMatch(sample, /2025550101|hidden|assent_[0-9A-Za-z]{49}/)
  }
  t.ok(seen > 100, 'there are labels to look at')
})

t.test('two apps in one process count by themselves', async (t) => {
  const one = await startAssent(t)
  const other = await startAssent(t)
  await one.send(SALE)
  const name = 'assent_verdicts_total{verdict="refused",reason="no_consent"}'
  t.equal((await scrape(one)).get(name), 1)
  t.equal((await scrape(other)).get(name), 0)
})

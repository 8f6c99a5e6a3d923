import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { buildApp } from '../src/app.js'
import { readConfig } from '../src/config.js'
import { createPool } from '../src/db/client.js'
import { sharedThroughput } from '../src/sends/number-pace.js'
import { createGraph } from '../src/whatsapp/graph.js'
import { makeClock, startAssent } from './helpers/assent.js'
import { testDatabase } from './helpers/database.js'
import { samplePolicy } from './helpers/policy.js'
import { wireTo } from './helpers/proxy.js'
import { startSandbox } from './helpers/sandbox.js'

t.test('with real settings nothing of the sandbox exists, and none of its code is loaded', async (t) => {
  const sandbox = await startSandbox(t)
  const routes = ['/', '/sandbox/people', '/sandbox/app.js', '/sandbox/style.css']
  for (const route of routes) t.equal((await fetch(sandbox.url + route)).status, 200, `sandbox: ${route}`)

  const database = await testDatabase(t)
  const script = `
    import { start } from './build/src/start.js'
    import { readConfig } from './build/src/config.js'
    import { readFileSync } from 'node:fs'
    const policy = readFileSync('src/sandbox/policy.yaml', 'utf8').replace('Acme Outdoor GmbH', 'Real Ltd')
    const assent = await start(readConfig(process.env), { dataDir: '', readFile: () => policy })
    const statuses = []
    for (const route of ${JSON.stringify(routes)}) statuses.push((await fetch(assent.url + route)).status)
    console.log(JSON.stringify({ statuses, emulator: assent.emulator ?? null }))
    await assent.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: {
      PATH: process.env.PATH,
      // Prints every module that is loaded.
      NODE_DEBUG: 'esm',
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_URL: database.url,
      WHATSAPP_ACCESS_TOKEN: 'a-real-access-token',
      WHATSAPP_API_URL: 'http://127.0.0.1:9',
      WHATSAPP_APP_SECRET: 'a-real-app-secret',
      WHATSAPP_VERIFY_TOKEN: 'a-real-verify-token',
      POLICY_FILE: 'policy.yaml',
      ADMIN_API_KEY: 'a-real-admin-key',
      IDENTITY_KEY: 'a-real-identity-key',
    },
  })
  let out = ''
  let modules = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    modules += chunk
  })
  const [code] = await once(child, 'close')
  t.equal(code, 0, modules.slice(-2000))
  t.same(JSON.parse(out), { statuses: [404, 404, 404, 404], emulator: null })
  t.match(modules, /build\/src\/app\.js/, 'the list of loaded modules is there')
  t.notMatch(modules, /build\/src\/sandbox\/[a-z-]+\.js/)
})

t.test('ready means database and schema; alive means the process', async (t) => {
  const { url } = await testDatabase(t)
  const wire = await wireTo(t, url)
  const pool = createPool(wire.url)
  const graph = createGraph({ url: 'http://127.0.0.1:9', accessToken: 'x' })
  const app = await buildApp({
    config: readConfig({ LOG_LEVEL: 'silent' }),
    policy: samplePolicy,
    pool,
    graph,
    throughput: sharedThroughput(pool, samplePolicy),
    clock: makeClock(),
  })
  t.teardown(async () => {
    await app.close()
    await pool.end()
    await graph.close()
  })
  t.equal((await app.inject('/readyz')).statusCode, 200)
  await pool.query(
    'delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)',
  )
  t.match((await app.inject('/readyz')).json(), { cause: /npm run migrate/ }, 'an older schema')
  wire.cut()
  const away = await app.inject('/readyz')
  t.match({ status: away.statusCode, again: away.headers['retry-after'] }, { status: 503, again: '5' })
  t.equal((await app.inject('/livez')).statusCode, 200)
})

t.test('Meta’s verification gets the bare challenge, and only with the right token', async (t) => {
  const { url } = await startAssent(t)
  const verify = async (query: string) => {
    const answer = await fetch(`${url}/webhook?${query}`)
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() }
  }
  const good = 'hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=sandbox-verify-token'
  t.match(await verify(good), { status: 200, type: /^text\/plain/, body: '1158201444' })
  for (const bad of [
    good.replace('sandbox-verify-token', 'wrong'),
    good.replace('subscribe', 'other'),
    good.replace('hub.challenge=1158201444&', ''),
    `${good}&hub.verify_token=sandbox-verify-token`,
    '',
  ]) {
    t.match(await verify(bad), { status: 403, body: 'Forbidden' }, bad)
  }
})

t.test('a webhook without a good signature is told nothing', async (t) => {
  const { url, pool } = await startAssent(t)
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [] })
  for (const headers of [
    {},
    { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    { 'x-hub-signature-256': 'x' },
  ]) {
    const answer = await fetch(`${url}/webhook`, { method: 'POST', body, headers })
    t.match({ status: answer.status, body: await answer.text() }, { status: 401, body: 'Unauthorized' })
  }
  const empty = await fetch(`${url}/webhook`, { method: 'POST' })
  t.equal(empty.status, 401, 'no body at all')
  t.equal((await pool.query('select from inbound')).rowCount, 0)
})

t.test('a signed body of 3 MB is taken, one that is no JSON is on record as malformed', async (t) => {
  const { deliver, pool, url } = await startAssent(t)
  const big = {
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'x', value: { y: 'z'.repeat(3_000_000) } }] }],
  }
  t.equal(await deliver(big), 200)
  const { createHmac } = await import('node:crypto')
  const junk = '{"object":'
  const signature = `sha256=${createHmac('sha256', 'sandbox-app-secret').update(junk).digest('hex')}`
  t.equal(
    (
      await fetch(`${url}/webhook`, {
        method: 'POST',
        body: junk,
        headers: { 'x-hub-signature-256': signature },
      })
    ).status,
    200,
  )
  const { rows } = await pool.query('select kind, outcome from inbound order by kind')
  t.same(rows, [
    { kind: 'body', outcome: 'malformed' },
    { kind: 'field:x', outcome: 'ignored' },
  ])
})

t.test('errors on /v1 are problem details that say what was wrong and where', async (t) => {
  const { call, url } = await startAssent(t)
  const bad = await call('POST', '/v1/consents/check', { recipients: [], purpos: 'offers' })
  t.match(bad, {
    status: 400,
    body: { code: 'REQUEST_INVALID', title: String, detail: String, issues: [{ field: 'recipients' }, {}] },
  })
  t.match(await call('POST', '/v1/nowhere', {}), { status: 404, body: { code: 'NOT_FOUND' } })
  t.match(await call('GET', '/v1/contacts/01900000-0000-7000-8000-000000000001/events'), {
    status: 404,
    body: { code: 'CONTACT_UNKNOWN' },
  })
  const keyless = await fetch(`${url}/v1/consents/lookup`, { method: 'POST', body: '{}' })
  t.match(
    { status: keyless.status, type: keyless.headers.get('content-type'), body: await keyless.json() },
    {
      status: 401,
      type: /^application\/problem\+json/,
      body: { code: 'KEY_MISSING' },
    },
  )
})

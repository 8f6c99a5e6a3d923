import Fastify from 'fastify'
import pg from 'pg'
import t, { type Test } from 'tap'
import { registerAuthentication, scopesOf } from '../../src/api/authentication.js'
import { SCOPES, writeKey } from '../../src/keys/key.js'
import { createRing } from '../../src/keys/ring.js'
import { buildAssent, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { bearer, keyWith } from '../helpers/keys.js'
import { pathOf, routesOf } from '../helpers/routes.js'

const SALE = {
  messaging_product: 'whatsapp',
  to: '+12025550101',
  type: 'text',
  text: { body: 'Two days of sale' },
}
const SEND = { method: 'POST', url: '/v26.0/106540352242922/messages', payload: SALE } as const
const CHECK = {
  method: 'POST',
  url: '/v1/consents/check',
  payload: { recipients: ['+12025550101'] },
} as const

const ask = async ({ app }: TestAssent, request: object, key?: string) => {
  const answer = await app.inject({ ...request, ...(key === undefined ? {} : { headers: bearer(key) }) })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers, text: answer.body }
}

t.test('a key is shown once, opens what its scopes reach, and nothing else', async (t) => {
  const assent = await startAssent(t)
  const wanted = { name: 'Shop', scopes: ['send'], requestsPerMinute: 600 }
  const made = await assent.call('POST', '/v1/keys', wanted)
  t.match(made, { status: 201, body: { ...wanted, key: /^assent_/, lastUsedAt: null, expiresAt: null } })
  const { key, hint, id } = made.body
  t.ok(key.startsWith(hint))
  t.match(await ask(assent, SEND, key), { status: 400, body: { error: { code: 131950 } } }, 'up to the gate')
  t.match(await ask(assent, CHECK, key), { status: 200 }, 'whoever may send may ask first')
  const lookup = { method: 'POST', url: '/v1/consents/lookup', payload: { recipient: '+12025550101' } }
  t.match(await ask(assent, lookup, key), { status: 403, body: { code: 'SCOPE_MISSING' } })
  const listed = await assent.call('GET', '/v1/keys')
  t.match(listed.body.keys, [{ id, name: 'Shop', hint }])
  t.notMatch(JSON.stringify(listed.body), key)
  const { rows } = await assent.pool.query('select row_to_json(k)::text as row from api_keys k')
  t.notMatch(rows[0].row, key.slice(12), 'and the database does not hold it')
  for (const line of assent.logs) t.notMatch(line, key.slice(12))
})

t.test('what is wrong with a wish for a key is named', async (t) => {
  const { call, clock } = await startAssent(t)
  const past = clock().toISOString()
  for (const [body, field] of [
    [{ scopes: ['send'] }, 'name'],
    [{ name: 'Shop', scopes: [] }, 'scopes'],
    [{ name: 'Shop', scopes: ['everything'] }, 'scopes.0'],
    [{ name: 'Shop', scopes: ['send'], requestsPerMinute: 0 }, 'requestsPerMinute'],
    [{ name: 'Shop', scopes: ['send'], expiresAt: past }, 'expiresAt'],
  ] as const) {
    t.match(await call('POST', '/v1/keys', body), {
      status: 400,
      body: { code: 'REQUEST_INVALID', issues: [{ field }] },
    })
  }
})

t.test('every route wants a key and its own scope, and says so in its own shape', async (t) => {
  const { pool } = await testDatabase(t)
  const { made: assent, routes } = await routesOf(() => buildAssent(t, pool))
  const open = [/^\/(livez|readyz|metrics|webhook|\.well-known\/jwks\.json)$/, /^\/docs(\/|$)/]
  let closed = 0
  for (const { url: pattern, method, config } of routes) {
    const url = pathOf(pattern)
    const name = `${method} ${pattern}`
    if (open.some((path) => path.test(url))) {
      t.same(scopesOf(config), [], `${name} is open`)
      continue
    }
    closed += 1
    const wanted = scopesOf(config)
    t.not(wanted.length, 0, `${name} says its scope`)
    const isGraph = config?.errors === 'graph'
    const request = { method, url }
    t.match(
      await ask(assent, request),
      { status: 401, body: isGraph ? { error: { code: 190 } } : { code: 'KEY_MISSING' } },
      `${name} without a key`,
    )
    const others = SCOPES.filter((scope) => scope !== 'admin' && !wanted.includes(scope))
    const { key } = await keyWith(assent, others)
    t.match(
      await ask(assent, request, key),
      { status: 403, body: isGraph ? { error: { code: 10 } } : { code: 'SCOPE_MISSING' } },
      `${name} with every other scope`,
    )
    for (const scope of new Set([...wanted, 'admin' as const])) {
      const headers = bearer((await keyWith(assent, [scope])).key)
      const { statusCode } = await assent.app.inject({ ...request, headers } as object)
      t.notOk([401, 403].includes(statusCode), `${name} with ${scope}`)
    }
  }
  t.ok(closed >= 15, `${closed} closed routes`)
})

t.test('a route that does not say its scope cannot be registered', async (t) => {
  const { pool } = await testDatabase(t)
  const app = Fastify()
  t.teardown(() => app.close())
  const clock = () => new Date()
  const ring = createRing({ pool, clock, log: app.log })
  await registerAuthentication(app, { adminKey: 'sandbox-admin-key', ring, clock })
  const handler = async () => 'open to all'
  for (const url of ['/v1/secrets', '/:version/:id/media', '/anything', '/docsy', '/webhook/x']) {
    t.throws(() => app.get(url, handler), /does not say its scope/, url)
  }
  app.get('/v1/said', { config: { scope: 'staff' } }, handler)
  t.equal((await app.inject('/v1/said')).statusCode, 401)
  t.equal((await app.inject({ method: 'HEAD', url: '/v1/said' })).statusCode, 401)
})

/** A key that once worked, in five states, and what each of them hears. */
async function inEveryState(t: Test) {
  const assent = await startAssent(t)
  const soon = new Date(assent.clock().getTime() + 1_000)
  const expired = await keyWith(assent, ['send'], { expiresAt: soon })
  const revoked = await keyWith(assent, ['send'])
  const missing = await keyWith(assent, ['consents:write'])
  for (const { key } of [expired, revoked]) t.equal((await ask(assent, CHECK, key)).status, 200)
  t.equal(
    (
      await assent.app.inject({
        method: 'DELETE',
        url: `/v1/keys/${revoked.record.id}`,
        headers: bearer('sandbox-admin-key'),
      })
    ).statusCode,
    200,
  )
  assent.clock.advance(1_000)
  const cases: [string, string | undefined, number][] = [
    ['KEY_MISSING', undefined, 401],
    ['KEY_UNKNOWN', writeKey(Buffer.alloc(32, 7)), 401],
    ['KEY_REVOKED', revoked.key, 401],
    ['KEY_EXPIRED', expired.key, 401],
    ['SCOPE_MISSING', missing.key, 403],
  ]
  return { assent, cases }
}

t.test('each way of being refused is an error of its own, in the shape of the route called', async (t) => {
  const { assent, cases } = await inEveryState(t)
  const said = new Set<string>()
  for (const [code, key, status] of cases) {
    const problem = await ask(assent, CHECK, key)
    t.match(problem, { status, body: { code, status } }, code)
    t.match(problem.headers['content-type'], /^application\/problem\+json/)
    const graph = await ask(assent, SEND, key)
    const { error } = graph.body
    t.match(
      graph,
      { status, body: { error: { code: status === 401 ? 190 : 10 } } },
      `${code} on a Graph path`,
    )
    said.add(error.error_data.details)
    if (key !== undefined) t.notMatch(problem.text + graph.text, key.slice(12), 'the key is not in it')
  }
  t.equal(said.size, cases.length, 'and each says what to do')
})

t.test('a revoked key opens nothing at once here, and within five seconds on another replica', async (t) => {
  const assent = await startAssent(t)
  const other = await buildAssent(t, assent.pool, { clock: assent.clock })
  const { key, record } = await keyWith(assent, ['send'])
  for (const replica of [assent, other]) t.equal((await ask(replica, CHECK, key)).status, 200)
  const revoke = { method: 'DELETE', url: `/v1/keys/${record.id}` }
  t.match(await ask(assent, revoke, 'sandbox-admin-key'), { status: 200, body: { revokedAt: String } })
  t.match(await ask(assent, CHECK, key), { status: 401, body: { code: 'KEY_REVOKED' } })
  assent.clock.advance(5_000)
  t.match(await ask(other, CHECK, key), { status: 401, body: { code: 'KEY_REVOKED' } })
  t.match(
    await ask(
      assent,
      { ...revoke, url: '/v1/keys/01935a4c-7d00-7000-8000-000000000001' },
      'sandbox-admin-key',
    ),
    {
      status: 404,
      body: { code: 'KEY_ID_UNKNOWN' },
    },
  )
})

t.test('rotating gives a new key while the old one works on for its grace', async (t) => {
  const assent = await startAssent(t)
  const { key, record } = await keyWith(assent, ['send'])
  const url = `/v1/keys/${record.id}/rotate`
  const rotated = await assent.call('POST', url, { graceSeconds: 60 })
  t.match(rotated, { status: 201, body: { key: /^assent_/, scopes: ['send'], name: 'Shop' } })
  t.not(rotated.body.key, key)
  assent.clock.advance(59_000)
  for (const one of [key, rotated.body.key]) t.equal((await ask(assent, CHECK, one)).status, 200)
  assent.clock.advance(1_000)
  t.match(await ask(assent, CHECK, key), { status: 401, body: { code: 'KEY_EXPIRED' } })
  t.equal((await ask(assent, CHECK, rotated.body.key)).status, 200)
  t.match(await assent.call('POST', url, {}), { status: 409, body: { code: 'KEY_ENDED' } })
})

t.test('when a key was last used is on record, and the log names it by its id', async (t) => {
  const assent = await startAssent(t)
  const { key, record } = await keyWith(assent, ['send'])
  await ask(assent, CHECK, key)
  await assent.app.close()
  const { rows } = await assent.pool.query('select last_used_at from api_keys')
  t.same(rows[0].last_used_at, assent.clock())
  t.ok(assent.logs.some((line) => line.includes('/v1/consents/check') && line.includes(record.id)))
})

t.test('a send with a key costs the same statements as one without keys', async (t) => {
  const assent = await startAssent(t)
  const { key } = await keyWith(assent, ['send'])
  const count = async (with_: string) => {
    const names: string[] = []
    const query = pg.Client.prototype.query
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      const name = String((args[0] as { name?: string }).name ?? args[0])
      // A share of the number's throughput is taken for many sends at once: which of them takes it is the clock's doing.
      if (name !== 'number_pace_lease') names.push(name)
      return Reflect.apply(query, this, args)
    } as typeof query
    await ask(assent, SEND, with_)
    pg.Client.prototype.query = query
    return names
  }
  t.same(await count('sandbox-admin-key'), ['gate'])
  await count(key)
  t.same(await count(key), ['gate'])
})

import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { LIMITS } from '../../src/limits.js'
import { startAssent, type TestAssent } from '../helpers/assent.js'
import { bearer, keyWith } from '../helpers/keys.js'

const CHECK = {
  method: 'POST',
  url: '/v1/consents/check',
  payload: { recipients: ['+12025550101'] },
} as const
const SEND = {
  method: 'POST',
  url: '/106540352242922/messages',
  payload: { messaging_product: 'whatsapp', to: '+12025550101', type: 'text', text: { body: 'Sale' } },
} as const
const ADMIN = bearer('sandbox-admin-key')

/** What comes back when these bytes go out on a bare connection and nothing follows. */
async function raw({ url }: Pick<TestAssent, 'url'>, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

t.test(
  'a key is counted by itself, says what is left, and is refused in the shape of the route',
  async (t) => {
    const assent = await startAssent(t)
    const { app } = assent
    const { key } = await keyWith(assent, ['send'], { requestsPerMinute: 3 })
    const other = await keyWith(assent, ['send'], { requestsPerMinute: 3 })
    const headers = bearer(key)
    for (const left of ['2', '1', '0']) {
      const answer = await app.inject({ ...CHECK, headers })
      t.match(
        { status: answer.statusCode, ...answer.headers },
        { status: 200, 'ratelimit-limit': '3', 'ratelimit-remaining': left, 'ratelimit-reset': /^\d+$/ },
      )
    }
    const refused = await app.inject({ ...CHECK, headers })
    t.match(refused.headers, { 'retry-after': /^[1-9]\d?$/, 'ratelimit-remaining': '0' })
    t.match(refused.headers['content-type'], /^application\/problem\+json/)
    t.match(refused.json(), { status: 429, code: 'RATE_LIMITED' })
    t.equal(refused.statusCode, 429)
    const graph = await app.inject({ ...SEND, headers })
    t.match(graph.headers, { 'retry-after': /^[1-9]\d?$/ })
    t.match(
      { status: graph.statusCode, body: graph.json() },
      { status: 400, body: { error: { code: 80007 } } },
      'clients throw the code away at 429',
    )
    t.equal((await app.inject({ ...CHECK, headers: bearer(other.key) })).statusCode, 200, 'nobody else is')
    const anybody = await app.inject({ ...CHECK, headers: ADMIN })
    t.equal(anybody.headers['ratelimit-limit'], String(LIMITS.requestsPerMinute))
    t.ok(LIMITS.requestsPerMinute >= 60 * 1_000, 'a thousand messages a second are no trouble')
    t.equal((await assent.pool.query('select from sends')).rowCount, 0)
  },
)

t.test('strangers are counted by address, and never in the way of a key that is in use', async (t) => {
  const assent = await startAssent(t)
  const { app } = assent
  const { key } = await keyWith(assent, ['send'])
  const unseen = await keyWith(assent, ['send'])
  t.equal((await app.inject({ ...CHECK, headers: bearer(key) })).statusCode, 200)
  const knock = () => app.inject({ ...CHECK, headers: bearer('wrong') })
  for (let i = 0; i < LIMITS.failuresPerMinute; i++) {
    const { statusCode } = await knock()
    if (statusCode !== 401) t.fail(`${statusCode} after ${i}`)
  }
  const refused = await knock()
  t.match({ status: refused.statusCode, ...refused.headers }, { status: 429, 'retry-after': /^[1-9]\d?$/ })
  t.match((await app.inject(SEND)).json(), { error: { code: 80007 } }, 'also without any key')
  assent.clock.advance(6_000)
  t.equal((await app.inject({ ...CHECK, headers: bearer(key) })).statusCode, 200)
  t.equal((await app.inject({ ...CHECK, headers: ADMIN })).statusCode, 200)
  t.equal(
    (await app.inject({ ...CHECK, headers: bearer(unseen.key) })).statusCode,
    429,
    'an exhausted address cannot make us look for keys that nobody has seen',
  )
  t.equal(
    (await app.inject({ ...CHECK, headers: bearer(unseen.key), remoteAddress: '192.0.2.7' })).statusCode,
    200,
  )
})

t.test('the address is that of the caller only where a trusted proxy says so', async (t) => {
  const far = (n: number) => ({ ...bearer('wrong'), 'x-forwarded-for': `192.0.2.${n % 250}` })
  const knock = async (env: Record<string, string>) => {
    const { app } = await startAssent(t, { env })
    for (let i = 0; i < LIMITS.failuresPerMinute; i++) await app.inject({ ...CHECK, headers: far(i) })
    return (await app.inject({ ...CHECK, headers: far(251) })).statusCode
  }
  t.equal(await knock({}), 429, 'anybody can write such a header')
  t.equal(await knock({ TRUSTED_PROXIES: '127.0.0.0/8, ::1' }), 401)
})

t.test('the webhook is never limited in number', async (t) => {
  const { app, deliver } = await startAssent(t)
  for (let i = 0; i <= LIMITS.failuresPerMinute; i++) {
    const { statusCode, headers } = await app.inject({ method: 'POST', url: '/webhook', payload: '{}' })
    if (statusCode !== 401 || 'ratelimit-limit' in headers) t.fail(`${statusCode} after ${i}`)
  }
  t.equal(await deliver({ entry: [] }), 200)
})

t.test('bodies and batches have their limit, and one less is taken', async (t) => {
  const { app } = await startAssent(t)
  const post = async (url: string, payload: string) => {
    const headers = { ...ADMIN, 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'POST', url, headers, payload })
    return { status: answer.statusCode, body: answer.body }
  }
  const filled = (bytes: number) => `{"x":"${'x'.repeat(bytes - 8)}"}`
  for (const [url, limit] of [
    [CHECK.url, LIMITS.bodyBytes],
    [SEND.url, LIMITS.sendBodyBytes],
    ['/webhook', LIMITS.webhookBodyBytes],
  ] as const) {
    t.not((await post(url, filled(limit))).status, 413, `${url} takes ${limit}`)
    t.equal((await post(url, filled(limit + 1))).status, 413, `${url} and no more`)
  }
  const people = (n: number) =>
    JSON.stringify({ recipients: Array.from({ length: n }, () => '+12025550101') })
  t.equal((await post(CHECK.url, people(LIMITS.batch))).status, 200)
  t.match(JSON.parse((await post(CHECK.url, people(LIMITS.batch + 1))).body), {
    code: 'REQUEST_INVALID',
    issues: [{ field: 'recipients' }],
  })
})

t.test('a URL has its limit on every path, known or not', async (t) => {
  const { app } = await startAssent(t)
  for (const path of ['/v1/ledger/anchors', '/livez', '/v1/nowhere', '/webhook']) {
    const at = (bytes: number) =>
      app.inject({ url: `${path}?after=${'0'.repeat(bytes - path.length - 7)}`, headers: ADMIN })
    t.not((await at(LIMITS.urlBytes)).statusCode, 414, path)
    const { statusCode, body } = await at(LIMITS.urlBytes + 1)
    t.equal(statusCode, 414, path)
    t.notMatch(body, '000000')
  }
})

t.test('what Node cannot read is answered all the same, and repeats nothing of it', async (t) => {
  const assent = await startAssent(t)
  const request = (header: string) =>
    `GET /livez HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`
  t.match(await raw(assent, request(`X: ${'y'.repeat(LIMITS.headerBytes - 200)}`)), /^HTTP\/1.1 200 /)
  const large = await raw(assent, request(`X: ${'y'.repeat(LIMITS.headerBytes)}`))
  t.match(large, /^HTTP\/1.1 431 .*"code":"HEADERS_TOO_LARGE"/s)
  t.notMatch(large, 'yyyy')
  const broken = await raw(assent, 'This is no HTTP, +12025550101\r\n\r\n')
  t.match(broken, /^HTTP\/1.1 400 .*"code":"REQUEST_BROKEN"/s)
  t.notMatch(broken, '2025550101')
})

t.test('who sends slowly is cut off, in the headers and in the body', async (t) => {
  const assent = await startAssent(t)
  const { server } = assent.app
  t.match(server, {
    headersTimeout: LIMITS.headersMs,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    timeout: LIMITS.silenceMs,
  })
  // Nobody wants to wait that long here.
  server.headersTimeout = 50
  server.requestTimeout = 100
  const [headers, body] = await Promise.all([
    raw(assent, 'POST /webhook HTTP/1.1\r\nHost: x\r\n'),
    raw(assent, 'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'),
  ])
  for (const answer of [headers, body]) t.match(answer, /^HTTP\/1.1 408 .*"code":"REQUEST_TOO_SLOW"/s)
})

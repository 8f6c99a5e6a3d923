import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { SANDBOX } from '../../src/config.js'
import { type Options, startAssent } from '../helpers/assent.js'
import { type Asked, fakeGraph, type Reply } from '../helpers/graph.js'
import { speak } from '../helpers/raw-request.js'

const NUMBER = '106540352242922'
const ACCOUNT = '102290129340398'
const KEY = { authorization: `Bearer ${SANDBOX.adminKey}` }
const FILE = randomBytes(3_000_000)

const media = (url: string) => ({
  messaging_product: 'whatsapp',
  url: `${url}/attachments?mid=444`,
  mime_type: 'image/png',
  sha256: createHash('sha256').update(FILE).digest('hex'),
  file_size: FILE.length,
  id: '444',
})

/** What the Graph of these tests knows: one file, one number, two pages of templates. */
function graphOfOne({ method, url }: Asked, own: string): Reply {
  const path = url.replace(/^\/v\d+\.\d+/, '')
  if (method === 'POST') return { body: '{"id":"444" }' }
  if (method === 'DELETE') return { body: { success: true } }
  if (/^\/444(\?|$)/.test(path)) return { body: media(own) }
  if (path.startsWith('/attachments'))
    return { headers: { 'content-type': 'image/png', etag: '"e"', server: 'x' }, body: FILE }
  if (path.startsWith(`/${ACCOUNT}/message_templates`)) {
    const next = `${own}${url.split('?')[0]}?access_token=${SANDBOX.accessToken}&limit=1&pretty=0&after=QVFI`
    return { body: { data: [{ name: 'summer_sale' }], paging: { cursors: { after: 'QVFI' }, next } } }
  }
  if (path.startsWith(`/${NUMBER}`)) {
    const headers = {
      'x-business-use-case-usage': '{}',
      'content-type': 'application/json; charset=UTF-8',
      'x-other': '1',
    }
    return { headers, body: `{"id":"${NUMBER}",  "new_field":1.0, "name":"caf\\u00e9"}` }
  }
  if (path.startsWith('/555')) return { body: { id: '555', name: 'some business', access_token: 'x' } }
  return {
    status: 404,
    body: { error: { message: 'Unsupported get request', code: 100, error_subcode: 33 } },
  }
}

async function withGraph(t: Test, options: Options = {}, answer = graphOfOne) {
  const graph = await fakeGraph(t, answer)
  const assent = await startAssent(t, { graphUrl: graph.url, ...options })
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(assent.url + path, { ...init, headers: { ...KEY, ...init.headers } })
  return { ...assent, graph, ask }
}

function upload(file: Uint8Array<ArrayBuffer>) {
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('file', new Blob([file], { type: 'image/png' }), 'tent.png')
  return form
}

t.test('a file goes up as it was sent, with Meta’s token in place of the caller’s key', async (t) => {
  const { ask, graph } = await withGraph(t)
  const answer = await ask(`/v25.0/${NUMBER}/media?messaging_product=whatsapp`, {
    method: 'POST',
    body: upload(FILE),
  })
  t.match({ status: answer.status, body: await answer.text() }, { status: 200, body: '{"id":"444" }' })
  const [asked] = graph.asked
  t.match(asked, {
    url: `/v25.0/${NUMBER}/media?messaging_product=whatsapp`,
    headers: { authorization: `Bearer ${SANDBOX.accessToken}` },
  })
  const sent = await new Response(new Uint8Array(asked?.body ?? []), {
    headers: { 'content-type': asked?.headers['content-type'] ?? '' },
  }).formData()
  t.ok(Buffer.from(await (sent.get('file') as File).arrayBuffer()).equals(FILE))
})

t.test(
  'a file is read, fetched and deleted by its id, at an address that the caller’s key opens',
  async (t) => {
    const { ask, graph, url } = await withGraph(t)
    const told = await ask(`/v25.0/444?phone_number_id=${NUMBER}`)
    const body: any = await told.json()
    const address = `${url}/v25.0/444/download?phone_number_id=${NUMBER}`
    t.same(body, { ...media(graph.url), url: address }, 'all else is as Graph said it')
    const file = await fetch(body.url, { headers: KEY })
    t.match(Object.fromEntries(file.headers), {
      'content-type': 'image/png',
      'content-length': String(FILE.length),
      etag: '"e"',
      server: undefined,
      'x-content-type-options': 'nosniff',
    })
    t.ok(Buffer.from(await file.arrayBuffer()).equals(FILE))
    t.equal((await fetch(body.url)).status, 401, 'and nothing else opens it')
    t.same(await (await ask('/444', { method: 'DELETE' })).json(), { success: true })
    const typed = { 'content-type': 'application/json' }
    t.equal((await ask('/444?', { method: 'DELETE', headers: typed })).status, 200, 'as one client writes it')
    t.equal((await ask('/444?', { headers: typed })).status, 200)
    t.equal((await ask('/444?phone_number_id=999999')).status, 400, 'a number that is none of the policy')
  },
)

t.test('behind a proxy, addresses are those of PUBLIC_URL', async (t) => {
  const { graph, pool, policy, clock, config, throughput } = await withGraph(t)
  const { buildApp } = await import('../../src/app.js')
  const { createGraph } = await import('../../src/whatsapp/graph.js')
  const client = createGraph({ url: graph.url, accessToken: config.accessToken })
  const behind = { ...config, publicUrl: 'https://gateway.example/wa' }
  const app = await buildApp({
    config: behind,
    policy,
    throughput,
    pool,
    graph: client,
    clock,
    logStream: { write() {} },
  })
  t.teardown(() => Promise.all([app.close(), client.close()]))
  const get = (url: string) => app.inject({ url, headers: { ...KEY, host: 'inside:3000' } })
  t.equal((await get('/v25.0/444')).json().url, 'https://gateway.example/wa/v25.0/444/download')
  const { paging } = (await get(`/${ACCOUNT}/message_templates`)).json()
  t.equal(paging.next, `https://gateway.example/wa/${ACCOUNT}/message_templates?limit=1&after=QVFI`)
})

t.test('an id that is not of a file reaches nothing', async (t) => {
  const { ask, graph } = await withGraph(t)
  for (const init of [{}, { method: 'DELETE' }]) {
    const answer = await ask('/v25.0/555', init)
    t.match(
      { status: answer.status, body: await answer.json() },
      { status: 404, body: { error: { code: 100 } } },
    )
  }
  t.equal((await ask('/v25.0/555/download')).status, 404)
  t.ok(
    graph.asked.every((a) => a.method === 'GET'),
    'and was not deleted',
  )
  const before = graph.asked.length
  t.equal((await ask(`/v25.0/${NUMBER}`, { method: 'DELETE' })).status, 404)
  t.equal((await ask(`/v25.0/${ACCOUNT}`)).status, 404)
  t.equal(graph.asked.length, before, 'the policy’s own ids are not even asked about')
  t.match(
    await (await ask('/v25.0/777')).json(),
    { error: { code: 100, error_subcode: 33 } },
    'Graph’s no is Graph’s',
  )
})

t.test('a file that lies elsewhere is not fetched', async (t) => {
  const elsewhere = await fakeGraph(t, () => ({ body: 'private' }))
  const { ask, logs } = await withGraph(t, {}, () => ({ body: media(elsewhere.url) }))
  const answer = await ask('/444/download')
  t.match(
    { status: answer.status, body: await answer.json() },
    { status: 502, body: { error: { code: 131052 } } },
  )
  t.same(elsewhere.asked, [])
  t.match(logs.join(''), /NOT_A_MEDIA_ADDRESS/)
})

t.test('numbers and profiles come back byte for byte, with the headers of a closed list', async (t) => {
  const { ask, graph } = await withGraph(t)
  for (const path of [
    `/v24.0/${NUMBER}?fields=id,new_field`,
    `/${NUMBER}/whatsapp_business_profile?fields=about`,
  ]) {
    const answer = await ask(path)
    t.equal(await answer.text(), `{"id":"${NUMBER}",  "new_field":1.0, "name":"caf\\u00e9"}`)
    t.match(Object.fromEntries(answer.headers), {
      'content-type': 'application/json; charset=UTF-8',
      'x-business-use-case-usage': '{}',
      'x-other': undefined,
    })
    t.equal(decodeURIComponent(graph.asked.at(-1)?.url ?? ''), path)
  }
})

t.test(
  'a list is followed from page to page through the gateway, and no link holds Meta’s token',
  async (t) => {
    const { ask, graph, url } = await withGraph(t)
    const path = `/v25.0/${ACCOUNT}/message_templates`
    const first = await (await ask(`${path}?limit=1&status=["APPROVED"]`)).text()
    t.notMatch(first, /access_token|sandbox-access/)
    const { data, paging } = JSON.parse(first)
    t.same(data, [{ name: 'summer_sale' }])
    t.same(paging, { cursors: { after: 'QVFI' }, next: `${url}${path}?limit=1&after=QVFI` })
    t.equal((await fetch(paging.next, { headers: KEY })).status, 200)
    t.equal(graph.asked.at(-1)?.url, `${path}?limit=1&after=QVFI`)
    t.equal((await ask(`/v25.0/${ACCOUNT}/phone_numbers`)).status, 404, 'Graph’s own answer')
  },
)

t.test('without Graph there is an answer in its shape that says what that means', async (t) => {
  const { ask } = await withGraph(t, { graphUrl: 'http://127.0.0.1:9' })
  for (const [path, init] of [
    [`/${NUMBER}`, {}],
    ['/444', {}],
    ['/444/download', {}],
    ['/444', { method: 'DELETE' }],
    [`/${NUMBER}/media`, { method: 'POST', body: upload(FILE) }],
  ] as const) {
    const answer = await ask(path, init)
    t.match(
      { status: answer.status, again: answer.headers.get('retry-after'), body: await answer.json() },
      { status: 503, again: '5', body: { error: { code: 131016 } } },
      path,
    )
  }
})

t.test('a form that breaks off or goes wrong on the way is no upload', async (t) => {
  const { url, graph, logs } = await withGraph(t)
  const head = (length: number) =>
    `POST /${NUMBER}/media HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${KEY.authorization}\r\n` +
    `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${length}\r\n\r\n`
  const file = `--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n${'x'.repeat(500_000)}\r\n`
  const batch = '--b\r\nContent-Disposition: form-data; name="batch"\r\n\r\n[{"method":"POST"}]\r\n--b--\r\n'
  const [answer] = await speak(url, head(file.length + batch.length) + file + batch)
  t.match(
    { status: answer?.status, body: JSON.parse(answer?.body ?? '') },
    { status: 400, body: { error: { code: 100, error_data: { details: /field that is not one of/ } } } },
  )
  const huge = await speak(url, head(200_000_000) + file)
  t.match(huge[0]?.status, 413, 'before its bytes have come')
  t.same(graph.asked, [], 'nothing whole arrived')
  t.notMatch(logs.join(''), /"level":50/)
})

t.test('a hundred megabytes are passed on as fast as Graph takes them, and not held meanwhile', async (t) => {
  const MEGABYTE = Buffer.alloc(1024 * 1024)
  let written = 0
  let writtenWhileStuck = 0
  let arrived = 0
  const slow = createServer((request, response) => {
    // Graph does not read for a moment, while the caller writes on.
    setTimeout(() => {
      writtenWhileStuck = written
      request.on('data', (chunk) => {
        arrived += chunk.length
      })
      request.on('end', () => response.end('{"id":"444"}'))
    }, 500)
  }).listen(0, '127.0.0.1')
  await once(slow, 'listening')
  t.teardown(() => slow.close())
  const { url } = await startAssent(t, {
    graphUrl: `http://127.0.0.1:${(slow.address() as AddressInfo).port}`,
  })
  async function* form() {
    yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n')
    for (; written < 100; written++) yield MEGABYTE
    yield Buffer.from('\r\n--b--\r\n')
  }
  const answer = await fetch(`${url}/${NUMBER}/media`, {
    method: 'POST',
    headers: { ...KEY, 'content-type': 'multipart/form-data; boundary=b' },
    body: form() as any,
    duplex: 'half',
  } as RequestInit)
  t.match({ status: answer.status, body: await answer.text() }, { status: 200, body: '{"id":"444"}' })
  t.ok(arrived > 100 * MEGABYTE.length)
  t.ok(writtenWhileStuck < 40, `${writtenWhileStuck} MB were taken from the caller while Graph took none`)
})

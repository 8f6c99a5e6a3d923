import { text } from 'node:stream/consumers'
import t from 'tap'
import { createGraph } from '../../src/whatsapp/graph.js'
import { isMediaUrl } from '../../src/whatsapp/media-url.js'
import { holds, withholding, withoutTokenInLinks } from '../../src/whatsapp/withheld.js'
import { fakeGraph } from '../helpers/graph.js'

const TOKEN = 'EAAGm0PX4ZCpsBA|secret-of-Meta'

t.test('the token is found however an answer spells it', async (t) => {
  const escaped = [...TOKEN].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')
  for (const body of [
    TOKEN,
    `{"a":"${TOKEN}"}`,
    `"${escaped}"`,
    encodeURIComponent(TOKEN),
    `"x${TOKEN.replace('|', '\\u007C')}"`,
  ]) {
    t.ok(holds(TOKEN, Buffer.from(body)), body)
  }
  t.notOk(holds(TOKEN, Buffer.from(TOKEN.slice(0, -1))))
})

t.test('links between pages lose it', async (t) => {
  for (const form of [TOKEN, encodeURIComponent(TOKEN)]) {
    const link = `{"next":"https:\\/\\/x\\/1?access_token=${form}&after=QQ"}`
    t.equal(
      withoutTokenInLinks(TOKEN, Buffer.from(link)).toString(),
      '{"next":"https:\\/\\/x\\/1?&after=QQ"}',
    )
  }
  const other = Buffer.from('{"next":"https://x/1?after=QQ"}')
  t.equal(withoutTokenInLinks(TOKEN, other), other)
})

t.test('a file breaks off before the token leaves, wherever its pieces are cut', async (t) => {
  for (const size of [1, 3, TOKEN.length, 1000]) {
    const stream = withholding(TOKEN)
    const bytes = Buffer.from(`begin ${TOKEN} end`)
    let out = ''
    stream.on('data', (chunk) => {
      out += chunk
    })
    const ended = new Promise((resolve) => stream.on('error', resolve))
    for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
    stream.end()
    await ended
    t.notOk(out.includes(TOKEN.slice(-3)), `${size}: ${out.length} bytes have left`)
  }
  const clean = withholding(TOKEN)
  clean.end(`almost ${TOKEN.slice(0, -1)}`)
  t.equal(await text(clean), `almost ${TOKEN.slice(0, -1)}`)
})

t.test('no answer of any kind brings the token back, and an error keeps its code', async (t) => {
  const graph = await fakeGraph(t, ({ url, headers }) => {
    const echo = JSON.stringify(headers)
    const all = { 'x-fb-trace-id': String(headers.authorization), 'x-app-usage': '{"call_count":1}' }
    if (url.includes('error')) {
      const error = { message: `Malformed access token ${headers.authorization}`, code: 190 }
      return { status: 401, headers: all, body: { error } }
    }
    if (url.includes('type')) return { headers: { 'content-type': `text/${TOKEN}` }, body: 'x' }
    if (url.includes('zip')) return { headers: { 'content-encoding': 'gzip' }, body: 'x' }
    return { headers: all, body: echo }
  })
  const client = createGraph({ url: graph.url, accessToken: TOKEN })
  t.teardown(() => client.close())
  const answers = {
    post: await client.post('v26.0', '1/messages', { a: 1 }),
    postError: await client.post('', '1/error', { a: 1 }),
    read: await client.request({ method: 'GET', version: '', path: '1' }),
    readError: await client.request({ method: 'GET', version: '', path: '1/error' }),
    type: await client.request({ method: 'GET', version: '', path: '1/type' }),
    zip: await client.request({ method: 'GET', version: '', path: '1/zip' }),
  }
  t.equal(graph.asked[0]?.headers.authorization, `Bearer ${TOKEN}`, 'Meta does get it')
  for (const [name, answer] of Object.entries(answers)) {
    const seen = JSON.stringify({ ...answer, body: 'body' in answer ? answer.body.toString() : '' })
    t.notMatch(seen, /secret-of-Meta/, name)
  }
  const withheld = { status: 502, headers: { 'x-app-usage': '{"call_count":1}', 'x-fb-trace-id': undefined } }
  t.match(answers.post, withheld)
  t.match(answers.read, withheld)
  t.match(answers.zip, { status: 502 }, 'what cannot be searched is not passed on')
  for (const answer of [answers.postError, answers.readError]) {
    t.match(answer, { outcome: 'answered', status: 401 })
    t.match(answer.outcome === 'answered' && JSON.parse(answer.body.toString()), { error: { code: 190 } })
  }
})

t.test('the token is sent to Meta’s media hosts and the configured Graph API only', async (t) => {
  const api = 'https://graph.facebook.com'
  for (const url of [
    'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext=2&hash=3',
    'https://scontent.fbcdn.net/x',
    'https://mmg.whatsapp.net/x',
    'https://graph.facebook.com/x',
  ]) {
    t.ok(isMediaUrl(url, api), url)
  }
  t.ok(isMediaUrl('http://127.0.0.1:4000/media/1', 'http://127.0.0.1:4000'))
  for (const url of [
    'http://lookaside.fbsbx.com/x',
    'https://lookaside.fbsbx.com:8443/x',
    'https://lookaside.fbsbx.com.evil.example/x',
    'https://evilfbsbx.com/x',
    'https://evil.example/?fbsbx.com',
    'https://lookaside.fbsbx.com@evil.example/x',
    'https://user:pass@lookaside.fbsbx.com/x',
    'https://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:4000/media/1',
    'http://localhost/x',
    'file:///etc/passwd',
    'ftp://lookaside.fbsbx.com/x',
    'javascript:alert(1)',
    'nothing',
  ]) {
    t.notOk(isMediaUrl(url, api), url)
  }
  t.notOk(isMediaUrl('http://127.0.0.1:4001/x', 'http://127.0.0.1:4000'), 'another port is another origin')
})

t.test('redirects are followed to the same hosts only, and not for ever', async (t) => {
  const elsewhere = await fakeGraph(t, () => ({ body: 'private' }))
  const graph = await fakeGraph(t, ({ url }, own) => {
    const location = {
      '/away': `${elsewhere.url}/x`,
      '/round': `${own}/round`,
      '/near': '/file',
      '/odd': 'http://[',
    }[url]
    if (location !== undefined) return { status: 302, headers: { location }, body: '' }
    return { headers: { 'content-type': 'image/png', 'set-cookie': 'a=b' }, body: 'a file' }
  })
  const client = createGraph({ url: graph.url, accessToken: TOKEN })
  t.teardown(() => client.close())
  for (const url of ['/away', '/round', '/odd']) {
    t.match(await client.download(graph.url + url), { outcome: 'none', status: 502 }, url)
  }
  t.match(await client.download(`${elsewhere.url}/x`), { outcome: 'none', cause: 'NOT_A_MEDIA_ADDRESS' })
  t.same(elsewhere.asked, [], 'nobody else was asked')
  const file = await client.download(`${graph.url}/near`)
  t.match(file, { outcome: 'file', headers: { 'content-type': 'image/png', 'set-cookie': undefined } })
  t.equal(file.outcome === 'file' && (await text(file.bytes)), 'a file')
})

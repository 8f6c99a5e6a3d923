import { once } from 'node:events'
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { withCallbackData } from '../../src/sends/outgoing.js'
import { type Options, startAssent } from '../helpers/assent.js'

const TEXT = { type: 'text', text: { body: 'Two days of sale' } }
const TO = '+12025550101'
const KEY = { authorization: 'Bearer sandbox-admin-key', 'content-type': 'application/json' }

async function withAda(t: Test, options: Options = {}) {
  const assent = await startAssent(t, options)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  const post = async (path: string, body: string, headers: Record<string, string> = KEY) => {
    const answer = await fetch(assent.url + path, { method: 'POST', headers, body })
    return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) }
  }
  return { ...assent, ada, post }
}

t.test('any version, or none, and both send paths are the same door', async (t) => {
  const { post, emulator } = await withAda(t)
  const body = JSON.stringify({ messaging_product: 'whatsapp', to: TO, ...TEXT })
  for (const path of [
    '/v25.0/106540352242922/messages',
    '/v14.0/106540352242922/messages',
    '/106540352242922/messages',
  ]) {
    t.equal((await post(path, body)).status, 200, path)
    t.equal(emulator.requests.at(-1)?.path, path, 'and Meta sees the version that the caller chose')
  }
  const template = {
    messaging_product: 'whatsapp',
    to: TO,
    type: 'template',
    template: { name: 'summer_sale', language: { code: 'en_US' } },
  }
  t.equal((await post('/v25.0/106540352242922/marketing_messages', JSON.stringify(template))).status, 200)
})

t.test('the body reaches Meta byte for byte, but for our callback data when there is none', async (t) => {
  const seen: string[] = []
  const meta = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      seen.push(Buffer.concat(chunks).toString())
      response.setHeader('content-type', 'application/json; charset=UTF-8')
      response.end('{"messaging_product":"whatsapp", "new":{"field":1}, "messages":[{"id":"wamid.X"}]}')
    })
  }).listen(0, '127.0.0.1')
  await once(meta, 'listening')
  t.teardown(() => meta.close())
  const address = meta.address()
  const real = await withAda(t)
  // The same people, but from here on another Meta.
  const { buildApp } = await import('../../src/app.js')
  const { createGraph } = await import('../../src/whatsapp/graph.js')
  const graph = createGraph({
    url: `http://127.0.0.1:${typeof address === 'object' && address?.port}`,
    accessToken: 'x',
  })
  const app = await buildApp({ ...real, graph, logStream: { write() {} } })
  t.teardown(() => Promise.all([app.close(), graph.close()]))
  const odd = `{ "messaging_product":"whatsapp",\n "to" : "${TO}", "type":"text", "text":{"body":"caf\\u00e9"}, "big":12345678901234567890 , "unknown":[1.0]`
  const send = (body: string) =>
    app.inject({ method: 'POST', url: '/v26.0/106540352242922/messages', headers: KEY, payload: body })
  const answer = await send(`${odd}, "biz_opaque_callback_data":"mine"}\n`)
  t.equal(seen[0], `${odd}, "biz_opaque_callback_data":"mine"}\n`)
  t.equal(answer.body, '{"messaging_product":"whatsapp", "new":{"field":1}, "messages":[{"id":"wamid.X"}]}')
  await send(`${odd}}`)
  t.match(seen[1]?.replace(/"biz_opaque_callback_data":"[0-9a-f-]{36}"/, 'OURS'), `${odd},OURS}`)
})

t.test('callback data is added to any JSON object', async (t) => {
  for (const body of ['{}', '{ }', '{"a":1}', '{"a":{}}\n', '{"a":"}"}  ']) {
    const added = JSON.parse(withCallbackData(Buffer.from(body), 'x').toString())
    t.same(added, { ...JSON.parse(body), biz_opaque_callback_data: 'x' }, body)
  }
})

t.test('mark-as-read and typing are no sends and pass', async (t) => {
  const { post, ada, emulator, pool } = await withAda(t)
  const id = ada.text('hello')
  await emulator.flush()
  const before = (await pool.query('select count(*) from sends')).rows
  const read = {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: id,
    typing_indicator: { type: 'text' },
  }
  t.match(await post('/v26.0/106540352242922/messages', JSON.stringify(read)), {
    status: 200,
    body: { success: true },
  })
  t.same((await pool.query('select count(*) from sends')).rows, before)
  const disguised = { ...read, to: '+447700900123', ...TEXT }
  t.equal(
    (await post('/v26.0/106540352242922/messages', JSON.stringify(disguised))).body.error.consent.reason,
    'no_consent',
  )
})

t.test('bad input is answered in Graph’s envelope and says what to do', async (t) => {
  const { post, emulator } = await withAda(t)
  const sent = emulator.requests.length
  const cases: [string, string, RegExp][] = [
    ['no JSON', '{"messaging_product"', /JSON/],
    ['no object', '[]', /JSON object/],
    ['no product', '{"to":"+12025550101"}', /messaging_product/],
    ['nobody', '{"messaging_product":"whatsapp","type":"text"}', /recipient/],
    [
      'a group',
      `{"messaging_product":"whatsapp","recipient_type":"group","to":"g","type":"text"}`,
      /individual/,
    ],
    ['an unknown type', `{"messaging_product":"whatsapp","to":"${TO}","type":"hologram"}`, /must be one of/],
    [
      'a template without a name',
      `{"messaging_product":"whatsapp","to":"${TO}","type":"template"}`,
      /template.name/,
    ],
    ['many at once', `{"messaging_product":"whatsapp","to":["${TO}"],"type":"text"}`, /to/],
    [
      'too long a callback',
      JSON.stringify({ messaging_product: 'whatsapp', to: TO, biz_opaque_callback_data: 'x'.repeat(513) }),
      /biz_opaque/,
    ],
  ]
  for (const [name, body, details] of cases) {
    const { status, body: answer } = await post('/v26.0/106540352242922/messages', body)
    t.match({ status, code: answer.error?.code }, { status: 400, code: 100 }, name)
    t.match(answer.error.error_data.details, details, name)
  }
  t.match(
    await post(
      '/v26.0/999999999/messages',
      JSON.stringify({ messaging_product: 'whatsapp', to: TO, ...TEXT }),
    ),
    {
      status: 400,
      body: { error: { code: 33 } },
    },
  )
  t.match(await post('/v26.0/106540352242922/messages', '{}', { 'content-type': 'application/json' }), {
    status: 401,
    body: { error: { code: 190 } },
  })
  t.match(await post('/v26.0/106540352242922/messages', '{}', { ...KEY, authorization: 'Bearer wrong' }), {
    status: 401,
    body: { error: { code: 190 } },
  })
  t.match(
    await post('/v26.0/106540352242922/messages', 'a=b', {
      ...KEY,
      'content-type': 'application/x-www-form-urlencoded',
    }),
    { status: 415 },
  )
  t.match(await post('/v26.0/106540352242922/messages', `"${'x'.repeat(300_000)}"`), {
    status: 413,
    body: { error: { code: 100 } },
  })
  for (const path of [
    '/v26.0/106540352242922/calls',
    '/v26.0/',
    '/',
    '/v26.0/106540352242922/messages/x',
    '/vX/106540352242922/messages',
  ]) {
    t.match(
      await post(path, '{}'),
      { status: 404, body: { error: { code: 100, type: 'GraphMethodException' } } },
      path,
    )
  }
  t.equal(emulator.requests.length, sent, 'nothing of all this reached Meta')
})

t.test('Meta’s own errors come back as they are, and the send is on record as failed', async (t) => {
  const { emulator, send, pool } = await withAda(t)
  emulator.faults.failSends({ code: 131056, httpStatus: 400 })
  t.match(await send({ to: TO, ...TEXT }), {
    status: 400,
    body: { error: { code: 131056, fbtrace_id: String } },
  })
  const { rows } = await pool.query(`select status, error_code from sends where kind = 'message'`)
  t.same(rows, [{ status: 'failed', error_code: 131056 }])
})

t.test('a failure on Meta’s side may have gone out: uncertain, with Meta’s answer passed on', async (t) => {
  const { emulator, send, pool } = await withAda(t)
  emulator.faults.failSends({ code: 131000, httpStatus: 500 })
  t.match(await send({ to: TO, ...TEXT }), { status: 500, body: { error: { code: 131000 } } })
  t.match((await pool.query(`select status from sends where kind = 'message'`)).rows, [
    { status: 'uncertain' },
  ])
})

t.test('when Meta cannot be reached nothing was sent, and trying again is right', async (t) => {
  const { emulator, send, pool } = await withAda(t)
  await emulator.close()
  const { status, body } = await send({ to: TO, ...TEXT })
  t.match(
    { status, code: body.error.code, details: body.error.error_data.details },
    { status: 503, code: 131016, details: /Nothing was sent/ },
  )
  t.match((await pool.query(`select status, reason from sends where kind = 'message'`)).rows, [
    { status: 'cancelled', reason: 'unavailable' },
  ])
})

t.test('a status that overtakes the answer finds its send', async (t) => {
  const { deliver, pool, clock } = await withAda(t)
  const { settle } = await import('../../src/sends/wire.js')
  const at = String(Math.floor(clock().getTime() / 1000))
  const statuses = (['read', 'delivered', 'sent'] as const).map((status) => ({
    id: 'wamid.EARLY',
    status,
    timestamp: at,
  }))
  t.equal(await deliver({ entry: [{ changes: [{ field: 'messages', value: { statuses } }] }] }), 200)
  const { rows } = await pool.query(
    `update sends set status = 'sending', wamid = null, sent_at = null where kind = 'card' returning id`,
  )
  await settle(pool, rows[0].id, { status: 'accepted', wamid: 'wamid.EARLY' }, clock())
  t.match((await pool.query('select * from sends where id = $1', [rows[0].id])).rows, [
    { status: 'accepted', sent_at: clock(), delivered_at: clock(), read_at: clock() },
  ])
  t.equal((await pool.query('select from early_statuses')).rowCount, 0)
})

// What the chat page asks the sandbox for, on a small app with a service that is only pretended.

import { readdirSync, readFileSync } from 'node:fs'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import { type SandboxDeps, sandboxRoutes } from '../../src/sandbox/routes.js'
import { buttons, NUMBER, send, startWorld } from './world.js'

const policy = readPolicy(readFileSync('src/sandbox/policy.yaml', 'utf8'), TEXT_LANGUAGES, true)

async function startPage(t: Test, overrides: Partial<SandboxDeps> = {}) {
  const { emulator, business } = await startWorld(t)
  const app = Fastify()
  await app.register(sandboxRoutes, {
    emulator,
    policy,
    publicUrl: () => 'http://127.0.0.1:3000',
    apiKey: 'sandbox-admin-key',
    look: async () => ({ contact: null, identifiers: [], states: {} }),
    events: async () => [],
    ...overrides,
  })
  t.teardown(() => app.close())
  const get = async (url: string) => {
    const answer = await app.inject({ url })
    return { status: answer.statusCode, body: answer.json(), answer }
  }
  const post = async (url: string, payload: object) => {
    const answer = await app.inject({ method: 'POST', url, payload })
    return { status: answer.statusCode, body: answer.json() }
  }
  return { app, emulator, business, get, post }
}

t.test(
  'the page and everything it loads come from this server, under a policy that allows nothing else',
  async (t) => {
    const { app } = await startPage(t)
    const page = await app.inject({ url: '/' })
    t.match(page.headers['content-type'], /^text\/html/)
    t.match(page.headers['content-security-policy'], /default-src 'self'/)
    t.notMatch(page.body, /(?:src|href)="(?!\/sandbox\/|#)/, 'no other host, no inline data')
    t.notMatch(page.body, /<style|style="|onclick=/, 'nothing inline that the policy would block')
    const files = readdirSync('src/sandbox/page').filter((file) => file !== 'index.html')
    for (const file of files) {
      const asset = await app.inject({ url: `/sandbox/${file}` })
      t.equal(asset.statusCode, 200, file)
      t.equal(asset.headers['x-content-type-options'], 'nosniff', file)
      t.notMatch(
        asset.body.replaceAll('http://www.w3.org/2000/svg', ''),
        /["'(]https?:\/\//,
        `${file} names no host`,
      )
    }
    t.equal((await app.inject({ url: '/sandbox/../policy.yaml' })).statusCode, 404)
  },
)

t.test('Ada, Bruno and Mei are there; Mei has no phone', async (t) => {
  const { get } = await startPage(t)
  const { body } = await get('/sandbox/people')
  t.match(body, {
    business: { name: 'Acme Outdoor GmbH', number: '+49 30 23125000' },
    purposes: [
      { id: 'offers', category: 'marketing', title: { en: 'Offers and news' } },
      { id: 'orders', category: 'utility' },
    ],
    people: [
      { name: 'Ada', phone: '+12025550101', address: '+1 202 555 0101' },
      { name: 'Bruno', phone: '+447700900123' },
      { name: 'Mei', username: 'mei.hk', address: 'mei.hk' },
    ],
    faults: { duplicate: false, reverse: false, hang: false, fail: false },
  })
  t.notOk('phone' in body.people[2])
  t.notMatch(
    body.people.map((p: { id: string }) => p.id).join(),
    /2025550101|7700/,
    'ids are no phone numbers',
  )
})

t.test('anybody can be somebody new, once', async (t) => {
  const { post, get } = await startPage(t)
  const noor = await post('/sandbox/people', { name: ' Noor ', phone: '+44 7700 900 456', username: '' })
  t.equal(noor.status, 201)
  t.match(noor.body, { id: 'p4', name: 'Noor', phone: '+447700900456' })
  t.notOk('username' in noor.body)
  t.equal((await post('/sandbox/people', { name: 'Kim', phone: '', username: 'kim' })).status, 201)
  t.match(await post('/sandbox/people', { name: 'Eve', phone: '+447700900456' }), {
    status: 400,
    body: { error: /already/ },
  })
  t.match(await post('/sandbox/people', { name: 'Eve', phone: '12' }), {
    status: 400,
    body: { error: /country code/ },
  })
  t.match(await post('/sandbox/people', { name: ' ' }), { status: 400, body: { error: /name/ } })
  t.equal((await get('/sandbox/people')).body.people.length, 5)
})

t.test('writing, tapping and stopping offers leave as webhooks', async (t) => {
  const { emulator, business, post, get } = await startPage(t)
  t.match(await post('/sandbox/people/p1/messages', { text: ' START ' }), {
    status: 202,
    body: { id: /^wamid\./ },
  })
  await send(emulator, { to: '+12025550101', ...buttons('Yes', 'No') })
  const { chat } = (await get('/sandbox/people/p1')).body
  const tap = { messageId: chat[1].id, buttonId: 'choice-0' }
  t.match(await post('/sandbox/people/p1/taps', tap), { status: 202 })
  t.match(await post('/sandbox/people/p1/preferences', { value: 'stop' }), {
    status: 202,
    body: { id: null },
  })
  await emulator.flush()
  t.match(
    business.values().filter((v) => !v.statuses),
    [
      { messages: [{ type: 'text', text: { body: 'START' } }] },
      { messages: [{ interactive: { button_reply: { id: 'choice-0', title: 'Yes' } } }] },
      { user_preferences: [{ value: 'stop' }] },
    ],
  )
  const { body } = await get('/sandbox/people/p1')
  t.match(body.person, { name: 'Ada', marketingStopped: true })
  t.match(body.chat, [
    { from: 'person', text: 'START', heard: true },
    { from: 'business', buttons: [{ title: 'Yes' }, { title: 'No' }], tapped: 'choice-0' },
    { from: 'person', text: 'Yes', replyTo: chat[1].id },
  ])
})

t.test('what does not fit is refused with what fits', async (t) => {
  const { post, get } = await startPage(t)
  for (const [path, body, error] of [
    ['p1/messages', { text: ' ' }, /1 to 4096/],
    ['p1/messages', { text: 'x'.repeat(4097) }, /1 to 4096/],
    ['p1/taps', { messageId: 'wamid.x' }, /buttonId/],
    ['p1/taps', { messageId: 'wamid.x', buttonId: 'y' }, /no such/],
    ['p1/preferences', { value: 'maybe' }, /stop/],
  ] as const) {
    t.match(await post(`/sandbox/people/${path}`, body), { status: 400, body: { error } }, path)
  }
  t.equal((await post('/sandbox/people/p9/messages', { text: 'x' })).status, 404)
  t.equal((await get('/sandbox/people/p9')).status, 404)
  t.equal((await post('/sandbox/faults', { fault: 'earthquake', on: true })).status, 400)
})

t.test('the page shows what the service answers about exactly this person', async (t) => {
  const asked: unknown[] = []
  const states = {
    whatsapp: { offers: { status: 'given', since: '2026-11-23T10:00:00Z', until: null, event: 'e1' } },
  }
  const { get } = await startPage(t, {
    look: async (identity) => {
      asked.push(identity)
      return { contact: 'c1', identifiers: [], states }
    },
    events: async (contact) => [{ id: 'e1', type: 'given', scope: ['offers'], contact }],
  })
  const { body } = await get('/sandbox/people/p1')
  t.same(body.consents.states, states)
  t.same(body.ledger, [{ id: 'e1', type: 'given', scope: ['offers'], contact: 'c1' }])
  await get('/sandbox/people/p3')
  t.match(asked, [
    { phone: '+12025550101', userId: /^US\./ },
    { phone: undefined, userId: 'HK.90210000000000000001' },
  ])
})

t.test('a service that cannot be asked leaves the chat usable and says so', async (t) => {
  const { get } = await startPage(t, {
    look: async () => {
      throw new Error('away')
    },
  })
  t.match(await get('/sandbox/people/p1'), { status: 200, body: { consents: null, ledger: [], chat: [] } })
})

t.test('a person nobody knows yet has an empty ledger, whatever shape the answer has', async (t) => {
  for (const answer of [null, 'nothing', { title: 'Not found' }, { contact: null }]) {
    const { get } = await startPage(t, {
      look: async () => answer,
      events: async () => t.fail('no contact, no ledger') as never,
    })
    t.match(await get('/sandbox/people/p1'), { status: 200, body: { ledger: [] } })
  }
})

t.test('the offered commands are the requests themselves, by phone or by user id', async (t) => {
  const { get } = await startPage(t)
  const [text, sale, shipped] = (await get('/sandbox/people/p1')).body.sends
  t.match(text, {
    purpose: 'offers',
    method: 'POST',
    path: `/v26.0/${NUMBER.phoneNumberId}/messages`,
    headers: { Authorization: 'Bearer sandbox-admin-key' },
    body: { messaging_product: 'whatsapp', to: '+12025550101', type: 'text' },
  })
  t.match(text.curl, `curl -X POST 'http://127.0.0.1:3000/v26.0/${NUMBER.phoneNumberId}/messages'`)
  t.match(text.curl, "-H 'Authorization: Bearer sandbox-admin-key'")
  const data = /-d '(.*)'$/s.exec(text.curl)?.[1] ?? ''
  t.same(JSON.parse(data), text.body, 'the shell sends the same body')
  t.match(sale.body, { type: 'template', template: { name: 'summer_sale' } })
  t.match(shipped, {
    purpose: 'orders',
    body: { template: { components: [{ type: 'body', parameters: [{}] }] } },
  })
  const [toMei] = (await get('/sandbox/people/p3')).body.sends
  t.match(toMei.body, { recipient: 'HK.90210000000000000001', to: undefined })
})

t.test('every offered send is one that the emulated Graph API accepts', async (t) => {
  const { emulator, get } = await startPage(t)
  for (const person of emulator.people) {
    for (const { body } of (await get(`/sandbox/people/${person.id}`)).body.sends) {
      t.equal((await send(emulator, body)).status, 200)
    }
  }
})

t.test('a quote in a name does not end the shell’s quoting', async (t) => {
  const { post, get } = await startPage(t)
  const { body } = await post('/sandbox/people', { name: "O'Neil $(id)", phone: '+447700900777' })
  const [text] = (await get(`/sandbox/people/${body.id}`)).body.sends
  t.match(text.curl, "Hello O'\\''Neil $(id),")
})

t.test('faults can be switched from the page', async (t) => {
  const { emulator, post } = await startPage(t)
  t.match((await post('/sandbox/faults', { fault: 'duplicate', on: true })).body, { duplicate: true })
  t.equal(emulator.faults.copies, 2)
  t.match((await post('/sandbox/faults', { fault: 'reverse', on: true })).body, { reverse: true })
  t.equal(emulator.faults.order, 'reverse')
  t.match((await post('/sandbox/faults', { fault: 'hang', on: true })).body, { hang: true })
  t.match((await post('/sandbox/faults', { fault: 'hang', on: false })).body, { hang: false })
  t.match((await post('/sandbox/faults', { fault: 'fail', on: true })).body, { fail: true })
  t.match(emulator.faults.sendFaults, [{ kind: 'fail', code: 130429 }])
})

t.test(
  'the stream tells who changed, opens the chat while it lasts, and never keeps the app from closing',
  async (t) => {
    const { app, emulator, business } = await startPage(t)
    const [ada] = emulator.people
    if (!ada) throw new Error('the first person is missing')
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    ada.text('hi')
    await send(emulator, { to: ada.phone, type: 'text', text: { body: 'Hello' } })
    t.equal(ada.viewers, 0)

    const stream = await fetch(`${url}/sandbox/stream?person=${ada.id}`)
    t.match(stream.headers.get('content-type'), 'text/event-stream')
    t.equal(ada.viewers, 1)
    await emulator.flush()
    t.match(business.values().at(-1)?.statuses, [{ status: 'read' }], 'who looks has read')
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    while (!heard.includes('event: change')) heard += (await reader?.read())?.value ?? ''
    t.match(heard, `data: {"person":"${ada.id}"}`)

    await app.close()
    while (!(await reader?.read())?.done);
    t.equal(ada.viewers, 0)
  },
)

t.test('a page that goes away closes the chat', async (t) => {
  const { app, emulator } = await startPage(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const leave = new AbortController()
  await fetch(`${url}/sandbox/stream?person=p1`, { signal: leave.signal })
  t.equal(emulator.people[0]?.viewers, 1)
  leave.abort()
  while (emulator.people[0]?.viewers !== 0) await new Promise((next) => setImmediate(next))
  t.equal(emulator.people[0]?.viewers, 0)
})

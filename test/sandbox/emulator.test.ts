// The emulator behaves as Meta documents it: what it accepts, what it answers, what it posts afterwards.

import t from 'tap'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { buttons, call, NUMBER, SECRET, send, startWorld, text } from './world.js'

const ADA = { name: 'Ada', phone: '+1 202 555 0101' }
const MEI = { name: 'Mei', username: 'mei.hk', userId: 'HK.90210000000000000001' }

t.test(
  'a send is answered as Graph answers it, with or without version and however the number is written',
  async (t) => {
    const { emulator } = await startWorld(t)
    emulator.person(ADA).text('hi')
    for (const to of ['+12025550101', '12025550101', '+1 (202) 555-0101']) {
      const { status, json } = await send(emulator, { to, ...text('Hello') })
      t.equal(status, 200)
      t.same(json.contacts, [{ input: to, wa_id: '12025550101' }])
      t.match(json.messages, [{ id: /^wamid\.\S{20,}$/, message_status: undefined }])
    }
    const unversioned = await call(emulator, `/${NUMBER.phoneNumberId}/messages`, {
      messaging_product: 'whatsapp',
      to: '12025550101',
      ...text('Hello'),
    })
    t.equal(unversioned.status, 200)
    t.equal(emulator.messagesTo('+12025550101').length, 4)
    t.match(emulator.requests[0], {
      method: 'POST',
      path: `/v25.0/${NUMBER.phoneNumberId}/messages`,
      headers: { authorization: 'redacted' },
      body: { to: '+12025550101', text: { body: 'Hello' } },
      answer: 200,
    })
    const [first] = emulator.requests
    t.same(JSON.parse(first?.bodyBytes?.toString() ?? ''), first?.body, 'the bytes are kept')
    t.match(first?.answerBytes?.toString(), /^\{"messaging_product":"whatsapp","contacts"/)
    t.notMatch(JSON.stringify(emulator.requests), /a-token/, 'the token is not kept')
  },
)

t.test('somebody without a phone is reached by recipient, and never shown with one', async (t) => {
  const { emulator, business } = await startWorld(t)
  const mei = emulator.person(MEI)
  mei.text('你好')
  const { json } = await send(emulator, { recipient: mei.userId, ...text('您好') })
  t.same(json.contacts, [{ input: mei.userId, user_id: mei.userId }])
  t.same(await emulator.flush(), [200, 200, 200])
  const [incoming, sent, delivered] = business.values()
  t.same(incoming?.contacts, [{ profile: { name: 'Mei', username: 'mei.hk' }, user_id: mei.userId }])
  t.match(incoming?.messages?.[0], { from_user_id: mei.userId, type: 'text', text: { body: '你好' } })
  t.notOk('from' in (incoming?.messages?.[0] ?? {}))
  t.same(sent?.contacts, [{ profile: { name: 'Mei' }, user_id: mei.userId }], 'no username on sent')
  t.match(sent?.statuses?.[0], { status: 'sent', recipient_user_id: mei.userId })
  t.notOk('recipient_id' in (sent?.statuses?.[0] ?? {}))
  t.match(delivered?.contacts, [{ profile: { username: 'mei.hk' } }])
  t.equal(emulator.messagesTo(mei.userId).length, 1)
})

t.test('to wins over recipient', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  const mei = emulator.person(MEI)
  ada.text('hi')
  const { json } = await send(emulator, { to: ada.phone, recipient: mei.userId, ...text('Hello') })
  t.same(json.contacts, [{ input: '+12025550101', wa_id: '12025550101' }])
  t.equal(ada.chat.length, 2)
  t.equal(mei.chat.length, 0)
})

t.test('a Brazilian number comes back rewritten and both forms reach the person', async (t) => {
  const { emulator, business } = await startWorld(t)
  // No area has the code 00, so this number is nobody's.
  const rui = emulator.person({ name: 'Rui', phone: '+5500912345678' })
  rui.text('oi')
  for (const to of ['+5500912345678', '550012345678']) {
    const { json } = await send(emulator, { to, ...text('Olá') })
    t.same(json.contacts, [{ input: to, wa_id: '550012345678' }])
  }
  await emulator.flush()
  t.equal(rui.chat.length, 3)
  t.match(business.values()[0]?.messages, [{ from: '550012345678' }])
  t.match(business.values()[1]?.statuses, [{ recipient_id: '550012345678' }])
  t.equal(emulator.messagesTo('5500912345678').length, 2)
})

t.test(
  'a hidden phone shows once the business has written to it, and the status links it to the user id',
  async (t) => {
    const { emulator, business } = await startWorld(t)
    const noor = emulator.person({ name: 'Noor', phone: '+447700900456', username: 'noor', hidesPhone: true })
    noor.text('hi')
    await send(emulator, { to: noor.phone, ...text('Hello') })
    noor.text('hi again')
    await emulator.flush()
    const [first, sent, , second] = business.values()
    t.notOk('wa_id' in (first?.contacts?.[0] ?? {}))
    t.match(sent?.statuses, [{ recipient_id: '447700900456', recipient_user_id: noor.userId }])
    t.match(second?.messages, [{ from: '447700900456', from_user_id: noor.userId }])
  },
)

t.test('errors carry the documented code, status and envelope', async (t) => {
  const { emulator } = await startWorld(t)
  emulator.person(ADA)
  emulator.person(MEI)
  const to = '+12025550101'
  const many = (n: number) => Array.from({ length: n }, (_, i) => `B${i}`)
  const rows = (n: number) => many(n).map((title) => ({ id: title, title }))
  const list = (sections: object[]) => ({
    to,
    type: 'interactive',
    interactive: { type: 'list', body: { text: 'b' }, action: { button: 'Open', sections } },
  })
  const withInteractive = (part: object) => ({
    type: 'interactive',
    interactive: {
      type: 'button',
      body: { text: 'b' },
      action: { buttons: [{ type: 'reply', reply: { id: '1', title: 'One' } }] },
      ...part,
    },
  })
  const cases: [name: string, message: object, status: number, code: number][] = [
    ['no messaging_product', { messaging_product: undefined, to, ...text('x') }, 400, 100],
    ['no recipient at all', text('x'), 400, 100],
    ['no text object', { to, type: 'text' }, 400, 131008],
    ['no text body', { to, type: 'text', text: {} }, 400, 131008],
    ['text that is a number', { to, type: 'text', text: { body: 7 } }, 400, 100],
    ['empty text', { to, ...text(' ') }, 400, 131009],
    ['text over 4096', { to, ...text('x'.repeat(4097)) }, 400, 131009],
    ['unknown type', { to, type: 'hologram', hologram: {} }, 400, 131051],
    ['a number that is none', { to: 'US.123', ...text('x') }, 400, 131009],
    ['unknown user id', { recipient: 'US.404', ...text('x') }, 400, 131009],
    ['the sender itself', { to: NUMBER.displayPhoneNumber, ...text('x') }, 400, 131021],
    ['a group', { to, recipient_type: 'group', ...text('x') }, 400, 131009],
    ['opaque data over 512', { to, biz_opaque_callback_data: 'x'.repeat(513), ...text('x') }, 400, 131009],
    ['four buttons', { to, ...buttons(...many(4)) }, 400, 131009],
    ['no buttons', { to, ...buttons() }, 400, 131009],
    ['a button title over 20', { to, ...buttons('x'.repeat(21)) }, 400, 131009],
    ['eleven rows', list([{ rows: rows(11) }]), 400, 131009],
    ['the same row twice', list([{ rows: [...rows(1), ...rows(1)] }]), 400, 131009],
    [
      'a header over 60',
      { to, ...withInteractive({ header: { type: 'text', text: 'x'.repeat(61) } }) },
      400,
      131009,
    ],
    ['a header without its words', { to, ...withInteractive({ header: { type: 'text' } }) }, 400, 131008],
    ['no flow', { to, ...withInteractive({ type: 'flow', action: { name: 'flow' } }) }, 400, 131008],
    [
      'a place off the globe',
      { to, type: 'location', location: { latitude: 91, longitude: 0 } },
      400,
      131009,
    ],
    ['sections without titles', list([{ rows: rows(1) }, { rows: [{ id: 'z', title: 'Z' }] }]), 400, 131009],
    [
      'a caption over 1024',
      { to, type: 'image', image: { id: '1', caption: 'x'.repeat(1025) } },
      400,
      131009,
    ],
    ['both id and link', { to, type: 'image', image: { id: '1', link: 'https://a.example/b' } }, 400, 131009],
    [
      'unknown template',
      { to, type: 'template', template: { name: 'x', language: { code: 'de' } } },
      404,
      132001,
    ],
    [
      'a language the template has not',
      { to, type: 'template', template: { name: 'summer_sale', language: { code: 'fr' } } },
      404,
      132001,
    ],
    [
      'a parameter too few',
      { to, type: 'template', template: { name: 'order_shipped', language: { code: 'de' } } },
      400,
      132000,
    ],
    [
      'a header for a template that has none',
      {
        to,
        type: 'template',
        template: {
          name: 'summer_sale',
          language: { code: 'de' },
          components: [{ type: 'header', parameters: [{ type: 'text', text: 'Hi' }] }],
        },
      },
      400,
      132000,
    ],
    [
      'a login code to a user id',
      {
        recipient: MEI.userId,
        type: 'template',
        template: {
          name: 'login_code',
          language: { code: 'en_US' },
          components: [{ type: 'body', parameters: [{ type: 'text', text: '1' }] }],
        },
      },
      400,
      131062,
    ],
  ]
  for (const [name, message, status, code] of cases) {
    const answer = await send(emulator, message)
    t.equal(answer.status, status, name)
    t.match(
      answer.json,
      {
        error: {
          message: new RegExp(`^\\(#${code}\\) `),
          type: 'OAuthException',
          code,
          error_data: { messaging_product: 'whatsapp', details: /\S/ },
          fbtrace_id: /^A\S{10,}/,
        },
      },
      name,
    )
    t.notMatch(JSON.stringify(answer.json), /2025550101|x{30}/, `${name}: nothing of the body is repeated`)
  }
  t.equal(emulator.pending, 0, 'and nothing was sent')
})

t.test('limits are the limits: the longest allowed passes', async (t) => {
  const { emulator } = await startWorld(t)
  emulator.person(ADA).text('hi')
  const to = '+12025550101'
  t.equal((await send(emulator, { to, ...text('x'.repeat(4096)) })).status, 200)
  t.equal((await send(emulator, { to, ...text('🙂'.repeat(4096)) })).status, 200, 'an emoji counts as one')
  t.equal((await send(emulator, { to, ...buttons('x'.repeat(20), 'b', 'c') })).status, 200)
})

t.test('every other type of message is taken and shown', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  const link = 'https://shop.example/a'
  const messages = [
    ...['image', 'video', 'audio', 'document', 'sticker'].map((type) => ({ type, [type]: { link } })),
    { type: 'location', location: { latitude: '52.5', longitude: 13.4, name: 'Shop' } },
    { type: 'contacts', contacts: [{ name: { formatted_name: 'Service' } }] },
    {
      type: 'interactive',
      interactive: {
        type: 'cta_url',
        body: { text: 'Look' },
        action: { name: 'cta_url', parameters: { display_text: 'Open', url: link } },
      },
    },
    {
      type: 'interactive',
      interactive: {
        type: 'request_contact_info',
        body: { text: 'Share?' },
        action: { name: 'request_contact_info' },
      },
    },
  ]
  for (const message of messages) {
    t.equal((await send(emulator, { to: ada.phone, ...message })).status, 200, message.type)
  }
  t.same(
    ada.chat.slice(1).map((b) => b.kind),
    [
      ...['image', 'video', 'audio', 'document', 'sticker', 'location', 'contacts'],
      ...['interactive cta_url', 'interactive request_contact_info'],
    ],
  )
})

t.test('what clients write in their own way is read as Graph reads it', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  const buttons = [{ type: 'reply', reply: { id: '1', title: 'One' } }]
  const cards = [{ name: { formatted_name: 'Service' }, phones: [{ phone: '+12025550199', type: 'WORK' }] }]
  const money = { type: 'currency', currency: { fallback_value: '10.99 $', code: 'USD', amount_1000: 10990 } }
  const components = [{ type: 'body', parameters: [money] }]
  const messages = [
    { context: null, recipient_type: null, recipient: null, ...text('null for what is left out') },
    { type: 'contacts', contacts: JSON.stringify(cards) },
    {
      type: 'interactive',
      interactive: { type: 'button', body: { text: 'Which?' }, action: JSON.stringify({ buttons }) },
    },
    { type: 'template', template: { name: 'order_shipped', language: { code: 'en_US' }, components } },
  ]
  for (const message of messages) t.equal((await send(emulator, { to: ada.phone, ...message })).status, 200)
  t.match(ada.chat.slice(1), [
    { text: 'null for what is left out' },
    { cards: [{ name: 'Service', phones: ['+12025550199'] }] },
    { buttons: [{ id: '1', title: 'One' }] },
    { text: 'Your order 10.99 $ is on its way.' },
  ])
})

t.test(
  'a wrong token, an unknown number and an unknown path are refused in the envelope of Graph',
  async (t) => {
    const { emulator } = await startWorld(t)
    const wrong = await send(emulator, { to: '+12025550101', ...text('x') }, { token: 'other' })
    t.equal(wrong.status, 401)
    t.match(wrong.json, { error: { code: 190, type: 'OAuthException' } })
    const stranger = await call(emulator, '/v25.0/999/messages', { messaging_product: 'whatsapp' })
    t.equal(stranger.status, 400)
    t.match(stranger.json, { error: { code: 100, error_subcode: 33, type: 'GraphMethodException' } })
    for (const path of ['/v25.0/999/calls', '/', '/v25.0/a/b/c']) {
      const unknown = await call(emulator, path, {})
      t.equal(unknown.status, 404)
      t.match(unknown.json, { error: { code: 2500, fbtrace_id: /^A/ } })
    }
    const broken = await fetch(`${emulator.url}/v25.0/${NUMBER.phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer a-token', 'content-type': 'application/json' },
      body: '{',
    })
    t.equal(broken.status, 400)
    t.match(await broken.json(), { error: { code: 100 } })
  },
)

t.test('form fields are read as Graph reads them', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  const answer = await fetch(`${emulator.url}/v25.0/${NUMBER.phoneNumberId}/messages?access_token=a-token`, {
    method: 'POST',
    body: new URLSearchParams({
      messaging_product: 'whatsapp',
      to: '12025550101',
      type: 'text',
      text: '{"body":"From a form"}',
    }),
  })
  t.equal(answer.status, 200)
  t.equal(ada.chat.at(-1)?.text, 'From a form')
  t.notMatch(JSON.stringify(emulator.requests), /a-token/)
})

t.test('webhooks are signed over escaped bytes', async (t) => {
  const { emulator, business } = await startWorld(t)
  const words = 'Café ☕ 🙂 a@b.example and/or 退訂'
  emulator.person(ADA).text(words)
  t.same(await emulator.flush(), [200])
  const [hook] = business.hooks
  t.ok(hook?.signed, 'the signature holds over the bytes as received')
  const raw = hook?.raw.toString('latin1') ?? ''
  t.match(raw, 'Caf\\u00e9 \\u2615 \\ud83d\\ude42 a\\u0040b.example and\\/or')
  t.notMatch(raw, /[^\x20-\x7e]/, 'nothing but printable ASCII travels')
  t.equal(hook?.json.entry[0]?.changes[0]?.value.messages?.[0]?.text?.['body' as never], words)
  const again = JSON.stringify(JSON.parse(hook?.raw.toString() ?? ''))
  t.not(
    signedBody(JSON.parse(again), SECRET).body.toString(),
    again,
    'serialising again gives other bytes, so a receiver that does so fails',
  )
})

t.test('statuses follow a send: sent, delivered, then read when the chat is opened', async (t) => {
  const { emulator, business, clock } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  const { json } = await send(emulator, {
    to: ada.phone,
    biz_opaque_callback_data: 'send_1',
    ...text('Hello'),
  })
  await emulator.flush()
  clock.now = new Date('2026-11-23T10:00:05Z')
  ada.openChat()
  await send(emulator, { to: ada.phone, ...text('Still there?') })
  await emulator.flush()
  const statuses = business.values().flatMap((v) => v.statuses ?? [])
  t.match(statuses, [
    { id: json.messages?.[0]?.id, status: 'sent', timestamp: '1795428000', recipient_id: '12025550101' },
    { status: 'delivered', recipient_user_id: ada.userId, biz_opaque_callback_data: 'send_1' },
    {
      id: json.messages?.[0]?.id,
      status: 'read',
      timestamp: '1795428005',
      biz_opaque_callback_data: 'send_1',
    },
    { status: 'sent' },
    { status: 'read' },
  ])
  t.same(
    statuses.map((s) => 'pricing' in s),
    [true, true, false, true, true],
    'pricing comes with sent and with one of delivered and read',
  )
  t.match(statuses[0]?.pricing, { pricing_model: 'PMP', category: 'service', type: 'free_customer_service' })
  t.notOk('biz_opaque_callback_data' in (statuses[3] ?? {}), 'opaque data is echoed only if given')
  t.notOk('conversation' in (statuses[0] ?? {}), 'v25 has no conversation')
  t.same(
    ada.chat.at(-1)?.statuses.map((s) => s.status),
    ['sent', 'read'],
  )
})

t.test('an older webhook version carries a conversation', async (t) => {
  const { emulator, business } = await startWorld(t, { webhookVersion: 'v23.0' })
  const ada = emulator.person(ADA)
  ada.text('hi')
  await send(emulator, { to: ada.phone, ...text('Hello') })
  await emulator.flush()
  const [, sent, delivered] = business.values()
  t.match(sent?.statuses, [{ conversation: { id: /^[0-9a-f]{32}$/, expiration_timestamp: /^\d+$/ } }])
  t.notOk('expiration_timestamp' in Object(delivered?.statuses?.[0]?.conversation))
})

t.test('free-form messages fail outside the 24-hour window; templates do not', async (t) => {
  const { emulator, business, clock } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('hi')
  clock.now = new Date('2026-11-24T09:59:59Z')
  await send(emulator, { to: ada.phone, ...text('in time') })
  clock.now = new Date('2026-11-24T10:00:00Z')
  t.equal((await send(emulator, { to: ada.phone, ...text('too late') })).status, 200)
  const template = {
    name: 'order_shipped',
    language: { code: 'en_US' },
    components: [{ type: 'body', parameters: [{ type: 'text', text: 'A-7' }] }],
  }
  const { json } = await send(emulator, { to: ada.phone, type: 'template', template })
  t.match(json.messages, [{ message_status: 'accepted' }])
  await emulator.flush()
  const statuses = business.values().flatMap((v) => v.statuses ?? [])
  t.same(
    statuses.map((s) => s.status),
    ['sent', 'delivered', 'failed', 'sent', 'delivered'],
  )
  t.match(statuses[2], {
    recipient_id: '12025550101',
    errors: [{ code: 131047, error_data: { details: /24 hours/ } }],
  })
  t.match(statuses[3], { pricing: { category: 'utility', type: 'regular' } })
  t.equal(ada.chat.at(-1)?.text, 'Your order A-7 is on its way.')
})

t.test('an old message that arrives late does not close the window', async (t) => {
  const { emulator } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('now')
  ada.text('the day before yesterday', { at: new Date('2026-11-21T10:00:00Z') })
  await send(emulator, { to: ada.phone, ...text('x') })
  t.same(
    ada.chat.at(-1)?.statuses.map((s) => s.status),
    ['sent', 'delivered'],
  )
})

t.test(
  'who stopped offers in WhatsApp gets no marketing template: 200, then failed with 131050',
  async (t) => {
    const { emulator, business } = await startWorld(t)
    const ada = emulator.person(ADA)
    const mei = emulator.person(MEI)
    const template = { type: 'template', template: { name: 'summer_sale', language: { code: 'en_US' } } }
    ada.stopMarketing()
    mei.stopMarketing()
    t.equal((await send(emulator, { to: ada.phone, ...template })).status, 200)
    t.equal((await send(emulator, { recipient: mei.userId, ...template })).status, 200)
    ada.resumeMarketing()
    await send(emulator, { to: ada.phone, ...template })
    await emulator.flush()
    const [stop, , toPhone, toUser, resume, sent] = business.values()
    t.equal(business.hooks[0]?.json.entry[0]?.changes[0]?.field, 'user_preferences')
    t.match(stop?.user_preferences, [
      {
        wa_id: '12025550101',
        user_id: ada.userId,
        category: 'marketing_messages',
        value: 'stop',
        timestamp: 1795428000,
      },
    ])
    t.match(toPhone, {
      statuses: [{ status: 'failed', recipient_id: '12025550101', errors: [{ code: 131050 }] }],
    })
    t.notOk('contacts' in (toPhone ?? {}) || 'recipient_user_id' in (toPhone?.statuses?.[0] ?? {}))
    t.match(toUser?.statuses, [{ status: 'failed', recipient_user_id: mei.userId }])
    t.match(resume?.user_preferences, [{ value: 'resume' }])
    t.match(sent?.statuses, [{ status: 'sent', pricing: { category: 'marketing' } }])
  },
)

t.test('a number that is not on WhatsApp fails with 131026 after the 200', async (t) => {
  const { emulator, business } = await startWorld(t)
  t.equal((await send(emulator, { to: '+493023125999', ...text('x') })).status, 200)
  await emulator.flush()
  t.match(business.values(), [
    { statuses: [{ status: 'failed', recipient_id: '493023125999', errors: [{ code: 131026 }] }] },
  ])
})

t.test('marketing_messages takes marketing templates only', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person(ADA)
  const path = `/v25.0/${NUMBER.phoneNumberId}/marketing_messages`
  const body = { messaging_product: 'whatsapp', to: ada.phone, type: 'template' }
  const sale = { name: 'summer_sale', language: { code: 'de' } }
  t.equal((await call(emulator, path, { ...body, template: sale })).status, 200)
  for (const template of emulator.templates.filter((x) => x.name === 'summer_sale'))
    template.category = 'UTILITY'
  t.match((await call(emulator, path, { ...body, template: sale })).json, { error: { code: 131055 } })
  t.match((await call(emulator, path, { ...body, ...text('x') })).json, { error: { code: 131055 } })
  await emulator.flush()
  t.match(business.values()[0]?.statuses, [{ pricing: { category: 'marketing_lite' } }])
})

t.test('taps come back in the shape of what was tapped', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('START')
  await send(emulator, { to: ada.phone, ...buttons('Yes, send them', 'No thanks') })
  ada.tap('latest', 'Yes, send them')
  await send(emulator, {
    to: ada.phone,
    type: 'interactive',
    interactive: {
      type: 'list',
      body: { text: 'Which?' },
      action: {
        button: 'Topics',
        sections: [{ rows: [{ id: 'o', title: 'Offers', description: 'Weekly' }] }],
      },
    },
  })
  ada.tap('latest', 'o')
  await send(emulator, {
    to: ada.phone,
    type: 'template',
    template: { name: 'summer_sale', language: { code: 'de' } },
  })
  ada.tap('latest', 'Werbung stoppen')
  await send(emulator, {
    to: ada.phone,
    type: 'template',
    template: {
      name: 'summer_sale',
      language: { code: 'es' },
      components: [
        {
          type: 'button',
          sub_type: 'quick_reply',
          index: '0',
          parameters: [{ type: 'payload', payload: 'OPTOUT' }],
        },
      ],
    },
  })
  ada.tap('latest', 'Detener promociones')
  await emulator.flush()
  const card = ada.chat[1]
  const taps = business
    .values()
    .flatMap((v) => v.messages ?? [])
    .slice(1)
  t.match(taps, [
    {
      type: 'interactive',
      interactive: { type: 'button_reply', button_reply: { id: 'choice-0', title: 'Yes, send them' } },
      context: { from: '493023125000', id: card?.id },
    },
    { interactive: { type: 'list_reply', list_reply: { id: 'o', title: 'Offers', description: 'Weekly' } } },
    { type: 'button', button: { payload: 'Werbung stoppen', text: 'Werbung stoppen' } },
    { type: 'button', button: { payload: 'OPTOUT', text: 'Detener promociones' } },
  ])
  t.equal(card?.tapped, 'choice-0')
  t.throws(() => ada.tap('latest', 'Buy'), RangeError)
})

t.test('captions, forwarded words and reactions are told apart', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person(ADA)
  const at = new Date('2026-11-20T00:00:00Z')
  ada.text('STOP', { forwarded: true })
  ada.caption('STOP', { media: 'document', at })
  await send(emulator, { to: ada.phone, ...text('Hello') })
  ada.react('👍')
  await emulator.flush()
  t.match(
    business.values().flatMap((v) => v.messages ?? []),
    [
      { text: { body: 'STOP' }, context: { forwarded: true } },
      {
        type: 'document',
        document: { caption: 'STOP', mime_type: 'application/pdf' },
        timestamp: '1795132800',
      },
      { type: 'reaction', reaction: { emoji: '👍', message_id: ada.chat[2]?.id } },
    ],
  )
  t.equal(ada.chat[2]?.reaction, '👍')
})

t.test('the business marks as read, types, and reacts', async (t) => {
  const { emulator, business, clock } = await startWorld(t)
  const ada = emulator.person(ADA)
  ada.text('one')
  const id = ada.text('two')
  const typing = { status: 'read', message_id: id, typing_indicator: { type: 'text' } }
  t.same((await send(emulator, typing)).json, { success: true })
  t.same(
    ada.chat.map((b) => b.seen),
    [true, true],
    'earlier messages are read too',
  )
  t.equal(ada.typingUntil, clock.now.getTime() + 25_000)
  t.match((await send(emulator, { status: 'read' })).json, { error: { code: 131008 } })
  await send(emulator, { to: ada.phone, type: 'reaction', reaction: { message_id: id, emoji: '❤️' } })
  await send(emulator, { to: ada.phone, type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '❤️' } })
  await emulator.flush()
  t.equal(ada.chat[1]?.reaction, '❤️')
  t.equal(ada.typingUntil, 0)
  t.match(
    business.values().flatMap((v) => v.statuses ?? []),
    [{ status: 'sent' }, { status: 'failed', errors: [{ code: 131009 }] }],
  )
})

t.test('templates are listed as Graph lists them', async (t) => {
  const { emulator } = await startWorld(t)
  const path = `/v25.0/${NUMBER.businessAccountId}/message_templates`
  const all = (await call(emulator, path)).json.data as { name: string; language: string; category: string }[]
  t.same(
    all.filter((x) => x.name === 'summer_sale').map((x) => x.language),
    ['en_US', 'de', 'es', 'zh_HK'],
  )
  t.match(
    all.find((x) => x.name === 'order_shipped'),
    { category: 'UTILITY', status: 'APPROVED', id: /^\d+$/ },
  )
  const named = (await call(emulator, `${path}?name=summer_sale&limit=2`)).json.data as { name: string }[]
  t.same(
    named.map((x) => x.name),
    ['summer_sale', 'summer_sale'],
  )
  t.match((await call(emulator, '/v25.0/1/message_templates')).json, { error: { code: 100 } })
  t.match((await call(emulator, `/v25.0/${NUMBER.phoneNumberId}`)).json, {
    display_phone_number: '+493023125000',
  })
})

t.test('a list of templates is read page by page, and shows the fields that were asked for', async (t) => {
  const { emulator } = await startWorld(t)
  const path = `/v25.0/${NUMBER.businessAccountId}/message_templates`
  type Page = { data: object[]; paging: { cursors: { after: string }; next?: string } }
  const read = async (query: string) => (await call(emulator, `${path}?${query}`)).json as unknown as Page
  const seen: object[] = []
  let page = await read('limit=4&fields=name,language,correct_category')
  for (; page.paging.next !== undefined; ) {
    t.equal(page.data.length, 4)
    seen.push(...page.data)
    const after = new URL(page.paging.next).searchParams.get('after')
    t.equal(after, page.paging.cursors.after)
    page = await read(`limit=4&fields=name,language,correct_category&after=${after}`)
  }
  seen.push(...page.data)
  t.equal(seen.length, emulator.templates.length)
  t.same(Object.keys(seen[0] ?? {}), ['name', 'language', 'correct_category', 'id'])
  t.same(
    seen.map((x) => (x as { id: string }).id),
    emulator.templates.map((x) => x.id),
  )
  t.equal((await read('category=UTILITY&language=de')).data.length, 1)
  t.same((await read('name=none')).data, [])
  for (const [query, code] of [
    ['fields=name,weather', 100],
    ['limit=0', 100],
    ['after=nowhere', 131059],
  ] as const)
    t.match((await call(emulator, `${path}?${query}`)).json, { error: { code } }, query)
})

t.test('a paused template is refused, and any other webhook can be announced', async (t) => {
  const { emulator, business } = await startWorld(t)
  emulator.person(ADA)
  for (const template of emulator.templates) template.status = 'PAUSED'
  const template = { name: 'summer_sale', language: { code: 'de' } }
  t.match((await send(emulator, { to: '+12025550101', type: 'template', template })).json, {
    error: { code: 132015 },
  })
  emulator.announce('message_template_status_update', {
    event: 'PAUSED',
    message_template_name: 'summer_sale',
  })
  await emulator.flush()
  t.match(business.hooks[0]?.json, {
    entry: [
      {
        id: NUMBER.businessAccountId,
        time: 1795428000,
        changes: [{ field: 'message_template_status_update' }],
      },
    ],
  })
})

t.test('nobody is on WhatsApp twice, and a person keeps one user id', async (t) => {
  const one = await startWorld(t)
  const two = await startWorld(t)
  const ada = one.emulator.person(ADA)
  t.equal(ada.userId, two.emulator.person(ADA).userId, 'derived, so that a restart finds the same person')
  t.match(ada.userId, /^US\.\d{20}$/)
  t.throws(() => one.emulator.person({ name: 'Eve', phone: '12025550101' }), RangeError)
  t.throws(() => one.emulator.person({ name: 'Eve', phone: 'call me' }), RangeError)
})

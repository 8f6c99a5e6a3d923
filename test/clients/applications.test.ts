// Applications that are pointed at the gateway by a setting, and cannot be run here: Chatwoot, Typebot, Evolution API.
// What they write to the Graph API, path by path, as their sources do (read in 2026), and what becomes of it.

import t, { type Test } from 'tap'
import { SANDBOX } from '../../src/config.js'
import { SAMPLE_FILES } from '../../src/sandbox/sample-files.js'
import { type Stage, setTheStage } from './stage.js'

const HTTParty = { 'content-type': 'application/json' }
const HELLO = 'Hello from support'
const CLOSED = { error: { type: 'GraphMethodException', code: 100 } }

type Told = { status: number; json: Record<string, unknown>; bytes: Buffer }
type Ask = (method: string, target: string, body?: string | FormData, headers?: object) => Promise<Told>

/** Asks the gateway as an application does that sends its key as bearer token. */
function asked({ assent }: Stage): Ask {
  return async (method, target, body, headers = HTTParty) => {
    const answer = await fetch(target.startsWith('http') ? target : assent.url + target, {
      method,
      headers: { authorization: `Bearer ${SANDBOX.adminKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const isJson = answer.headers.get('content-type')?.includes('json')
    return { status: answer.status, json: isJson ? JSON.parse(bytes.toString()) : {}, bytes }
  }
}

async function sends(
  t: Test,
  stage: Stage,
  target: string,
  bodies: [name: string, body: object, shown: object][],
) {
  const ask = asked(stage)
  for (const [name, body, shown] of bodies) {
    const json = JSON.stringify(body)
    t.equal((await ask('POST', target, json)).status, 200, name)
    t.match(stage.ada.chat.at(-1), shown, name)
    const came = stage.assent.emulator.requests.at(-1)?.bodyBytes?.toString() ?? ''
    t.equal(came.replace(/,"biz_opaque_callback_data":"[^"]*"/, ''), json, `${name}: byte for byte`)
  }
}

t.test('Chatwoot: WHATSAPP_CLOUD_BASE_URL', async (t) => {
  const stage = await setTheStage(t)
  const ask = asked(stage)
  const common = { messaging_product: 'whatsapp', context: null, to: '12025550101' }
  const button = { type: 'reply', reply: { id: 'a', title: 'Yes please' } }
  await sends(t, stage, `/v13.0/${stage.phoneNumberId}/messages`, [
    [
      'a text, with null for what it answers',
      { ...common, text: { body: HELLO }, type: 'text' },
      { text: HELLO },
    ],
    [
      'an attachment',
      { ...common, type: 'image', image: { link: 'https://chat.example/a.png', caption: 'Look' } },
      { kind: 'image', text: 'Look' },
    ],
    [
      'choices, with the action as JSON text',
      {
        messaging_product: 'whatsapp',
        to: '12025550101',
        interactive: {
          type: 'button',
          body: { text: 'Which?' },
          action: JSON.stringify({ buttons: [button] }),
        },
        type: 'interactive',
      },
      { buttons: [{ title: 'Yes please' }] },
    ],
    [
      'a template',
      {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: '12025550101',
        type: 'template',
        template: {
          name: 'order_shipped',
          language: { policy: 'deterministic', code: 'en_US' },
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'A-1042' }] }],
        },
      },
      { text: 'Your order A-1042 is on its way.' },
    ],
  ])

  const templates: unknown[] = []
  let page: string | undefined = `/v14.0/${stage.businessAccountId}/message_templates?limit=4`
  while (page !== undefined) {
    const { status, json, bytes } = await ask('GET', page)
    t.match({ status, json }, { status: 200, json: { data: [{ name: String, status: 'APPROVED' }] } })
    t.notOk(bytes.includes(SANDBOX.accessToken), 'Meta writes its token into the link to the next page')
    templates.push(...(json.data as unknown[]))
    page = (json.paging as { next?: string } | undefined)?.next
    if (page) t.ok(page.startsWith(stage.assent.url), 'which leads to the gateway')
  }
  t.equal(templates.length, stage.assent.emulator.templates.length, 'page after page')
  const key = `access_token=${SANDBOX.adminKey}`
  const older = await ask('GET', `/v14.0/${stage.businessAccountId}/message_templates?${key}`, undefined, {
    authorization: '',
  })
  t.ok(older.status >= 400, 'older versions put the key into the address: refused')
  t.match(older.json, { error: { code: Number } })

  stage.ada.caption('my tent')
  await stage.assent.settle()
  const [file] = stage.assent.emulator.deliveries.flatMap(
    ({ body }) => /"image":\{.*?"id":"(\d+)"/.exec(body.toString())?.[1] ?? [],
  )
  const facts = await ask('GET', `/v13.0/${file}`)
  t.same((await ask('GET', String(facts.json.url))).bytes, SAMPLE_FILES.image.bytes, 'a picture that came in')
  const survey = await ask('POST', `/v14.0/${stage.businessAccountId}/message_templates`, '{"name":"csat"}')
  t.match(survey, { status: 404, json: CLOSED }, 'templates are made at Meta, not through the gateway')
})

t.test('Typebot: WHATSAPP_CLOUD_API_URL', async (t) => {
  const stage = await setTheStage(t)
  const ask = asked(stage)
  const common = { messaging_product: 'whatsapp', to: '12025550101' }
  await sends(t, stage, `/v17.0/${stage.phoneNumberId}/messages`, [
    ['a text', { ...common, type: 'text', text: { body: HELLO } }, { text: HELLO }],
    [
      'buttons',
      {
        ...common,
        type: 'interactive',
        interactive: {
          type: 'button',
          header: { type: 'image', image: { link: 'https://bot.example/a.png' } },
          body: { text: 'Which?' },
          action: { buttons: [{ type: 'reply', reply: { id: 'b1', title: 'This one' } }] },
        },
      },
      { buttons: [{ title: 'This one' }], media: { kind: 'image' } },
    ],
  ])
  const form = new FormData()
  const { bytes, mimeType } = SAMPLE_FILES.image
  form.append('file', new Blob([new Uint8Array(bytes)], { type: mimeType }))
  form.append('type', mimeType)
  form.append('messaging_product', 'whatsapp')
  const uploaded = await ask('POST', `/v21.0/${stage.phoneNumberId}/media`, form, {})
  t.match(uploaded, { status: 200, json: { id: /^\d+$/ } })
  t.match(await ask('GET', `/v17.0/${stage.phoneNumberId}`), {
    json: { display_phone_number: stage.assent.policy.numbers[0]?.displayPhoneNumber },
  })
  const numbers = `/v17.0/${stage.businessAccountId}/phone_numbers?fields=id,display_phone_number&limit=100`
  t.match(await ask('GET', numbers), { json: { data: [{ id: stage.phoneNumberId }] } })
  const typing = { messaging_product: 'whatsapp', status: 'read', message_id: stage.heard }
  const shown = JSON.stringify({ ...typing, typing_indicator: { type: 'text' } })
  t.match(await ask('POST', `/v23.0/${stage.phoneNumberId}/messages`, shown), { json: { success: true } })
  const setUp = await ask('GET', '/v17.0/debug_token?input_token=x')
  t.match(
    setUp,
    { status: 404, json: CLOSED },
    'credentials are set up at Meta, before the address is changed',
  )
})

t.test('Evolution API: WA_BUSINESS_URL', async (t) => {
  const stage = await setTheStage(t)
  const ask = asked(stage)
  const common = { messaging_product: 'whatsapp', recipient_type: 'individual' }
  await sends(t, stage, `/v20.0/${stage.phoneNumberId}/messages`, [
    [
      'a text',
      { ...common, type: 'text', to: '12025550101', text: { body: HELLO, preview_url: false } },
      { text: HELLO },
    ],
    [
      'an answer to something',
      {
        ...common,
        type: 'text',
        to: '12025550101',
        text: { body: HELLO, preview_url: true },
        context: { message_id: stage.heard },
      },
      { text: HELLO, replyTo: stage.heard },
    ],
  ])
  const profile = JSON.stringify({ messaging_product: 'whatsapp', about: 'New' })
  const written = await ask('POST', `/v20.0/${stage.phoneNumberId}/whatsapp_business_profile`, profile)
  t.match(written, { status: 404, json: CLOSED }, 'the profile can be read, and is written at Meta')
})

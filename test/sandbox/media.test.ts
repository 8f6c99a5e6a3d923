// Files on the emulated Graph API: up, told of, down, gone; and what messages may do with them.

import { createHash } from 'node:crypto'
import t from 'tap'
import type { Emulator } from '../../src/sandbox/emulator.js'
import { createMedia, MEDIA_ROOM } from '../../src/sandbox/media.js'
import { NUMBER, send, startWorld, TOKEN } from './world.js'

const KEY = { authorization: `Bearer ${TOKEN}` }
const PICTURE = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1')
const PNG = 'image/png'

function form(fields: { type?: string; file?: Blob; messaging_product?: string }): FormData {
  const all = { messaging_product: 'whatsapp', file: new Blob([PICTURE], { type: PNG }), ...fields }
  const body = new FormData()
  for (const [name, value] of Object.entries(all)) body.set(name, value)
  return body
}

async function upload(emulator: Emulator, body: FormData, query = '') {
  const url = `${emulator.url}/v25.0/${NUMBER.phoneNumberId}/media${query}`
  const answer = await fetch(url, { method: 'POST', headers: KEY, body })
  return { status: answer.status, json: await answer.json() }
}

async function ask(emulator: Emulator, path: string, method = 'GET', headers: Record<string, string> = KEY) {
  const answer = await fetch(path.startsWith('http') ? path : `${emulator.url}/v25.0/${path}`, {
    method,
    headers,
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const json = answer.headers.get('content-type')?.includes('json') ? JSON.parse(bytes.toString()) : null
  return { status: answer.status, type: answer.headers.get('content-type'), bytes, json }
}

t.test('a file goes up, is told of, comes down byte for byte and is deleted', async (t) => {
  const { emulator, clock } = await startWorld(t)
  const { status, json } = await upload(emulator, form({ type: PNG }))
  t.equal(status, 200)
  t.match(json, { id: /^\d{16}$/ })
  const facts = (await ask(emulator, `${json.id}?phone_number_id=${NUMBER.phoneNumberId}`)).json
  t.match(facts, {
    messaging_product: 'whatsapp',
    mime_type: PNG,
    sha256: createHash('sha256').update(PICTURE).digest('hex'),
    file_size: PICTURE.length,
    id: json.id,
  })
  t.ok(facts.url.startsWith(`${emulator.url}/`), 'the address is on the emulator itself')
  const download = await ask(emulator, facts.url)
  t.equal(download.type, PNG)
  t.same(download.bytes, PICTURE)
  t.match(await ask(emulator, facts.url, 'GET', {}), { status: 401, json: { error: { code: 190 } } })
  t.equal((await ask(emulator, `${facts.url}0`)).status, 404, 'a forged address')
  clock.now = new Date(clock.now.getTime() + 301_000)
  t.equal((await ask(emulator, facts.url)).status, 404, 'after five minutes')
  const jsonSaid = { ...KEY, 'content-type': 'application/json' }
  t.match(await ask(emulator, json.id, 'DELETE', jsonSaid), { status: 200, json: { success: true } })
  t.match((await ask(emulator, json.id)).json, { error: { code: 100, error_subcode: 33 } })
  t.match((await ask(emulator, json.id, 'DELETE')).json, { error: { code: 100, error_subcode: 33 } })
})

t.test('a file belongs to the number that it was uploaded to', async (t) => {
  const { emulator } = await startWorld(t)
  const { id } = (await upload(emulator, form({}))).json
  t.match((await ask(emulator, `${id}?phone_number_id=1`)).json, { error: { error_subcode: 33 } })
  t.match((await ask(emulator, `${id}?phone_number_id=1`, 'DELETE')).json, { error: { error_subcode: 33 } })
  t.equal((await ask(emulator, id)).status, 200)
})

t.test('every way of writing an upload that clients have is read', async (t) => {
  const { emulator } = await startWorld(t)
  const typeless = new Blob([PICTURE])
  const cases: [string, FormData, string?][] = [
    ['the type of the part alone', form({})],
    ['the type as a field alone', form({ file: typeless, type: PNG })],
    ['the product in the query', form({ messaging_product: '' }), '?messaging_product=whatsapp'],
  ]
  cases[2]?.[1].delete('messaging_product')
  for (const [name, body, query] of cases) {
    const { json } = await upload(emulator, body, query)
    t.match((await ask(emulator, json.id)).json, { mime_type: PNG, file_size: PICTURE.length }, name)
  }
})

t.test('what is wrong with an upload is named', async (t) => {
  const { emulator } = await startWorld(t)
  const big = (bytes: number, type: string) => new Blob([Buffer.alloc(bytes)], { type })
  const without = form({ type: PNG })
  without.delete('file')
  const cases: [string, FormData, number][] = [
    ['another product', form({ messaging_product: 'x' }), 100],
    ['no file', without, 100],
    ['a type that WhatsApp has not', form({ type: 'image/gif' }), 100],
    ['a picture over 5 MB', form({ file: big(5 * 1024 * 1024 + 1, PNG) }), 131053],
    ['a sticker over 500 KB', form({ file: big(512_001, 'image/webp') }), 131053],
  ]
  for (const [name, body, code] of cases) {
    t.match(await upload(emulator, body), { status: 400, json: { error: { code } } }, name)
  }
  const broken = await fetch(`${emulator.url}/${NUMBER.phoneNumberId}/media`, {
    method: 'POST',
    headers: { ...KEY, 'content-type': 'multipart/form-data; boundary=x' },
    body: 'no form at all',
  })
  t.match(
    { status: broken.status, json: await broken.json() },
    { status: 400, json: { error: { code: 100 } } },
  )
  const nobody = await fetch(`${emulator.url}/999/media`, { method: 'POST', headers: KEY, body: form({}) })
  t.match(await nobody.json(), { error: { error_subcode: 33 } })
})

t.test('memory is bounded: the oldest file makes room', (t) => {
  const media = createMedia()
  const third = Buffer.alloc(Math.ceil(MEDIA_ROOM / 3))
  const [first, second, last] = [1, 2, 3].map(() => media.add('1', PNG, third))
  t.notOk(media.find(first?.id ?? ''))
  t.ok(media.find(second?.id ?? ''))
  t.ok(media.find(last?.id ?? ''))
  t.ok(media.remove(last?.id ?? ''))
  media.add('1', PNG, third)
  t.ok(media.find(second?.id ?? ''), 'what was deleted takes no room')
  t.end()
})

t.test('what a person sends can be downloaded by the id in the webhook', async (t) => {
  const { emulator, business } = await startWorld(t)
  const ada = emulator.person({ name: 'Ada', phone: '+12025550101' })
  ada.caption('look', { file: PICTURE })
  ada.caption('my contract', { media: 'document' })
  await emulator.flush()
  const [picture, contract] = business.values().map((v) => v.messages?.[0])
  const sent = (message: object | undefined, type: string) =>
    Reflect.get(message ?? {}, type) as { id: string; sha256: string }
  const { id, sha256 } = sent(picture, 'image')
  const facts = (await ask(emulator, id)).json
  t.equal(facts.sha256, Buffer.from(sha256, 'base64').toString('hex'))
  t.same((await ask(emulator, facts.url)).bytes, PICTURE)
  const { url } = (await ask(emulator, sent(contract, 'document').id)).json
  t.match((await ask(emulator, url)).bytes.toString(), /^%PDF-/)
})

t.test('a message names files that are there, whatever part of it they are in', async (t) => {
  const { emulator } = await startWorld(t)
  const to = '+12025550101'
  const ada = emulator.person({ name: 'Ada', phone: to })
  ada.text('hi')
  const { id } = (await upload(emulator, form({}))).json
  const above = (image: object) => ({
    type: 'interactive',
    interactive: {
      type: 'button',
      header: { type: 'image', image },
      body: { text: 'Which?' },
      action: { buttons: [{ type: 'reply', reply: { id: '1', title: 'This' } }] },
    },
  })
  for (const message of [{ type: 'image', image: { id, caption: 'A tent' } }, above({ id })])
    t.equal((await send(emulator, { to, ...message })).status, 200, message.type)
  t.match(ada.chat.slice(1), [
    { text: 'A tent', media: { kind: 'image' } },
    { text: 'Which?', media: { kind: 'image' } },
  ])
  for (const message of [{ type: 'image', image: { id: '1' } }, above({ id: '1' })]) {
    const answer = await send(emulator, { to, ...message })
    t.match(answer, { status: 400, json: { error: { code: 131009 } } }, message.type)
  }
})

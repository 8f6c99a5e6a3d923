// What every client is asked to say, and what the person on the other side then has.
// A client's own file says how it says it; here is only what and to what end.

import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import { SAMPLE_FILES } from '../../src/sandbox/sample-files.js'
import { type Stage, TO } from './stage.js'

export type Picture = { bytes: Buffer; mimeType: 'image/jpeg'; filename: string; id: string }
export type Facts = { url: string; mimeType: string; sha256: string }

/** Sends answer the message's id as the client gives it to its user; undefined when it does not. */
type Sent = Promise<string | undefined>

export type Calls = {
  'send a text': (to: string, body: string) => Sent
  'send a text with data of its own': (to: string, body: string, data: string) => Sent
  'send a template': (to: string, name: string, language: string, parameter: string) => Sent
  'send buttons': (to: string, body: string, buttons: { id: string; title: string }[]) => Sent
  'send a list': (to: string, body: string, label: string, rows: { id: string; title: string }[]) => Sent
  'send a link button': (to: string, body: string, label: string, url: string) => Sent
  'send a picture by id': (to: string, picture: Picture, caption: string) => Sent
  'send a picture by link': (to: string, link: string, caption: string) => Sent
  'send a reaction': (to: string, messageId: string, emoji: string) => Sent
  'send a place': (to: string, place: typeof PLACE) => Sent
  'send a contact card': (to: string, card: typeof CARD) => Sent
  'mark as read': (messageId: string) => Promise<unknown>
  /** `webhook` is the delivery of the message, for clients that must have heard it */
  'show typing': (messageId: string, webhook: { body: Buffer; signature: string }) => Promise<unknown>
  'upload a file': (picture: Picture) => Promise<string>
  'look up a file': (id: string) => Promise<Facts>
  'download a file': (id: string) => Promise<Buffer>
  'delete a file': (id: string) => Promise<unknown>
  'list templates': (account: string) => Promise<string[]>
  /** answers its number in digits */
  'read the number': () => Promise<string | undefined>
  /** answers its line of business */
  'read the profile': () => Promise<string | undefined>
}
export type CallName = keyof Calls

type Play<Call> = (t: Test, call: Call, stage: Stage) => Promise<unknown>
type Script = { readonly [Name in CallName]: Play<Calls[Name]> }

const WORDS = 'Two days of sale – 20 % off 🏕 “tents” & cafés'
const LINK = 'https://shop.example/tent.jpg?size=big&n=1'
const PLACE = { latitude: 52.520008, longitude: 13.404954, name: 'Shop', address: 'Musterstraße 1, Berlin' }
const CARD = { name: 'Service Desk', firstName: 'Service', phone: '+12025550199' }
const BUTTONS = [
  { id: 'yes-please', title: 'Yes please' },
  { id: 'rather-not', title: 'Rather not' },
]
const titles = BUTTONS.map(({ title }) => ({ title }))

/** What Ada's screen must show last, as the message with this id. */
function shows(t: Test, { ada }: Stage, id: string | undefined, content: object) {
  const last = ada.chat.at(-1)
  t.match(last, content)
  if (id !== undefined) t.equal(id, last?.id, 'the client tells the id under which the message is known')
}

/** A picture that has been uploaded before. */
function picture({ assent, phoneNumberId }: Stage): Picture {
  const { mimeType, bytes } = SAMPLE_FILES.image
  const { id } = assent.emulator.media.add(phoneNumberId, mimeType, bytes)
  return { bytes, mimeType, filename: 'tent.jpg', id }
}

/** Every call, in the order in which they are tried. */
export const SCRIPT: Script = {
  'send a text': async (t, send, stage) =>
    shows(t, stage, await send(TO, WORDS), { kind: 'text', text: WORDS }),
  'send a text with data of its own': async (t, send, stage) => {
    shows(t, stage, await send(TO, WORDS, 'order-1042'), { kind: 'text' })
    t.match(stage.assent.emulator.requests.at(-1)?.body, { biz_opaque_callback_data: 'order-1042' })
  },
  'send a template': async (t, send, stage) =>
    shows(t, stage, await send(TO, 'order_shipped', 'en_US', 'A-1042'), {
      kind: 'template',
      text: 'Your order A-1042 is on its way.',
    }),
  'send buttons': async (t, send, stage) =>
    shows(t, stage, await send(TO, 'Would you like to know more?', BUTTONS), {
      kind: 'interactive button',
      text: 'Would you like to know more?',
      buttons: titles,
    }),
  'send a list': async (t, send, stage) =>
    shows(t, stage, await send(TO, 'Which topic?', 'Topics', BUTTONS), {
      kind: 'interactive list',
      list: { label: 'Topics', sections: [{ rows: titles }] },
    }),
  'send a link button': async (t, send, stage) =>
    shows(t, stage, await send(TO, 'See the dates', 'Open', 'https://shop.example/dates'), {
      kind: 'interactive cta_url',
      link: { label: 'Open', url: 'https://shop.example/dates' },
    }),
  'send a picture by id': async (t, send, stage) =>
    shows(t, stage, await send(TO, picture(stage), 'A tent'), {
      kind: 'image',
      text: 'A tent',
      media: { kind: 'image' },
    }),
  'send a picture by link': async (t, send, stage) => {
    shows(t, stage, await send(TO, LINK, 'A tent'), { kind: 'image', text: 'A tent' })
    t.match(stage.assent.emulator.requests.at(-1)?.body, { image: { link: LINK } })
  },
  'send a reaction': async (t, send, stage) => {
    await send(TO, stage.heard, '👍')
    t.equal(stage.ada.chat.find(({ id }) => id === stage.heard)?.reaction, '👍')
  },
  'send a place': async (t, send, stage) =>
    shows(t, stage, await send(TO, PLACE), { kind: 'location', place: PLACE }),
  'send a contact card': async (t, send, stage) =>
    shows(t, stage, await send(TO, CARD), {
      kind: 'contacts',
      cards: [{ name: CARD.name, phones: [CARD.phone] }],
    }),
  'mark as read': async (t, mark, { ada, heard }) => {
    await mark(heard)
    t.equal(ada.chat.find(({ id }) => id === heard)?.seen, true)
  },
  'show typing': async (t, show, { assent, ada, heard }) => {
    const webhook = assent.emulator.deliveries.find(({ body }) => body.includes(asEscaped(heard)))
    if (!webhook) throw new Error('what was said has not been delivered')
    await show(heard, webhook)
    t.ok(ada.typingUntil > assent.clock().getTime())
  },
  'upload a file': async (t, upload, stage) => {
    const wanted = picture(stage)
    const file = stage.assent.emulator.media.find(await upload(wanted))
    t.match(file, { mimeType: wanted.mimeType, bytes: wanted.bytes })
  },
  'look up a file': async (t, lookUp, stage) => {
    const { id, bytes, mimeType } = picture(stage)
    const facts = await lookUp(id)
    t.match(facts, { mimeType, sha256: createHash('sha256').update(bytes).digest('hex') })
    t.notOk(
      facts.url.startsWith(stage.assent.emulator.url),
      'the address is the gateway’s: at Meta’s the gateway’s key opens nothing',
    )
  },
  'download a file': async (t, download, stage) => {
    const { id, bytes } = picture(stage)
    t.same(await download(id), bytes)
  },
  'delete a file': async (t, remove, stage) => {
    const { id } = picture(stage)
    await remove(id)
    t.notOk(stage.assent.emulator.media.find(id))
  },
  'list templates': async (t, list, { assent, businessAccountId }) => {
    const names = await list(businessAccountId)
    t.same(new Set(names), new Set(assent.emulator.templates.map(({ name }) => name)))
  },
  'read the number': async (t, read, { assent }) =>
    t.equal(await read(), assent.policy.numbers[0]?.displayPhoneNumber),
  'read the profile': async (t, read) => t.equal(await read(), 'RETAIL'),
}

export const CALL_NAMES = Object.keys(SCRIPT) as CallName[]

// An id is base64, in which Meta escapes the slash.
const asEscaped = (text: string) => text.replaceAll('/', '\\/')

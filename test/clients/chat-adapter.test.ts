import { get, type IncomingMessage } from 'node:http'
import { createWhatsAppAdapter, WhatsAppApiError } from '@chat-adapter/whatsapp'
import { Actions, type Adapter, Button, Card, CardText, Chat, ConsoleLogger, LinkButton } from 'chat'
import { SANDBOX } from '../../src/config.js'
import { memoryState } from './chat-state.js'
import { type Gateway, holdToContract } from './contract.js'
import { functionsOf } from './functions.js'

// It downloads over HTTPS only, and from the host that it is pointed at. Here nothing ends TLS, so what it asks of this
// address is carried to the gateway's socket, as a proxy in front of the gateway would.
const OUTSIDE = 'https://gateway.example'

const adapterFor = ({ url, key, phoneNumberId }: Gateway) =>
  createWhatsAppAdapter({
    apiUrl: url,
    accessToken: key,
    phoneNumberId,
    appSecret: SANDBOX.appSecret,
    verifyToken: SANDBOX.verifyToken,
    logger: new ConsoleLogger('silent'),
  })

holdToContract({
  name: '@chat-adapter/whatsapp',
  env: { PUBLIC_URL: OUTSIDE },
  connect(gateway) {
    const { url, phoneNumberId } = gateway
    const whatsapp = adapterFor(gateway)
    // Its types do not know `exactOptionalPropertyTypes`.
    const adapters = { whatsapp: whatsapp as Adapter }
    const bot = new Chat({ userName: 'bot', adapters, state: memoryState(), logger: 'silent' })
    const thread = (to: string) => whatsapp.encodeThreadId({ phoneNumberId, userWaId: to })
    const id = async (sent: Promise<{ id: string }>) => (await sent).id
    return {
      'send a text': (to, body) => id(whatsapp.postMessage(thread(to), body)),
      'send a template': (to, name, language, text) =>
        id(
          whatsapp.sendTemplate(thread(to), {
            name,
            language,
            components: [{ type: 'body', parameters: [{ type: 'text', text }] }],
          }),
        ),
      'send buttons': (to, body, buttons) =>
        id(
          whatsapp.postMessage(
            thread(to),
            Card({
              children: [
                CardText(body),
                Actions(buttons.map(({ id, title }) => Button({ id, label: title }))),
              ],
            }),
          ),
        ),
      'send a link button': (to, body, label, link) =>
        id(
          whatsapp.postMessage(
            thread(to),
            Card({ children: [CardText(body), Actions([LinkButton({ label, url: link })])] }),
          ),
        ),
      'send a picture by id': (to, { bytes: data, mimeType, filename }, caption) =>
        id(whatsapp.postMessage(thread(to), { markdown: caption, files: [{ data, mimeType, filename }] })),
      'send a picture by link': (to, link, caption) =>
        id(
          whatsapp.postMessage(thread(to), {
            markdown: caption,
            attachments: [{ type: 'image', url: link, mimeType: 'image/jpeg' }],
          }),
        ),
      'send a reaction': async (to, messageId, emoji) => {
        await whatsapp.addReaction(thread(to), messageId, emoji)
        return undefined
      },
      'mark as read': (messageId) => whatsapp.markAsRead(messageId),
      'show typing': async (_messageId, { body, signature }) => {
        const work: Promise<unknown>[] = []
        const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature }
        const webhook = new Request('https://bot.example/webhook', {
          method: 'POST',
          headers,
          body: new Uint8Array(body),
        })
        bot.onDirectMessage((thread) => thread.startTyping())
        await bot.webhooks.whatsapp(webhook, { waitUntil: (task) => work.push(task) })
        await Promise.all(work)
      },
      'download a file': async (mediaId) => {
        const outside = adapterFor({ ...gateway, url: OUTSIDE })
        const direct = globalThis.fetch
        globalThis.fetch = (to, options) => direct(String(to).replace(OUTSIDE, url), options)
        try {
          return await outside.downloadMedia(
            mediaId,
            ({ pathname, search }, _signal, headers = {}) =>
              new Promise<IncomingMessage>((answered, failed) => {
                get(url + pathname + search, { headers }, answered).on('error', failed)
              }),
          )
        } finally {
          globalThis.fetch = direct
        }
      },
    }
  },
  cannot: {
    'send a text with data of its own': /callback|opaque/i,
    'send a list': /list/i,
    'send a place': /location/i,
    'send a contact card': /contact/i,
    // It uploads as a part of sending; its uploadMedia is for its subclasses only.
    'upload a file': /upload(?!Media$)(?<!graphApiUpload$)/i,
    'look up a file': /(get|look).*media/i,
    'delete a file': /delete(?!Message$)/i,
    'list templates': /templates/i,
    'read the number': /phone|number/i,
    'read the profile': /profile/i,
  },
  functions: () => functionsOf({ adapter: adapterFor({ url: OUTSIDE, key: 'none', phoneNumberId: '1' }) }),
  async failure(call) {
    try {
      await call()
    } catch (error) {
      if (error instanceof WhatsAppApiError)
        return { type: 'WhatsAppApiError', code: error.errorCode, details: error.details }
      throw error
    }
    throw new Error('the call did not fail')
  },
})

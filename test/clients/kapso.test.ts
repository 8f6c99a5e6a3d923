import { GraphApiError, WhatsAppClient } from '@kapso/whatsapp-cloud-api'
import { holdToContract } from './contract.js'
import { functionsOf } from './functions.js'

holdToContract({
  name: '@kapso/whatsapp-cloud-api',
  connect({ url, key, phoneNumberId }) {
    const client = new WhatsAppClient({ accessToken: key, baseUrl: url })
    const id = async (sent: Promise<{ messages: { id: string }[] }>) => (await sent).messages[0]?.id
    return {
      'send a text': (to, body) => id(client.messages.sendText({ phoneNumberId, to, body })),
      'send a text with data of its own': (to, body, bizOpaqueCallbackData) =>
        id(client.messages.sendText({ phoneNumberId, to, body, bizOpaqueCallbackData })),
      'send a template': (to, name, language, text) =>
        id(
          client.messages.sendTemplate({
            phoneNumberId,
            to,
            template: {
              name,
              language: { code: language },
              components: [{ type: 'body', parameters: [{ type: 'text', text }] }],
            },
          }),
        ),
      'send buttons': (to, bodyText, buttons) =>
        id(client.messages.sendInteractiveButtons({ phoneNumberId, to, bodyText, buttons })),
      'send a list': (to, bodyText, buttonText, rows) =>
        id(
          client.messages.sendInteractiveList({
            phoneNumberId,
            to,
            bodyText,
            buttonText,
            sections: [{ title: 'Topics', rows }],
          }),
        ),
      'send a link button': (to, bodyText, displayText, url) =>
        id(
          client.messages.sendInteractiveCtaUrl({
            phoneNumberId,
            to,
            bodyText,
            parameters: { displayText, url },
          }),
        ),
      'send a picture by id': (to, picture, caption) =>
        id(client.messages.sendImage({ phoneNumberId, to, image: { id: picture.id, caption } })),
      'send a picture by link': (to, link, caption) =>
        id(client.messages.sendImage({ phoneNumberId, to, image: { link, caption } })),
      'send a reaction': (to, messageId, emoji) =>
        id(client.messages.sendReaction({ phoneNumberId, to, reaction: { messageId, emoji } })),
      'send a place': (to, location) => id(client.messages.sendLocation({ phoneNumberId, to, location })),
      'send a contact card': (to, { name, firstName, phone }) =>
        id(
          client.messages.sendContacts({
            phoneNumberId,
            to,
            contacts: [{ name: { formattedName: name, firstName }, phones: [{ phone, type: 'WORK' }] }],
          }),
        ),
      'mark as read': (messageId) => client.messages.markRead({ phoneNumberId, messageId }),
      'show typing': (messageId) =>
        client.messages.markRead({ phoneNumberId, messageId, typingIndicator: { type: 'text' } }),
      'upload a file': async ({ bytes, mimeType, filename }) =>
        (await client.media.upload({ phoneNumberId, type: mimeType, file: bytes, fileName: filename })).id,
      'look up a file': async (mediaId) => {
        const { url, mimeType, sha256 } = await client.media.get({ mediaId, phoneNumberId })
        return { url, mimeType, sha256 }
      },
      // Its own hosts aside the client sends no key to a download address unless it is told to; Meta wants one as well.
      'download a file': async (mediaId) => {
        const bytes = await client.media.download({ mediaId, phoneNumberId, auth: 'always' })
        return Buffer.from(bytes as ArrayBuffer)
      },
      'delete a file': (mediaId) => client.media.delete({ mediaId, phoneNumberId }),
      'list templates': async (businessAccountId) => {
        const { data } = await client.templates.list({ businessAccountId, limit: 100 })
        return data.map(({ name }) => name)
      },
      'read the profile': async () => {
        const fields = 'about,vertical'
        const { data } = await client.phoneNumbers.businessProfile.get({ phoneNumberId, fields })
        return data[0]?.vertical
      },
    }
  },
  cannot: { 'read the number': /^phoneNumbers\.(get|read|retrieve)/ },
  functions() {
    const { messages, media, templates, phoneNumbers } = new WhatsAppClient({ accessToken: 'none' })
    return functionsOf({ messages, media, templates, phoneNumbers })
  },
  async failure(call) {
    try {
      await call()
    } catch (error) {
      if (error instanceof GraphApiError)
        return { type: 'GraphApiError', code: error.code, details: error.details }
      throw error
    }
    throw new Error('the call did not fail')
  },
})

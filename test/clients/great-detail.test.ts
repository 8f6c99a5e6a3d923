import { Client, type CreateMessageOptions } from '@great-detail/whatsapp'
import { holdToContract } from './contract.js'
import { functionsOf } from './functions.js'

type Answer = { json<T>(): Promise<T> }

holdToContract({
  name: '@great-detail/whatsapp',
  connect({ url, key, phoneNumberId: phoneNumberID }) {
    const headers = { Authorization: `Bearer ${key}` }
    const sdk = new Client({ prefixUrl: url, request: { headers } })
    // Its documentation writes the type in words, which its types (an enumeration) do not take.
    const send = async (to: string, message: { type: string; [part: string]: unknown }) => {
      const answer = await sdk.message.createMessage({
        phoneNumberID,
        to,
        ...message,
      } as CreateMessageOptions)
      return (await answer.json()).messages[0]?.id
    }
    const json = async <T>(answer: Answer) => answer.json<T>()
    return {
      'send a text': (to, body) => send(to, { type: 'text', text: { body } }),
      'send a text with data of its own': (to, body, biz_opaque_callback_data) =>
        send(to, { type: 'text', text: { body }, biz_opaque_callback_data }),
      'send a template': (to, name, code, text) =>
        send(to, {
          type: 'template',
          template: {
            name,
            language: { code },
            components: [{ type: 'body', parameters: [{ type: 'text', text }] }],
          },
        }),
      'send buttons': (to, text, buttons) =>
        send(to, {
          type: 'interactive',
          interactive: {
            type: 'button',
            body: { text },
            action: { buttons: buttons.map((reply) => ({ type: 'reply', reply })) },
          },
        }),
      'send a list': (to, text, button, rows) =>
        send(to, {
          type: 'interactive',
          interactive: { type: 'list', body: { text }, action: { button, sections: [{ rows }] } },
        }),
      'send a link button': (to, text, display_text, url) =>
        send(to, {
          type: 'interactive',
          interactive: {
            type: 'cta_url',
            body: { text },
            action: { name: 'cta_url', parameters: { display_text, url } },
          },
        }),
      'send a picture by id': (to, { id }, caption) => send(to, { type: 'image', image: { id, caption } }),
      'send a picture by link': (to, link, caption) => send(to, { type: 'image', image: { link, caption } }),
      'send a reaction': (to, message_id, emoji) =>
        send(to, { type: 'reaction', reaction: { message_id, emoji } }),
      'send a place': (to, location) => send(to, { type: 'location', location }),
      'send a contact card': (to, { name, firstName, phone }) =>
        send(to, {
          type: 'contacts',
          contacts: [
            { name: { formatted_name: name, first_name: firstName }, phones: [{ phone, type: 'WORK' }] },
          ],
        }),
      'mark as read': (message_id) =>
        sdk.message.createStatus({ phoneNumberID, message_id, status: 'read' }).json(),
      'show typing': (message_id) =>
        sdk.message
          .createStatus({ phoneNumberID, message_id, status: 'read', typing_indicator: { type: 'text' } })
          .json(),
      'upload a file': async ({ bytes, mimeType, filename }) => {
        const file = new Blob([new Uint8Array(bytes)], { type: mimeType })
        return (await sdk.media.upload({ phoneNumberID, mimeType, filename, file }).json()).id
      },
      'look up a file': async (mediaID) => {
        const { url, mime_type, sha256 } = await sdk.media.getURL({ mediaID, phoneNumberID }).json()
        return { url, mimeType: mime_type, sha256 }
      },
      // The download is a request of its own, made with `Host: lookaside.fbsbx.com` and without the client's headers.
      'download a file': async (mediaID) => {
        const { url } = await sdk.media.getURL({ mediaID }).json()
        return Buffer.from(await sdk.media.download({ mediaURL: url, request: { headers } }).arrayBuffer())
      },
      'delete a file': (mediaID) => sdk.media.delete({ mediaID, phoneNumberID }).json(),
      'list templates': async (account) => {
        const fields = ['name', 'language', 'category'] as const
        const { data } = await sdk.template.list(account, { limit: 100, fields: [...fields] }).json()
        return data.map(({ name }) => name)
      },
      'read the number': async () => {
        const fields = ['display_phone_number', 'throughput', 'quality_rating'] as const
        const answer = await sdk.phoneNumbers.getPhoneNumber({ phoneNumberID, fields: [...fields] })
        return (await json<{ display_phone_number: string }>(answer)).display_phone_number
      },
      'read the profile': async () => {
        const answer = await sdk.businessProfile.getBusinessProfile({ phoneNumberID, fields: ['vertical'] })
        return (await json<{ data: { vertical: string }[] }>(answer)).data[0]?.vertical
      },
    }
  },
  cannot: {},
  functions() {
    const { message, media, template, phoneNumbers, businessProfile } = new Client()
    return functionsOf({ message, media, template, phoneNumbers, businessProfile })
  },
  async failure(call) {
    try {
      await call()
    } catch (error) {
      if (!(error instanceof Error && 'response' in error && error.response instanceof Response)) throw error
      const { error: told } = (await error.response.json()) as {
        error: { code: number; error_data: { details: string } }
      }
      return { type: error.name, code: told.code, details: told.error_data.details }
    }
    throw new Error('the call did not fail')
  },
})

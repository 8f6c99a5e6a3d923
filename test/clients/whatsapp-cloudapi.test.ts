import * as client from '@whatsapp-cloudapi/client'
import { holdToContract } from './contract.js'
import { functionsOf } from './functions.js'

type Sent = Promise<{ messages: { id: string }[] }>

holdToContract({
  name: '@whatsapp-cloudapi/client',
  connect({ url, key, phoneNumberId }) {
    const account = { accessToken: key, from: phoneNumberId, baseUrl: url }
    const id = async (sent: Sent) => (await sent).messages[0]?.id
    return {
      'send a text': (to, text) => id(client.sendTextMessage({ ...account, to, text })),
      'send a text with data of its own': (to, text, bizOpaqueCallbackData) =>
        id(client.sendTextMessage({ ...account, to, text, bizOpaqueCallbackData })),
      'send a template': (to, templateName, languageCode, text) =>
        id(
          client.sendTemplateMessage({
            ...account,
            to,
            templateName,
            languageCode,
            components: [{ type: 'body', parameters: [{ type: 'text', text }] }],
          }),
        ),
      'send buttons': (to, bodyText, buttons) =>
        id(client.sendButtonsMessage({ ...account, to, bodyText, buttons })),
      'send a list': (to, bodyText, buttonText, rows) =>
        id(
          client.sendListMessage({
            ...account,
            to,
            bodyText,
            buttonText,
            sections: [{ title: 'Topics', rows }],
          }),
        ),
      'send a link button': (to, bodyText, buttonText, url) =>
        id(client.sendCTAURLMessage({ ...account, to, bodyText, buttonText, url })),
      'send a picture by id': (to, { id: mediaId }, caption) =>
        id(client.sendImageMessage({ ...account, to, mediaId, caption })),
      'mark as read': (messageId) => client.markMessageRead({ ...account, messageId }),
      'show typing': (messageId) =>
        client.markMessageRead({ ...account, messageId, showTypingIndicator: true }),
      'upload a file': async ({ bytes, mimeType }) => {
        const file = new Blob([new Uint8Array(bytes)], { type: mimeType })
        return (await client.uploadMedia({ ...account, file })).id
      },
    }
  },
  cannot: {
    'send a picture by link': /link/i,
    'send a reaction': /reaction/i,
    'send a place': /location/i,
    'send a contact card': /contact/i,
    'look up a file': /(get|retrieve|fetch)media/i,
    'download a file': /download/i,
    'delete a file': /delete/i,
    'list templates': /(get|list|fetch)templates?/i,
    'read the number': /phonenumber/i,
    'read the profile': /profile/i,
  },
  functions: () => functionsOf({ client: { ...client } }),
  async failure(call) {
    try {
      await call()
    } catch (error) {
      // Its errors have no fields: the envelope is the end of the message, as JSON.
      const json = error instanceof Error ? /^WhatsApp API Error: (\{.*\})$/s.exec(error.message)?.[1] : ''
      if (!json) throw error
      const { error: told } = JSON.parse(json)
      return { type: 'Error', code: told.code, details: told.error_data.details }
    }
    throw new Error('the call did not fail')
  },
})

import { WhatsAppAPI } from 'whatsapp-api-js'
import {
  ActionButtons,
  ActionCTA,
  ActionList,
  Body,
  BodyComponent,
  BodyParameter,
  Button,
  Contacts,
  Image,
  Interactive,
  ListSection,
  Location,
  Name,
  Phone,
  Reaction,
  Row,
  Template,
  Text,
} from 'whatsapp-api-js/messages'
import type { ClientMessage, ServerErrorResponse, ServerMessageResponse } from 'whatsapp-api-js/types'
import { holdToContract } from './contract.js'
import { functionsOf } from './functions.js'

const META = 'https://graph.facebook.com'

holdToContract({
  name: 'whatsapp-api-js',
  connect({ url, key, phoneNumberId }) {
    // The host is written into the client; its `fetch` is the one place to point it elsewhere.
    const Whatsapp = new WhatsAppAPI({
      token: key,
      secure: false,
      v: 'v24.0',
      ponyfill: { fetch: (to, options) => fetch(String(to).replace(META, url), options) },
    })
    const send = async (to: string, message: ClientMessage, data?: string) => {
      const answer: ServerMessageResponse = await Whatsapp.sendMessage(
        phoneNumberId,
        to,
        message,
        undefined,
        data,
      )
      return orThrow(answer).messages[0]?.id
    }
    return {
      'send a text': (to, body) => send(to, new Text(body)),
      'send a text with data of its own': (to, body, data) => send(to, new Text(body), data),
      'send a template': (to, name, language, text) =>
        send(to, new Template(name, language, new BodyComponent(new BodyParameter(text)))),
      'send buttons': (to, body, [first, ...others]) => {
        if (!first) throw new Error('no buttons')
        const button = ({ id, title }: typeof first) => new Button(id, title)
        return send(
          to,
          new Interactive(new ActionButtons(button(first), ...others.map(button)), new Body(body)),
        )
      },
      'send a list': (to, body, label, [first, ...others]) => {
        if (!first) throw new Error('no rows')
        const row = ({ id, title }: typeof first) => new Row(id, title)
        const section = new ListSection('Topics', row(first), ...others.map(row))
        return send(to, new Interactive(new ActionList(label, section), new Body(body)))
      },
      'send a link button': (to, body, label, link) =>
        send(to, new Interactive(new ActionCTA(label, link), new Body(body))),
      'send a picture by id': (to, { id }, caption) => send(to, new Image(id, true, caption)),
      'send a picture by link': (to, link, caption) => send(to, new Image(link, false, caption)),
      'send a reaction': (to, messageId, emoji) => send(to, new Reaction(messageId, emoji)),
      'send a place': (to, { longitude, latitude, name, address }) =>
        send(to, new Location(longitude, latitude, name, address)),
      'send a contact card': (to, { name, firstName, phone }) =>
        send(to, new Contacts([new Name(name, firstName), new Phone(phone, 'WORK')])),
      'mark as read': async (messageId) => orThrow(await Whatsapp.markAsRead(phoneNumberId, messageId)),
      'show typing': async (messageId) =>
        orThrow(await Whatsapp.markAsRead(phoneNumberId, messageId, 'text')),
      'upload a file': async ({ bytes, mimeType, filename }) => {
        const form = new FormData()
        form.set('file', new Blob([new Uint8Array(bytes)], { type: mimeType }), filename)
        return orThrow(await Whatsapp.uploadMedia(phoneNumberId, form)).id
      },
      'look up a file': async (id) => {
        const { url, mime_type, sha256 } = orThrow(await Whatsapp.retrieveMedia(id, phoneNumberId))
        return { url, mimeType: mime_type, sha256 }
      },
      'download a file': async (id) => {
        const { url } = orThrow(await Whatsapp.retrieveMedia(id))
        return Buffer.from(await (await Whatsapp.fetchMedia(url)).arrayBuffer())
      },
      'delete a file': async (id) => orThrow(await Whatsapp.deleteMedia(id, phoneNumberId)),
    }
  },
  cannot: {
    'list templates': /template/i,
    'read the number': /number/i,
    'read the profile': /profile/i,
  },
  functions: () => functionsOf({ api: new WhatsAppAPI({ token: 'none', secure: false, v: 'v24.0' }) }),
  async failure(call) {
    try {
      await call()
    } catch (refused) {
      if (!(refused instanceof Resolved)) throw refused
      const { code, error_data } = refused.error
      return { type: '{ error }', code, details: error_data.details }
    }
    throw new Error('the call did not fail')
  },
})

type Told = ServerErrorResponse['error']

/** The client does not throw: it resolves with `{ error }`, for its user to look at. */
class Resolved extends Error {
  readonly error: Told
  constructor(error: Told) {
    super(error.message)
    this.error = error
  }
}

function orThrow<T extends { error?: unknown }>(answer: T): Exclude<T, ServerErrorResponse> {
  if (isError(answer)) throw new Resolved(answer.error)
  return answer as Exclude<T, ServerErrorResponse>
}

function isError(answer: object): answer is ServerErrorResponse {
  return 'error' in answer && answer.error !== undefined
}

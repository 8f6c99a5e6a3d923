// What a person can do on their side of WhatsApp: write, tap, react, stop or resume offers, open the chat.
// Promise kept: everything a person does leaves as the webhook that Meta would post, and shows in their chat.

import { readEverything } from './acceptance.js'
import type { Choice, Content } from './content.js'
import { incomingMessage, marketingPreference } from './payloads.js'
import { type Bubble, type BusinessNumber, newMessageId, type PersonRecord } from './people.js'
import { SAMPLE_FILES } from './sample-files.js'
import type { World } from './world.js'

export type SayOptions = {
  /** WhatsApp's clock for this message; now by default */
  at?: Date
  forwarded?: boolean
  /** id of the message it answers */
  replyTo?: string
  /** phone number id it is written to; the first number by default */
  number?: string
}

/** A person. Every action returns the id of the message it sent. */
export type Person = Readonly<PersonRecord> & {
  text(body: string, options?: SayOptions): string
  /** a picture, film or document with words under it; the business can download it by the id in the webhook */
  caption(words: string, options?: SayOptions & { media?: keyof typeof SAMPLE_FILES; file?: Buffer }): string
  /** taps a button or list row, by id or title, of a message or of the latest that has it; throws if there is none */
  tap(messageId: string | 'latest', button: string, options?: Pick<SayOptions, 'at'>): string
  react(emoji: string, messageId?: string | 'latest', options?: Pick<SayOptions, 'at'>): string
  /** WhatsApp's own switch "Offers and announcements"; no message, so no id */
  stopMarketing(options?: Pick<SayOptions, 'at' | 'number'>): void
  resumeMarketing(options?: Pick<SayOptions, 'at' | 'number'>): void
  /** the chat is on a screen: messages are read as they come */
  openChat(): void
  closeChat(): void
}

/** Everything that can be tapped in a message. */
function choicesOf(bubble: Bubble): Choice[] {
  return [...(bubble.buttons ?? []), ...(bubble.list?.sections.flatMap((s) => s.rows) ?? [])]
}

/** Gives a person their hands. */
export function personOf(world: World, record: PersonRecord): Person {
  const numberOf = (id?: string): BusinessNumber => {
    const number = id === undefined ? world.numbers[0] : world.numbers.find((n) => n.phoneNumberId === id)
    if (!number) throw new RangeError('the business has no such number')
    return number
  }

  function say(content: Record<string, unknown>, shown: Content | null, options: SayOptions): string {
    const number = numberOf(options.number)
    const id = newMessageId()
    const at = options.at ?? world.clock()
    const bubble: Bubble | undefined = shown
      ? {
          ...shown,
          id,
          from: 'person',
          phoneNumberId: number.phoneNumberId,
          at: at.toISOString(),
          statuses: [],
          heard: false,
          seen: false,
          ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
          ...(options.forwarded ? { forwarded: true } : {}),
        }
      : undefined
    if (bubble) record.chat.push(bubble)
    const before = record.lastWrote.get(number.phoneNumberId) ?? 0
    record.lastWrote.set(number.phoneNumberId, Math.max(before, at.getTime()))
    const context = options.forwarded
      ? { context: { forwarded: true } }
      : options.replyTo !== undefined
        ? { context: { from: number.displayPhoneNumber.replace(/\D/g, ''), id: options.replyTo } }
        : {}
    world.deliveries.post(incomingMessage(number, record, { id, at, content: { ...context, ...content } }), {
      person: record.id,
      answered() {
        if (bubble) bubble.heard = true
      },
    })
    world.changed(record.id)
    return id
  }

  function latest(matches: (bubble: Bubble) => boolean, messageId: string): Bubble {
    const found = record.chat.findLast((b) => (messageId === 'latest' || b.id === messageId) && matches(b))
    if (!found) throw new RangeError('there is no such message, or it has no such button')
    return found
  }

  function prefer(value: 'stop' | 'resume', options: Pick<SayOptions, 'at' | 'number'>): void {
    record.marketingStopped = value === 'stop'
    const preference = { value, at: options.at ?? world.clock() }
    world.deliveries.post(marketingPreference(numberOf(options.number), record, preference), {
      person: record.id,
    })
    world.changed(record.id)
  }

  const actions: Omit<Person, keyof PersonRecord> = {
    text: (body, options = {}) =>
      say({ type: 'text', text: { body } }, { kind: 'text', text: body }, options),
    caption(words, { media = 'image', file, ...options } = {}) {
      const { mimeType, bytes } = SAMPLE_FILES[media]
      const { phoneNumberId } = numberOf(options.number)
      const { id, sha256 } = world.media.add(phoneNumberId, mimeType, file ?? bytes)
      const sent = {
        caption: words,
        ...(media === 'document' ? { filename: 'document.pdf' } : {}),
        mime_type: mimeType,
        // Webhooks give the digest in base64, the API gives it in hex.
        sha256: Buffer.from(sha256, 'hex').toString('base64'),
        id,
      }
      return say(
        { type: media, [media]: sent },
        { kind: media, text: words, media: { kind: media, mimeType } },
        options,
      )
    },
    tap(messageId, button, options = {}) {
      const is = (choice: Choice) => choice.id === button || choice.title === button
      const bubble = latest((b) => b.from === 'business' && choicesOf(b).some(is), messageId)
      const choice = choicesOf(bubble).find(is) ?? { id: button, title: button }
      bubble.tapped = choice.id
      return say(
        tapContent(bubble, choice),
        { kind: 'tap', text: choice.title },
        { ...options, replyTo: bubble.id, number: bubble.phoneNumberId },
      )
    },
    react(emoji, messageId = 'latest', options = {}) {
      const bubble = latest((b) => b.from === 'business', messageId)
      bubble.reaction = emoji
      const content = { type: 'reaction', reaction: { message_id: bubble.id, emoji } }
      return say(content, null, { ...options, number: bubble.phoneNumberId })
    },
    stopMarketing: (options = {}) => prefer('stop', options),
    resumeMarketing: (options = {}) => prefer('resume', options),
    openChat() {
      record.viewers += 1
      readEverything(world, record)
    },
    closeChat() {
      record.viewers = Math.max(0, record.viewers - 1)
    },
  }
  return Object.assign(record, actions)
}

// A button of a template, a reply button and a list row come back in three different shapes.
function tapContent(bubble: Bubble, choice: Choice): Record<string, unknown> {
  if (bubble.kind === 'template')
    return { type: 'button', button: { payload: choice.id, text: choice.title } }
  if (bubble.list) return { type: 'interactive', interactive: { type: 'list_reply', list_reply: choice } }
  const { id, title } = choice
  return { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id, title } } }
}

// Reads the body of a send as the Cloud API reads it.
// Promise kept: every documented message type is accepted, every documented limit is enforced, and what is wrong is
// answered with the documented code and the path of the field, never with its value.

import { z } from 'zod'
import {
  contacts,
  contactsContent,
  type File,
  file,
  location,
  locationContent,
  mediaContent,
} from './attachments.js'
import { type Content, fromJsonText, optional, boundedText as text } from './content.js'
import type { GraphProblem } from './graph-errors.js'
import { headerFile, interactive, interactiveContent } from './interactive.js'
import { fillTemplate, sentTemplate, type Template } from './templates.js'

export type PricingCategory = 'service' | 'utility' | 'marketing' | 'authentication' | 'marketing_lite'

export type Outgoing = {
  to?: string
  recipient?: string
  content: Content
  category: PricingCategory
  opaque?: string
  replyTo?: string
  reaction?: { emoji: string; messageId: string }
  /** of the business's own files that are part of it */
  mediaIds: string[]
}

type Read = Pick<Outgoing, 'content' | 'category' | 'reaction' | 'mediaIds'> | GraphProblem
type Reader = (value: unknown, type: string, templates: readonly Template[]) => Read

/** Checks the object that a type names, then reads it. */
function reader<S extends z.ZodType>(
  schema: S,
  read: (message: z.output<S>, type: string, templates: readonly Template[]) => Read,
): Reader {
  return (value, type, templates) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? read(parsed.data, type, templates) : problemOf(parsed.error, value, [type])
  }
}

const service = (content: Content) => ({ content, category: 'service' as const, mediaIds: [] })
const named = (message: File | undefined) => ({ mediaIds: message?.id === undefined ? [] : [message.id] })

const media = reader(file, (message, type) => ({
  ...service({ kind: type, text: message.caption ?? '', media: mediaContent(type, message) }),
  ...named(message),
}))

const template = reader(sentTemplate, ({ name, language, components }, kind, templates) => {
  const filled = fillTemplate(templates, name, language.code, components)
  if ('code' in filled) return filled
  const { footer, category } = filled.template
  return {
    content: { kind, text: filled.text, ...(footer ? { footer } : {}), buttons: filled.buttons },
    category: category.toLowerCase() as PricingCategory,
    mediaIds: components.flatMap(({ parameters = [] }) =>
      parameters.flatMap(({ image, video, document }) => (image ?? video ?? document)?.id ?? []),
    ),
  }
})

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['text', reader(z.looseObject({ body: text(4096) }), ({ body }, kind) => service({ kind, text: body }))],
  ...['image', 'video', 'audio', 'document', 'sticker'].map((type) => [type, media] as const),
  [
    'interactive',
    reader(interactive, (message) => ({
      ...service(interactiveContent(message)),
      ...named(headerFile(message)),
    })),
  ],
  ['template', template],
  ['location', reader(location, (place) => service(locationContent(place)))],
  ['contacts', reader(contacts, (cards) => service(contactsContent(cards)))],
  [
    'reaction',
    reader(
      z.looseObject({ message_id: text(512), emoji: z.string().max(16) }),
      ({ message_id: messageId, emoji }, kind) => ({
        ...service({ kind, text: emoji }),
        reaction: { emoji, messageId },
      }),
    ),
  ],
])

const address = optional(z.union([z.string(), z.number().transform(String)]))
const common = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  recipient_type: optional(
    z.literal('individual', { error: 'must be individual: the emulated account has no groups' }),
  ),
  to: address,
  recipient: address,
  type: optional(z.string()).transform((type) => type ?? 'text'),
  context: optional(z.looseObject({ message_id: text(512) })),
  biz_opaque_callback_data: optional(z.string().max(512)),
})

const MARKETING_ONLY: GraphProblem = {
  code: 131055,
  details: 'marketing_messages sends templates of the category MARKETING only',
}

/**
 * Reads one send.
 * @param marketingOnly true on `/marketing_messages`
 * @returns the message, or the problem to answer
 */
export function readOutgoing(
  body: unknown,
  templates: readonly Template[],
  marketingOnly: boolean,
): Outgoing | GraphProblem {
  const head = common.safeParse(body)
  if (!head.success) return problemOf(head.error, body, [])
  const { to, recipient, type, context, biz_opaque_callback_data: opaque } = head.data
  if (to === undefined && recipient === undefined)
    return { code: 100, details: 'The parameter to is required.' }
  const read = READERS.get(type)?.(fromJsonText(head.data[type]), type, templates)
  if (!read) return { code: 131051, details: `type must be one of ${[...READERS.keys()].join(', ')}` }
  if ('code' in read) return read
  if (marketingOnly && read.category !== 'marketing') return MARKETING_ONLY
  return {
    ...read,
    category: marketingOnly ? 'marketing_lite' : read.category,
    ...(to === undefined ? {} : { to }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(context ? { replyTo: context.message_id } : {}),
  }
}

// The first issue only: Graph names one thing at a time.
function problemOf(error: z.ZodError, input: unknown, under: readonly PropertyKey[]): GraphProblem {
  const issue = error.issues[0]
  const path = [...under, ...(issue?.path ?? [])].map(String).join('.')
  const found = issue?.path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value ? Reflect.get(value, key) : undefined),
    input,
  )
  if (found !== undefined) {
    return {
      code: issue?.code === 'invalid_type' ? 100 : 131009,
      details: `${path}: ${issue?.message ?? ''}`,
    }
  }
  return path === 'messaging_product'
    ? { code: 100, details: `The parameter ${path} is required.` }
    : { code: 131008, details: `${path || 'the body'} is missing` }
}

// Reads the body of a send as the Cloud API reads it.
// Promise kept: every documented message type is accepted, every documented limit is enforced, and what is wrong is
// answered with the documented code and the path of the field, never with its value.

import { z } from 'zod'
import { type Content, boundedText as text } from './content.js'
import type { GraphProblem } from './graph-errors.js'
import { interactive, interactiveContent } from './interactive.js'
import { fillTemplate, type Template } from './templates.js'

export type PricingCategory = 'service' | 'utility' | 'marketing' | 'authentication' | 'marketing_lite'

export type Outgoing = {
  to?: string
  recipient?: string
  content: Content
  category: PricingCategory
  opaque?: string
  replyTo?: string
  reaction?: { emoji: string; messageId: string }
}

type Read = Pick<Outgoing, 'content' | 'category' | 'reaction'> | GraphProblem
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

const service = (content: Content) => ({ content, category: 'service' as const })

const media = reader(
  z
    .looseObject({
      id: z.string().optional(),
      link: z.url().optional(),
      caption: text(1024).optional(),
      filename: z.string().optional(),
    })
    .refine((m) => (m.id === undefined) !== (m.link === undefined), 'needs either id or link'),
  ({ caption, filename }, type) =>
    service({ kind: type, text: caption ?? '', media: { kind: type, ...(filename ? { filename } : {}) } }),
)

const component = z.looseObject({
  type: z.string(),
  sub_type: z.string().optional(),
  index: z.union([z.string(), z.number()]).optional(),
  parameters: z
    .array(z.looseObject({ type: z.string(), text: z.string(), payload: z.string() }).partial())
    .optional(),
})

const template = reader(
  z.looseObject({
    name: text(512),
    language: z.looseObject({ code: text(16) }),
    components: z.array(component).default([]),
  }),
  ({ name, language, components }, kind, templates) => {
    const filled = fillTemplate(templates, name, language.code, components)
    if ('code' in filled) return filled
    const { footer, category } = filled.template
    return {
      content: { kind, text: filled.text, ...(footer ? { footer } : {}), buttons: filled.buttons },
      category: category.toLowerCase() as PricingCategory,
    }
  },
)

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['text', reader(z.looseObject({ body: text(4096) }), ({ body }, kind) => service({ kind, text: body }))],
  ...['image', 'video', 'audio', 'document', 'sticker'].map((type) => [type, media] as const),
  ['interactive', reader(interactive, (message) => service(interactiveContent(message)))],
  ['template', template],
  [
    'location',
    reader(
      z.looseObject({
        latitude: z.coerce.number(),
        longitude: z.coerce.number(),
        name: z.string().optional(),
      }),
      ({ name }, kind) => service({ kind, text: name ?? '' }),
    ),
  ],
  [
    'contacts',
    reader(
      z.array(z.looseObject({ name: z.looseObject({ formatted_name: text(256) }) })).min(1),
      (cards, kind) => service({ kind, text: cards.map((c) => c.name.formatted_name).join(', ') }),
    ),
  ],
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

const address = z.union([z.string(), z.number().transform(String)]).optional()
const common = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z
    .literal('individual', { error: 'must be individual: the emulated account has no groups' })
    .optional(),
  to: address,
  recipient: address,
  type: z.string().default('text'),
  context: z.looseObject({ message_id: text(512) }).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
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
  const read = READERS.get(type)?.(head.data[type], type, templates)
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

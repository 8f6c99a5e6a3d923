// Interactive messages: reply buttons, lists, link buttons, and the types that are only passed through.
// Promise kept: the limits of the Cloud API (3 buttons of 20 characters, 10 rows of 24, distinct ids) hold here too,
// so a card that is too long fails in the sandbox and not in production.

import { z } from 'zod'
import { type File, file, mediaContent } from './attachments.js'
import { type Content, fromJsonText, optional, plainChoice, boundedText as text } from './content.js'

const choice = (title: number, id: number) => z.looseObject({ id: text(id), title: text(title) })
const distinct = (choices: readonly { id: string }[]) =>
  new Set(choices.map((c) => c.id)).size === choices.length

const header = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: text(60) }),
  z.looseObject({ type: z.literal('image'), image: file }),
  z.looseObject({ type: z.literal('video'), video: file }),
  z.looseObject({ type: z.literal('document'), document: file }),
])
const frame = {
  header: optional(header),
  footer: optional(z.looseObject({ text: text(60) })),
}
// A list may have words above it, no picture.
const listHeader = optional(
  header.refine((h) => h.type === 'text', 'only a header of type text goes with a list'),
)
const actionOf = <S extends z.ZodType>(schema: S) => z.preprocess(fromJsonText, schema)
const bodyOf = (max: number) => z.looseObject({ text: text(max) })

const buttons = z
  .array(z.looseObject({ type: z.literal('reply'), reply: choice(20, 256) }))
  .min(1)
  .max(3)
  .refine((all) => distinct(all.map((b) => b.reply)), 'button ids must differ')

const row = choice(24, 200).extend({ description: text(72).optional() })
const sections = z
  .array(z.looseObject({ title: text(24).optional(), rows: z.array(row).min(1) }))
  .min(1)
  .max(10)
  .refine((all) => all.reduce((n, s) => n + s.rows.length, 0) <= 10, 'at most 10 rows in all')
  .refine((all) => distinct(all.flatMap((s) => s.rows)), 'row ids must differ')
  .refine((all) => all.length === 1 || all.every((s) => s.title), 'each of several sections needs a title')

const flow = z.looseObject({
  flow_message_version: z.literal('3'),
  flow_cta: text(30),
})

const PASSED_THROUGH = [
  'product',
  'product_list',
  'catalog_message',
  'location_request_message',
  'address_message',
  'call_permission_request',
  'voice_call',
  'carousel',
  'request_contact_info',
] as const

export const interactive = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('button'),
    ...frame,
    body: bodyOf(1024),
    action: actionOf(z.looseObject({ buttons })),
  }),
  z.looseObject({
    type: z.literal('list'),
    ...frame,
    header: listHeader,
    body: bodyOf(4096),
    action: actionOf(z.looseObject({ button: text(20), sections })),
  }),
  z.looseObject({
    type: z.literal('cta_url'),
    ...frame,
    body: bodyOf(1024),
    action: actionOf(z.looseObject({ parameters: z.looseObject({ display_text: text(20), url: z.url() }) })),
  }),
  z.looseObject({
    type: z.literal('flow'),
    ...frame,
    body: bodyOf(1024),
    action: actionOf(z.looseObject({ name: z.literal('flow'), parameters: flow })),
  }),
  z.looseObject({
    type: z.enum(PASSED_THROUGH),
    ...frame,
    body: optional(bodyOf(1024)),
    action: actionOf(z.looseObject({})),
  }),
])

export type Interactive = z.output<typeof interactive>

/** The picture, film or document above an interactive message. */
export function headerFile({ header }: Interactive): File | undefined {
  switch (header?.type) {
    case 'image':
      return header.image
    case 'video':
      return header.video
    case 'document':
      return header.document
  }
  return undefined
}

/** What an interactive message shows. */
export function interactiveContent(message: Interactive): Content {
  const { header } = message
  const above = headerFile(message)
  const shown: Content = {
    kind: `interactive ${message.type}`,
    text: message.body?.text ?? '',
    ...(header?.type === 'text' ? { header: header.text } : {}),
    ...(header && above ? { media: mediaContent(header.type, above) } : {}),
    ...(message.footer ? { footer: message.footer.text } : {}),
  }
  switch (message.type) {
    case 'button':
      return { ...shown, buttons: message.action.buttons.map((b) => plainChoice(b.reply)) }
    case 'list': {
      const sections = message.action.sections.map(({ title, rows }) => ({
        ...(title ? { title } : {}),
        rows: rows.map(plainChoice),
      }))
      return { ...shown, list: { label: message.action.button, sections } }
    }
    case 'cta_url': {
      const { display_text: label, url } = message.action.parameters
      return { ...shown, link: { label, url } }
    }
    case 'flow':
      return { ...shown, link: { label: message.action.parameters.flow_cta } }
    default:
      return shown
  }
}

// The message templates of the emulated account.
// Promise kept: a template send is checked as Meta checks it: name and language must exist together, the template
// must be approved, and the number of parameters must match.

import { z } from 'zod'
import { file } from './attachments.js'
import { optional, boundedText as text } from './content.js'
import type { GraphProblem } from './graph-errors.js'

export type Template = {
  id: string
  name: string
  language: string
  category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION'
  /** what Meta has announced to make of it; absent: it stays what it is */
  correctCategory?: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION'
  status: 'APPROVED' | 'PAUSED' | 'DISABLED' | 'PENDING' | 'REJECTED'
  body: string
  footer?: string
  buttons: string[]
}

const formatted = optional(z.looseObject({ fallback_value: z.string() }))
const parameter = z.looseObject({
  type: z.string(),
  text: optional(z.string().max(1024)),
  payload: optional(z.string().max(256)),
  currency: formatted,
  date_time: formatted,
  image: optional(file),
  video: optional(file),
  document: optional(file),
})
const component = z.looseObject({
  type: z.string(),
  sub_type: optional(z.string()),
  index: optional(z.union([z.string(), z.number()])),
  parameters: optional(z.array(parameter)),
})

/** A template as a send names it. */
export const sentTemplate = z.looseObject({
  name: text(512),
  language: z.looseObject({ code: text(16) }),
  components: optional(z.array(component)).transform((components) => components ?? []),
})

type Parameter = z.output<typeof parameter>
type TemplateComponent = z.output<typeof component>

const SUMMER_SALE = {
  en_US: [
    'Summer sale: 20 % off every tent until Sunday.',
    'Not interested? Tap Stop promotions',
    'Stop promotions',
  ],
  de: [
    'Sommerschlussverkauf: 20 % auf alle Zelte bis Sonntag.',
    'Kein Interesse? Tippe auf Werbung stoppen',
    'Werbung stoppen',
  ],
  es: [
    'Rebajas de verano: 20 % en todas las tiendas hasta el domingo.',
    '¿No te interesa? Toca Detener promociones',
    'Detener promociones',
  ],
  zh_HK: ['夏日特賣:所有帳篷八折,星期日截止。', '沒有興趣?請按「停止推廣」', '停止推廣'],
} as const

const ORDER_SHIPPED = {
  en_US: 'Your order {{1}} is on its way.',
  de: 'Deine Bestellung {{1}} ist unterwegs.',
  es: 'Tu pedido {{1}} está en camino.',
  zh_HK: '您的訂單 {{1}} 已寄出。',
} as const

const LOGIN_CODE = {
  en_US: '{{1}} is your verification code.',
  de: '{{1}} ist dein Bestätigungscode.',
} as const

/** A fresh set for one emulator. Tests change `category` or `status` in place to play Meta's reclassification. */
export function sampleTemplates(): Template[] {
  const rows: Omit<Template, 'id' | 'status'>[] = [
    ...Object.entries(SUMMER_SALE).map(([language, [body, footer, stop]]) => ({
      name: 'summer_sale',
      language,
      category: 'MARKETING' as const,
      body,
      footer,
      buttons: [stop],
    })),
    ...Object.entries(ORDER_SHIPPED).map(([language, body]) => ({
      name: 'order_shipped',
      language,
      category: 'UTILITY' as const,
      body,
      buttons: [],
    })),
    ...Object.entries(LOGIN_CODE).map(([language, body]) => ({
      name: 'login_code',
      language,
      category: 'AUTHENTICATION' as const,
      body,
      buttons: [],
    })),
  ]
  return rows.map((row, n) => ({ id: String(700_000_000_000_001 + n), status: 'APPROVED', ...row }))
}

/** What `GET /{WABA}/message_templates` may be asked for; without `fields`, what Graph shows by itself. */
const FIELDS: Readonly<Record<string, (template: Template) => unknown>> = {
  id: (t) => t.id,
  name: (t) => t.name,
  language: (t) => t.language,
  category: (t) => t.category,
  status: (t) => t.status,
  components: ({ body, footer, buttons }) => [
    { type: 'BODY', text: body },
    ...(footer ? [{ type: 'FOOTER', text: footer }] : []),
    ...(buttons.length > 0
      ? [{ type: 'BUTTONS', buttons: buttons.map((text) => ({ type: 'QUICK_REPLY', text })) }]
      : []),
  ],
  correct_category: (t) => t.correctCategory ?? t.category,
}
const BY_ITSELF = 'name,components,language,status,category'
const PAGE = 25
const LARGEST_PAGE = 1_000

export type TemplateQuery = {
  name?: string
  language?: string
  status?: string
  category?: string
  fields?: string
  limit?: string
  after?: string
}

/**
 * One page of templates, as Graph lists them. A cursor stands for the template it was made from, and `next` is there only
 * when there is more.
 * @param url of this list, without a query
 */
export function templatePage(
  templates: readonly Template[],
  query: TemplateQuery,
  url: string,
): object | GraphProblem {
  // An id is always among them.
  const fields = [...new Set([...(query.fields ?? BY_ITSELF).split(',').map((field) => field.trim()), 'id'])]
  const unknown = fields.find((field) => !Object.hasOwn(FIELDS, field))
  if (unknown !== undefined) return { code: 100, details: `fields: ${unknown} is no field of a template` }
  const limit = Number(query.limit ?? PAGE)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_PAGE))
    return { code: 100, details: `limit: must be 1 to ${LARGEST_PAGE}` }
  const listed = templates.filter((template) =>
    (['name', 'language', 'status', 'category'] as const).every(
      (key) => query[key] === undefined || query[key].toUpperCase() === template[key].toUpperCase(),
    ),
  )
  const before = query.after === undefined ? -1 : listed.findIndex((t) => cursorOf(t) === query.after)
  if (query.after !== undefined && before === -1)
    return { code: 131059, details: 'after: no cursor of this list' }
  const page = listed.slice(before + 1, before + 1 + limit)
  const [first, last] = [page[0], page.at(-1)]
  const more = last !== undefined && listed.at(-1) !== last
  const again = new URLSearchParams({ ...query, ...(last && { after: cursorOf(last) }) })
  return {
    data: page.map((template) =>
      Object.fromEntries(fields.map((field) => [field, FIELDS[field]?.(template)])),
    ),
    ...(first && last
      ? {
          paging: {
            cursors: { before: cursorOf(first), after: cursorOf(last) },
            ...(more ? { next: `${url}?${again}` } : {}),
          },
        }
      : {}),
  }
}

const cursorOf = ({ id }: Template) => Buffer.from(id).toString('base64url')

export type FilledTemplate = {
  template: Template
  text: string
  buttons: { id: string; title: string }[]
}

/**
 * Finds a template and fills its body.
 * A button's id is the payload given at send time, else its label, as in the `button` webhook.
 * @returns the filled template, or the problem to answer (132000, 132001, 132015, 132016)
 */
export function fillTemplate(
  templates: readonly Template[],
  name: string,
  language: string,
  components: readonly TemplateComponent[],
): FilledTemplate | GraphProblem {
  const template = templates.find((t) => t.name === name && t.language === language)
  if (!template || template.status === 'PENDING' || template.status === 'REJECTED') {
    return { code: 132001, details: 'no approved template with this name in this language' }
  }
  if (template.status === 'PAUSED') return { code: 132015, details: 'the template is paused for low quality' }
  if (template.status === 'DISABLED') return { code: 132016, details: 'the template is disabled' }
  const parametersOf = (part: string) =>
    components.find((c) => c.type.toLowerCase() === part)?.parameters ?? []
  const given = parametersOf('body')
  const expected = { header: 0, body: new Set(template.body.match(/\{\{\d+\}\}/g) ?? []).size }
  for (const [part, count] of Object.entries(expected)) {
    const { length } = parametersOf(part)
    if (length !== count) {
      return {
        code: 132000,
        details: `${part}: number of parameters (${length}) is not the expected ${count}`,
      }
    }
  }
  const payload = (index: number) =>
    components.find((c) => c.type.toLowerCase() === 'button' && Number(c.index) === index)?.parameters?.[0]
      ?.payload
  return {
    template,
    text: template.body.replace(/\{\{(\d+)\}\}/g, (_, n) => wordsOf(given[Number(n) - 1])),
    buttons: template.buttons.map((title, index) => ({ id: payload(index) ?? title, title })),
  }
}

// Money and dates are shown as their fallback: the phone's own way of writing them is not emulated.
function wordsOf(parameter: Parameter | undefined): string {
  return parameter?.text ?? parameter?.currency?.fallback_value ?? parameter?.date_time?.fallback_value ?? ''
}

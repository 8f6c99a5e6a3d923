// What Meta says of a message template, in our words. Promise kept: whatever is not plainly one of the cheaper
// categories is marketing, so that nothing becomes easier to send by being unknown.

import { z } from 'zod'
import type { Category } from '../policy.js'

/** Meta's categories of templates; free-form messages are `service`, which no template is. */
export const TEMPLATE_CATEGORIES = ['marketing', 'utility', 'authentication'] as const satisfies Category[]
export type TemplateCategory = (typeof TEMPLATE_CATEGORIES)[number]

/** One saying of Meta's about one template; what it does not speak of is absent. */
export type TemplateNews = {
  account: string
  name: string
  language: string
  /** When it was said; the newest saying about each thing counts. */
  at: Date
  templateId?: string | undefined
  category?: TemplateCategory | undefined
  /** What Meta has announced to make of it; null: nothing. */
  correct?: { category: TemplateCategory; changesAt: Date | null } | null | undefined
  status?: string | undefined
  gone?: boolean
}

/** Meta's word for the category that a template has. A word we do not know is marketing; undefined when there is none. */
export function readCategory(word: unknown): TemplateCategory | undefined {
  if (typeof word !== 'string' || word === '') return undefined
  return known(word) ?? 'marketing'
}

/** Meta's word for the category that a template should have. Only a known one that differs announces a change. */
export function readCorrectCategory(
  word: unknown,
  current: TemplateCategory | undefined,
): TemplateCategory | undefined {
  const correct = typeof word === 'string' ? known(word) : undefined
  return correct === current ? undefined : correct
}

const known = (word: string) => TEMPLATE_CATEGORIES.find((category) => category === word.toLowerCase())

/** A template's name, as Postgres can hold and index it; Meta's own are of a–z, 0–9 and _, up to 512. */
export const templateName = z
  .string()
  .regex(/^\P{C}{1,512}$/u, 'must be 1–512 characters without control characters')

/** A language code in one spelling: sends and readings write `en_US`, Meta's page on the webhook `en-US`. */
export const templateLanguage = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must be a language code')
  .transform((code) => code.replaceAll('-', '_'))

// Reads `template_category_update`, Meta's word that a template has another category now, or will have. Promise kept: the
// two forms are told apart by `correct_category`, because `new_category` means "now" in both: in an announcement it is
// the category that the template still has.

import { z } from 'zod'
import { readCategory, readCorrectCategory, templateLanguage, templateName } from '../templates/category.js'
import type { Entry, Update } from './payload.js'
import { digest, id, loose, malformed, readTime } from './shapes.js'

const FIELD = 'template_category_update'

const schema = loose({
  message_template_id: id,
  message_template_name: templateName,
  message_template_language: templateLanguage,
  new_category: z.unknown().optional(),
  correct_category: z.unknown().optional(),
  category_update_timestamp: z.unknown().optional(),
})

export function readTemplateCategory(value: unknown, entry: Entry): Update {
  const parsed = schema.safeParse(value)
  const category = readCategory(parsed.data?.new_category)
  const correct = readCorrectCategory(parsed.data?.correct_category, category)
  if (!parsed.success || entry.id === undefined || (category === undefined && correct === undefined)) {
    return malformed(FIELD, value)
  }
  const template = parsed.data
  return {
    kind: 'template',
    key: digest(`${FIELD}\0${JSON.stringify([entry.id, entry.time, value])}`),
    at: readTime(entry.time),
    what: FIELD,
    news: {
      account: entry.id,
      name: template.message_template_name,
      language: template.message_template_language,
      templateId: template.message_template_id,
      category,
      correct:
        correct === undefined
          ? null
          : { category: correct, changesAt: readTime(template.category_update_timestamp) },
    },
  }
}

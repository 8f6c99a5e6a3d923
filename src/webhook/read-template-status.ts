// Reads `message_template_status_update`: whether Meta lets a template be sent, and, where it says so, in which category.
// An announced change of category is not part of it, so nothing here takes one back.

import { z } from 'zod'
import { readCategory, templateLanguage, templateName } from '../templates/category.js'
import type { Entry, Update } from './payload.js'
import { digest, id, loose, malformed, readTime, shapeName } from './shapes.js'

const FIELD = 'message_template_status_update'

const schema = loose({
  event: z.string().min(1),
  message_template_id: id,
  message_template_name: templateName,
  message_template_language: templateLanguage,
  message_template_category: z.unknown().optional(),
})

export function readTemplateStatus(value: unknown, entry: Entry): Update {
  const parsed = schema.safeParse(value)
  if (!parsed.success || entry.id === undefined) return malformed(FIELD, value)
  const { event, ...template } = parsed.data
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
      category: readCategory(template.message_template_category),
      status: statusAfter(event),
      gone: event === 'DELETED',
    },
  }
}

/** Meta's list knows states, its webhook what happened; these are events after which a template is approved. */
const APPROVING = new Set(['APPROVED', 'REINSTATED', 'UNARCHIVED', 'FLAGGED'])

/** The status that the list of templates would show after an event. */
const statusAfter = (event: string) => (APPROVING.has(event) ? 'APPROVED' : shapeName(event))

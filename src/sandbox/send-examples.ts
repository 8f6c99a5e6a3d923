// The sends that the chat page offers to run: the exact requests that an internal system would make.

import type { Policy } from '../policy.js'
import type { Person } from './person.js'
import type { Template } from './templates.js'

export type SendExample = {
  id: string
  /** the template's name, or `text` */
  label: string
  purpose: string
  method: 'POST'
  path: string
  headers: Record<string, string>
  body: unknown
  /** the same as one command for a POSIX shell */
  curl: string
}

export type ExamplesOptions = {
  policy: Policy
  templates: readonly Template[]
  publicUrl: string
  apiKey: string
}

const VERSION = 'v26.0'

/** A text message and each template that the policy knows, addressed as this person can be addressed. */
export function sendExamples(person: Person, options: ExamplesOptions): SendExample[] {
  const { policy, templates, publicUrl, apiKey } = options
  const path = `/${VERSION}/${policy.numbers[0]?.phoneNumberId}/messages`
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' }
  const address = person.phone === undefined ? { recipient: person.userId } : { to: person.phone }
  const example = (label: string, purpose: string, content: object): SendExample => {
    const body = { messaging_product: 'whatsapp', ...address, ...content }
    const lines = [
      `curl -X POST ${quoted(`${publicUrl}${path}`)}`,
      ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
      `-d ${quoted(JSON.stringify(body, null, 2))}`,
    ]
    return { id: label, label, purpose, method: 'POST', path, headers, body, curl: lines.join(' \\\n  ') }
  }
  const text = { type: 'text', text: { body: `Hello ${person.name}, our new tents are here.` } }
  return [
    example('text', policy.defaultPurpose, text),
    ...Object.entries(policy.templates).flatMap(([name, purpose]) => {
      const template = templates.find((t) => t.name === name && t.language === 'en_US')
      return template ? [example(name, purpose, { type: 'template', template: filled(template) })] : []
    }),
  ]
}

function filled({ name, language, body }: Template) {
  const parameters = (body.match(/\{\{\d+\}\}/g) ?? []).map(() => ({ type: 'text', text: 'A-1042' }))
  return {
    name,
    language: { code: language },
    ...(parameters.length > 0 ? { components: [{ type: 'body', parameters }] } : {}),
  }
}

// Inside single quotes a shell reads everything literally but the quote itself.
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}

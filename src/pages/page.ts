// What every page for people has in common: readable on a phone and by a screen reader, in either direction of writing and
// in the dark, printable; and headers under which nothing is loaded from elsewhere, framed or run.

import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word }
h1 { font-size: 1.6rem; line-height: 1.25 } h2 { font-size: 1.2rem; margin-top: 2.5rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: start; padding: .4rem .8rem .4rem 0; vertical-align: top; border-bottom: 1px solid #8885 }
blockquote { margin: .5rem 0; padding: .5rem 1rem; border-inline-start: 3px solid #8888; white-space: pre-wrap; overflow-wrap: anywhere }
code { overflow-wrap: anywhere; font-size: .85em }
.state { font-weight: 600 }
@media print { body { margin: 0 } h2 { break-after: avoid } blockquote, tr { break-inside: avoid } }
`

const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur'])

export type Page = {
  /** BCP 47. */
  language: string
  title: string
  /** HTML; whatever is not ours in it has gone through `text`. */
  main: string
  /** CSS beside what every page has. */
  style?: string
  /** More sources for the header, such as `form-action 'self'` or `frame-ancestors https://acme.example`. */
  allow?: Readonly<Record<string, string>>
}

/** @returns the document, and the headers to send it with */
export function page({ language, title, main, style = '', allow = {} }: Page): {
  html: string
  headers: Record<string, string>
} {
  const css = STYLE + style
  const direction = RIGHT_TO_LEFT.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr'
  const html = `<!doctype html>
<html lang="${text(language)}" dir="${direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title><style>${css}</style></head>
<body><main>
${main}
</main></body></html>
`
  const policy = {
    'default-src': "'none'",
    'style-src': `'sha256-${createHash('sha256').update(css).digest('base64')}'`,
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...allow,
  }
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': Object.entries(policy)
        .map((entry) => entry.join(' '))
        .join('; '),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Words as HTML shows them, in text and in quoted attributes. */
export const text = (words: string): string => words.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)

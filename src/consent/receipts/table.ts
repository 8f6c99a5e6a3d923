// The same for many people, as a table (CSV, RFC 4180): one line per person, purpose and channel. Pure; ids only.

import type { Subject } from './receipt.js'

const COLUMNS = [
  'contact',
  'purpose',
  'channel',
  'status',
  'since',
  'until',
  'event',
  'method',
  'source',
  'notice',
] as const

export function recordsTable(subjects: Iterable<Subject>): string {
  const lines = [...subjects].flatMap(({ contact, histories }) =>
    histories.map(({ purpose, channel, state, steps }) => {
      const deciding = steps.findLast((s) => s.event.id === state.event)?.event
      return [
        contact,
        purpose.id,
        channel,
        state.status,
        state.since,
        state.until ?? '',
        state.event,
        deciding?.method ?? '',
        deciding?.source ?? '',
        deciding?.notice?.toString('hex') ?? '',
      ]
    }),
  )
  return [COLUMNS, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}

/** A cell that a spreadsheet would run as a formula is led by an apostrophe. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

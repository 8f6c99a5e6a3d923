// What the documentation says of paths that are handed through: which they are, and what may stand in their query. Bodies
// and answers are Meta's.

import { z } from 'zod'
import type { Answer } from '../api/openapi.js'
import type { DoorSign } from './doors.js'
import type { Passing } from './table.js'

const SUMMARIES: Readonly<Record<Passing['through'], string>> = {
  gate: 'Send a message if its recipient has said yes',
  upload: 'Upload a file to Meta (multipart/form-data, up to 100 MB)',
  read: 'Read from Meta, unchanged',
  media: 'Where a file lies: Meta’s answer, its address replaced by one of this gateway',
  download: 'Fetch a file from Meta',
  'delete media': 'Delete a file at Meta',
}

const ANSWERS: Readonly<Record<Exclude<Passing['through'], 'gate' | 'download'>, z.ZodType>> = {
  upload: z.looseObject({ id: z.string() }),
  read: z.looseObject({}),
  media: z.looseObject({
    messaging_product: z.literal('whatsapp'),
    url: z.url().meta({ description: 'At this gateway, with the same key' }),
    mime_type: z.string(),
    sha256: z.string(),
    file_size: z.union([z.string(), z.number()]),
    id: z.string(),
  }),
  'delete media': z.looseObject({ success: z.boolean() }),
}
const FILE: Answer = {
  description: 'The file, as Meta has it',
  content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
}
const form = z
  .object({
    messaging_product: z.literal('whatsapp'),
    type: z.string().optional().meta({ description: 'MIME type of the file' }),
    file: z.string().meta({ format: 'binary' }),
  })
  .meta({ examples: [{ messaging_product: 'whatsapp', type: 'text/plain', file: 'Opening hours: 9 to 18' }] })

const version = z.string().meta({ examples: ['v26.0'] })
const EXAMPLES: Readonly<Record<Passing['of'], string>> = {
  number: '106540352242922',
  account: '102290129340398',
  media: '1013859600285441',
}

/** @param rows the lines of the table that share a method and an edge */
export function signOf(rows: readonly Passing[]): DoorSign {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.query)))]
  const id = z.string().meta({ examples: rows.slice(0, 1).map((row) => EXAMPLES[row.of]) })
  return {
    summary: [...new Set(rows.map((row) => SUMMARIES[row.through]))].join('; '),
    documented: (versioned) => ({
      params: z.object(versioned ? { version, id } : { id }),
      querystring: z.object(Object.fromEntries(names.map((name) => [name, z.string().optional()]))),
      ...(rows.some((row) => row.through === 'upload')
        ? { body: form, consumes: ['multipart/form-data'] }
        : {}),
      response: { 200: answerOf(rows) },
    }),
  }
}

function answerOf(rows: readonly Passing[]): Answer {
  const answers = rows.flatMap(({ through }) =>
    through === 'gate' || through === 'download' ? [] : [ANSWERS[through]],
  )
  const [only] = answers
  if (only === undefined) return FILE
  return (answers.length === 1 ? only : z.union(answers)).meta({ description: 'Meta’s answer' })
}

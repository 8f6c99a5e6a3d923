// What a message shows on the person's screen, how long its parts may be, and how Graph reads them.

import { z } from 'zod'

export type Choice = { id: string; title: string; description?: string }

/** A message's visible parts, whatever its type. */
export type Content = {
  kind: string
  text: string
  header?: string
  footer?: string
  buttons?: Choice[]
  list?: { label: string; sections: { title?: string; rows: Choice[] }[] }
  /** no url: it leads to something inside WhatsApp, such as a flow */
  link?: { label: string; url?: string }
  media?: { kind: string; filename?: string; mimeType?: string }
  place?: { latitude: number; longitude: number; name?: string; address?: string }
  cards?: { name: string; phones: string[] }[]
}

/** Text of 1 to `max` characters, counted as people count them: an emoji outside the BMP is one. */
export const boundedText = (max: number) =>
  z.string().refine((s) => s.trim() !== '' && [...s].length <= max, `must have 1 to ${max} characters`)

/** A field that may be left out, and that some clients write as null instead. */
export const optional = <T>(type: z.ZodType<T>) => type.nullish().transform((value) => value ?? undefined)

/** Graph takes an object or list also as the JSON text of it; some clients write `contacts` or `action` so. */
export function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[{[]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** A button or list row as Graph names it, without the keys nobody asked for. */
export function plainChoice(choice: { id: string; title: string; description?: string | undefined }): Choice {
  const { id, title, description } = choice
  return { id, title, ...(description ? { description } : {}) }
}

// What a message shows on the person's screen, and how long its parts may be.

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
  link?: { label: string; url: string }
  media?: { kind: string; filename?: string }
}

/** Text of 1 to `max` characters, counted as people count them: an emoji outside the BMP is one. */
export const boundedText = (max: number) =>
  z.string().refine((s) => s.trim() !== '' && [...s].length <= max, `must have 1 to ${max} characters`)

/** A button or list row as Graph names it, without the keys nobody asked for. */
export function plainChoice(choice: { id: string; title: string; description?: string | undefined }): Choice {
  const { id, title, description } = choice
  return { id, title, ...(description ? { description } : {}) }
}

// What Graph says about a file. Any object of Graph could be asked for by its id with the gateway's token, so an answer
// counts only if it is about a file, and the file's address is one that callers can fetch with their own key.

import { z } from 'zod'
import type { GraphAnswer } from '../whatsapp/graph.js'

// Meta: "Media", retrieve media URL. The id may come back as a number.
const mediaSchema = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  url: z.url(),
  mime_type: z.string(),
  sha256: z.string(),
  file_size: z.union([z.string(), z.number()]),
  id: z.union([z.string(), z.number()]).transform(String),
})
export type Media = z.infer<typeof mediaSchema>

/** The file that an answer is about; null when it is about anything else. */
export function mediaOf(answer: Extract<GraphAnswer, { outcome: 'answered' }>, id: string): Media | null {
  if (answer.status !== 200) return null
  const parsed = mediaSchema.safeParse(parseJson(answer.body))
  return parsed.success && parsed.data.id === id ? parsed.data : null
}

/** The same answer with our own address in place of Meta's, which wants Meta's token. */
export function withOwnAddress(body: Buffer, url: string): Buffer {
  return Buffer.from(JSON.stringify({ ...(parseJson(body) as object), url }))
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

// Files, places and contact cards in a message.
// Promise kept: the limits of the Cloud API, and on the screen enough to see what came.

import { z } from 'zod'
import { type Content, optional, boundedText as text } from './content.js'

/** A file by its id or by a link; exactly one of them. */
export const file = z
  .looseObject({
    id: optional(z.string().min(1)),
    link: optional(z.url({ protocol: /^https?$/ })),
    caption: optional(text(1024)),
    filename: optional(text(240)),
  })
  .refine((f) => (f.id === undefined) !== (f.link === undefined), 'needs either id or link')

export type File = z.output<typeof file>

/** What a file shows: its name, or that there is one. */
export function mediaContent(kind: string, { filename }: File): NonNullable<Content['media']> {
  return { kind, ...(filename === undefined ? {} : { filename }) }
}

export const location = z.looseObject({
  latitude: z.coerce.number().min(-90).max(90),
  longitude: z.coerce.number().min(-180).max(180),
  name: optional(text(1000)),
  address: optional(text(1000)),
})

/** A place on the person's screen. */
export function locationContent(place: z.output<typeof location>): Content {
  const { latitude, longitude, name, address } = place
  return {
    kind: 'location',
    text: '',
    place: { latitude, longitude, ...(name ? { name } : {}), ...(address ? { address } : {}) },
  }
}

const phone = z.looseObject({ phone: optional(z.string()) })
export const contacts = z
  .array(
    z.looseObject({
      name: z.looseObject({ formatted_name: text(256) }),
      phones: optional(z.array(phone)),
    }),
  )
  .min(1)
  .max(257)

/** Contact cards on the person's screen. */
export function contactsContent(cards: z.output<typeof contacts>): Content {
  return {
    kind: 'contacts',
    text: '',
    cards: cards.map(({ name, phones = [] }) => ({
      name: name.formatted_name,
      phones: phones.flatMap(({ phone }) => phone ?? []),
    })),
  }
}

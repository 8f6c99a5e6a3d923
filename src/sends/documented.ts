// What the documentation says of the drop-in routes, whose bodies stay bytes: enough to send, and no more than the gate
// reads. Everything else in a body is Meta's, and goes to Meta as it is.

import { z } from 'zod'

const TEXT = {
  messaging_product: 'whatsapp',
  to: '+12025550101',
  type: 'text',
  text: { body: 'Two days of sale' },
}
const TEMPLATE = {
  messaging_product: 'whatsapp',
  to: '+12025550101',
  type: 'template',
  template: { name: 'summer_sale', language: { code: 'en_US' } },
}

const body = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  to: z.string().optional().meta({ description: 'Phone number, with or without +' }),
  recipient: z.string().optional().meta({ description: 'Business-scoped user ID, instead of `to`' }),
  type: z.string().optional().meta({ description: '`text` when absent' }),
  template: z.looseObject({ name: z.string() }).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
})

const accepted = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  contacts: z.array(z.looseObject({ input: z.string(), wa_id: z.string().optional() })),
  messages: z.array(z.looseObject({ id: z.string() })),
})

const id = z.string().meta({ examples: ['106540352242922'] })
const version = z.string().meta({ examples: ['v26.0'] })

/** The header under which a repeat gets the first answer; see api/idempotency.ts, which reads it. */
export const idempotencyKey = z
  .string()
  .optional()
  .meta({ description: '1–255 visible characters; a repeat within 24 hours gets the same answer' })

/**
 * @param endpoint `messages` or `marketing_messages`, which takes templates only
 * @param versioned whether the path begins with Graph's version
 */
export function documentedSend(endpoint: string, versioned: boolean) {
  return {
    params: z.object(versioned ? { version, id } : { id }),
    headers: z.object({
      'x-consent-purpose': z
        .string()
        .optional()
        .meta({ description: 'Chooses among the purposes of the message’s category' }),
      'idempotency-key': idempotencyKey,
    }),
    body: body.meta({ examples: endpoint === 'messages' ? [TEXT, TEMPLATE] : [TEMPLATE] }),
    response: { 200: accepted.meta({ description: 'Meta’s answer, unchanged' }) },
  }
}

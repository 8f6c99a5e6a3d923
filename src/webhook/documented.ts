// What the documentation says of Meta's door, whose bodies stay bytes until their signature is verified.

import { z } from 'zod'

const plain = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } })

export const VERIFICATION = {
  querystring: z.object({
    'hub.mode': z.literal('subscribe'),
    'hub.verify_token': z.string().meta({ examples: ['sandbox-verify-token'] }),
    'hub.challenge': z.string().meta({ examples: ['1158201444'] }),
  }),
  response: { 200: plain('The challenge'), 403: plain('Another verify token') },
}

export const DELIVERY = {
  headers: z.object({
    'x-hub-signature-256': z
      .string()
      .meta({ description: '`sha256=` and the HMAC of the body’s bytes, in hex' }),
  }),
  body: z.looseObject({}).meta({ examples: [{ object: 'whatsapp_business_account', entry: [] }] }),
  response: {
    200: plain('Committed'),
    401: plain('Not signed with the app secret'),
    503: plain('Not committed: deliver again'),
  },
}

// What the documentation says of Meta's door, whose bodies stay bytes until their signature is verified.

import { z } from 'zod'

const plain = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } })

export const VERIFICATION = {
  querystring: z.object({
    'hub.mode': z.literal('subscribe'),
    'hub.verify_token': z.string(),
    'hub.challenge': z.string(),
  }),
  response: { 200: plain('The challenge'), 403: plain('Another verify token') },
}

export const DELIVERY = {
  headers: z.object({ 'x-hub-signature-256': z.string() }),
  body: z.looseObject({}),
  response: {
    200: plain('Committed'),
    401: plain('Not signed with the app secret'),
    503: plain('Not committed: deliver again'),
  },
}

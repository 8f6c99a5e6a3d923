// Graph's JSON shapes of a send: the answer (Meta: "message status: accepted") and the error envelope, which clients
// turn into typed errors by `error.code`.

import { z } from 'zod'
import type { Identity } from '../consent/directory.js'

const acceptedSchema = z.looseObject({ messages: z.array(z.looseObject({ id: z.string() })).min(1) })
const id = z.string().min(1).max(256).optional().catch(undefined)
const contactsSchema = z.looseObject({
  contacts: z.array(z.looseObject({ wa_id: id, user_id: id, parent_user_id: id })).length(1),
})
const errorSchema = z.looseObject({ error: z.looseObject({ code: z.number().int() }) })

/** The id of the accepted message; null when the body is no such answer. */
export function acceptedId(body: Buffer): string | null {
  return acceptedSchema.safeParse(parse(body)).data?.messages[0]?.id ?? null
}

/** How Graph names the one recipient of an accepted message; null when it names none. */
export function acceptedContact(body: Buffer): Identity | null {
  const contact = contactsSchema.safeParse(parse(body)).data?.contacts[0]
  if (contact === undefined || acceptedId(body) === null) return null
  const { wa_id: phone, user_id: bsuid, parent_user_id: parentBsuid } = contact
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(bsuid === undefined ? {} : { bsuid }),
    ...(parentBsuid === undefined ? {} : { parentBsuid }),
  }
}

/** Meta's error code; null when the body is no error envelope. */
export function errorCode(body: Buffer): number | null {
  return errorSchema.safeParse(parse(body)).data?.error.code ?? null
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** Code of a refusal that Meta has a code for: the person said no. */
export const CODE_PERSON_SAID_NO = 131050
/** Meta's code of too many messages to one person from one number. */
export const CODE_TOO_FAST = 131056
/** Meta's, and ours in its place: the number's throughput is reached. */
export const CODE_THROUGHPUT = 130429
/** Our own code, of every other refusal. */
export const CODE_REFUSED = 131950

/** An error in Graph's envelope. `consent` is ours: for machines that want to know why. */
export function graphError(
  code: number,
  title: string,
  details: string,
  traceId: string,
  more: { type?: string; consent?: object } = {},
): object {
  return {
    error: {
      message: `(#${code}) ${title}`,
      type: more.type ?? 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      ...(more.consent === undefined ? {} : { consent: more.consent }),
      fbtrace_id: traceId,
    },
  }
}

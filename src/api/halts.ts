// What is halted, for people: the list, and the hand that lifts. Lifting is always safe: if the cause is still there, the
// next message gets Meta's error again and halts again.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Executor } from '../db/client.js'
import { problem } from '../errors.js'
import { tell } from '../sends/consequences.js'
import { type Halt, liftByHand, listHalts } from '../sends/halts.js'
import { errorRow, HALT_SCOPES } from '../whatsapp/error-codes.js'

const haltSchema = z.object({
  id: z.string(),
  scope: z.enum(HALT_SCOPES),
  key: z.string().meta({
    description:
      'account id, phone number id, account/country, account/template, or phone number id/contact id',
  }),
  code: z.string().meta({ description: 'Meta’s error code, or the name of its event' }),
  means: z.string().nullable(),
  since: z.iso.datetime(),
  until: z.iso.datetime().nullable().meta({ description: 'Null: until a good answer or a hand lifts it' }),
})

export const haltRoutes: FastifyPluginAsyncZod<{ pool: Executor; clock: () => Date }> = async (
  app,
  { pool, clock },
) => {
  app.get(
    '/v1/halts',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'What Meta has halted for now',
        response: { 200: z.object({ halts: z.array(haltSchema) }) },
      },
    },
    async () => ({ halts: (await listHalts(pool, clock())).map(presentHalt) }),
  )

  app.delete(
    '/v1/halts/:id',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'Lift a halt by hand',
        params: z.object({ id: z.uuid().meta({ examples: ['01935a4c-7d00-7000-8000-0000000c0de1'] }) }),
        response: { 200: haltSchema },
      },
    },
    async (request) => {
      const lifted = await liftByHand(pool, request.params.id)
      if (lifted === null) throw problem('HALT_UNKNOWN')
      tell(request.log, { halted: [], lifted: [lifted] })
      return presentHalt(lifted)
    },
  )
}

/** In JSON; `means` is null for events of the account, whose name says it. */
export function presentHalt({ since, until, ...halt }: Halt): z.infer<typeof haltSchema> {
  return {
    ...halt,
    means: /^\d+$/.test(halt.code) ? (errorRow(Number(halt.code))?.means ?? null) : null,
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
  }
}

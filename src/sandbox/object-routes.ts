// `GET /{id}` and `DELETE /{id}`: Graph tells of whatever an id names, a number or a file.
// Promise kept: an id that names nothing, or something of another number, is answered as Meta answers it.

import type { FastifyPluginAsync } from 'fastify'
import { NO_SUCH_OBJECT, refuse } from './graph-errors.js'
import type { MediaFile } from './media.js'
import { mediaFacts } from './media-routes.js'
import { tellNumber, tellProfile } from './numbers.js'
import type { World } from './world.js'

type Asked = { Params: { id: string }; Querystring: { fields?: string; phone_number_id?: string } }

export const objectRoutes: FastifyPluginAsync<{ world: World }> = async (app, { world }) => {
  // With `phone_number_id` a file is only found if it belongs to that number.
  const fileOf = ({ id }: Asked['Params'], { phone_number_id: number }: Asked['Querystring']) => {
    const file: MediaFile | undefined = world.media.find(id)
    return number === undefined || number === file?.phoneNumberId ? file : undefined
  }

  app.get<Asked>('/:id', async (request, reply) => {
    const { params, query } = request
    const facts = world.facts.get(params.id)
    if (facts) {
      const told = tellNumber(facts, query.fields)
      return 'code' in told ? refuse(reply, told) : told
    }
    const file = fileOf(params, query)
    return file ? mediaFacts(world, file, request) : refuse(reply, NO_SUCH_OBJECT)
  })

  app.delete<Asked>('/:id', async ({ params, query }, reply) => {
    const file = fileOf(params, query)
    if (!file || !world.media.remove(file.id)) return refuse(reply, NO_SUCH_OBJECT)
    return { success: true }
  })

  app.get<Asked>('/:id/whatsapp_business_profile', async ({ params, query }, reply) => {
    if (!world.facts.has(params.id)) return refuse(reply, NO_SUCH_OBJECT)
    const told = tellProfile(query.fields)
    return 'code' in told ? refuse(reply, told) : told
  })

  app.get<Asked>('/:id/phone_numbers', async ({ params, query }, reply) => {
    const listed = []
    for (const { businessAccountId, phoneNumberId } of world.numbers) {
      const facts = businessAccountId === params.id ? world.facts.get(phoneNumberId) : undefined
      const told = facts && tellNumber(facts, query.fields)
      if (told && 'code' in told) return refuse(reply, told)
      if (told) listed.push(told)
    }
    return listed.length > 0 ? { data: listed, paging: {} } : refuse(reply, NO_SUCH_OBJECT)
  })
}

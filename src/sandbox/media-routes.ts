// Files on the Graph side: upload, and the address that a download leads to. What an id names is told and deleted in
// object-routes.ts.
// Promise kept: multipart bodies as every client writes them; nothing is downloaded without the business's token.

import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { NO_SUCH_OBJECT, refuse } from './graph-errors.js'
import { MEDIA_ROOM, type MediaFile, refusalOf } from './media.js'
import type { World } from './world.js'

type Upload = { Params: { id: string }; Querystring: { messaging_product?: string } }

const DOWNLOAD = '/whatsapp_business/attachments/'

export const mediaRoutes: FastifyPluginAsync<{ world: World }> = async (app, { world }) => {
  app.post<Upload>(
    '/:id/media',
    { bodyLimit: MEDIA_ROOM + 64 * 1024 },
    async ({ params, query, body }, reply) => {
      const number = world.numbers.find((n) => n.phoneNumberId === params.id)
      if (!number) return refuse(reply, NO_SUCH_OBJECT)
      const form = body instanceof FormData ? body : new FormData()
      if ((form.get('messaging_product') ?? query.messaging_product) !== 'whatsapp')
        return refuse(reply, { code: 100, details: 'The parameter messaging_product is required.' })
      const file = form.get('file')
      if (!(file instanceof Blob))
        return refuse(reply, { code: 100, details: 'The parameter file is required.' })
      const type = form.get('type')
      // `type` is documented as required, and clients leave it out: then the part's own type counts.
      const [mimeType = ''] = (typeof type === 'string' && type !== '' ? type : file.type).split(';')
      const refusal = refusalOf(mimeType, file.size)
      if (refusal) return refuse(reply, refusal)
      const { id } = world.media.add(params.id, mimeType, Buffer.from(await file.arrayBuffer()))
      return { id }
    },
  )

  app.get(DOWNLOAD, async (request, reply) => {
    const pass = new URLSearchParams(request.originalUrl.split('?')[1])
    const file = world.media.admit(pass, world.clock())
    if (!file) return refuse(reply, { ...NO_SUCH_OBJECT, http: 404 })
    return reply.type(file.mimeType).send(file.bytes)
  })
}

/** A file as `GET /{media-id}` tells of it. The address is on the host that was asked. */
export function mediaFacts(world: World, file: MediaFile, request: FastifyRequest) {
  const origin = `${request.protocol}://${request.host}`
  return {
    messaging_product: 'whatsapp',
    url: `${origin}${DOWNLOAD}?${world.media.pass(file.id, world.clock())}`,
    mime_type: file.mimeType,
    sha256: file.sha256,
    file_size: file.bytes.length,
    id: file.id,
  }
}

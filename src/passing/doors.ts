// How Graph paths are registered: every line of the table under both its spellings, each behind the same checks. Used by
// the sends and by all else that passes, so that no door has checks of its own.

import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteHandlerMethod,
} from 'fastify'
import { graphError } from '../whatsapp/envelope.js'
import type { Passing } from './table.js'
import { isPlainTarget, pretence } from './target.js'

export type GraphParams = { version?: string; id: string }

export type DoorSign = {
  summary: string
  /** @param versioned whether the path begins with Graph's version */
  documented: (versioned: boolean) => NonNullable<FastifyContextConfig['documented']>
  bodyLimit?: number
}

/** Registers `{version}/{id}/{edge}` and `{id}/{edge}`. A HEAD is not in the table, so none is made for a GET. */
export function openDoor(
  app: FastifyInstance,
  { method, edge }: Pick<Passing, 'method' | 'edge'>,
  handler: RouteHandlerMethod,
  { summary, documented, bodyLimit }: DoorSign,
): void {
  for (const prefix of ['/:version(^v\\d{1,3}\\.\\d{1,2}$)', '']) {
    app.route({
      method,
      url: `${prefix}/:id(^\\d{3,32}$)${edge === '' ? '' : `/${edge}`}`,
      exposeHeadRoute: false,
      config: { errors: 'graph', scope: 'send', documented: documented(prefix !== '') },
      schema: { summary },
      ...(bodyLimit === undefined ? {} : { bodyLimit }),
      handler,
    })
  }
}

/** Hook: refuses a request that is not what it looks like, before its body is read. */
export async function refuseDisguised(request: FastifyRequest, reply: FastifyReply) {
  if (!isPlainTarget(request.raw.url ?? '')) return reply.callNotFound()
  const header = pretence(request.headers)
  if (header !== undefined)
    return refuse(reply, 400, `The header ${header} is not taken: send what is meant.`)
  return undefined
}

/** Our own no, in Graph's envelope. */
export function refuse(reply: FastifyReply, status: number, details: string): FastifyReply {
  return reply.code(status).send(graphError(100, 'Invalid parameter', details, reply.request.id))
}

/** 33 is Meta's code of an id that is not there, or not the token's. */
export function refuseId(reply: FastifyReply, what: string): FastifyReply {
  const details = `This id is not one of "${what}" under "numbers" in the policy file.`
  return reply.code(400).send(graphError(33, 'Unknown id', details, reply.request.id))
}

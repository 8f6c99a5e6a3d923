// Everything that passes and is no send: files, templates, numbers and profiles, as the table says (table.ts). Answers
// go back as Graph gave them; only addresses that lead to Meta are replaced by ours.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { isProblem, problem } from '../errors.js'
import type { Policy } from '../policy.js'
import { graphError } from '../whatsapp/envelope.js'
import type { Graph, GraphAnswer, GraphFile } from '../whatsapp/graph.js'
import { signOf } from './documented.js'
import { type GraphParams, openDoor, refuse, refuseDisguised, refuseId } from './doors.js'
import { checkedForm } from './form.js'
import { type Media, mediaOf, withOwnAddress } from './media.js'
import { withOwnLinks } from './paging.js'
import { ownerOf, PASSING, type Passing } from './table.js'
import { boundaryOf, readQuery } from './target.js'

export type PassingDeps = {
  policy: Pick<Policy, 'numbers'>
  graph: Graph
  /** Under which address callers reach us; absent: the one that they used. */
  publicUrl: string | undefined
}

type Asked = { request: FastifyRequest; reply: FastifyReply; version: string; id: string; query: string }

/** Meta takes files of up to 100 MB; the form around one is a kilobyte. */
const LARGEST_FORM = 101 * 1024 * 1024
const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]+\])(?::\d{1,5})?$/i

export const passingRoutes: FastifyPluginAsync<PassingDeps> = async (app, deps) => {
  // A form goes on while it comes in. Nothing else has a body here.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addHook('onRequest', refuseDisguised)

  const open = PASSING.filter((row) => row.through !== 'gate')
  const doors = new Map(open.map((row) => [`${row.method} ${row.edge}`, row]))
  for (const { method, edge } of doors.values()) {
    const rows = open.filter((row) => row.method === method && row.edge === edge)
    const handler: RouteHandlerMethod = async (request, reply) => {
      const { version = '', id } = request.params as GraphParams
      const owner = ownerOf(id, deps.policy)
      const row = rows.find((r) => r.of === owner)
      if (row === undefined) return refuseOwner(reply, rows)
      const read = readQuery(request.raw.url ?? '', row.query)
      if ('problem' in read) return refuse(reply, 400, read.problem)
      const number = new URLSearchParams(read.query).get('phone_number_id')
      if (number !== null && ownerOf(number, deps.policy) !== 'number') {
        return refuseId(reply, 'phoneNumberId')
      }
      if (row.through !== 'upload' && hasBody(request)) return refuse(reply, 400, 'A body is not taken here.')
      return pass(row, { request, reply, version, id, query: read.query })
    }
    openDoor(app, { method, edge }, handler, signOf(rows))
  }

  function pass(row: Passing, asked: Asked) {
    switch (row.through) {
      case 'upload':
        return upload(asked, row.edge)
      case 'media':
        return tell(asked)
      case 'download':
        return download(asked)
      case 'delete media':
        return remove(asked)
      default:
        return read(asked, row)
    }
  }

  async function read({ request, reply, version, id, query }: Asked, row: Passing) {
    const path = row.edge === '' ? id : `${id}/${row.edge}`
    const answer = await deps.graph.request({ method: 'GET', version, path: path + query })
    if (answer.outcome !== 'answered') return relay(answer, reply)
    const body = withOwnLinks(answer.body, own(request, version, path), row.query)
    return relay({ ...answer, body }, reply)
  }

  async function upload({ request, reply, version, id, query }: Asked, edge: string) {
    const { 'content-length': length, 'content-type': contentType = '' } = request.headers
    const boundary = boundaryOf(request.headers)
    // What is not read to its end must not be taken for the next request.
    reply.header('connection', 'close')
    if (boundary === undefined) throw problem('FORM_EXPECTED')
    if (Number(length ?? 0) > LARGEST_FORM) throw problem('BODY_TOO_LARGE')
    const bytes = request.raw.pipe(checkedForm(boundary, LARGEST_FORM))
    let wrong: unknown
    bytes.on('error', (error) => {
      if (isProblem(error)) wrong = error
      // So that a caller who is still writing gets to read the answer.
      request.raw.resume()
    })
    request.raw.on('close', () => {
      if (!request.raw.complete) bytes.destroy()
    })
    const form = { contentType, length, bytes }
    const answer = await deps.graph.request({ method: 'POST', version, path: `${id}/${edge}${query}`, form })
    if (request.raw.complete) reply.removeHeader('connection')
    if (wrong !== undefined) throw wrong
    return relay(answer, reply)
  }

  /** What Graph says about a file, if it is one; else the answer to give instead. */
  async function look({
    version,
    id,
    query,
  }: Asked): Promise<{ media: Media; answer: Answered } | GraphAnswer> {
    const answer = await deps.graph.request({ method: 'GET', version, path: id + query })
    if (answer.outcome !== 'answered') return answer
    const media = mediaOf(answer, id)
    if (media !== null) return { media, answer }
    // Graph's own no says why; anything else is an object that is none of the caller's business.
    if (answer.status >= 400) return answer
    throw problem('NOT_FOUND')
  }

  async function tell(asked: Asked) {
    const { request, reply, version, id, query } = asked
    const found = await look(asked)
    if ('outcome' in found) return relay(found, reply)
    const body = withOwnAddress(found.answer.body, own(request, version, `${id}/download`) + query)
    return relay({ ...found.answer, body }, reply)
  }

  async function remove(asked: Asked) {
    const { reply, version, id, query } = asked
    // DELETE deletes whatever object the id is of: a template, a flow, a user of the account.
    const found = await look(asked)
    if ('outcome' in found) return relay(found, reply)
    return relay(await deps.graph.request({ method: 'DELETE', version, path: id + query }), reply)
  }

  async function download(asked: Asked) {
    const found = await look(asked)
    if ('outcome' in found) return relay(found, asked.reply)
    const file = await deps.graph.download(found.media.url)
    return file.outcome === 'file' ? hand(file, asked.reply) : missing(file, asked.reply)
  }

  /** Our own address of a path, as this caller reaches us. */
  function own({ protocol, host }: FastifyRequest, version: string, path: string): string {
    if (deps.publicUrl === undefined && !HOST.test(host)) {
      throw problem('REQUEST_INVALID', [{ field: 'Host', message: 'not a host that could be called again' }])
    }
    const base = deps.publicUrl ?? `${protocol}://${host}`
    return `${base}/${version === '' ? '' : `${version}/`}${path}`
  }
}

type Answered = Extract<GraphAnswer, { outcome: 'answered' }>

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function refuseOwner(reply: FastifyReply, rows: readonly Passing[]) {
  const owners = rows.map((row) => row.of)
  // An account asked for by its own id: there is a door of this shape, but not for it.
  if (owners.includes('media')) throw problem('NOT_FOUND')
  return refuseId(reply, owners.includes('number') ? 'phoneNumberId' : 'businessAccountId')
}

function hand(file: Extract<GraphFile, { outcome: 'file' }>, reply: FastifyReply) {
  // Files of strangers: no browser may take one for a page of ours.
  return reply.headers(file.headers).header('x-content-type-options', 'nosniff').send(file.bytes)
}

/** 131052 is Meta's code of a file that could not be fetched. */
function missing(file: Exclude<GraphFile, { outcome: 'file' }>, reply: FastifyReply) {
  if (file.outcome !== 'none') return relay(file, reply)
  reply.request.log.warn({ status: file.status, cause: file.cause }, 'a file could not be fetched')
  const details = 'The file could not be fetched from where WhatsApp said it lies.'
  const status = file.status === 404 || file.status === 410 ? 404 : 502
  return reply.code(status).send(graphError(131052, 'Media download error', details, reply.request.id))
}

/** Hands Graph's answer back, or says in Graph's shape that there was none. */
function relay(result: GraphAnswer, reply: FastifyReply) {
  if (result.outcome === 'answered') {
    const { status, headers, contentType, body } = result
    return reply
      .code(status)
      .headers(headers ?? {})
      .type(contentType)
      .send(body)
  }
  const unsent = result.outcome === 'unsent'
  const details = unsent
    ? 'WhatsApp could not be reached. Nothing was done; try again.'
    : 'WhatsApp did not answer in time. If this was an upload or a deletion, it may have been done.'
  return reply
    .code(unsent ? 503 : 504)
    .headers(unsent ? { 'retry-after': '5' } : {})
    .send(graphError(131016, 'Service unavailable', details, reply.request.id))
}

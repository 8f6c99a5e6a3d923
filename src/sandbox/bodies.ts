// Bodies as the Graph API reads them: JSON, forms, and multipart forms with a file.

import type { FastifyRequest } from 'fastify'
import { fromJsonText } from './content.js'

type Read = (body: Buffer, request: FastifyRequest) => unknown

/** Content type → how its body is read. What cannot be read rejects with `statusCode` 400. */
export const BODY_READERS: Readonly<Record<string, Read>> = {
  'application/json': readJson,
  'application/x-www-form-urlencoded': readForm,
  'multipart/form-data': readMultipart,
}

// A client that always says it writes JSON says so of an empty body too, on GET and DELETE.
function readJson(body: Buffer): unknown {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(body.toString())
  } catch {
    throw unreadable()
  }
}

function readForm(body: Buffer): Record<string, unknown> {
  const fields = [...new URLSearchParams(body.toString())]
  return Object.fromEntries(fields.map(([name, value]) => [name, fromJsonText(value)]))
}

function readMultipart(body: Buffer, request: FastifyRequest): Promise<FormData> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  return new Response(new Uint8Array(body), { headers }).formData().catch(() => {
    throw unreadable()
  })
}

const unreadable = () => Object.assign(new Error('the body cannot be read'), { statusCode: 400 })

// What is told to somebody whose request Node could not even read: too large a header, too slow, no HTTP. There is no
// route yet, so the answer has the shape of /v1, and nothing of what came is in it.

import type { Socket } from 'node:net'
import { CATALOGUE, type ErrorCode, problemDetails } from '../errors.js'

const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TOO_SLOW',
}

/** Answers on the bare socket and ends it; Fastify's `clientErrorHandler`. */
export function answerBroken(error: Error & { code?: string }, socket: Socket): void {
  // Whoever has gone hears nothing.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'REQUEST_BROKEN'
  const [status, title] = CATALOGUE[code]
  const body = JSON.stringify(problemDetails(code, [], crypto.randomUUID()))
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

// What is told to somebody whose request Node could not even read: too large a header, too slow, no HTTP. There is no
// route yet whose shape it could take, so the answer is read by callers of both: problem details with Graph's `error` as
// an extension member (RFC 9457 section 3.2). Nothing of what came is in it.

import type { Socket } from 'node:net'
import { CATALOGUE, type ErrorCode, graphProblem, problemDetails } from '../errors.js'

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
  const [status, title, detail] = CATALOGUE[code]
  const id = crypto.randomUUID()
  const body = JSON.stringify({ ...problemDetails(code, [], id), ...graphProblem(status, detail, id) })
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

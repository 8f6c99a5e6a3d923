// HTTP as it is written, byte for byte: what clients would tidy up (paths, lengths, headers) has to reach the server.

import { once } from 'node:events'
import { connect } from 'node:net'

export type RawAnswer = { status: number; head: string; body: string }

/** Writes bytes to a server and reads until it closes; every answer that came, in order. */
export async function speak(url: string, bytes: string | Buffer): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return answersIn(Buffer.concat(chunks))
}

function answersIn(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const end = rest.indexOf('\r\n\r\n')
    const head = rest.subarray(0, end).toString()
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
    const body = rest.subarray(end + 4, end + 4 + length).toString()
    answers.push({ status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), head, body })
    if (end < 0) break
    rest = rest.subarray(end + 4 + length)
  }
  return answers
}

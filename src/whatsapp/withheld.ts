// Meta's token never comes back in an answer, whatever the answer is: Graph repeats a token that it cannot read in its
// error message ("Malformed access token …"), and puts it into the links from one page of a list to the next.

import { Transform } from 'node:stream'
import { errorCode, graphError } from './envelope.js'

/** Whether a text or its readings (percent-encoded, JSON escapes) hold the token. */
export function holds(token: string, bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  return [text, unescaped(text), percentDecoded(text)].some((reading) => reading.includes(token))
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([\da-fA-F]{4})|(.))/g, (_all, hex: string | undefined, char: string) =>
    hex === undefined ? char : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function percentDecoded(text: string): string {
  return text.replace(/%([\da-fA-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** Graph's links from page to page, without the token that it writes into their query. */
export function withoutTokenInLinks(token: string, body: Buffer): Buffer {
  const text = body.toString('latin1')
  const written = [token, encodeURIComponent(token)].map((form) => `access_token=${form}`)
  if (!written.some((parameter) => text.includes(parameter))) return body
  const parts = written.reduce((rest, parameter) => rest.replaceAll(parameter, ''), text)
  return Buffer.from(parts, 'latin1')
}

export type Withheld = { status: number; contentType: string; body: Buffer }

/** What a caller gets in place of an answer that holds the token: its code when it was an error, else an error of ours. */
export function inPlaceOf(status: number, body: Buffer): Withheld {
  const code = errorCode(body)
  const details = 'The answer from WhatsApp held what belongs to the gateway alone and is not passed on.'
  const isError = status >= 400 && code !== null
  return {
    status: isError ? status : 502,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(graphError(isError ? code : 131000, 'Answer withheld', details, ''))),
  }
}

/** Passes bytes on and breaks off before the token would leave. */
export function withholding(token: string): Transform {
  const secret = Buffer.from(token)
  let held: Buffer = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held = Buffer.concat([held, chunk])
      if (held.includes(secret)) return done(new Error('the answer holds the token'))
      const ready = Math.max(0, held.length - secret.length + 1)
      this.push(held.subarray(0, ready))
      held = held.subarray(ready)
      done()
    },
    flush(done) {
      done(null, held)
    },
  })
}

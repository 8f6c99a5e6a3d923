// The bytes of an emulated webhook and their signature.
// Promise kept: the emulator signs what Meta signs: the escaped form, byte for byte. A receiver that parses and
// serialises again before it checks the signature fails here, not first in production.

import { createHmac } from 'node:crypto'

export type SignedBody = { body: Buffer; signature: string }

/**
 * Serialises `payload` as Meta does and signs it.
 * Everything outside ASCII becomes \uXXXX (an emoji becomes two escapes), `/` becomes `\/`, `@` becomes \u0040.
 * @param secret the app secret
 * @returns the body and the value of X-Hub-Signature-256: `sha256=` and 64 lower-case hex digits
 */
export function signedBody(payload: unknown, secret: string): SignedBody {
  const body = Buffer.from(escapeLikeMeta(JSON.stringify(payload)), 'ascii')
  return { body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
}

// In serialised JSON these characters occur inside strings only, so replacing them blindly is safe.
function escapeLikeMeta(json: string): string {
  return json
    .replace(/[\u007f-\uffff@]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('/', '\\/')
}

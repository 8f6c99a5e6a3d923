// Whether a webhook body really comes from Meta. The HMAC is taken over the bytes as received: parsing and writing the
// JSON again would undo Meta's own escapes (\u00e9, \/) and break every signature with an accent in it.

import { createHmac, timingSafeEqual } from 'node:crypto'

const HEADER = /^sha256=([0-9a-f]{64})$/i

/**
 * Verifies `X-Hub-Signature-256` in constant time against every secret (several while rotating).
 * @param body the raw bytes of the request
 * @param header the header's value, if any
 * @param secrets app secrets, at least one
 */
export function verifySignature(body: Buffer, header: unknown, secrets: readonly string[]): boolean {
  const hex = typeof header === 'string' ? HEADER.exec(header)?.[1] : undefined
  if (hex === undefined) return false
  const given = Buffer.from(hex, 'hex')
  let valid = false
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest()
    // No early exit: the time taken does not tell which secret fits.
    valid = timingSafeEqual(given, expected) || valid
  }
  return valid
}

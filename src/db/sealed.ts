// Payloads at rest: what somebody is to be sent, and what Meta told us, rests sealed until it is delivered and is gone
// afterwards. A copy of the database without the identity key, which is kept elsewhere, shows no message and no number.

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

// NIST SP 800-38D: a random nonce of 96 bits is safe for 2^32 messages under one key.
const CIPHER = 'aes-256-gcm'
const KEY_ID_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16

type Key = { id: Buffer; secret: Buffer }

/** HKDF-SHA256 (RFC 5869), so that the key of the suppression HMAC and this one say nothing about each other. */
function derive(identityKey: string): Key {
  const secret = Buffer.from(hkdfSync('sha256', identityKey, '', 'assent payload', 32))
  return { secret, id: createHash('sha256').update(secret).digest().subarray(0, KEY_ID_BYTES) }
}

/**
 * Seals a payload: key id (4 bytes), nonce (12), ciphertext, tag (16).
 * @param identityKeys newest first; the first one seals
 */
export function seal(identityKeys: readonly string[], plain: Buffer): Buffer {
  const [newest] = identityKeys
  if (newest === undefined) throw new Error('sealing needs an identity key')
  const key = derive(newest)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES }).setAAD(key.id)
  return Buffer.concat([key.id, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/**
 * Opens what `seal` made with any of these keys.
 * @throws when none of the keys sealed it, or a byte of it has changed
 */
export function unseal(identityKeys: readonly string[], sealed: Buffer): Buffer {
  const id = sealed.subarray(0, KEY_ID_BYTES)
  const key = identityKeys.map(derive).find((k) => k.id.equals(id))
  if (key === undefined) throw new Error('sealed with a key that is not among the identity keys')
  const nonce = sealed.subarray(KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES)
  const body = sealed.subarray(KEY_ID_BYTES + NONCE_BYTES, -TAG_BYTES)
  const cipher = createDecipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES })
    .setAAD(key.id)
    .setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([cipher.update(body), cipher.final()])
}

// Receipts are signed (JWS, RFC 7515, with Ed25519, RFC 8037), so that whoever holds one can show years later, without
// asking us, that we issued it. The keys come from IDENTITY_KEY: nothing more to keep, and none of them in the database.

import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, compactVerify, exportJWK, importJWK, type JWK } from 'jose'

/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

function privateKey(identityKey: string): KeyObject {
  const seed = hkdfSync('sha256', identityKey, '', 'assent receipt', 32)
  return createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, Buffer.from(seed)]),
    format: 'der',
    type: 'pkcs8',
  })
}

async function publicJwk(identityKey: string): Promise<JWK> {
  const jwk = await exportJWK(createPublicKey(privateKey(identityKey)))
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'EdDSA' }
}

/** The public keys, the newest first, as a JWK set (RFC 7517): publish it, and keep it as long as receipts may be shown. */
export async function receiptKeys(identityKeys: readonly string[]): Promise<{ keys: JWK[] }> {
  return { keys: await Promise.all(identityKeys.map(publicJwk)) }
}

/** @returns the document as a compact JWS, signed with the newest key */
export async function signReceipt(identityKeys: readonly string[], receipt: object): Promise<string> {
  const [newest = ''] = identityKeys
  const { kid } = await publicJwk(newest)
  return new CompactSign(Buffer.from(JSON.stringify(receipt)))
    .setProtectedHeader({
      alg: 'EdDSA',
      kid: kid ?? '',
      typ: 'consent-receipt+jws',
      cty: 'application/ld+json',
    })
    .sign(privateKey(newest))
}

/**
 * Checks a receipt offline.
 * @returns the receipt as it was signed
 * @throws Error when no key of the set has signed exactly these bytes
 */
export async function verifyReceipt(jws: string, { keys }: { keys: readonly JWK[] }): Promise<unknown> {
  const { payload } = await compactVerify(
    jws.trim(),
    async ({ kid }) => {
      const key = keys.find((k) => k.kid === kid)
      if (key === undefined) throw new Error('The key that signed this receipt is not in the set.')
      return importJWK(key, 'EdDSA')
    },
    { algorithms: ['EdDSA'] },
  )
  return JSON.parse(Buffer.from(payload).toString())
}

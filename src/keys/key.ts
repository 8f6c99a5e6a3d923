// What an API key is: how it looks, what it may do, and when it no longer does. Pure; what is random and what time it is
// come in as arguments. Promise kept: the key itself is shown once and kept nowhere, only its digest is.

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a key may be allowed to do; `admin` holds all of them. */
export const SCOPES = ['send', 'consents:read', 'consents:write', 'staff', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** A key as it is kept and listed. */
export type ApiKey = {
  id: string
  name: string
  /** How the key begins, such as `assent_7Qx2`. */
  hint: string
  scopes: readonly Scope[]
  /** Null: the limit that every key has. */
  requestsPerMinute: number | null
  createdAt: Date
  /** At most a minute behind. */
  lastUsedAt: Date | null
  expiresAt: Date | null
  revokedAt: Date | null
  /** The key that this one was rotated to. */
  replacedBy: string | null
}

const PREFIX = 'assent_'
const HINT_LENGTH = PREFIX.length + 4
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
// 62^43 > 2^256 and 62^6 > 2^32.
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
const SHAPE = /^assent_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

/**
 * Writes a key: `assent_`, 43 characters of secret, 6 of checksum (CRC-32), in letters and digits only, so that a
 * double click takes all of it and a secret scanner knows it without asking (after GitHub, "Behind GitHub's new
 * authentication token formats", 2021).
 * @param random 32 random bytes
 */
export function writeKey(random: Buffer): string {
  const secret = base62(BigInt(`0x${random.toString('hex')}`), SECRET_LENGTH)
  return `${PREFIX}${secret}${checksum(secret)}`
}

/** Whether this can be a key at all: what was mistyped or cut off is told without asking the database. */
export function isKey(text: string): boolean {
  const [, secret, sum] = SHAPE.exec(text) ?? []
  return secret !== undefined && sum === checksum(secret)
}

/**
 * What is kept of a key. A plain SHA-256 is enough: a key holds 256 random bits, which nobody tries out, whereas a slow
 * hash would cost every request its time.
 */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

export const hintOf = (key: string): string => key.slice(0, HINT_LENGTH)

/** Why a key no longer opens anything; null while it does. A revocation outweighs an end. */
export function endOf(
  key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>,
  now: Date,
): 'KEY_REVOKED' | 'KEY_EXPIRED' | null {
  if (key.revokedAt !== null) return 'KEY_REVOKED'
  return key.expiresAt !== null && key.expiresAt.getTime() <= now.getTime() ? 'KEY_EXPIRED' : null
}

/** Whether scopes that are held are enough for a route that wants one of `wanted`. */
export function mayPass(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  return held.includes('admin') || wanted.some((scope) => held.includes(scope))
}

const checksum = (secret: string) => base62(BigInt(crc32(PREFIX + secret)), CHECKSUM_LENGTH)

function base62(value: bigint, length: number): string {
  let digits = ''
  for (let rest = value; digits.length < length; rest /= 62n)
    digits = DIGITS.charAt(Number(rest % 62n)) + digits
  return digits
}

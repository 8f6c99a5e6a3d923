import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { endOf, hashKey, hintOf, isKey, mayPass, SCOPES, writeKey } from '../../src/keys/key.js'

const SECRET = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))

t.test('every key has one form, which a secret scanner knows, and no two secrets share it', async (t) => {
  for (const bytes of [Buffer.alloc(32), Buffer.alloc(32, 255)]) {
    t.match(writeKey(bytes), /^assent_[0-9A-Za-z]{49}$/)
  }
  fc.assert(
    fc.property(SECRET, SECRET, (one, other) => {
      const [a, b] = [writeKey(one), writeKey(other)]
      return isKey(a) && /^assent_[0-9A-Za-z]{49}$/.test(a) && one.equals(other) === (a === b)
    }),
  )
})

t.test('what was mistyped, cut off or made up is no key', async (t) => {
  fc.assert(
    fc.property(SECRET, fc.nat(55), fc.constantFrom('0', 'A', 'z', '-', '_'), (secret, at, sign) => {
      const key = writeKey(secret)
      const changed = key.slice(0, at) + sign + key.slice(at + 1)
      return changed === key || !isKey(changed)
    }),
  )
  const key = writeKey(randomBytes(32))
  for (const other of ['', key.slice(1), key.slice(0, -1), `${key}0`, `${key}\n`, key.toUpperCase()]) {
    t.notOk(isKey(other), JSON.stringify(other))
  }
})

t.test('what is kept of a key gives it away to nobody', async (t) => {
  const key = writeKey(randomBytes(32))
  t.equal(hashKey(key).length, 32)
  t.equal(hintOf(key), key.slice(0, 11), 'four of 43 characters')
})

t.test('a key ends when it is revoked or its time is over, and not before', async (t) => {
  const now = new Date('2026-11-23T12:00:00Z')
  const later = new Date(now.getTime() + 1)
  t.equal(endOf({ revokedAt: null, expiresAt: null }, now), null)
  t.equal(endOf({ revokedAt: null, expiresAt: later }, now), null)
  t.equal(endOf({ revokedAt: null, expiresAt: now }, now), 'KEY_EXPIRED')
  t.equal(endOf({ revokedAt: now, expiresAt: now }, now), 'KEY_REVOKED')
})

t.test('a scope opens its own door, and admin opens every one', async (t) => {
  for (const scope of SCOPES) {
    for (const wanted of SCOPES) {
      t.equal(mayPass([scope], [wanted]), scope === wanted || scope === 'admin', `${scope} → ${wanted}`)
    }
  }
  t.ok(mayPass(['send'], ['consents:read', 'send']), 'any one of several is enough')
  t.notOk(mayPass(['send', 'staff'], []))
})

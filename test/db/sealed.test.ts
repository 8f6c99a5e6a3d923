import fc from 'fast-check'
import t from 'tap'
import { seal, unseal } from '../../src/db/sealed.js'

const KEY = 'identity-key-of-today'
const OLD = 'identity-key-of-yesterday'
const bytes = fc.uint8Array({ maxLength: 2_000 }).map((b) => Buffer.from(b))

t.test('whatever was sealed opens again, byte for byte, also after the key was rotated', async (t) => {
  fc.assert(
    fc.property(bytes, (plain) => {
      const sealed = seal([OLD], plain)
      return unseal([OLD], sealed).equals(plain) && unseal([KEY, OLD], sealed).equals(plain)
    }),
  )
  t.pass()
})

t.test('the newest key seals, and without it nothing opens', async (t) => {
  const sealed = seal([KEY, OLD], Buffer.from('Two days of sale'))
  t.equal(unseal([KEY], sealed).toString(), 'Two days of sale')
  t.throws(() => unseal([OLD], sealed), /not among the identity keys/)
  t.throws(() => unseal([], sealed), /not among the identity keys/)
  t.throws(() => seal([], Buffer.alloc(1)), /needs an identity key/)
})

t.test('a sealed payload shows neither words nor that two are the same', async (t) => {
  const plain = Buffer.from('Two days of sale')
  const [one, two] = [seal([KEY], plain), seal([KEY], plain)]
  t.notOk(one.includes('sale'))
  t.notSame(one.subarray(4), two.subarray(4))
})

t.test('a byte changed anywhere, or cut off, is noticed', async (t) => {
  const sealed = seal([KEY], Buffer.from('Two days of sale'))
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed[i] = (changed[i] ?? 0) ^ 1
    t.throws(() => unseal([KEY], changed), `byte ${i}`)
    t.throws(() => unseal([KEY], sealed.subarray(0, i)), `${i} bytes of it`)
  }
})

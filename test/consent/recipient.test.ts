import t from 'tap'
import { canonicalPhone, parseRecipient, personKey } from '../../src/consent/recipient.js'

t.test('one person in every way of writing their number', async (t) => {
  for (const form of [
    '+12025550101',
    '12025550101',
    '+1 (202) 555-0101',
    '+1.202.555.0101',
    ' 001 202 555 0101 ',
    '+1\u00a0202\u2011555\u20110101',
    '\u202a+12025550101\u202c',
  ]) {
    t.same(parseRecipient(form), { kind: 'phone', value: '12025550101' }, form)
  }
  t.same(parseRecipient('+44 (0)7700 900123'), { kind: 'phone', value: '447700900123' }, 'a trunk zero')
})

t.test('a number that no plan knows is kept; one that cannot be E.164 is not', async (t) => {
  t.same(parseRecipient('+999 123 456 789'), { kind: 'phone', value: '999123456789' })
  for (const bad of [
    '',
    '+',
    'abc',
    '12',
    '+0123456789',
    '1234567890123456',
    '12025550101; drop',
    'a'.repeat(5000),
  ]) {
    t.equal(parseRecipient(bad), null, bad.slice(0, 20))
  }
})

t.test('BSUIDs are opaque and keep their case', async (t) => {
  t.same(parseRecipient('US.13491208655302741918'), { kind: 'bsuid', value: 'US.13491208655302741918' })
  t.same(parseRecipient('HK.ENT.aB3'), { kind: 'bsuid', value: 'HK.ENT.aB3' })
  t.equal(parseRecipient('us.123'), null)
})

t.test('the inbound side never refuses: what is no number stays as it is', async (t) => {
  t.equal(canonicalPhone('foo_bar'), 'foo_bar')
})

t.test('a person’s key depends on the secret key, and kinds do not collide', async (t) => {
  const phone = { kind: 'phone', value: '12025550101' } as const
  t.notSame(personKey('key-one', phone), personKey('key-two', phone))
  t.notSame(personKey('key-one', phone), personKey('key-one', { kind: 'bsuid', value: '12025550101' }))
})

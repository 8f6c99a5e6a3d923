import fc from 'fast-check'
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
  t.same(parseRecipient('HK.ENT.aB3'), { kind: 'parent_bsuid', value: 'HK.ENT.aB3' })
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

// Obviously fictional subscribers: their digits repeat.
const digits = (n: number) => fc.integer({ min: 0, max: 9 }).map((d) => String(d).repeat(n))
const forms = fc.oneof(
  // Brazil: area, then an old mobile number of eight digits with or without its ninth.
  fc
    .tuple(fc.constantFrom('11', '21', '31', '85'), fc.constantFrom('6', '7', '8', '9'), digits(7))
    .map(([area, first, rest]) => [
      `55${area}9${first}${rest}`,
      `55${area}${first}${rest}`,
      `+55 ${area} 9${first}${rest.slice(0, 3)}-${rest.slice(3)}`,
      `+55 (0)${area} ${first}${rest.slice(0, 3)}-${rest.slice(3)}`,
      `0055${area}9${first}${rest}`,
    ]),
  // Mexico: ten digits, after 52, 521, or the prefixes of before 2019.
  fc.tuple(fc.constantFrom('55', '33', '81', '222'), digits(8)).map(([area, rest]) => {
    const national = `${area}${rest}`.slice(0, 10)
    return ['52', '521', '+52 ', '+52 1 ', '+52 044 ', '+52 01 ', '00521'].map((prefix) => prefix + national)
  }),
  // Argentina: area code and number are ten digits; 9 and 15 come and go.
  fc.tuple(fc.constantFrom('11', '351', '2954'), fc.integer({ min: 2, max: 6 })).map(([area, d]) => {
    const rest = String(d).repeat(10 - area.length)
    return [
      `54${area}${rest}`,
      `549${area}${rest}`,
      `+54 9 ${area} ${rest}`,
      `+54 ${area} 15 ${rest}`,
      `+54 0${area} 15-${rest}`,
      `+54 (0)${area} ${rest}`,
      `+54 9 ${area} 15 ${rest}`,
    ]
  }),
)

t.test('every form of a number in Brazil, Mexico and Argentina is one person', async (t) => {
  fc.assert(
    fc.property(forms, (all) => {
      const found = new Set(all.map(canonicalPhone))
      return found.size === 1 && parseRecipient(all[0] ?? '')?.value === [...found][0]
    }),
    { numRuns: 500 },
  )
  t.not(canonicalPhone('551133333333'), canonicalPhone('5511933333333'), 'a fixed line gets no ninth digit')
  t.equal(canonicalPhone('52555555555'), '52555555555', 'nine digits are left as they are')
})

t.test('the canonical form is its own canonical form, whatever comes in', async () => {
  const number = fc.integer({ min: 1_000_000, max: 999_999_999_999_999 }).map(String)
  const national = fc
    .tuple(fc.constantFrom('55', '52', '521', '54', '549'), digits(10))
    .map((p) => p.join(''))
  fc.assert(
    fc.property(fc.oneof(number, national, fc.string()), (input) => {
      const once = canonicalPhone(input)
      return canonicalPhone(once) === once
    }),
    { numRuns: 5000 },
  )
})

t.test('two different subscribers never get one form', async () => {
  const subscriber = fc.oneof(
    fc.tuple(
      fc.constant('55'),
      fc.constantFrom('11', '85'),
      fc.integer({ min: 60_000_000, max: 99_999_999 }),
    ),
    fc.tuple(
      fc.constant('52'),
      fc.constantFrom('55', '81'),
      fc.integer({ min: 10_000_000, max: 99_999_999 }),
    ),
    fc.tuple(fc.constant('54'), fc.constantFrom('11'), fc.integer({ min: 20_000_000, max: 69_999_999 })),
  )
  fc.assert(
    fc.property(subscriber, subscriber, (a, b) => {
      const same = a.join() === b.join()
      return same === (canonicalPhone(a.join('')) === canonicalPhone(b.join('')))
    }),
    { numRuns: 3000 },
  )
})

import fc from 'fast-check'
import t from 'tap'
import { keysOf } from '../../src/sends/keys-of.js'

/** The keys of a value in the order in which JSON.stringify writes them: name, parent, depth. */
function expected(value: unknown, parent: string | null = null, depth = 1): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => expected(item, null, depth + 1))
  return Object.entries(value).flatMap(([name, child]) => [
    { name, parent, depth },
    ...expected(child, name, depth + 1),
  ])
}

/** The same JSON, spelled otherwise: white space between all tokens, characters as escapes. */
function respelled(value: unknown, pad: string): string {
  const text = (s: string) =>
    `"${[...s].map((c) => [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')).join('')}"`
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const items = Array.isArray(value)
    ? value.map((item) => respelled(item, pad))
    : Object.entries(value).map(([k, v]) => `${text(k)}${pad}:${pad}${respelled(v, pad)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}${pad}${items.join(`${pad},${pad}`)}${pad}${close}`
}

const json = fc.jsonValue({ maxDepth: 6, noUnicodeString: false })
const space = fc.constantFrom('', ' ', '\n\t', '\r\n  ')

t.test(
  'of any JSON, in any spelling, every key is read as JSON.parse reads it, and none twice',
  async (t) => {
    let read = 0
    fc.assert(
      fc.property(json, space, (value, pad) => {
        for (const text of [JSON.stringify(value), JSON.stringify(value, null, 3), respelled(value, pad)]) {
          const keys = keysOf(text, 100)
          read += keys?.length ?? 0
          if (keys === null || keys.some((k) => k.repeated)) return false
          const plain = keys.map(({ name, parent, depth }) => ({ name, parent, depth }))
          if (JSON.stringify(plain) !== JSON.stringify(expected(value))) return false
          for (const { valueAt } of keys) if (!/^\s*[[{"\dtfn-]/.test(text.slice(valueAt))) return false
        }
        return true
      }),
      { numRuns: 2000 },
    )
    t.ok(read > 2000, `${read} keys were read`)
  },
)

t.test('an object has a repeated key exactly if JSON.parse loses one', async (t) => {
  const name = fc.constantFrom(
    'to',
    't\\u006f',
    '\\u0074o',
    'To',
    '',
    '"',
    'a\\"',
    '\\\\',
    'é',
    '\\u00e9',
    '{',
    ':',
  )
  const spelled = name.map((n) => (n === '"' ? '\\"' : n))
  const object: fc.Arbitrary<string> = fc.letrec((again) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('1', '"to"', 'null', '"\\"to\\":"'),
      again('object'),
    ),
    object: fc
      .array(fc.tuple(spelled, again('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([k, v]) => `"${k}" : ${v}`).join(',')}}`),
  })).object as fc.Arbitrary<string>
  let repeated = 0
  fc.assert(
    fc.property(object, (text) => {
      const keys = keysOf(text, 100) ?? []
      const written = keys.length
      const repeats = keys.filter((k) => k.repeated).length
      repeated += repeats
      // A key that is lost takes what stands below it along, so only the question "any?" has one answer.
      const kept = expected(JSON.parse(text)).length
      return repeats > 0 === kept < written
    }),
    { numRuns: 3000 },
  )
  t.ok(repeated > 500, `${repeated} repeated keys were among them`)
})

t.test('nesting is counted over objects and arrays, and too much of it is no reading', async (t) => {
  const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`
  t.equal(keysOf(nested(64), 64)?.at(-1)?.depth, 64)
  t.equal(keysOf(nested(66), 64), null)
  t.equal(keysOf('['.repeat(200_000) + ']'.repeat(200_000), 64), null)
})

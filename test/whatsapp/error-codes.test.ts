import t from 'tap'
import {
  ERROR_CODES,
  errorRow,
  REMEDY_SENTENCES,
  type Remedy,
  type RemedyKind,
  remedyOf,
} from '../../src/whatsapp/error-codes.js'

const between = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** Meta's table of September 2026, by what its rows ask for. */
const TABLE: Record<RemedyKind, number[]> = {
  retry: [4, 80007, 130429, 131056, 134101],
  uncertain: [1, 2, 131000, 131016, 131057, 133004, 2494100],
  wait: [130472, 131048, 131049, 135000],
  halt: [
    ...[0, 3, 10, 190, ...between(200, 299), 368],
    ...[130497, 131005, 131031, 131042, 131064, 132015, 132016],
    ...between(133000, 133003),
    ...between(133005, 133010),
    ...[133015, 133016, 134011, 134102],
  ],
  suppress: [130403, 131026, 131050],
  fix: [
    ...[33, 100, 470, 131008, 131009, 131021, 131030, 131035, 131036, 131037, 131045, 131047, 131051, 131052],
    ...[
      131053, 131055, 131059, 131062, 131063, 132000, 132001, 132005, 132007, 132012, 132018, 132068, 132069,
    ],
    ...[134100, 137000],
  ],
}

t.test('every code of Meta’s table does what its row says', async (t) => {
  for (const [kind, codes] of Object.entries(TABLE)) {
    // The HTTP status misleads (131045 comes with 500, 131016 with 500): the code alone decides.
    for (const code of codes) {
      for (const status of [400, 403, 500]) t.equal(remedyOf(code, 1, status).kind, kind, `${code}`)
      t.not(errorRow(code)?.means ?? '', '', `${code} says what it means`)
    }
  }
  const known = new Set(Object.values(TABLE).flat())
  for (const { codes } of ERROR_CODES) {
    const [first, last] = typeof codes === 'number' ? [codes, codes] : codes
    t.ok(
      between(first, last).every((code) => known.has(code)),
      `${first} is in the table`,
    )
  }
  t.same(Object.keys(REMEDY_SENTENCES).sort(), Object.keys(TABLE).sort(), 'and each class has its sentence')
})

const seconds = (code: number, attempt: number) => {
  const remedy = remedyOf(code, attempt, 400)
  return remedy.kind === 'retry' ? remedy.afterMs / 1_000 : null
}

t.test('retry: pauses grow as Meta asks, and hold what the limit is about', async (t) => {
  const attempts = [1, 2, 3, 4, 5, 6, 7, 8, 50]
  t.same(
    attempts.map((n) => seconds(130429, n)),
    [1, 2, 4, 8, 16, 32, 60, 60, 60],
  )
  t.same(
    attempts.map((n) => seconds(131056, n)),
    [1, 4, 16, 64, 256, 1024, 3600, 3600, 3600],
  )
  t.same(
    [1, 2, 10, 50].map((n) => seconds(80007, n)),
    [60, 120, 600, 600],
  )
  t.match(remedyOf(130429, 1, 400), { holds: 'number', slowDown: true })
  t.match(remedyOf(131056, 1, 400), { holds: 'contact', slowDown: false })
  t.match(remedyOf(4, 1, 400), { holds: 'account' })
  t.match(remedyOf(134101, 3, 400), { holds: 'template', afterMs: 600_000 })
})

t.test('uncertain: only until a status has said that it failed', async (t) => {
  t.same(remedyOf(131000, 1, 500), { kind: 'uncertain' })
  t.match(remedyOf(131000, 1, null), { kind: 'wait' })
})

t.test('wait: not before the next day, where Meta counts the tries', async (t) => {
  t.match(remedyOf(131049, 1, 400), { kind: 'wait', afterMs: 86_400_000 })
  t.match(remedyOf(131048, 1, 400), { kind: 'wait', afterMs: null, slowDown: true })
  t.match(remedyOf(130472, 1, null), { kind: 'wait', afterMs: null, slowDown: false })
})

t.test('halt: each as wide as what is wrong, and no wider', async (t) => {
  const scopes: [string, number[]][] = [
    ['account', [0, 190, 368, 131031, 131042, 131064, 134011]],
    ['number', [3, 10, 200, 299, 131005, 133010, 133016]],
    ['country', [130497]],
    ['template', [132015, 132016, 134102]],
  ]
  for (const [scope, codes] of scopes)
    for (const code of codes) t.same(remedyOf(code, 1, 400), { kind: 'halt', scope }, `${code}`)
})

t.test('suppress: a stop, a block of ours and an unreachable phone are three things', async (t) => {
  t.match(remedyOf(131050, 1, null), { why: 'stopped_marketing' })
  t.match(remedyOf(130403, 1, 400), { why: 'blocked_by_us' })
  t.match(remedyOf(131026, 1, null), { why: 'unreachable' })
})

t.test(
  'a code that nobody knows is read by its HTTP class, and never repeated by itself when in doubt',
  async (t) => {
    const unknown: [number, Remedy['kind']][] = [
      [200, 'uncertain'],
      [302, 'uncertain'],
      [400, 'fix'],
      [401, 'halt'],
      [403, 'halt'],
      [404, 'fix'],
      [408, 'uncertain'],
      [429, 'retry'],
      [500, 'uncertain'],
      [503, 'uncertain'],
    ]
    for (const code of [null, 999_999])
      for (const [status, kind] of unknown) t.equal(remedyOf(code, 1, status).kind, kind, `HTTP ${status}`)
    t.match(remedyOf(999_999, 1, null), { kind: 'wait' }, 'told by a status webhook: it has failed')
  },
)

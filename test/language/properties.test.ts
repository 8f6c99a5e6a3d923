import fc from 'fast-check'
import t from 'tap'
import { classify } from '../../src/language/classify.js'
import { LEXICONS } from '../../src/language/languages.js'
import { LANGUAGES, understand } from './lines.js'

const QUESTIONS = [null, 'consent', 'stop'] as const

/** Keywords that are plain words: no brackets, lists or bars. */
const keywords = [
  ...new Set(
    LEXICONS.flatMap((l) => l.keywords.opt_out ?? []).filter((word) => /^[\p{L}\p{M} ]+$/u.test(word)),
  ),
]

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        'stop',
        ' ',
        'no',
        'yes',
        '\n',
        '>',
        '不要',
        '退訂',
        '\u200c',
        '\u0000',
        "'",
        '.',
        '🛑',
        '\ud800',
        'ﷺ',
        '*',
        '-- ',
        '{',
        ':',
      ),
      { maxLength: 200 },
    )
    .map((parts) => parts.join('')),
)

const letters = (from: number, upper: number) => (text: string) =>
  text
    .replace(/[a-z]/g, (c) => String.fromCodePoint(c.charCodeAt(0) - 97 + from))
    .replace(/[A-Z]/g, (c) => String.fromCodePoint(c.charCodeAt(0) - 65 + upper))

/** Ways to write the same: none of them may change what is understood. */
const disguises: ((text: string) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  letters(0xff41, 0xff21),
  letters(0x1d41a, 0x1d400),
  letters(0x1d5ee, 0x1d5d4),
  letters(0x24d0, 0x24b6),
  (text) => `*${text}*`,
  (text) => `"${text}"`,
  (text) => `  ${text}\n`,
  (text) => `${text}!!!`,
  (text) => `${text} 🙏`,
  (text) => `${text} 😡😡😡`,
  (text) => `${text} 🇺🇸`,
  (text) => `please ${text}`,
  (text) => `${text}, thank you`,
  (text) => `Hallo, ${text} bitte`,
  (text) => `${text} por favor`,
  (text) => `請${text}，謝謝`,
  (text) => [...text].join('\u200b'),
  (text) => `\u202e${text}\u202c`,
  (text) => text.normalize('NFD'),
]

t.test('no text whatever makes it throw, and the same text means the same', async () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom(...QUESTIONS), (text, question) => {
      const first = classify(text, { question, languages: LANGUAGES })
      const second = classify(text, { question, languages: LANGUAGES })
      return JSON.stringify(first) === JSON.stringify(second)
    }),
    { numRuns: 2_000 },
  )
})

t.test(
  'case, width, bold letters, emoji and politeness, any two of them, never change a keyword',
  async (t) => {
    const changed = keywords.flatMap((word) =>
      disguises.flatMap((inner) => disguises.map((outer) => outer(inner(word)))),
    )
    const lost = changed.filter((text) => {
      const { intent, confidence } = understand(text)
      return intent !== 'opt_out' || confidence !== 'certain'
    })
    t.ok(changed.length > 150_000)
    t.same(lost, [])
  },
)

t.test('"don\'t" before a stop takes it back', async (t) => {
  const negated: [string, string[]][] = [
    [
      "please don't {}",
      ['stop sending me your offers', 'unsubscribe me', 'take me off the list', 'stop the messages'],
    ],
    [
      'no {}',
      ['dejen de mandarme ofertas', 'me den de baja', 'me saquen de la lista', 'paren con las ofertas'],
    ],
    ['bitte nicht {}', ['abmelden', 'aufhören', 'löschen']],
    ['請不要{}', ['停止傳送優惠', '取消訂閱', '退訂', '把我移除']],
  ]
  for (const [frame, stops] of negated) {
    for (const stop of stops) {
      t.equal(understand(stop).intent === 'other', false, stop)
      t.equal(understand(frame.replace('{}', stop)).intent, 'other', frame.replace('{}', stop))
    }
  }
})

t.test('yes and no never come without a question, and a start is never less than certain', async () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { intent, confidence } = understand(text)
      return intent !== 'yes' && intent !== 'no' && (intent !== 'opt_in' || confidence === 'certain')
    }),
    { numRuns: 2_000 },
  )
})

t.test('a stop stays a stop behind any other sentence', async () => {
  const neutral = fc.constantFrom(
    'Thanks for the tent.',
    'Das Paket kam gestern an.',
    'Todo bien.',
    'Hello!',
    'It was great.',
  )
  const stop = fc.constantFrom(
    'Please stop sending me messages',
    'Bitte keine Nachrichten mehr',
    'No me escriban más',
    'unsubscribe',
  )
  fc.assert(
    fc.property(fc.array(neutral, { maxLength: 20 }), stop, (before, last) => {
      return understand([...before, last].join(' ')).intent === 'opt_out'
    }),
    { numRuns: 500 },
  )
})

t.test('no text of 4,096 characters is slow', async (t) => {
  const texts = [
    'stop ',
    'no ',
    '不要再傳',
    'a b ',
    "don't stop sending me ",
    'stop,',
    '?',
    '>\n',
    's t o p ',
    '-- ',
    'a',
    'ﷺ',
  ]
  for (const part of texts) {
    const text = `${part.repeat(Math.ceil(4096 / part.length))}x`
    const runs = Array.from({ length: 8 }, () => {
      const start = process.cpuUsage().user
      understand(text)
      return process.cpuUsage().user - start
    })
    // A few milliseconds; the bound leaves room for a busy machine and none for work that grows with the square.
    t.ok(Math.min(...runs) < 100_000, `${JSON.stringify(part)} takes ${Math.min(...runs)} µs`)
  }
})

t.test('spelt, dotted and look-alike letters spell the keyword', async (t) => {
  // Where letters carry signs, nobody spells by letter.
  for (const word of keywords.filter((word) => /^[\p{Script=Latin}\p{Script=Cyrillic}]{4,}$/u.test(word))) {
    for (const between of [' ', '.', '-', ' . ', '_']) {
      const spelt = [...word].join(between)
      t.equal(understand(spelt).intent, 'opt_out', spelt)
    }
  }
  for (const text of ['ЅТОР', 'STОP', 'ꜱᴛᴏᴘ', '🆂🆃🅾🅿', '🇸🇹🇴🇵', 'st0p', '$top', 'st*p', 'ѕtор texting me']) {
    t.equal(understand(text).intent, 'opt_out', text)
  }
})

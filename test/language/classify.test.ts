import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { classify } from '../../src/language/classify.js'

type Line = { text: string; lang: string; intent: string; kind: string; ambiguous: boolean }

const FOLDER = 'test/fixtures/language'
const LANGUAGES = ['en', 'de', 'es', 'zh-Hant']
const context = { languages: LANGUAGES }
const lines: Line[] = readdirSync(FOLDER).flatMap((file) =>
  readFileSync(`${FOLDER}/${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line)),
)
const isOut = (intent: string) => intent === 'opt_out' || intent === 'erasure'

t.test('people who want out are understood, in every language', async (t) => {
  for (const language of new Set(lines.map((l) => l.lang))) {
    const out = lines.filter((l) => l.lang === language && l.intent === 'opt_out' && !l.ambiguous)
    const missed = out.filter((l) => !isOut(classify(l.text, context).intent)).map((l) => l.text)
    t.ok(
      missed.length <= 0.02 * out.length,
      `${language}: ${missed.length} of ${out.length} missed ${missed.join(' | ')}`,
    )
  }
})

t.test('people who say something else are never put out, nor in', async (t) => {
  const others = lines.filter((l) => !isOut(l.intent) && !l.ambiguous)
  t.ok(
    others.length * 2 >= lines.filter((l) => l.intent === 'opt_out' && !l.ambiguous).length * 2,
    'near misses are as many as stops',
  )
  const putOut = others.filter((l) => classify(l.text, context).intent === 'opt_out').map((l) => l.text)
  t.same(putOut, [])
  const putIn = lines
    .filter((l) => l.intent !== 'opt_in' && classify(l.text, context).intent === 'opt_in')
    .map((l) => l.text)
  t.same(putIn, [])
})

t.test('an ambiguous line is its label, a question or nothing, never consent', async (t) => {
  for (const line of lines.filter((l) => l.ambiguous)) {
    const { intent } = classify(line.text, context)
    t.ok(
      intent === line.intent ||
        intent === 'opt_out' ||
        intent === 'other' ||
        intent === 'erasure' ||
        intent === 'help',
      line.text,
    )
  }
})

t.test('the words that are revocations by law always are (47 CFR 64.1200(a)(10))', async (t) => {
  for (const word of ['stop', 'quit', 'end', 'revoke', 'opt out', 'opt-out', 'cancel', 'unsubscribe']) {
    t.match(classify(word, context), { intent: 'opt_out', confidence: 'certain' }, word)
  }
})

t.test('yes and no count only against a pending question', async (t) => {
  for (const [words, intent] of [
    ['yes', 'yes'],
    ['Ja bitte', 'yes'],
    ['sí', 'yes'],
    ['好', 'yes'],
    ['Yes, send them', 'yes'],
    ['no thanks', 'no'],
    ['nein', 'no'],
  ] as const) {
    t.equal(classify(words, { ...context, question: 'consent' }).intent, intent, words)
    t.notMatch(classify(words, context).intent, /yes|no|opt_in/, `${words} without a question`)
  }
})

t.test('payloads, code and markup typed as text are nothing', async (t) => {
  for (const text of [
    'assent:yes:00000000-0000-4000-8000-000000000000',
    '{"intent":"opt_in"}',
    '{{7*7}}',
    "'; drop table consent_events; --",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an attack is meant
    '${jndi:ldap://x}',
  ]) {
    t.equal(classify(text, { ...context, question: 'consent' }).intent, 'other', text)
  }
})

t.test('dress does not change a word: case, width, weight, emoji, politeness', async () => {
  const dressed = fc.constantFrom<(word: string) => string>(
    (w) => w.toUpperCase(),
    (w) => [...w].map((c, i) => (i % 2 ? c : c.toUpperCase())).join(''),
    (w) => [...w].map((c) => (/[a-z]/.test(c) ? String.fromCodePoint(c.charCodeAt(0) + 0xfee0) : c)).join(''),
    (w) =>
      [...w]
        .map((c) => (/[a-z]/.test(c) ? String.fromCodePoint(0x1d41a + c.charCodeAt(0) - 97) : c))
        .join(''),
    (w) => `${w} 🙏🏽`,
    (w) => `*${w}*!!!`,
    (w) => `please ${w}`,
    (w) => `${w}, thanks`,
    (w) => `  ${w}\u200b\n`,
  )
  fc.assert(
    fc.property(
      fc.constantFrom('stop', 'unsubscribe', 'start', 'help', 'abmelden', 'baja'),
      dressed,
      (word, dress) => {
        return classify(dress(word), context).intent === classify(word, context).intent
      },
    ),
    { numRuns: 500 },
  )
})

t.test('"don’t" before a stop turns it round', async (t) => {
  for (const [stop, stay] of [
    ['stop sending me messages', 'don’t stop sending me messages'],
    ['stop texting me', 'please dont stop texting me'],
    ['dejen de escribirme', 'no dejen de escribirme'],
  ] as const) {
    t.equal(classify(stop, context).intent, 'opt_out', stop)
    t.equal(classify(stay, context).intent, 'other', stay)
  }
})

t.test('no text whatever is too much', async () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: 'grapheme', maxLength: 400 }),
  )
  fc.assert(
    fc.property(any, (text) => typeof classify(text, context).rule === 'string'),
    { numRuns: 1000 },
  )
  for (const text of [
    '\u0301'.repeat(4096),
    'stop '.repeat(200_000),
    '\ud800'.repeat(5000),
    '((((('.repeat(1000),
    'a\u0000'.repeat(3000),
  ]) {
    classify(text, context)
  }
})

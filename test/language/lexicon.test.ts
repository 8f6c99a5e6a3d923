import t from 'tap'
import { classify } from '../../src/language/classify.js'
import { LEXICONS } from '../../src/language/languages.js'
import { entriesOf } from '../../src/language/patterns.js'
import { LANGUAGES, outcome, understand } from './lines.js'

const isPlain = (pattern: string) => /^[\p{L}\p{M}' ]+$/u.test(pattern)

for (const lexicon of LEXICONS) {
  const { language, keywords, weak } = lexicon

  t.test(`${language}: every keyword means what it stands under, in any dress`, async (t) => {
    for (const [topic, patterns] of Object.entries(keywords)) {
      if (topic === 'yes' || topic === 'no') continue
      for (const text of patterns.filter(isPlain)) {
        const { intent, confidence } = classify(text, { languages: [language] })
        t.strictSame({ intent, confidence }, { intent: topic, confidence: 'certain' }, text)
      }
    }
  })

  t.test(`${language}: every weak word alone asks, inside a sentence it does nothing`, async (t) => {
    for (const text of weak.filter(isPlain)) t.equal(outcome(understand(text)), 'ask', text)
  })

  t.test(`${language}: a misspelling is no word of any list`, async (t) => {
    const words = new Set(
      LEXICONS.flatMap((other) =>
        Object.values(other.words).flatMap((list) =>
          entriesOf(list, { ...other, typos: {} }).map((w) => w.join(' ')),
        ),
      ),
    )
    for (const [word, typos] of Object.entries(lexicon.typos)) {
      for (const typo of typos.split(' ')) t.notOk(words.has(typo), `${typo} for ${word}`)
    }
  })

  t.test(`${language}: every kind of request can be made in it`, async (t) => {
    for (const topic of [
      'opt_out',
      'opt_in',
      'help',
      'data_access',
      'erasure',
      'receipt',
      'topics',
      'complaint',
      'yes',
      'no',
    ] as const) {
      t.ok((keywords[topic] ?? []).length > 0, topic)
    }
    for (const topic of [
      'opt_out',
      'erasure',
      'data_access',
      'help',
      'receipt',
      'topics',
      'minor',
      'complaint',
    ] as const) {
      t.ok(Object.keys(lexicon.phrases[topic] ?? {}).length > 0, topic)
    }
  })
}

t.test('no word is yes in one language and no in another', async (t) => {
  const all = (topic: 'yes' | 'no') =>
    new Set(
      LEXICONS.flatMap((l) =>
        (l.keywords[topic] ?? []).filter(isPlain).flatMap((p) => entriesOf(p, l).map((w) => w.join(' '))),
      ),
    )
  const no = all('no')
  t.strictSame(
    [...all('yes')].filter((word) => no.has(word)),
    [],
  )
})

t.test('languages are listed once', async (t) => {
  t.equal(new Set(LANGUAGES).size, LANGUAGES.length)
})

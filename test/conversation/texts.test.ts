import t from 'tap'
import { TEXT_LANGUAGES, type Texts, textsFor } from '../../src/conversation/texts/texts.js'
import { classify } from '../../src/language/classify.js'
import { LEXICONS } from '../../src/language/languages.js'

const PLACEHOLDERS = new Set([
  'business',
  'topics',
  'frequency',
  'privacy',
  'contact',
  'subscribed',
  'stop',
  'start',
  'choose',
  'receipt',
  'terms',
  'date',
  'until',
  'lines',
  'proof',
  'topic',
  'n',
])

/** Every text of a language, wherever it stands. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : []
}

const all = TEXT_LANGUAGES.flatMap((language): Texts | never[] => textsFor(language) ?? [])
/** The names of all texts; plural forms differ from language to language. */
const shape = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !('other' in value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
    : 'text'

t.test('every language we understand is a language we answer in', async (t) => {
  t.strictSame(
    LEXICONS.map((lexicon) => lexicon.language).filter((language) => !TEXT_LANGUAGES.includes(language)),
    [],
  )
})

t.test('a language is found exactly, then by its beginning', async (t) => {
  t.equal(textsFor('de')?.language, 'de')
  t.equal(textsFor('de-AT')?.language, 'de')
  t.equal(textsFor('zh-Hant-TW')?.language, 'zh-Hant')
  t.equal(textsFor('zh'), undefined)
  t.equal(textsFor('xx'), undefined)
  t.equal(textsFor(''), undefined)
})

t.test('every language has every message, none empty, and names no unknown placeholder', async (t) => {
  for (const texts of all) {
    t.strictSame(shape(texts), shape(all[0]), texts.language)
    for (const text of strings(texts)) {
      t.ok(text.trim() !== '', texts.language)
      for (const [, name] of text.matchAll(/\{(\w*)\}/g))
        t.ok(PLACEHOLDERS.has(name ?? ''), `${texts.language}: ${text}`)
      t.notMatch(text.replace(/\{\w+\}/g, ''), /[{}]/, `${texts.language}: ${text}`)
    }
  }
})

t.test(
  'the request for consent says who, what, how often, how to stop and where the notice is',
  async (t) => {
    // R4, GDPR Art. 7(3) and 13.
    for (const { language, terms, card, again, renewal } of all) {
      for (const { body } of [card, again, renewal]) {
        t.match(body, '{business}', language)
        t.match(body, '{terms}', language)
      }
      for (const name of ['topics', 'frequency', 'stop', 'privacy'])
        t.match(terms, `{${name}}`, `${language}: ${name}`)
      t.match(renewal.body, '{date}', language)
    }
  },
)

t.test('every form of a number that the language has is written', async (t) => {
  for (const { language, frequency } of all) {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    for (const [period, forms] of Object.entries(frequency)) {
      // "1" may stand for its number in a form of its own; every other form shows it.
      for (const [form, text] of Object.entries(forms)) {
        t.ok(
          pluralCategories.includes(form as Intl.LDMLPluralRule),
          `${language}.${period}.${form} is never used`,
        )
        if (form === 'other') t.match(text, '{n}', `${language}.${period}`)
      }
    }
  }
})

t.test('help names the business, the frequency, the contact and how to stop', async (t) => {
  for (const { language, help } of all) {
    for (const name of ['business', 'frequency', 'stop', 'start', 'contact']) {
      t.match(help.body, `{${name}}`, `${language}: ${name}`)
    }
  }
})

t.test('what we tell people to write, we understand', async (t) => {
  for (const { language, words } of all) {
    const { stop, start, choose, receipt } = words
    t.match(classify(stop, { languages: [language] }), { intent: 'opt_out', confidence: 'certain', language })
    t.match(classify(start, { languages: [language] }), { intent: 'opt_in', confidence: 'certain', language })
    t.match(classify(choose, { languages: [language] }), {
      intent: 'topics',
      confidence: 'certain',
      language,
    })
    t.match(classify(receipt, { languages: [language] }), {
      intent: 'receipt',
      confidence: 'certain',
      language,
    })
  }
})

t.test('a button typed by hand means what its tap means', async (t) => {
  for (const texts of all) {
    const { language, card, again, renewal, done, help, unsure, topics, stopped } = texts
    const typed = (text: string, question: 'consent' | 'stop' | null) =>
      classify(text, { question, languages: [language] }).intent
    const meant = { yes: ['yes'], topics: ['topics'], no: ['no'], stop: ['opt_out'] } as const
    for (const { buttons } of [card, again, renewal]) {
      for (const action of ['yes', 'topics', 'no'] as const) {
        const intent = typed(buttons[action], 'consent')
        // "Yes, subscribe me" is both an answer and the sentence that starts.
        const also = action === 'yes' ? 'opt_in' : meant[action][0]
        t.ok([meant[action][0], also].includes(intent), `${language}: ${buttons[action]} → ${intent}`)
      }
    }
    for (const { buttons } of [done, help]) {
      for (const action of ['topics', 'stop'] as const) {
        t.equal(typed(buttons[action], null), meant[action][0], `${language}: ${buttons[action]}`)
      }
    }
    const { stop_yes, stop_no } = unsure.buttons
    t.ok(
      ['yes', 'opt_out'].includes(typed(stop_yes, 'stop')),
      `${language}: ${stop_yes} → ${typed(stop_yes, 'stop')}`,
    )
    t.equal(typed(stop_no, 'stop'), 'no', `${language}: ${stop_no}`)
    for (const title of [topics.stop_all, stopped.buttons.stop_all])
      t.equal(typed(title, null), 'opt_out', `${language}: ${title}`)
  }
})

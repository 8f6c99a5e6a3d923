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
  'topic',
  'n',
])

/** Every text of a language, wherever it stands. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : []
}

const all = TEXT_LANGUAGES.flatMap((language): Texts | never[] => textsFor(language) ?? [])
const shape = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
    : typeof value

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
    for (const { language, card, again } of all) {
      for (const { body } of [card, again]) {
        for (const name of ['business', 'topics', 'frequency', 'stop', 'privacy']) {
          t.match(body, `{${name}}`, `${language}: ${name}`)
        }
      }
    }
  },
)

t.test('help names the business, the frequency, the contact and how to stop', async (t) => {
  for (const { language, help } of all) {
    for (const name of ['business', 'frequency', 'stop', 'start', 'contact']) {
      t.match(help.body, `{${name}}`, `${language}: ${name}`)
    }
  }
})

t.test('what we tell people to write, we understand', async (t) => {
  for (const { language, words } of all) {
    const { stop, start, choose } = words
    t.match(classify(stop, { languages: [language] }), { intent: 'opt_out', confidence: 'certain', language })
    t.match(classify(start, { languages: [language] }), { intent: 'opt_in', confidence: 'certain', language })
    t.match(classify(choose, { languages: [language] }), {
      intent: 'topics',
      confidence: 'certain',
      language,
    })
  }
})

t.test('a button typed by hand means what its tap means', async (t) => {
  for (const texts of all) {
    const { language, card, again, done, help, unsure, topics } = texts
    const typed = (text: string, question: 'consent' | 'stop' | null) =>
      classify(text, { question, languages: [language] }).intent
    const meant = { yes: ['yes'], topics: ['topics'], no: ['no'], stop: ['opt_out'] } as const
    for (const [action, title] of [...card.buttons, ...again.buttons]) {
      const intent = typed(title, 'consent')
      // "Yes, subscribe me" is both an answer and the sentence that starts.
      t.ok(
        [...meant[action], ...(action === 'yes' ? ['opt_in'] : [])].includes(intent),
        `${title} → ${intent}`,
      )
    }
    for (const [action, title] of [...done.buttons, ...help.buttons]) {
      t.ok(
        meant[action].some((intent) => intent === typed(title, null)),
        `${title} → ${typed(title, null)}`,
      )
    }
    const [[, yes], [, no]] = unsure.buttons
    t.ok(['yes', 'opt_out'].includes(typed(yes, 'stop')), `${yes} → ${typed(yes, 'stop')}`)
    t.equal(typed(no, 'stop'), 'no', no)
    t.equal(typed(topics.stop_all, null), 'opt_out', topics.stop_all)
  }
})

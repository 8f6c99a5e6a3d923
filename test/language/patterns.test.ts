import t from 'tap'
import { classify } from '../../src/language/classify.js'
import type { Lexicon } from '../../src/language/lexicon/lexicon.js'
import { findAll, matchWhole } from '../../src/language/machine.js'
import { readMessage } from '../../src/language/reading.js'
import { compileRules } from '../../src/language/rules.js'

const lexicon = (parts: Partial<Lexicon>): Lexicon => ({
  language: 'en',
  words: { me: 'me|us|my number', list: '{me}|them' },
  keywords: {},
  weak: [],
  phrases: {},
  unsure: {},
  guards: {},
  things: 'order',
  politeness: 'please|thank you',
  breaks: 'but',
  negations: 'not',
  scope: { everything: 'all', marketing: 'ads', keep: [] },
  typos: { stop: 'stpo' },
  spellings: [['ö', 'oe']],
  footers: [],
  ...parts,
})

/** Whether one pattern is found in a clause of the message. */
function finds(pattern: string, text: string): boolean {
  const book = compileRules([lexicon({ phrases: { opt_out: { it: [pattern] } } })])
  return findAll(book.clause, readMessage(text, book).words).some((hit) => hit.rule.kind === 'phrase')
}

const FOUND: [pattern: string, text: string][] = [
  ['stop sending me', 'Please STOP,  sending me!'],
  ['stop|quit texting', 'quit texting'],
  ["do_not|don't text", 'do not text'],
  ["do_not|don't text", 'dont text'],
  ['[please] stop', 'stop'],
  ['( no more | enough of ) this', 'enough of this'],
  ['( no more | enough of ) this', 'no more this'],
  ['text {me}', 'text my number'],
  ['text {list}', 'text us'],
  ['stop ..2 texts', 'stop all your texts'],
  ['stop ..2 texts', 'stop texts'],
  ['werbe* stopp', 'Werbenachrichten stopp'],
  ['*liste weg', 'Kundenliste weg'],
  ['hör auf', 'Hoer auf'],
  ['hör auf', 'hor auf'],
  ['stop it', 'stpo it'],
  ['^ stop', 'please stop that'],
  ['^ stop', 'hello, stop'],
  ['stop $', 'now stop, please'],
  ['!never stop it', 'now stop it'],
  ['stop it !now|right_away', 'stop it later'],
  ['不要|別 [再] 傳', '請別再傳了'],
  ['=dừng', 'DỪNG'],
]
const MISSED: [pattern: string, text: string][] = [
  ['stop sending me', 'stop. sending me'],
  ['stop sending me', 'stop but sending me'],
  ['stop sending me', 'stopping sending me'],
  ['stop ..2 texts', 'stop all of your texts'],
  ['stop ..2 texts', 'stop but all texts'],
  ['werbe* stopp', 'erwerben stopp'],
  ['^ stop', 'the bus stop'],
  ['stop $', 'stop it'],
  ['!never|not_ever stop it', 'never stop it'],
  ['!never|not_ever stop it', 'not ever stop it'],
  ['stop it !now|right_away', 'stop it right away'],
  ['不要 傳', '不要再傳'],
  ['=dừng', 'đúng'],
]

t.test('the pattern language means what its page says', async (t) => {
  for (const [pattern, text] of FOUND) t.ok(finds(pattern, text), `${pattern} finds ${text}`)
  for (const [pattern, text] of MISSED) t.notOk(finds(pattern, text), `${pattern} does not find ${text}`)
})

t.test('a pattern that makes no sense stops the start and is named', async (t) => {
  const wrong: [string, RegExp][] = [
    ['stop (it', /"stop \(it" has a bracket too few/],
    ['stop it)', /has a bracket too many/],
    ['[stop]', /matches nothing at all/],
    ['..2 stop', /begins with/],
    ['stop {it}', /there is no list \{it\}/],
    ['stop| it', /has no words/],
    ['stop $ it', /"\$" where it means nothing/],
  ]
  for (const [pattern, message] of wrong) {
    t.throws(() => compileRules([lexicon({ phrases: { opt_out: { it: [pattern] } } })]), { message }, pattern)
  }
})

t.test('a keyword is the whole message, across its sentences', async (t) => {
  const book = compileRules([lexicon({ keywords: { opt_out: ['stop [it] now'], help: ['help ..2 me'] } })])
  const whole = (text: string) =>
    matchWhole(book.whole, readMessage(text, book).core).map((rule) => rule.topic)
  t.strictSame(whole('Stop! Now!'), ['opt_out'])
  t.strictSame(whole('please stop it now, thank you'), ['opt_out'])
  t.strictSame(whole('help, will you, me'), ['help'])
  t.strictSame(whole('stop it now then'), [])
  t.strictSame(whole(''), [])
})

t.test('whatever a list allows, a no in the message and nothing starts', async (t) => {
  const book = compileRules([lexicon({ keywords: { opt_in: ['send ..3 offers'] } })])
  const intent = (text: string) => classify(text, { languages: ['en'] }, book).intent
  t.equal(intent('send me your offers'), 'opt_in')
  t.equal(intent('send me not your offers'), 'other')
  t.equal(intent('send me your_offers'), 'other')
})

t.test('a zero-width non-joiner is read as nothing and as a space', async (t) => {
  const book = compileRules([
    lexicon({ phrases: { opt_out: { it: ['stop it'] }, help: { it: ['helpme'] } } }),
  ])
  const intent = (text: string) => classify(text, { languages: ['en'] }, book).intent
  t.equal(intent('now stop\u200cit'), 'opt_out')
  t.equal(intent('now help\u200cme'), 'help')
})

t.test('of several tries that end alike the shortest counts', async (t) => {
  const book = compileRules([lexicon({ phrases: { opt_out: { it: ['stop ..3 texts'] } } })])
  const hits = findAll(book.clause, readMessage('stop and stop the texts', book).words)
  t.match(
    hits.filter((hit) => hit.rule.kind === 'phrase').map(({ start, end }) => [start, end]),
    [[2, 4]],
  )
})

t.test('rule ids name language, kind and rule', async (t) => {
  const book = compileRules([
    lexicon({
      keywords: { opt_out: ['stop [it] now'] },
      guards: { 'bus-stop': ['bus stop'] },
      weak: ['pause'],
    }),
  ])
  const ids = (text: string) => matchWhole(book.whole, readMessage(text, book).core).map((rule) => rule.id)
  t.strictSame(ids('stop now'), ['en.keyword.stop-it-now'])
  t.strictSame(ids('pause'), ['en.weak.pause'])
  t.ok(
    findAll(book.clause, readMessage('bus stop', book).words).some(
      (hit) => hit.rule.id === 'guard.en.bus-stop',
    ),
  )
})

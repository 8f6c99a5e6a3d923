import t from 'tap'
import { type Context, classify } from '../../src/language/classify.js'
import { ALL_LINES, LANGUAGES, linesOf, outcome, understand } from './lines.js'

for (const language of LANGUAGES) {
  t.test(`${language}: every labelled line is understood as its label`, async (t) => {
    const lines = linesOf(language)
    const stops = lines.filter((line) => line.intent === 'opt_out').length
    const nearMisses = lines.filter((line) => line.kind === 'near_miss').length
    t.ok(lines.length >= 60 && nearMisses >= stops, 'there are as many near misses as stops')
    for (const { text, intent, ambiguous } of lines) {
      const got = outcome(understand(text))
      // Both mean that nothing more is sent, so a stop may be read as the stronger request.
      const accepted = [intent, ...(ambiguous ? ['ask'] : []), ...(intent === 'opt_out' ? ['erasure'] : [])]
      t.ok(accepted.includes(got), `${text} → ${got}`)
    }
  })
}

t.test('nothing but a labelled start ever starts', async (t) => {
  const starts = ALL_LINES.filter((line) => understand(line.text).intent === 'opt_in')
  t.ok(starts.length > 40)
  t.strictSame(
    starts.filter((line) => line.intent !== 'opt_in'),
    [],
  )
  for (const { text } of starts) t.equal(understand(text).confidence, 'certain', text)
})

t.test('a negation anywhere, code or a stop sign, and nothing starts', async (t) => {
  for (const text of [
    'no start',
    'start, not',
    'not subscribe',
    'opt_in',
    '<start>',
    '{"start":true}',
    'START 🛑',
  ]) {
    t.not(understand(text).intent, 'opt_in', text)
  }
  for (const text of [
    "I don't want to subscribe",
    'no quiero suscribirme',
    'ich will mich nicht anmelden',
    '我不想訂閱',
  ]) {
    t.not(understand(text).intent, 'opt_in', text)
  }
})

t.test('the words that the law calls a revocation always are one', async (t) => {
  // 47 CFR 64.1200(a)(10)
  for (const word of ['stop', 'quit', 'end', 'revoke', 'opt out', 'cancel', 'unsubscribe']) {
    for (const text of [word, word.toUpperCase(), ` ${word}! `, `please ${word}`, `${word} thanks 🙏`]) {
      t.match(understand(text), { intent: 'opt_out', confidence: 'certain', language: 'en' }, text)
    }
  }
})

t.test('the rule that decided has an id that stays', async (t) => {
  const rules: Record<string, string> = {
    stop: 'en.keyword.stop',
    stpo: 'en.keyword.stop',
    st0p: 'en.keyword.stop',
    baja: 'es.keyword.baja',
    'bitte keine Nachrichten mehr an mich': 'de.phrase.keine-nachrichten-mehr',
    退訂: 'zh-Hant.keyword.退訂',
    "please don't stop sending": 'guard.en.negated-stop',
    'when does the sale stop?': 'none',
    '🛑': 'und.sign.stop',
    'assent:yes:x': 'guard.payload',
    remove: 'en.weak.remove',
  }
  for (const [text, rule] of Object.entries(rules)) t.equal(understand(text).rule, rule, text)
})

t.test('a word of several languages belongs to the earliest of the policy', async (t) => {
  t.equal(classify('stop', { languages: ['de', 'en'] }).language, 'de')
  t.equal(classify('stop', { languages: ['en', 'de'] }).language, 'en')
  t.equal(classify('退訂', { languages: ['de', 'en'] }).language, 'zh-Hant')
  t.equal(classify('hello there', { languages: ['de', 'en'] }).language, 'de')
  t.equal(classify('hello there', { languages: [] }).language, 'und')
})

t.test('Chinese is answered in the script that was written', async (t) => {
  const languages = ['zh-Hant', 'zh-Hans']
  for (const text of ['不要再发了', '请把我的号码从名单删除', '退订'])
    t.match(classify(text, { languages }), { intent: 'opt_out', language: 'zh-Hans' }, text)
  for (const text of ['不要再傳了', '請把我的號碼從名單刪除', '退訂'])
    t.match(classify(text, { languages }), { intent: 'opt_out', language: 'zh-Hant' }, text)
})

t.test('an everyday word that may stop, pauses and asks', async (t) => {
  for (const text of [
    'remove',
    'enough',
    'para',
    'cancelar',
    'Ende',
    'genug',
    '停',
    '不要',
    '✋🛑',
    '🙅🏽‍♀️',
    '📵',
  ]) {
    t.match(understand(text), { intent: 'opt_out', confidence: 'unsure' }, text)
  }
})

t.test('yes and no are answers only while a question is open', async (t) => {
  const yes = [
    'yes',
    'Yes please',
    'sí',
    'ja',
    'Ja gerne',
    '好',
    '好的',
    'ok',
    '👍',
    '👍🏽',
    'si claro',
    'YES!!',
  ]
  const no = ['no', 'No thanks', 'nein danke', 'no gracias', '不用了', 'nope', '👎']
  for (const text of [...yes, ...no]) {
    const got = outcome(understand(text))
    t.ok(got === 'other' || got === 'ask', `${text} → ${got}`)
  }
  for (const question of ['consent', 'stop'] as const) {
    for (const text of yes) t.equal(classify(text, { question, languages: LANGUAGES }).intent, 'yes', text)
  }
  for (const text of no) {
    t.equal(classify(text, { question: 'consent', languages: LANGUAGES }).intent, 'no', text)
  }
  t.equal(classify('no, keep them', { question: 'stop', languages: LANGUAGES }).intent, 'no')
})

t.test('an answer is a whole message of a closed list', async (t) => {
  const asked: Context = { question: 'consent', languages: LANGUAGES }
  for (const text of [
    'yes but no ads',
    'yes?? who is this',
    'ok stop',
    'yes, stop messaging me',
    'ja aber nicht jetzt',
    '🙏',
  ]) {
    t.not(classify(text, asked).intent, 'yes', text)
  }
  t.equal(classify('yes 👎', asked).intent, 'other')
  t.match(classify('yes, stop', asked), { intent: 'opt_out', confidence: 'certain' })
  t.equal(classify('🚫', asked).intent, 'no')
})

t.test('what sounds like a stop while we ask whether it is one, is one', async (t) => {
  const asked: Context = { question: 'stop', languages: LANGUAGES }
  for (const text of ['🛑', 'remove', 'not interested', '不要', 'kein Interesse', 'too many messages']) {
    t.match(classify(text, asked), { intent: 'opt_out', confidence: 'likely' }, text)
  }
})

t.test('a stop reaches as far as its words say', async (t) => {
  const scopes: [string, object | undefined][] = [
    ['stop', undefined],
    ['no more messages please', undefined],
    ['stop all', { all: true }],
    ['unsubscribe me from everything', { all: true }],
    ['alles abbestellen', { all: true }],
    ['全部停止', { all: true }],
    ['no more ads please', { only: 'marketing' }],
    ['bitte keine Werbung mehr', { only: 'marketing' }],
    ['no quiero más publicidad', { only: 'marketing' }],
    ['不要再傳廣告', { only: 'marketing' }],
    // The wider of two stops counts.
    ["I don't want your promos anymore, take me off the list", undefined],
    ['you can keep sending the delivery updates but no more ads', { only: 'marketing', keep: 'utility' }],
    ['keine Werbung mehr, nur noch Bestellinfos', { only: 'marketing', keep: 'utility' }],
    ['stop everything except delivery updates', { keep: 'utility' }],
    ['solo avisos de envío, no más mensajes', { keep: 'utility' }],
    ["don't keep sending me order updates", undefined],
  ]
  for (const [text, scope] of scopes) {
    t.equal(understand(text).intent, 'opt_out', text)
    t.strictSame(understand(text).scope, scope, text)
  }
})

t.test('the other requests are understood in every language', async (t) => {
  const said: Record<string, string[]> = {
    receipt: ['receipt', 'comprobante', 'Beleg', '憑證'],
    topics: ['TOPICS', 'temas', 'Themen', '主題', 'change my preferences'],
    minor: ["I'm 12 years old", 'tengo 13 años', 'ich bin 14 Jahre alt', '我今年12歲'],
    complaint: ['I want to make a complaint', 'quiero poner una queja', 'Beschwerde', '我要投訴'],
    help: ['help', '?', '??', 'ayuda', 'Hilfe', '幫助', 'how does this work'],
  }
  for (const [intent, texts] of Object.entries(said)) {
    for (const text of texts) t.equal(understand(text).intent, intent, text)
  }
})

t.test('the strongest of several requests wins', async (t) => {
  t.equal(understand('stop texting me and delete my data').intent, 'erasure')
  t.equal(understand('what data do you have about me? and stop messaging me').intent, 'opt_out')
  t.equal(understand("I'm 12 years old. What is this?").intent, 'minor')
  t.equal(understand('not interested. who is this?').intent, 'opt_out')
})

t.test('a stop in the middle of a long letter is found', async (t) => {
  const letter = (plea: string) =>
    `${'We bought a tent in May and it is great. '.repeat(40)}${plea} Kind regards, Dana`
  t.equal(understand(letter('Please stop sending me messages.')).intent, 'opt_out')
  t.equal(understand(letter('It stops the rain.')).intent, 'other')
})

t.test('a clause that begins with "but" can stop on its own', async (t) => {
  for (const text of [
    'great shop but stop',
    'Das Zelt ist super, aber raus aus dem Verteiler',
    'todo bien pero baja',
  ]) {
    t.match(understand(text), { intent: 'opt_out', confidence: 'likely' }, text)
  }
})

t.test('a lone "Cancel." ends what the message names, if it names a thing', async (t) => {
  t.equal(understand('I never asked for this. Stop.').intent, 'opt_out')
  t.equal(understand('That is the wrong size. Cancel.').intent, 'other')
})

t.test('words that are not the own ones do not count', async (t) => {
  t.equal(understand('> Reply STOP to unsubscribe\nmy parcel is late').intent, 'other')
  t.equal(understand('thanks for the tent\n-- \nunsubscribe here').intent, 'other')
  t.equal(understand('stop\nSent from my phone').intent, 'opt_out')
  t.equal(understand('see https://example.com/stop').intent, 'other')
  t.equal(understand('>>>STOP<<<').intent, 'opt_out')
})

t.test('only the first 4,096 code points are read', async (t) => {
  t.equal(understand(`${'a '.repeat(2040)} stop texting me`).intent, 'opt_out')
  t.equal(understand(`${'a '.repeat(2048)} stop texting me`).intent, 'other')
})

import fc from 'fast-check'
import t from 'tap'
import { COMPATIBLE, LOOKS_LATIN, VARIANTS } from '../../src/language/folds.js'
import {
  asLatin,
  compatible,
  head,
  isDisguised,
  lower,
  normalise,
  oneScript,
  ownWords,
  squeezed,
  visible,
  withoutMarks,
} from '../../src/language/normalise.js'
import { joinLetters, tokenise } from '../../src/language/tokens.js'

t.test('N1: letters in disguise become plain, flags stay flags', async (t) => {
  for (const text of ['ＳＴＯＰ', '𝗦𝗧𝗢𝗣', '🅂🅃🄾🄿']) t.equal(compatible(text), 'STOP')
  for (const text of ['ⓢⓣⓞⓟ', '🆂🆃🅾🅿', '🅢🅣🅞🅟', '🆂🆃🅾️🅿', '🇸🇹🇴🇵', 'ˢᵗᵒᵖ', 'sᴛᴏᴘ'])
    t.equal(compatible(text), 'stop')
  t.equal(compatible('stop 🇺🇸🇲🇽'), 'stop 🇺🇸🇲🇽')
  t.equal(compatible('ok 🅾️'), 'ok 🅾️')
  t.equal(compatible('a\u00a0b\u3000c'), 'a b c')
})

t.test('N1: what grows under NFKC is cut again', async (t) => {
  t.equal([...compatible('ﷺ'.repeat(4096))].length, 4096)
  t.equal(head('😀'.repeat(5000)), '😀'.repeat(4096))
})

t.test('N2: one case for every letter i, ß and ς', async (t) => {
  t.equal(lower('İPTAL'), lower('IPTAL'))
  t.equal(lower('ıptal'), 'iptal')
  t.equal(lower('STRAẞE Straße'), 'strasse strasse')
  t.equal(lower('ΣΑΣ'), lower('σασ'))
})

t.test('N3: what cannot be seen is gone, lines stay lines', async (t) => {
  t.equal(visible('s\u200bt\u00ado\u2060p\ufe0f\u034f\u115f\u3164'), 'stop')
  t.equal(visible('\u200fSTOP\u202e'), 'STOP')
  t.equal(visible('a\u0000b\u001bc\td\r\ne\rf\u2028g'), 'abc\td\ne\nf\ng')
  t.equal(visible('رســـول'), 'رسول')
  t.equal(visible([...'거부'.normalize('NFD')].join('\u200b')), '거부'.normalize('NFC'))
})

t.test('N4: marks fall from Latin, Greek, Cyrillic, Arabic and Hebrew, and nowhere else', async (t) => {
  t.equal(withoutMarks('más Über ñ ç'), 'mas Uber n c')
  t.equal(withoutMarks('dừng đúng'), 'dung dung')
  t.equal(withoutMarks('ёж'), 'еж')
  t.equal(withoutMarks('żółć'), 'zolc')
  // Letters of their own, not a letter and a mark.
  for (const word of ['мой', 'їжак', 'ўсё'.slice(0, 1), 'বন্ধু', 'หยุด', 'हिन्दी', 'が', '한국'])
    t.equal(withoutMarks(word), word)
  t.not(withoutMarks('বন্ধু'), withoutMarks('বন্ধ'))
  t.equal(withoutMarks('إِيقَاف'), 'إيقاف')
  t.equal(withoutMarks('הַסֵּר'), 'הסר')
})

t.test('N5: one way to write the letters of a script', async (t) => {
  t.equal(oneScript('退订 取消订阅 别发'), '退訂 取消訂閱 別發')
  t.equal(oneScript('贵公司 关于 愿意 注销 着'), oneScript('貴公司 關於 願意 註銷 著'))
  t.equal(oneScript('谁将我来后内转语'), '誰將我來後內轉語')
  t.equal(oneScript('إلغاء'), oneScript('الغاء'))
  t.equal(oneScript('لغو۱۱'), 'لغو11')
  t.equal(oneScript('٣'), '3')
  t.equal(oneScript('क़'.normalize('NFD')), 'क')
  t.equal(oneScript('вiдписка cтоп stop'), 'відписка стоп stop')
})

t.test('N6: quoted lines, signatures and footers are not the own words', async (t) => {
  t.equal(ownWords('> reply stop\nhello', []), 'hello')
  t.equal(ownWords('>>>stop<<<', []), '>>>stop<<<')
  t.equal(ownWords('hello\n-- \nstop', []), 'hello')
  t.equal(ownWords('hello\nsent from my phone', ['sent from my']), 'hello')
  t.equal(ownWords("don't l’avion", []), 'dont lavion')
  t.equal(ownWords("'stop'", []), "'stop'")
})

t.test('N7: a letter three times is one letter, twice is two', async (t) => {
  t.equal(squeezed('stoppppp stooop 111'), 'stop stop 111')
  t.equal(squeezed('stopp'), 'stopp')
})

t.test('N7: digits and signs stand for letters, one may be blank, short words are left alone', async (t) => {
  for (const [chunk, word] of [
    ['st0p', 'stop'],
    ['$top', 'stop'],
    ['st*p', 'stop'],
    ['b4j@', 'baja'],
    ['cance1', 'cancel'],
  ] as const) {
    t.ok(isDisguised(chunk, word), chunk)
  }
  for (const [chunk, word] of [
    ['s**p', 'stop'],
    ['step', 'stop'],
    ['7d', 'td'],
    ['st0ps', 'stop'],
  ] as const) {
    t.notOk(isDisguised(chunk, word), chunk)
  }
})

t.test('N8: look-alike letters are read as Latin only where that makes a known word', async (t) => {
  const known = (word: string) => ['stop', 'стоп'].includes(word)
  t.equal(asLatin('ѕтор', known), 'stop')
  t.equal(asLatin('stоp', known), 'stop')
  t.equal(asLatin('стоп', known), 'стоп')
  t.equal(asLatin('почта', known), 'почта')
  for (const text of ['С Т О П', 'с.т.о.п', 'Ѕ Т О Р']) {
    const { tokens } = tokenise(normalise(text))
    const word = joinLetters(tokens, { has: known })[0]?.word
    t.equal(word, text.startsWith('Ѕ') ? 'stop' : 'стоп', text)
  }
})

t.test('the marks-kept view tells dừng, đúng and dùng apart', async (t) => {
  const views = ['DỪNG', 'đúng', 'dùng'].map((word) => normalise(word, [], 'kept'))
  t.equal(new Set(views).size, 3)
  t.equal(new Set(['DỪNG', 'đúng', 'dùng'].map((word) => normalise(word))).size, 1)
})

t.test('normalising twice changes nothing more', async (t) => {
  const property = fc.property(fc.stringMatching(/^[a-zäöüßéñA-Z退订别发 .,!?]{0,40}$/u), (text) => {
    return normalise(normalise(text)) === normalise(text)
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('no fold leads to a letter that is folded again', async (t) => {
  for (const table of [COMPATIBLE, VARIANTS, LOOKS_LATIN]) {
    for (const [from, to] of table) t.notOk(from !== to && table.has(to), `${from} → ${to}`)
  }
})

t.test('the dot of an abbreviation before a number ends no sentence', async (t) => {
  const sentences = (text: string) => tokenise(text).tokens.map(({ sentence }) => sentence)
  t.strictSame(sentences('art. 15 rodo'), [0, 0, 0])
  t.strictSame(sentences('stop. 15 shirts'), [0, 0, 0])
  t.strictSame(sentences('stop. now'), [0, 1])
})

import t from 'tap'
import { readBody } from '../../src/sends/body.js'

const SEND = '"messaging_product":"whatsapp","to":"+12025550101","type":"text","text":{"body":"hi"}'
const read = (body: string | Buffer) => readBody(Buffer.from(body))

t.test('what can be read in one way only is read, however unusual', async (t) => {
  for (const body of [
    `{${SEND}}`,
    `\r\n {${SEND}}\t`,
    `{${SEND},"unknown":{"to":1,"To":2,"type":3},"list":[{"to":1},{"to":2}]}`,
    `{${SEND.replace('"to"', '"t\\u006f"')}}`,
    `{${SEND.replace('"+12025550101"', '12025550101')}}`,
    `{${SEND},"big":12345678901234567890,"e":1e400}`,
    `{${SEND},"text_to":1,"total":2,"types":3}`,
    `{"type":"template","template":{"name":"x","components":[{"name":"y","Name":"z"}]}}`,
    `{${SEND},"interactive":{"method":"x","action":{"batch":1,"access_token":"a"}}}`,
    '[]',
    '"text"',
  ]) {
    t.same(read(body), { readable: true, value: JSON.parse(body) }, body)
  }
})

t.test('what one reader could take for something else than another is refused', async (t) => {
  const cases: [string, string | Buffer, RegExp][] = [
    ['no JSON', '{', /JSON object/],
    ['a byte order mark', `\ufeff{${SEND}}`, /byte order mark/],
    ['no UTF-8', Buffer.from(`{${SEND},"x":"\xff"}`, 'latin1'), /UTF-8/],
    ['UTF-16', Buffer.from(`{${SEND}}`, 'utf16le'), /UTF-8/],
    ['an overlong encoding', Buffer.from(`{${SEND},"\xc1\xb4o":1}`, 'latin1'), /UTF-8/],
    ['a raw NUL', `{${SEND.replace('hi', 'h\0i')}}`, /JSON/],
    ['a key twice', `{${SEND},"to":"+12025550102"}`, /twice/],
    ['a key twice, once escaped', `{${SEND},"\\u0074\\u006F":"+12025550102"}`, /twice/],
    ['a key twice, deep within', `{${SEND},"a":[{"b":{"c":1,"d":2,"c":3}}]}`, /twice/],
    ['a key that is almost "to"', `{${SEND},"To":"+12025550102"}`, /almost "to"/],
    ['with a space', `{${SEND},"to ":"+12025550102"}`, /almost "to"/],
    ['with a NUL', `{${SEND},"to\\u0000":"+12025550102"}`, /almost "to"/],
    ['with an invisible character', `{${SEND},"t\\u200bo":"+12025550102"}`, /almost "to"/],
    ['in wide letters', `{${SEND},"ｔｏ":"+12025550102"}`, /almost "to"/],
    ['as a form would spell a list', `{${SEND},"to[]":"+12025550102"}`, /almost "to"/],
    ['almost "recipient"', `{${SEND},"RECIPIENT":"US.1"}`, /almost "recipient"/],
    ['almost "type"', `{${SEND},"Type":"template"}`, /almost "type"/],
    ['almost "template"', `{${SEND},"Template":{}}`, /almost "template"/],
    ['almost the name of a template', `{"template":{"name":"a","Name":"b"}}`, /almost "name"/],
    ['a prototype', `{"__proto__":{"to":"+12025550101"},"type":"text"}`, /__proto__/],
    ['a prototype within', `{${SEND},"text":{"__proto__":{}}}`, /twice|__proto__/],
    ['a token', `{${SEND},"access_token":"x"}`, /access_token/],
    ['a batch', `{${SEND},"batch":"[]"}`, /batch/],
    ['a batch in other letters', `{${SEND},"Batch":"[]"}`, /batch/],
    ['another method', `{${SEND},"method":"delete"}`, /method/],
    ['a fraction', `{${SEND.replace('"+12025550101"', '12025550101.0')}}`, /as a string/],
    ['an exponent', `{${SEND.replace('"+12025550101"', '1.2025550101e10')}}`, /as a string/],
    ['a negative number', `{${SEND.replace('"+12025550101"', '-12025550101')}}`, /as a string/],
    [
      'more digits than a number holds',
      `{${SEND.replace('"+12025550101"', '12025550101000001')}}`,
      /as a string/,
    ],
    ['too deep', `{${SEND},"x":${'['.repeat(70)}${']'.repeat(70)}}`, /nested deeper than 64/],
  ]
  for (const [name, body, details] of cases) {
    const result = read(body)
    t.match(result, { readable: false, details }, name)
    t.notMatch(JSON.stringify(result), /2025550/, 'and no value is repeated')
  }
})

t.test('the largest body that is taken is read within a moment, whatever it is made of', async (t) => {
  const LARGEST = 256 * 1024
  const made: [string, (n: number) => string][] = [
    ['short keys', (n) => `"${n}":1`],
    ['escaped keys', (n) => `"\\u00e9${n}":1`],
    ['long strings of quotes', (n) => `"${n}":"${'\\"'.repeat(2_000)}"`],
    ['long strings of backslashes', (n) => `"${n}":"${'\\\\'.repeat(2_000)}"`],
    ['objects', (n) => `"${n}":{"to":{"to":{}}}`],
    ['one long key', (n) => `"${n}${'k'.repeat(20_000)}":1`],
  ]
  for (const [what, member] of made) {
    let body = `{${SEND}`
    for (let n = 0; body.length < LARGEST - 25_000; n++) body += `,${member(n)}`
    const begun = performance.now()
    t.equal(readBody(Buffer.from(`${body}}`)).readable, true)
    const ms = performance.now() - begun
    t.ok(ms < 1_000, `${what}: ${Math.round(body.length / 1024)} kB in ${ms.toFixed(0)} ms`)
  }
})

// What somebody inside the company could try so that a message goes out which nobody has allowed. Each attempt is written
// to the socket byte for byte; each has to be refused in Graph's envelope, and Graph must not have heard of any.

import t, { type Test } from 'tap'
import { startAssent, type TestAssent } from '../helpers/assent.js'
import { type RawAnswer, speak } from '../helpers/raw-request.js'

// Ada has said yes, Bob has said nothing: where two people are named, one of them may be written to.
const ADA = '+12025550101'
const BOB = '+12025550102'
const ADA_ID = 'US.20255501010000000001'
const NUMBER = '106540352242922'
const ACCOUNT = '102290129340398'
const SEND = `/v26.0/${NUMBER}/messages`
const TEXT = '"type":"text","text":{"body":"Two days of sale"}'
const toAda = `"messaging_product":"whatsapp","to":"${ADA}",${TEXT}`
const JSON_TYPE = 'Content-Type: application/json'

type Attempt = {
  name: string
  method?: string
  target?: string
  /** in place of the JSON content type */
  headers?: string[]
  body?: string | Buffer
  status: number
  code: number
  reason?: string
}

const at = (target: string, name: string, more: Partial<Attempt> = {}): Attempt => ({
  name,
  target,
  body: `{${toAda}}`,
  status: 404,
  code: 100,
  ...more,
})
const says = (name: string, body: string | Buffer, more: Partial<Attempt> = {}): Attempt => ({
  name,
  body,
  status: 400,
  code: 100,
  ...more,
})
const refused = (name: string, body: string, reason: string) => says(name, body, { code: 131950, reason })
const headed = (name: string, headers: string[], more: Partial<Attempt> = {}): Attempt => ({
  name,
  headers,
  body: `{${toAda}}`,
  status: 400,
  code: 100,
  ...more,
})
const reads = (target: string, name: string, more: Partial<Attempt> = {}) =>
  at(target, name, { method: 'GET', body: '', status: 400, ...more })

const OTHER_PATHS: Attempt[] = [
  at('/', 'a batch at the root', { body: '{"batch":[{"method":"POST","relative_url":"x/messages"}]}' }),
  at('/v26.0/', 'a batch at a version', { body: '{"batch":[]}' }),
  at('/v26.0', 'a batch at a version without a slash', { body: '{"batch":[]}' }),
  at('/me', 'a batch at "me"', { body: '{"batch":[]}' }),
  at(`/v26.0/${NUMBER}`, 'a batch at the number', { body: '{"batch":[]}' }),
  at(`/v26.0/${NUMBER}/calls`, 'a call'),
  at(`/v26.0/${NUMBER}/groups`, 'a group is made'),
  at('/v26.0/120363040000000000/groups', 'a group of another id'),
  at('/v26.0/Y2FwaV9ncm91cDox/messages', 'the messages of a group'),
  at('/v26.0/120363040000000000/participants', 'the participants of a group'),
  at(`/v26.0/${NUMBER}/direct_send`, 'Direct Send'),
  at(`/v26.0/${NUMBER}/direct_messages`, 'Direct Send under another name'),
  at(`/v26.0/${ACCOUNT}/direct_send`, 'Direct Send at the account'),
  at(`/v26.0/${NUMBER}/block_users`, 'a person is blocked'),
  at(`/v26.0/${NUMBER}/block_users`, 'a person is unblocked', { method: 'DELETE' }),
  at(`/v26.0/${NUMBER}/block_users`, 'the blocked are read', { method: 'GET', body: '' }),
  at(`/v26.0/${NUMBER}/register`, 'the number is registered'),
  at(`/v26.0/${NUMBER}/deregister`, 'the number is deregistered'),
  at(`/v26.0/${NUMBER}/request_code`, 'a code is requested'),
  at(`/v26.0/${NUMBER}/username`, 'a username is taken'),
  at(`/v26.0/${NUMBER}/settings`, 'the settings are changed'),
  at(`/v26.0/${NUMBER}/whatsapp_business_profile`, 'the profile is changed'),
  at(`/v26.0/${NUMBER}/contact_book`, 'the contact book is deleted', { method: 'DELETE' }),
  at(`/v26.0/${NUMBER}/message_qrdls`, 'a QR code is made'),
  at(`/v26.0/${NUMBER}/message_history`, 'the history is read', { method: 'GET', body: '' }),
  at(`/v26.0/${ACCOUNT}/subscribed_apps`, 'webhooks are led elsewhere'),
  at(`/v26.0/${ACCOUNT}/message_templates`, 'a template is made'),
  at(`/v26.0/${ACCOUNT}/message_templates?name=x`, 'a template is deleted', { method: 'DELETE', body: '' }),
  at(`/v26.0/${ACCOUNT}/signups`, 'a signup is made'),
  at(`/v26.0/${ACCOUNT}/assigned_users`, 'a user is assigned'),
  at(`/v26.0/${ACCOUNT}/flows`, 'a flow is made'),
  at(`/v26.0/${ACCOUNT}`, 'the account itself is read', { method: 'GET', body: '' }),
  at(`/v26.0/${ACCOUNT}`, 'the account itself is changed'),
  at(`/v26.0/${ACCOUNT}`, 'the account itself is deleted', { method: 'DELETE', body: '' }),
  at(`/v26.0/${NUMBER}`, 'the number itself is deleted', { method: 'DELETE', body: '' }),
  at('/v26.0/me/accounts', 'who the token is of', { method: 'GET', body: '' }),
  at('/v26.0/debug_token', 'what the token may do', { method: 'GET', body: '' }),
  at('/oauth/access_token', 'a new token', { method: 'GET', body: '' }),
  at('/v26.0/999999999/messages', 'a number of somebody else', { status: 400, code: 33 }),
  at('/v26.0/999999999/media', 'a file at a number of somebody else', { status: 400, code: 33 }),
  at(`/v26.0/${ACCOUNT}/messages`, 'the account as if it were a number', { status: 400, code: 33 }),
  reads('/v26.0/999999999/message_templates', 'templates of somebody else', { code: 33 }),
  reads('/v26.0/999999999/whatsapp_business_profile', 'the profile of somebody else', { code: 33 }),
]

const OTHER_SPELLINGS: Attempt[] = [
  at(`/v26.0/${NUMBER}/mess%61ges`, 'a letter percent-encoded'),
  at(`/v26.0/${NUMBER}/mess%2561ges`, 'a letter encoded twice'),
  at(`/v26.0/${NUMBER}%2fmessages`, 'a slash percent-encoded'),
  at(`/v26.0/${NUMBER}%252fmessages`, 'a slash encoded twice'),
  at(`/v26%2e0/${NUMBER}/messages`, 'a dot percent-encoded'),
  at(`/v26.0/%31${NUMBER.slice(1)}/messages`, 'a digit percent-encoded'),
  at(`/v26.0/${NUMBER}/messages%20`, 'a space at the end'),
  at(`/v26.0/${NUMBER}/messages%00`, 'a NUL at the end'),
  at(`/v26.0/${NUMBER}/messages%00/media`, 'a NUL in the middle'),
  at(`/v26.0/${NUMBER}/messages%0d%0aX:1`, 'a line end in the path'),
  at(`/v26.0/${NUMBER}/messages%zz`, 'a path that does not decode'),
  at(`/v26.0/${NUMBER}/messages%c0%af`, 'an overlong slash'),
  at(`/v26.0/${NUMBER}/messages;v=1`, 'a path parameter'),
  at(`/v26.0/${NUMBER};x/messages`, 'a path parameter in the middle'),
  at(`//v26.0/${NUMBER}/messages`, 'a doubled slash in front'),
  at(`/v26.0//${NUMBER}/messages`, 'a doubled slash'),
  at(`/v26.0/./${NUMBER}/messages`, 'a dot'),
  at(`/v26.0/x/../${NUMBER}/messages`, 'two dots'),
  at(`/v26.0/${NUMBER}/media/../messages`, 'two dots behind what passes'),
  at(`/v26.0/${NUMBER}/%2e%2e/messages`, 'two dots percent-encoded'),
  at(`/webhook/../v26.0/${NUMBER}/messages`, 'two dots behind the webhook'),
  at(`/v26.0/${NUMBER}/messages/`, 'a slash at the end'),
  at(`/v26.0/${NUMBER}/messages/x`, 'more at the end'),
  at(`/v26.0/${NUMBER}/Messages`, 'an upper-case letter'),
  at(`/V26.0/${NUMBER}/messages`, 'an upper-case version'),
  at(`/v26/${NUMBER}/messages`, 'half a version'),
  at(`/v26.0/v26.0/${NUMBER}/messages`, 'two versions'),
  at(`/v26.0/${NUMBER}\\messages`, 'a backslash'),
  at(`/v26.0/${NUMBER}/messages#x`, 'a fragment'),
  at(`/v26.0/${NUMBER}/${'messages'.repeat(600)}`, 'an overlong path', { status: 414 }),
  at(`/v26.0/${'1'.repeat(2_000)}/messages`, 'an overlong id'),
  at(`/v26.0/${'1'.repeat(20_000)}/messages`, 'a path larger than any header', { status: 431 }),
  at(`http://graph.facebook.com${SEND}`, 'an absolute target'),
  at(`https://graph.facebook.com${SEND}`, 'an absolute target with TLS'),
  at(`graph.facebook.com:443`, 'a target with an authority', { status: 400 }),
  at('*', 'a target of all'),
]

const OTHER_METHODS: Attempt[] = [
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'].map((method) =>
    at(SEND, `${method} in place of POST`, { method }),
  ),
  at(SEND, 'a method that is none', { method: 'SEND', status: 400 }),
  at(SEND, 'a method in lower case', { method: 'post', status: 400 }),
  at(`/v26.0/${NUMBER}/media`, 'GET of an upload', { method: 'GET', body: '' }),
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name) =>
    headed(`${name} on a send`, [JSON_TYPE, `${name}: DELETE`]),
  ),
  headed('X-HTTP-Method-Override on a reading', ['X-HTTP-Method-Override: POST'], {
    method: 'GET',
    target: `/v26.0/${NUMBER}`,
    body: '',
  }),
  headed('X-Original-URL', [JSON_TYPE, `X-Original-URL: /v26.0/${NUMBER}/calls`]),
  headed('X-Rewrite-URL', [JSON_TYPE, `X-Rewrite-URL: /v26.0/${NUMBER}/calls`]),
  headed('an upgrade to another protocol', [JSON_TYPE, 'Upgrade: h2c', 'Connection: Upgrade, close']),
]

const QUERIES: Attempt[] = [
  at(`${SEND}?access_token=x`, 'a token in the query', { status: 400 }),
  at(`${SEND}?to=%2B12025550102`, 'a recipient in the query', { status: 400 }),
  at(`${SEND}?method=delete`, 'a method in the query', { status: 400 }),
  at(`${SEND}?_method=delete`, 'a method in the query, as forms do', { status: 400 }),
  at(`${SEND}?batch=[]`, 'a batch in the query', { status: 400 }),
  at(`${SEND}?x`, 'anything in the query', { status: 400 }),
  reads(`/v26.0/${NUMBER}?access_token=x`, 'a token in the query of a reading'),
  reads(`/v26.0/${NUMBER}?fields=id&method=post`, 'a method in the query of a reading'),
  reads(`/v26.0/${NUMBER}?fields=access_token`, 'the token as a field'),
  reads(`/v26.0/${NUMBER}?fields=owner{access_token}`, 'a field of another object'),
  reads(`/v26.0/${NUMBER}?fields=message_templates.limit(5)`, 'a field with a call'),
  reads(`/v26.0/${NUMBER}?fields=id%7Bid%7D`, 'a field of another object, percent-encoded'),
  reads(`/v26.0/${NUMBER}?fields=id&fields=name`, 'fields twice'),
  reads(`/v26.0/${NUMBER}?fields[]=id`, 'fields as a list'),
  reads(`/v26.0/${NUMBER}?metadata=1`, 'what an object is connected with'),
  reads(`/v26.0/${ACCOUNT}/message_templates?ids=1,2`, 'other objects by a list of ids'),
  reads('/v26.0/444?fields=id', 'fields of whatever an id is of'),
  reads('/v26.0/444?phone_number_id=999999999', 'a file by a number of somebody else', { code: 33 }),
  reads(`/v26.0/${NUMBER}`, 'a body where none belongs', { body: '{"batch":[]}' }),
]

const RECIPIENTS: Attempt[] = [
  refused('one person in "to", another in "recipient"', `{${toAda},"recipient":"US.1"}`, 'identity_conflict'),
  refused(
    'the same, the other way round',
    `{"messaging_product":"whatsapp","to":"${BOB}","recipient":"${ADA_ID}",${TEXT}}`,
    'no_consent',
  ),
  refused(
    'nobody in "to", somebody in "recipient"',
    `{"messaging_product":"whatsapp","to":"","recipient":"${ADA_ID}",${TEXT}}`,
    'recipient_invalid',
  ),
  ...(
    [
      ['a list of numbers', `["${ADA}","${BOB}"]`],
      ['a list of one', `["${ADA}"]`],
      ['an object', `{"0":"${ADA}"}`],
      ['true', 'true'],
      ['a fraction', '12025550101.0'],
      ['an exponent', '1.2025550101e10'],
      ['a number beyond all numbers', '1e999'],
      ['more digits than a number holds', '120255501010000000000000000001'],
    ] as const
  ).map(([name, to]) => says(`"to" is ${name}`, `{"messaging_product":"whatsapp","to":${to},${TEXT}}`)),
  ...(
    [
      ['two numbers and a comma', `${ADA},${BOB}`],
      ['two numbers and a semicolon', `${ADA};${BOB}`],
      ['two numbers and a space', `${ADA} ${BOB}`],
      ['two numbers and a line end', `${ADA}\\n${BOB}`],
      ['two numbers without anything', `${ADA}${BOB}`],
      ['a number and a NUL', `${ADA}\\u0000`],
      ['a number with an extension', `${ADA};ext=2`],
      ['a number and a slash', `${ADA}/2`],
      ['a number in wide digits', '＋１２０２５５５０１０１'],
      ['a number that Meta completes', '1 (202) 555-0101'],
      ['a number behind 00', '0012025550101'],
      ['a group', '120363040000000000@g.us'],
      ['the id of a group', 'Y2FwaV9ncm91cDoxMjM0NTY3ODkw'],
      ['a JID', '12025550101@s.whatsapp.net'],
      ['a username', '@ada'],
    ] as const
  ).map(([name, to]) =>
    refused(`"to" is ${name}`, `{"messaging_product":"whatsapp","to":"${to}",${TEXT}}`, 'recipient_invalid'),
  ),
  says('a group as such', `{"messaging_product":"whatsapp","recipient_type":"group","to":"x",${TEXT}}`),
  says(
    'a group in capitals',
    `{"messaging_product":"whatsapp","recipient_type":"GROUP","to":"${ADA}",${TEXT}}`,
  ),
  says('nobody', `{"messaging_product":"whatsapp",${TEXT}}`),
]

const BODIES: Attempt[] = [
  says('an array of messages', `[{${toAda}},{${toAda.replace(ADA, BOB)}}]`),
  says('two messages in a row', `{${toAda}}{${toAda.replace(ADA, BOB)}}`),
  says('lines of messages', `{${toAda}}\n{${toAda.replace(ADA, BOB)}}`),
  says('a comment', `{/*${BOB}*/${toAda}}`),
  says('a comma too many', `{${toAda},}`),
  says('single quotes', `{${toAda}}`.replaceAll('"', "'")),
  says('"to" twice', `{"to":"${BOB}",${toAda}}`),
  says('"to" twice, once with an escape', `{"t\\u006f":"${BOB}",${toAda}}`),
  says('"to" twice, all of it escaped', `{${toAda},"\\u0074\\u006f":"${BOB}"}`),
  says('"type" twice', `{${toAda},"type":"template"}`),
  says(
    '"name" of a template twice',
    `{"messaging_product":"whatsapp","to":"${ADA}","type":"template","template":{"name":"order_shipped","language":{"code":"en_US"},"name":"summer_sale"}}`,
  ),
  says('a key twice, deep within', `{${toAda},"context":{"a":[{"b":1,"b":2}]}}`),
  ...[
    'To',
    'TO',
    'to ',
    ' to',
    'to\\u0000',
    'to[]',
    'ｔｏ',
    'Recipient',
    'TYPE',
    'Template',
    'RECIPIENT_TYPE',
    'Messaging_Product',
    'STATUS',
  ].map((key) => says(`a key "${key}" beside`, `{${toAda},"${key}":"${BOB}"}`)),
  says('"To" in place of "to"', `{${toAda.replace('"to"', '"To"')}}`),
  says('__proto__ with a recipient', `{"messaging_product":"whatsapp","__proto__":{"to":"${ADA}"},${TEXT}}`),
  says(
    'constructor and prototype',
    `{"messaging_product":"whatsapp","constructor":{"prototype":{"to":"${ADA}"}},${TEXT}}`,
  ),
  says(
    'a text that is also a template',
    `{${toAda},"template":{"name":"summer_sale","language":{"code":"en_US"}}}`,
  ),
  says(
    'a template without "type"',
    `{"messaging_product":"whatsapp","to":"${ADA}","template":{"name":"summer_sale"}}`,
  ),
  says(
    'a list of templates',
    `{"messaging_product":"whatsapp","to":"${ADA}","type":"template","template":[{"name":"summer_sale"}]}`,
  ),
  says('an unknown type', `{"messaging_product":"whatsapp","to":"${ADA}","type":"direct_send"}`),
  says(
    'a type in capitals',
    `{"messaging_product":"whatsapp","to":"${ADA}","type":"TEMPLATE","template":{"name":"x"}}`,
  ),
  says(
    'mark-as-read of another status',
    '{"messaging_product":"whatsapp","status":"sent","message_id":"wamid.X"}',
  ),
  ...[
    'access_token',
    'appsecret_proof',
    'batch',
    'method',
    '_method',
    'include_headers',
    'ids',
    'Batch',
    'METHOD',
  ].map((key) => says(`${key} in the body`, `{${toAda},"${key}":"x"}`)),
  says('a byte order mark', `\ufeff{${toAda}}`),
  says('UTF-16', Buffer.from(`\ufeff{${toAda}}`, 'utf16le')),
  says('bytes that are no UTF-8', Buffer.from(`{${toAda},"x":"\xff\xfe"}`, 'latin1')),
  says('an overlong "t" in a key', Buffer.from(`{${toAda},"\xc1\xb4o":"${BOB}"}`, 'latin1')),
  says('a NUL in front', `\0{${toAda}}`),
  says('a NUL behind', `{${toAda}}\0`),
  says('a NUL within', `{${toAda.replace('sale', 's\0ale')}}`),
  says('nested ten thousand deep', `{${toAda},"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
  says('nested objects', `{${toAda},"x":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}}`),
  says('more than can be a message', `{${toAda},"x":"${'x'.repeat(300_000)}"}`, { status: 413 }),
  says('nothing', ''),
  says('null', 'null'),
  says('a string', `"{${toAda}}"`),
]

const FORM = [
  '--b',
  'Content-Disposition: form-data; name="messaging_product"',
  '',
  'whatsapp',
  '--b',
  'Content-Disposition: form-data; name="to"',
  '',
  BOB,
  '--b--',
  '',
].join('\r\n')
const media = (name: string, body: string, more: Partial<Attempt> = {}) =>
  at(`/v26.0/${NUMBER}/media`, name, {
    headers: ['Content-Type: multipart/form-data; boundary=b'],
    body,
    status: 400,
    ...more,
  })

const CONTENT_TYPES: Attempt[] = [
  headed('a form', ['Content-Type: application/x-www-form-urlencoded'], {
    body: `messaging_product=whatsapp&to=${encodeURIComponent(BOB)}&type=text&text={"body":"x"}`,
    status: 415,
  }),
  headed('a multipart form', ['Content-Type: multipart/form-data; boundary=b'], { body: FORM, status: 415 }),
  ...['text/plain', 'text/json', 'application/jsonp', 'application/x-json', 'application/graphql+json'].map(
    (type) => headed(`JSON as ${type}`, [`Content-Type: ${type}`], { status: 415 }),
  ),
  headed('JSON as nothing', [], { status: 415 }),
  headed('JSON in another charset', ['Content-Type: application/json; charset=utf-7'], { status: 415 }),
  headed('JSON in UTF-16 by its header', ['Content-Type: application/json; charset=utf-16'], { status: 415 }),
  headed('two charsets', ['Content-Type: application/json; charset=utf-8; charset=latin1'], { status: 415 }),
  headed('two content types', ['Content-Type: application/json, multipart/form-data; boundary=b'], {
    status: 415,
  }),
  headed('gzip', [JSON_TYPE, 'Content-Encoding: gzip'], { status: 415 }),
  headed('gzip that is none', [JSON_TYPE, 'Content-Encoding: identity'], { status: 415 }),
  media('an upload that is JSON', `{${toAda}}`, { headers: [JSON_TYPE], status: 415 }),
  media('an upload that is a form', 'batch=[]', {
    headers: ['Content-Type: application/x-www-form-urlencoded'],
    status: 415,
  }),
  media('an upload without a boundary', FORM, {
    headers: ['Content-Type: multipart/form-data'],
    status: 415,
  }),
  media('an upload with a recipient', FORM),
  media('an upload with a batch', FORM.replace('"to"', '"batch"')),
  media('an upload with a token', FORM.replace('"to"', '"access_token"')),
  media('an upload with a method', FORM.replace('"to"', '"method"')),
  media('an upload with a token in the query', FORM, { target: `/v26.0/${NUMBER}/media?access_token=x` }),
]

const KEYS: Attempt[] = [
  headed('no key', [JSON_TYPE, 'Authorization:'], { status: 401, code: 190 }),
  headed('Meta’s own token', [JSON_TYPE, 'Authorization: Bearer sandbox-access-token'], {
    status: 401,
    code: 190,
  }),
  headed('a key of another scheme', [JSON_TYPE, 'Authorization: Basic c2FuZGJveC1hZG1pbi1rZXk='], {
    status: 401,
    code: 190,
  }),
  headed('two keys', [JSON_TYPE, 'Authorization: Bearer x', 'Authorization: Bearer sandbox-admin-key'], {
    status: 401,
    code: 190,
  }),
]

const GROUPS: [string, Attempt[]][] = [
  ['paths that are not in the table', OTHER_PATHS],
  ['spellings of a path', OTHER_SPELLINGS],
  ['methods, and headers that claim another', OTHER_METHODS],
  ['queries', QUERIES],
  ['recipients', RECIPIENTS],
  ['bodies that can be read in two ways, or are none', BODIES],
  ['content types, and what an upload holds', CONTENT_TYPES],
  ['keys', KEYS],
]

function written({ method = 'POST', target = SEND, headers = [JSON_TYPE], body = '' }: Attempt): Buffer {
  const bytes = Buffer.from(body)
  const has = (name: RegExp) => headers.some((line) => name.test(line))
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: gateway.example',
    ...(has(/^authorization:/i) ? [] : ['Authorization: Bearer sandbox-admin-key']),
    ...(has(/^connection:/i) ? [] : ['Connection: close']),
    ...headers,
    ...(bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : []),
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

const envelope = (answer: RawAnswer | undefined) => {
  try {
    return JSON.parse(answer?.body ?? '')
  } catch {
    return {}
  }
}

async function withAda(t: Test): Promise<TestAssent> {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: ADA, userId: ADA_ID })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  return assent
}

t.test('whatever is tried, it is refused in Graph’s envelope and Graph hears nothing of it', async (t) => {
  const { url, emulator, logs } = await withAda(t)
  const [allowed] = await speak(url, written({ name: '', status: 200, code: 0, body: `{${toAda}}` }))
  t.equal(allowed?.status, 200, 'what is meant to pass does pass, so that the rest can fail')
  const before = emulator.requests.length
  let attempts = 0
  for (const [group, list] of GROUPS) {
    await t.test(group, async (t) => {
      for (const attempt of list) {
        const answers = await speak(url, written(attempt))
        const { error } = envelope(answers[0])
        const said = `${String(answers[0]?.status ?? 'nothing').padEnd(3)} #${error?.code}`
        const { name, status, code, reason } = attempt
        t.match(
          { answers: answers.length, status: answers[0]?.status, error },
          {
            answers: 1,
            status,
            error: {
              code,
              message: new RegExp(`^\\(#${code}\\) .`),
              type: /Exception$/,
              error_data: { messaging_product: 'whatsapp', details: /\w/ },
              fbtrace_id: String,
              ...(reason === undefined ? {} : { consent: { reason } }),
            },
          },
          `${said} ${name}`,
        )
        t.equal(emulator.requests.length, before, 'and Graph heard nothing')
        t.notMatch(answers[0]?.body, /2025550|sandbox-/, 'and nothing of it is repeated')
      }
      attempts += list.length
      t.comment(table(group, list))
    })
  }
  t.comment(`${attempts} attempts`)
  t.notMatch(logs.join(''), /2025550|"level":[56]0/, 'nor is any of it in the log, or an error there')
})

function table(group: string, list: readonly Attempt[]): string {
  const rows = list.map(({ name, method = 'POST', target, status, code, reason }) => {
    const request =
      target === undefined ? '' : `${method} ${target.length > 60 ? `${target.slice(0, 57)}…` : target}`
    return (
      `  ${status} #${code}${reason === undefined ? '' : ` ${reason}`}`.padEnd(30) + name.padEnd(46) + request
    )
  })
  return [group, ...rows].join('\n')
}

t.test('a request that is no HTTP is answered in Graph’s envelope, and the connection ends', async (t) => {
  const { url, emulator } = await withAda(t)
  const before = emulator.requests.length
  const head = `POST ${SEND} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-admin-key\r\n${JSON_TYPE}\r\n`
  const body = `{${toAda.replace(ADA, BOB)}}`
  const inner = `${head}Content-Length: ${body.length}\r\n\r\n${body}`
  const chunked = '0\r\n\r\n'
  for (const [name, bytes] of [
    [
      'a length and chunks',
      `${head}Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}${inner}`,
    ],
    [
      'chunks and a length',
      `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${chunked}${inner}`,
    ],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: ${inner.length}\r\n\r\n{}${inner}`],
    ['a length that is none', `${head}Content-Length: +2\r\n\r\n{}`],
    ['a length with a list', `${head}Content-Length: 2, 2\r\n\r\n{}`],
    ['chunks in disguise', `${head}Transfer-Encoding: xchunked\r\n\r\n${chunked}${inner}`],
    ['chunks and more', `${head}Transfer-Encoding: chunked, identity\r\n\r\n${chunked}${inner}`],
    ['a chunk size that is none', `${head}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n${chunked}`],
    ['a space before the colon', `${head}Content-Length : 2\r\n\r\n{}`],
    ['a folded header', `${head}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}\r\n`],
    ['a bare line feed', `${head.replaceAll('\r\n', '\n')}Content-Length: 2\n\n{}`],
    ['a NUL in a header', `${head}X: a\0b\r\n\r\n`],
    ['a NUL in the path', `POST /v26.0/${NUMBER}/messages\0 HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a space in the path', `POST /v26.0/${NUMBER}/ messages HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['another protocol', `POST ${SEND} HTTP/9.9\r\nHost: x\r\n\r\n`],
  ] as const) {
    const answers = await speak(url, bytes)
    const { error } = envelope(answers.at(-1))
    t.match(
      { status: answers.at(-1)?.status, error },
      { status: 400, error: { code: 100, message: String } },
      name,
    )
    t.ok(
      answers.every((a) => a.status >= 400),
      'and nothing else was let through',
    )
    t.equal(emulator.requests.length, before, 'and Graph heard nothing')
  }
})

t.test('requests in one connection are judged each by itself', async (t) => {
  const { url, emulator } = await withAda(t)
  const before = emulator.requests.length
  const request = (to: string, connection: string) =>
    written({
      name: '',
      status: 0,
      code: 0,
      headers: [JSON_TYPE, `Connection: ${connection}`],
      body: `{"messaging_product":"whatsapp","to":"${to}",${TEXT}}`,
    })
  const answers = await speak(
    url,
    Buffer.concat([
      request(ADA, 'keep-alive'),
      request(BOB, 'keep-alive'),
      request(ADA, 'keep-alive'),
      request(BOB, 'close'),
    ]),
  )
  t.same(
    answers.map((a) => a.status),
    [200, 400, 200, 400],
  )
  t.match(envelope(answers[1]).error.consent, { reason: 'no_consent' })
  t.equal(emulator.requests.length, before + 2)
  t.equal(emulator.messagesTo(BOB).length, 0)
})

t.test('a HEAD, which has no body to say why, is refused as well', async (t) => {
  const { url, emulator } = await withAda(t)
  const before = emulator.requests.length
  for (const target of [SEND, `/v26.0/${NUMBER}`, '/v26.0/444', `/v26.0/${ACCOUNT}/message_templates`]) {
    const [answer] = await speak(url, written({ name: '', method: 'HEAD', target, status: 404, code: 100 }))
    t.equal(answer?.status, 404, target)
  }
  t.equal(emulator.requests.length, before)
})

t.test('Graph paths are those of the table, with a version or without, and no others are open', async (t) => {
  const { buildApp } = await import('../../src/app.js')
  const { PASSING } = await import('../../src/passing/table.js')
  const assent = await startAssent(t)
  const app = await buildApp({ ...assent, logStream: { write() {} } })
  t.teardown(() => app.close())
  // Every route of the whole app, as find-my-way knows them: a line per path, its methods behind it.
  const lines = app.printRoutes({ commonPrefix: false, includeHooks: false }).split('\n')
  const open: string[] = []
  const above: string[] = []
  for (const line of lines) {
    const [, indent = '', part = '', methods] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
    const depth = indent.length / 4
    above.splice(depth, above.length, (above[depth - 1] ?? '') + part)
    for (const method of methods?.split(', ') ?? []) open.push(`${method} ${above[depth]}`)
  }
  t.ok(open.includes('POST /webhook'), 'the other routes are there to be told apart')
  const id = ':id(^\\d{3,32}$)'
  const meant = PASSING.flatMap(({ method, edge }) =>
    ['/:version(^v\\d{1,3}\\.\\d{1,2}$)/', '/'].map((v) => `${method} ${v}${id}${edge && `/${edge}`}`),
  )
  t.same(
    open
      .filter((route) => route.includes('/:'))
      .filter((route) => !/ \/v1\//.test(route))
      .sort(),
    [...new Set(meant)].sort(),
  )
})

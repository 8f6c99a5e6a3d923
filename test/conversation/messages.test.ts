import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type Action, buttonId, readButtonId } from '../../src/conversation/buttons.js'
import { checkTexts } from '../../src/conversation/limits.js'
import { KINDS, noticeText, type PersonRecord, renderMessage } from '../../src/conversation/messages.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { type Policy, readPolicy } from '../../src/policy.js'

const sample = readPolicy(readFileSync('src/sandbox/policy.yaml', 'utf8'), TEXT_LANGUAGES, true)
const ref = '0190b6c2-7a5e-7c3e-9d57-3f2f1f0e9a11'
const given = (until: string | null) => ({
  status: 'given' as const,
  event: ref,
  since: '2026-11-23T09:00:00.000Z',
  until,
})
const record: PersonRecord = {
  states: { orders: given('2028-11-23T09:00:00.000Z') },
  now: new Date('2026-11-24T09:00:00Z'),
  proof: '0123456789abcdef',
}

/** A policy whose every name is as long as a policy may make it. */
function longest(purposes = 3): Policy {
  const title = Object.fromEntries(TEXT_LANGUAGES.map((language) => [language, 'W'.repeat(24)]))
  return {
    ...sample,
    languages: [...TEXT_LANGUAGES],
    controller: {
      name: 'B'.repeat(40),
      contact: 'c'.repeat(60),
      address: 'a',
      privacyNotice: `https://${'p'.repeat(72)}`,
    },
    purposes: new Map(
      Array.from({ length: purposes }, (_, i) => {
        const id = `${'p'.repeat(38)}_${i}`
        return [
          id,
          {
            id,
            category: 'marketing',
            basis: 'consent',
            title,
            frequency: { atMost: 999, per: 'month' },
            validity: 'P24M',
          },
        ]
      }),
    ),
  }
}

t.test('every message of every language fits WhatsApp with the longest names', async (t) => {
  t.strictSame(checkTexts(longest()), [])
  t.strictSame(checkTexts({ ...sample, languages: [...TEXT_LANGUAGES] }), [])
})

t.test('what does not fit is named, all of it', async (t) => {
  const long = longest(10)
  const problems = checkTexts(long)
  t.ok(problems.some((p) => /^texts\.en\.card: the body has \d+ characters, WhatsApp takes 1024/.test(p)))
  t.ok(problems.some((p) => /^texts\.de\.topics: the list has 11 rows, WhatsApp takes 10/.test(p)))
  for (const language of TEXT_LANGUAGES) {
    t.ok(
      problems.some((p) => p.startsWith(`texts.${language}.topics`)),
      language,
    )
  }
  const wide: Policy = { ...sample, controller: { ...sample.controller, name: 'B'.repeat(1200) } }
  t.match(checkTexts({ ...wide, languages: ['en'] }).join('\n'), /texts\.en\.stopped: the body/)
})

t.test('no message leaves a placeholder, a quotation of code or an empty line at its ends', async (t) => {
  for (const language of TEXT_LANGUAGES) {
    for (const kind of KINDS) {
      const text = noticeText(
        renderMessage(kind, { language, policy: sample, purposes: ['offers', 'orders'], ref, record }),
      )
      t.notMatch(text, /[{}]|undefined|null|NaN/, `${language} ${kind}`)
      t.equal(text, text.trim(), `${language} ${kind}`)
    }
  }
})

t.test('the card asks with three buttons bound to its request', async (t) => {
  const card = renderMessage('card', { language: 'en', policy: sample, purposes: ['offers'], ref })
  t.strictSame(card, {
    type: 'interactive',
    interactive: {
      type: 'button',
      body: {
        text: `*Acme Outdoor GmbH* would like to send you WhatsApp messages:

• What: Offers and news
• How often: at most 4 messages a month
• Cost: we charge nothing; your operator's data rates may apply
• Data used: your WhatsApp number or ID and your replies
• Stop any time: reply STOP, tap Stop, or just tell us in your own words
• Saying no changes nothing about your orders

Privacy notice: https://acme.example/privacy

Do you agree?`,
      },
      action: {
        buttons: [
          { type: 'reply', reply: { id: `assent:yes:${ref}`, title: 'Yes, send them' } },
          { type: 'reply', reply: { id: `assent:topics:${ref}`, title: 'Choose topics' } },
          { type: 'reply', reply: { id: `assent:no:${ref}`, title: 'No thanks' } },
        ],
      },
    },
  })
})

t.test('several topics each name their frequency', async (t) => {
  const input = { language: 'en', policy: sample, purposes: ['offers', 'orders'], ref }
  t.match(
    noticeText(renderMessage('card', input)),
    'How often: Offers and news: at most 4 messages a month; Order updates: at most 10 messages a month',
  )
  t.match(
    noticeText(renderMessage('done', input)),
    'Offers and news (at most 4 messages a month), Order updates (at most 10 messages a month).',
  )
})

t.test('the list of topics has a row for each, on or off, and one that stops everything', async (t) => {
  const content = renderMessage('topics', {
    language: 'de-AT',
    policy: sample,
    purposes: ['offers', 'orders'],
    ref,
    record,
  })
  t.match(content, {
    type: 'interactive',
    interactive: { type: 'list', footer: { text: 'Mit STOPP melden Sie sich ab' } },
  })
  const rows =
    content.type === 'interactive' && content.interactive.type === 'list'
      ? content.interactive.action.sections.flatMap((section) => section.rows)
      : []
  t.strictSame(rows, [
    {
      id: `assent:topic:${ref}:offers`,
      title: 'Angebote und Neuigkeiten',
      description: 'höchstens 4 Nachrichten im Monat',
    },
    {
      id: `assent:topic_off:${ref}:orders`,
      title: 'Bestellinfos',
      description: 'Bekommen Sie. Antippen beendet es',
    },
    { id: `assent:stop_all:${ref}`, title: 'Alles beenden' },
  ])
})

t.test('the confirmation of a stop names what ended and offers nothing but to change it', async (t) => {
  for (const language of TEXT_LANGUAGES) {
    const input = { language, policy: sample, purposes: ['offers'], ref }
    const bare = renderMessage('stopped', input)
    t.equal(bare.type, 'text', language)
    const full = renderMessage('stopped', { ...input, choices: ['stop_all', 'keep', 'undo'] })
    const title = sample.purposes.get('offers')?.title[language] ?? 'Offers and news'
    for (const content of [bare, full]) {
      t.match(noticeText(content), title, language)
      t.notMatch(noticeText(content), /https?:|START|ALTA/, language)
    }
    const buttons =
      full.type === 'interactive' && full.interactive.type === 'button'
        ? full.interactive.action.buttons.map((b) => b.reply.id)
        : []
    t.strictSame(
      buttons,
      ['stop_all', 'keep', 'undo'].map((action) => `assent:${action}:${ref}`),
    )
  }
})

t.test('a receipt says of every topic where it stands and since when, and names its proof', async (t) => {
  const text = noticeText(
    renderMessage('receipt', { language: 'en', policy: sample, purposes: ['offers', 'orders'], ref, record }),
  )
  t.match(text, 'on record for you on November 24, 2026')
  t.match(text, '• Offers and news: never agreed, nothing is sent')
  t.match(text, '• Order updates: yes since November 23, 2026, until November 23, 2028')
  t.match(text, 'Proof: 0123456789abcdef')
  const left = { ...record, states: { offers: { ...given(null), status: 'withdrawn' as const } } }
  t.match(
    noticeText(
      renderMessage('receipt', { language: 'de', policy: sample, purposes: ['offers'], ref, record: left }),
    ),
    'Nein seit 23. November 2026',
  )
})

t.test('the policy can put its own wording in place of any of ours, and slips are found', async (t) => {
  const own = (texts: Policy['texts']): Policy => ({ ...sample, texts })
  const policy = own({ en: { card: { buttons: { yes: 'I agree' } }, words: { stop: 'ADIOS' } } })
  const content = renderMessage('card', { language: 'en', policy, purposes: ['offers'], ref })
  t.match(noticeText(content), 'I agree\nChoose topics')
  t.match(noticeText(content), 'reply ADIOS')
  t.strictSame(checkTexts(policy), [])
  t.match(checkTexts(own({ en: { car: { body: 'x' } } })), [/^texts\.en\.car: there is no such text/])
  t.match(checkTexts(own({ xx: { card: { body: 'x' } } })), [/^texts\.xx: /])
  t.match(checkTexts(own({ en: { kept: { body: 'Hello {nobody}' } } })), [
    /^texts\.en\.kept: \{nobody\} is no placeholder/,
  ])
  t.match(checkTexts(own({ en: { card: { buttons: { yes: 'Yes, of course, send them all' } } } })), [
    /^texts\.en\.card: a button has 29 characters, WhatsApp takes 20/,
  ])
  t.match(checkTexts(own({ en: { card: { buttons: { yes: 'No thanks' } } } })), [
    /two buttons have one title/,
  ])
  t.match(checkTexts(own({ en: { words: { start: 'BANANA' } } })), [
    /words\.start: "BANANA" is not understood/,
  ])
})

t.test('a language without texts is answered in the first of the policy that has them', async (t) => {
  const policy = { ...sample, languages: ['xx', 'es'] }
  t.match(noticeText(renderMessage('kept', { language: 'yy', policy, purposes: [], ref })), 'suscripción')
  t.throws(() =>
    renderMessage('kept', { language: 'yy', policy: { ...sample, languages: [] }, purposes: [], ref }),
  )
})

t.test('the notice is the same text whatever request it is bound to', async (t) => {
  const render = (request: string) =>
    noticeText(renderMessage('card', { language: 'en', policy: sample, purposes: ['offers'], ref: request }))
  t.equal(render(ref), render('00000000-0000-4000-8000-000000000000'))
  t.equal(render(ref).split('\n').slice(-3).join('|'), 'Yes, send them|Choose topics|No thanks')
  t.notMatch(render(ref), ref)
})

t.test('help speaks of all that can be chosen', async (t) => {
  const text = noticeText(renderMessage('help', { language: 'en', policy: sample, purposes: [], ref }))
  t.match(text, 'Offers and news: at most 4 messages a month; Order updates')
  t.match(text, '\nStop\nChoose topics')
})

t.test('a button id is read back as it was made', async () => {
  const actions: Action[] = ['yes', 'topics', 'no', 'stop', 'stop_all', 'stop_yes', 'stop_no', 'keep', 'undo']
  fc.assert(
    fc.property(fc.constantFrom(...actions), fc.uuid(), (action, id) => {
      const read = readButtonId(buttonId(action, id))
      return read?.action === action && read.ref === id && !('purpose' in read)
    }),
  )
  fc.assert(
    fc.property(fc.uuid(), fc.stringMatching(/^[a-z][a-z0-9_]{0,39}$/), (id, purpose) => {
      const read = readButtonId(buttonId('topic_off', id, purpose))
      return read?.action === 'topic_off' && read.ref === id && read.purpose === purpose
    }),
  )
})

t.test('nothing else is a button id', async (t) => {
  for (const id of [
    '',
    'assent',
    'assent:yes',
    'assent:yes:',
    'assent:yes:1',
    `assent:yes:${ref} `,
    `assent:yes:${ref}\n`,
    ` assent:yes:${ref}`,
    `ASSENT:yes:${ref}`,
    `assent:yes:${ref.toUpperCase()}`,
    `assent:maybe:${ref}`,
    `assent:yes:${ref}:offers`,
    `assent:topic:${ref}`,
    `assent:topic:${ref}:`,
    `assent:topic:${ref}:Offers`,
    `assent:topic:${ref}:${'p'.repeat(41)}`,
    `assent:toString:${ref}`,
    `assent:__proto__:${ref}`,
    `assent:yes:${ref}:offers:more`,
    `${'assent:yes:'.repeat(1000)}${ref}`,
  ]) {
    t.equal(readButtonId(id), null, id.slice(0, 80))
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (id) => readButtonId(id) === null))
})

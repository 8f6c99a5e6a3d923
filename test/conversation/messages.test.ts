import t from 'tap'
import {
  buttonId,
  checkTexts,
  type MessageKind,
  noticeText,
  readButtonId,
  renderMessage,
} from '../../src/conversation/messages.js'
import { TEXT_LANGUAGES, textsFor } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import { samplePolicy, samplePolicyText } from '../helpers/policy.js'

const KINDS: MessageKind[] = [
  'card',
  'again',
  'done',
  'stopped',
  'help',
  'unsure',
  'topics',
  'already',
  'kept',
  'refused',
]
const ref = '00000000-0000-4000-8000-000000000000'
const purposes = ['offers', 'orders']
const render = (kind: MessageKind, language: string) =>
  renderMessage(kind, { language, policy: samplePolicy, purposes, ref })

t.test('every message exists in every language, with nothing left unfilled', async (t) => {
  for (const language of TEXT_LANGUAGES) {
    t.ok(textsFor(language), language)
    for (const kind of KINDS) {
      const words = noticeText(render(kind, language))
      t.ok(words.length > 5, `${language} ${kind}`)
      t.notMatch(words, /[{}]|undefined|null/, `${language} ${kind}`)
    }
  }
})

t.test(
  'the notice says who, what, how often, what it costs, how to stop and where to read more',
  async (t) => {
    for (const language of TEXT_LANGUAGES) {
      const words = noticeText(render('card', language))
      for (const needed of ['Acme Outdoor GmbH', 'https://acme.example/privacy', '4', '10'])
        t.ok(words.includes(needed), `${language}: ${needed}`)
      t.match(words, /STOP|BAJA|退訂/i, language)
    }
  },
)

t.test(
  'the sample fits WhatsApp’s limits, and a policy with the longest names is told where it does not',
  async (t) => {
    t.same(checkTexts(samplePolicy), [])
    const name = 'N'.repeat(40)
    const url = `https://example.com/${'p'.repeat(60)}`
    const long = samplePolicyText
      .replaceAll('Acme Outdoor GmbH', name)
      .replace('https://acme.example/privacy', url)
      .replace('privacy@acme.example', `${'c'.repeat(40)}@example.com`)
    t.same(checkTexts(readPolicy(long, TEXT_LANGUAGES, true)), [], 'the longest that the policy allows')
    const many = samplePolicyText.replace(
      'defaultPurpose',
      `${Array.from({ length: 12 }, (_, i) => `  p${i}: { category: utility, title: { en: "Purpose number ${i}" }, frequency: { atMost: 1, per: day } }`).join('\n')}\ndefaultPurpose`,
    )
    const crowded = readPolicy(
      many
        .replace(/templates:[\s\S]*?defaultPurpose: offers/, (m) => {
          const extra = m
            .split('\n')
            .filter((l) => /^ {2}p\d/.test(l))
            .join('\n')
          return m.replace(extra, '')
        })
        .replace(
          'templates:',
          `${Array.from({ length: 12 }, (_, i) => `  p${i}: { category: utility, title: { en: "Purpose number ${i}" }, frequency: { atMost: 1, per: day } }`).join('\n')}\ntemplates:`,
        ),
      TEXT_LANGUAGES,
      true,
    )
    t.ok(checkTexts(crowded).length > 0, 'fourteen topics do not fit a list of ten rows')
  },
)

t.test('the hash of a notice does not depend on whom it was shown to', async (t) => {
  const other = renderMessage('card', {
    language: 'en',
    policy: samplePolicy,
    purposes,
    ref: ref.replace('8', '9'),
  })
  t.equal(noticeText(other), noticeText(render('card', 'en')))
  t.not(JSON.stringify(other), JSON.stringify(render('card', 'en')))
})

t.test('only our own button ids are read, to the letter', async (t) => {
  t.same(readButtonId(buttonId('yes', ref)), { action: 'yes', ref })
  t.same(readButtonId(buttonId('topic', ref, 'offers')), { action: 'topic', ref, purpose: 'offers' })
  for (const id of [
    '',
    'YES',
    'assent:yes',
    `assent:yes:${ref}:offers`,
    `assent:topic:${ref}`,
    `assent:sudo:${ref}`,
    ` ${buttonId('yes', ref)}`,
    `${buttonId('yes', ref)}\n`,
  ]) {
    t.equal(readButtonId(id), null, JSON.stringify(id))
  }
})

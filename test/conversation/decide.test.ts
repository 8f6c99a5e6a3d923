import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type FoldEvent, fold } from '../../src/consent/state.js'
import { verdict } from '../../src/consent/verdict.js'
import { decide, type Heard, openQuestion } from '../../src/conversation/decide.js'
import { addDuration } from '../../src/conversation/duration.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import type { Decision, Person } from '../../src/conversation/turn.js'
import { readPolicy } from '../../src/policy.js'

const yaml = readFileSync('src/sandbox/policy.yaml', 'utf8')
const languages = TEXT_LANGUAGES
const policy = readPolicy(yaml, languages, true)
const start = Date.UTC(2026, 10, 23, 9)
const at = (second: number) => new Date(start + second * 1000)

/** A person whose every statement passes through decide, and the ledger it makes. */
class Story {
  events: FoldEvent[] = []
  replies: string[] = []
  language: string | null = null
  unseen: ReadonlySet<string> = new Set()
  last: Decision = { events: [], reply: null, language: null }
  #ids = 0
  #policy: typeof policy

  constructor(used = policy) {
    this.#policy = used
  }

  get person(): Person {
    return {
      states: fold(this.events, this.#policy.purposes.values()),
      events: this.events,
      language: this.language,
      unseen: this.unseen,
    }
  }

  hear(second: number, heard: Heard): this {
    this.last = decide(heard, this.person, at(second), this.#policy, () => `event-${++this.#ids}`)
    for (const event of this.last.events) {
      const asks = event.type === 'requested'
      this.events.push({
        ...event,
        channel: 'whatsapp',
        occurredAt: at(second),
        actor: asks || heard.by === 'silence' ? 'assent' : 'person',
      })
    }
    this.language = this.last.language ?? this.language
    if (this.last.reply) this.replies.push(this.last.reply.kind)
    return this
  }

  text(second: number, intent: string, more: object = {}): this {
    const understanding = { intent, confidence: 'certain', language: 'en', rule: 'test', ...more }
    return this.hear(second, { by: 'text', understanding } as Heard)
  }

  tap(second: number, action: string, ref = this.last.reply?.ref ?? '', purpose?: string): this {
    return this.hear(second, { by: 'tap', action, ref, ...(purpose ? { purpose } : {}) } as Heard)
  }

  status(purpose = 'offers', second = 1_000_000): string {
    const state = this.person.states.whatsapp?.[purpose]
    const found = verdict(state, at(second))
    return found.allowed ? 'given' : found.reason
  }
}

t.test('START shows the notice, a tap on Yes gives consent for all that was asked', async (t) => {
  const story = new Story().text(0, 'opt_in')
  t.equal(story.status(), 'requested', 'START alone gives nothing')
  story.tap(5, 'yes')
  t.equal(story.status(), 'given')
  t.equal(story.status('orders'), 'given')
  t.same(story.replies, ['card', 'done'])
})

t.test('yes by words counts only while the question is open', async (t) => {
  const story = new Story().text(0, 'yes')
  t.equal(story.status(), 'no_consent')
  t.same(story.replies, [])
  t.equal(story.text(1, 'opt_in').text(2, 'yes').status(), 'given')
  t.equal(openQuestion(story.person.states, at(3)), null, 'an answered question is closed')
})

t.test('a yes after 24 hours gives nothing and shows the card again', async (t) => {
  const story = new Story().text(0, 'opt_in').tap(86_401, 'yes')
  t.equal(story.status(), 'requested')
  t.same(story.replies, ['card', 'card'])
})

t.test('a tap on an old, a foreign or an invented button gives nothing', async (t) => {
  const story = new Story().text(0, 'opt_in')
  const first = story.last.reply?.ref ?? ''
  story.text(1, 'opt_in').tap(2, 'yes', first)
  t.equal(story.status(), 'requested', 'an older card')
  t.equal(new Story().tap(0, 'yes', 'event-of-somebody-else').status(), 'no_consent')
})

t.test('choosing one topic gives consent to that one alone', async (t) => {
  const story = new Story().text(0, 'opt_in')
  const ref = story.last.reply?.ref ?? ''
  story.tap(1, 'topics', ref)
  t.equal(story.last.reply?.kind, 'topics')
  t.equal(story.last.events.length, 0, 'looking at the list says nothing')
  story.tap(2, 'topic', ref, 'orders')
  t.equal(story.status('orders'), 'given')
  t.equal(story.status('offers'), 'requested')
  story.tap(3, 'topic', ref, 'offers')
  t.equal(story.status('offers'), 'given')
})

t.test('No thanks is a refusal, and the same card can no longer be accepted', async (t) => {
  const story = new Story().text(0, 'opt_in')
  const ref = story.last.reply?.ref ?? ''
  story.tap(1, 'no', ref)
  t.equal(story.status(), 'refused')
  t.same(story.replies, ['card', 'refused'])
  t.equal(story.tap(2, 'yes', ref).status(), 'refused')
})

t.test('STOP is confirmed exactly once, also by somebody who never subscribed', async (t) => {
  const story = new Story().text(0, 'opt_out').text(1, 'opt_out').text(2, 'opt_out')
  t.same(story.replies, ['stopped'])
  t.equal(story.events.length, 3, 'every stop is on record')
  t.equal(story.status(), 'withdrawn')
})

t.test('nothing is asked of a person who has left, unless they write START again', async (t) => {
  const story = new Story().text(0, 'opt_in').tap(1, 'yes').text(5, 'opt_out')
  story.replies = []
  story.text(6, 'other').text(7, 'yes').text(8, 'no')
  t.same(story.replies, [])
  story.text(9, 'opt_in')
  t.same(story.replies, ['again'], 'the card that names that they left')
  t.equal(story.status(), 'withdrawn', 'which by itself changes nothing')
  t.equal(story.tap(10, 'yes').status(), 'given')
})

t.test('a START that comes late, from before a stop, asks nothing', async (t) => {
  const story = new Story().text(10, 'opt_out').text(5, 'opt_in')
  t.same(story.replies, ['stopped'])
  t.equal(new Story().text(10, 'opt_out').text(10, 'opt_in').replies.length, 1, 'nor one of the same second')
})

t.test('an unclear stop pauses at once and asks one question', async (t) => {
  const given = () => new Story().text(0, 'opt_in').tap(1, 'yes')
  const unsure = { confidence: 'unsure' }
  const story = given().text(2, 'opt_out', unsure)
  t.equal(story.status(), 'paused')
  t.equal(story.last.reply?.kind, 'unsure')
  story.text(3, 'opt_out', unsure)
  t.equal(story.last.reply, null, 'not asked twice')
  t.equal(story.tap(4, 'stop_no', 'x').status(), 'given')
  t.equal(given().text(2, 'opt_out', unsure).tap(3, 'stop_yes').status(), 'withdrawn')
  t.equal(given().text(2, 'opt_out', unsure).text(3, 'yes').status(), 'withdrawn', 'yes, stop')
  t.equal(given().text(2, 'opt_out', unsure).text(3, 'no').status(), 'given', 'no, keep them')
})

t.test('a stop can be narrowed to keep order updates, for a day and not longer than before', async (t) => {
  const story = new Story().text(0, 'opt_in').tap(1, 'yes')
  const until = story.person.states.whatsapp?.orders?.until
  story.text(10, 'opt_out')
  t.strictSame(story.last.reply?.choices, ['keep', 'undo'])
  const { ref } = story.last.reply ?? { ref: '' }
  story.tap(20, 'keep', ref)
  t.equal(story.status('orders'), 'given')
  t.equal(story.status('offers'), 'withdrawn')
  t.equal(story.person.states.whatsapp?.orders?.until, until, 'the old consent, not a new one')
  t.match(story.last.reply, { kind: 'narrowed', purposes: ['orders'] })
  t.equal(story.tap(30, 'keep', ref).last.reply, null, 'once')
  t.equal(story.text(40, 'opt_out').tap(50, 'keep', ref).status('orders'), 'withdrawn', 'a newer stop stays')
  const late = new Story().text(0, 'opt_in').tap(1, 'yes').text(10, 'opt_out')
  t.equal(late.tap(10 + 86_401, 'keep').last.reply?.kind, 'again', 'after a day it is asked anew')
  t.equal(late.status('orders'), 'withdrawn')
})

t.test('undo shows the card again and never gives consent by itself', async (t) => {
  const story = new Story().text(0, 'opt_in').tap(1, 'yes').text(10, 'opt_out').tap(20, 'undo')
  t.equal(story.last.reply?.kind, 'again')
  t.equal(story.status(), 'withdrawn')
  t.equal(story.tap(25, 'yes').status(), 'given')
  t.equal(new Story().text(0, 'opt_out').tap(1, 'undo', 'made-up').last.reply, null)
})

t.test('a plain STOP ends what rests on consent; everything means everything', async (t) => {
  const file = yaml.replace('category: utility', 'category: utility\n    basis: contract')
  const shop = readPolicy(file, languages, true)
  const customer = () => {
    const story = new Story(shop).text(0, 'opt_in').tap(1, 'yes')
    story.events.push({
      id: 'ordered',
      type: 'imported',
      channel: 'whatsapp',
      scope: ['orders'],
      occurredAt: at(2),
      actor: 'api',
      source: 'shop',
      request: null,
      validUntil: null,
    })
    return story
  }
  const story = customer().text(10, 'opt_out')
  t.equal(story.status('offers'), 'withdrawn')
  t.equal(story.status('orders'), 'given', 'what they have ordered goes on')
  t.strictSame(story.last.reply?.choices, ['stop_all', 'undo'])
  t.equal(story.tap(20, 'stop_all').status('orders'), 'withdrawn')
  t.equal(story.last.reply?.kind, 'stopped', 'a wider stop has its own confirmation')
  t.equal(
    customer()
      .text(10, 'opt_out', { scope: { all: true } })
      .status('orders'),
    'withdrawn',
  )
  t.equal(customer().text(10, 'erasure').status('orders'), 'withdrawn')
  t.strictSame(
    new Story().text(0, 'opt_out').last.reply?.choices,
    undefined,
    'a stranger has nothing to undo',
  )
})

t.test('a topic can be turned off and on again from the list', async (t) => {
  const story = new Story().text(0, 'opt_in').tap(1, 'yes').text(2, 'topics')
  const ref = story.last.reply?.ref ?? ''
  t.equal(story.last.reply?.kind, 'topics')
  story.tap(3, 'topic_off', ref, 'offers')
  t.equal(story.status('offers'), 'withdrawn')
  t.equal(story.status('orders'), 'given')
  t.match(story.last.reply, { kind: 'stopped', purposes: ['offers'] })
  t.equal(story.tap(4, 'topic_off', ref, 'offers').last.reply, null, 'confirmed once')
  story.tap(5, 'topic', ref, 'offers')
  t.equal(story.status('offers'), 'withdrawn', 'a stop has voided the list for that topic')
  t.equal(story.last.reply?.kind, 'again', 'so the card comes first')
})

t.test('a question left alone for 30 days is a stop, and not a second earlier', async (t) => {
  const month = 30 * 86_400
  const paused = () =>
    new Story().text(0, 'opt_in').tap(1, 'yes').text(2, 'opt_out', { confidence: 'unsure' })
  const silent = { by: 'silence', about: 'pause' } as const
  t.equal(
    paused()
      .hear(month + 1, silent)
      .status(),
    'paused',
  )
  const story = paused().hear(month + 2, silent)
  t.equal(story.status('offers', month + 3), 'withdrawn')
  t.equal(story.status('orders', month + 3), 'given', 'the question was about offers')
  t.equal(story.last.reply, null, 'nothing is said')
  t.equal(
    paused()
      .text(3, 'no')
      .hear(month + 9, silent)
      .status('offers', month + 10),
    'given',
    'unless it was answered',
  )
})

t.test('a consent is renewed only in its last 30 days, once, and by a yes', async (t) => {
  const years = (Date.UTC(2028, 10, 23, 9) - start) / 1000
  const given = () => new Story().text(0, 'opt_in').tap(1, 'yes')
  const silent = { by: 'silence', about: 'end' } as const
  const day = 86_400
  t.equal(given().hear(years - 31 * day, silent).last.reply, null, 'not before')
  t.equal(given().hear(years + 2, silent).last.reply, null, 'never after')
  const story = given().hear(years - 29 * day, silent)
  t.match(story.last.reply, { kind: 'renewal', until: '2028-11-23T09:00:01.000Z' })
  t.equal(story.hear(years - 20 * day, silent).last.reply, null, 'asked once')
  t.equal(story.status('offers', years + 2), 'expired', 'silence lets it end')
  const renewed = given()
    .hear(years - 29 * day, silent)
    .tap(years - 29 * day + 5, 'yes')
  t.equal(renewed.status('offers', years + 2), 'given')
})

t.test('words cannot answer a card that was never shown', async (t) => {
  const story = new Story().text(0, 'opt_in')
  story.unseen = new Set([story.last.reply?.ref ?? ''])
  story.text(1, 'yes')
  t.equal(story.status(), 'requested')
  t.equal(story.last.reply?.kind, 'card', 'it is shown again')
  story.unseen = new Set()
  t.equal(story.text(2, 'yes').status(), 'given')
})

t.test('a stop of offers alone keeps order updates', async (t) => {
  const story = new Story()
    .text(0, 'opt_in')
    .tap(1, 'yes')
    .text(2, 'opt_out', { scope: { only: 'marketing' } })
  t.equal(story.status('offers'), 'withdrawn')
  t.equal(story.status('orders'), 'given')
})

t.test('WhatsApp’s own switch never gets an answer', async (t) => {
  const story = new Story().text(0, 'opt_in').tap(1, 'yes')
  story.replies = []
  t.equal(story.hear(2, { by: 'switch', value: 'stop' }).status(), 'withdrawn')
  t.equal(story.hear(3, { by: 'switch', value: 'resume' }).status(), 'given')
  t.equal(
    story.text(4, 'opt_out').hear(5, { by: 'switch', value: 'resume' }).status(),
    'withdrawn',
    'not our own stop',
  )
  t.same(story.replies, ['stopped'])
})

t.test('HELP is always answered, ordinary chat never', async (t) => {
  const story = new Story().text(0, 'help').text(1, 'other').text(2, 'opt_out').text(3, 'help')
  t.same(story.replies, ['help', 'stopped', 'help'])
  t.equal(new Story().text(0, 'opt_in', { confidence: 'likely' }).replies.length, 0, 'a likely START is chat')
})

t.test('erasure and a stated age are a stop at once', async (t) => {
  for (const intent of ['erasure', 'minor']) {
    t.equal(new Story().text(0, 'opt_in').tap(1, 'yes').text(2, intent).status(), 'withdrawn', intent)
  }
})

t.test(
  'the answer is in the language of the words, then of the last answer, then the policy’s',
  async (t) => {
    const story = new Story().text(0, 'opt_in', { language: 'de' })
    t.equal(story.last.reply?.language, 'de')
    t.equal(story.tap(1, 'yes').last.reply?.language, 'de')
    t.equal(
      new Story().text(0, 'opt_in', { language: 'xx' }).last.reply?.language,
      'en',
      'a language without texts',
    )
  },
)

t.test('with optIn: direct START gives consent, but never to somebody who left', async (t) => {
  const direct = readPolicy(yaml.replace('optIn: confirm', 'optIn: direct'), languages, true)
  t.equal(new Story(direct).text(0, 'opt_in').status(), 'given')
  t.equal(new Story(direct).text(0, 'opt_out').text(1, 'opt_in').status(), 'withdrawn')
})

t.test('no words and no taps but a yes to an open card ever give consent', async () => {
  const heard = fc.oneof(
    fc
      .constantFrom('opt_out', 'opt_in', 'help', 'no', 'topics', 'erasure', 'other', 'receipt')
      .map((intent) => ({ intent })),
    fc
      .constantFrom('no', 'stop', 'stop_all', 'stop_yes', 'stop_no', 'keep', 'undo', 'topic_off')
      .map((action) => ({ action })),
  )
  fc.assert(
    fc.property(fc.array(heard, { maxLength: 12 }), (turns) => {
      const story = new Story()
      turns.forEach((turn, i) => {
        if ('intent' in turn) story.text(i, turn.intent)
        else story.tap(i, turn.action)
      })
      return story.status() !== 'given' && story.status('orders') !== 'given'
    }),
    { numRuns: 2000 },
  )
})

t.test('one message never gets more than one answer, and a stop always refuses afterwards', async () => {
  const heard = fc.oneof(
    fc
      .constantFrom('opt_out', 'opt_in', 'yes', 'no', 'help', 'topics', 'other')
      .map((intent) => ({ intent })),
    fc.constantFrom('yes', 'no', 'topics', 'stop', 'stop_no', 'stop_yes').map((action) => ({ action })),
  )
  fc.assert(
    fc.property(fc.array(heard, { maxLength: 15 }), (turns) => {
      const story = new Story()
      let refs = ['none']
      turns.forEach((turn, i) => {
        if ('intent' in turn) story.text(i, turn.intent)
        else story.tap(i, turn.action, refs[i % refs.length])
        if (story.last.reply) refs = [...refs, story.last.reply.ref]
      })
      story.text(100, 'opt_out')
      return story.status() === 'withdrawn' && story.status('orders') === 'withdrawn'
    }),
    { numRuns: 2000 },
  )
})

t.test('durations are calendar durations', async (t) => {
  const day = (text: string, duration: string) =>
    addDuration(new Date(`${text}T10:00:00Z`), duration)
      .toISOString()
      .slice(0, 10)
  t.equal(day('2026-11-23', 'P24M'), '2028-11-23')
  t.equal(day('2027-01-31', 'P1M'), '2027-02-28')
  t.equal(day('2028-02-29', 'P1Y'), '2029-02-28')
  t.equal(day('2026-12-31', 'P90D'), '2027-03-31')
  t.throws(() => addDuration(new Date(), 'PT1H'))
})

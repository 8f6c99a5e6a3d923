// The flows of the page, through HTTP and Postgres: topics, scopes of a stop, pauses, receipts, renewals, and machines
// that answer machines.

import t from 'tap'
import { lapsePause } from '../../src/consent/lapse.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import { startAssent, type TestAssent } from '../helpers/assent.js'
import { samplePolicyText } from '../helpers/policy.js'

const TO = '+12025550101'
const DAY = 86_400_000

function play(assent: TestAssent) {
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  const said = () => ada.chat.filter((b) => b.from === 'business')
  const next = async (act: () => unknown) => {
    assent.clock.advance(2_000)
    act()
    await assent.settle()
  }
  const state = async (purpose = 'offers') => {
    const { body } = await assent.call('POST', '/v1/consents/check', { recipients: [TO], purpose })
    return body.verdicts[0].allowed ? 'given' : body.verdicts[0].reason
  }
  return { ada, said, next, state }
}

async function subscribed(assent: TestAssent) {
  const chat = play(assent)
  await chat.next(() => chat.ada.text('START'))
  await chat.next(() => chat.ada.tap('latest', 'Yes, send them'))
  return chat
}

t.test('a stop names what ended and can be narrowed to order updates', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  await next(() => ada.text('please stop sending me this'))
  t.match(said().at(-1), {
    text: /no longer get here: Offers and news, Order updates/,
    buttons: [{ title: 'Keep order updates' }, { title: 'Undo' }],
  })
  await next(() => ada.tap('latest', 'Keep order updates'))
  t.equal(await state('orders'), 'given')
  t.equal(await state('offers'), 'withdrawn')
  t.match(said().at(-1)?.text, 'You still get: Order updates')
  const { rows } = await assent.pool.query(
    `select e.scope, e.notice is not null and exists (select from notices n where n.hash = e.notice) as told
       from consent_events e where e.type = 'given' order by e.seq`,
  )
  t.same(rows, [
    { scope: ['offers', 'orders'], told: true },
    { scope: ['orders'], told: true },
  ])
})

t.test('undo shows the card, and only a yes to it gives consent', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  await next(() => ada.text('STOP'))
  await next(() => ada.tap('latest', 'Undo'))
  t.match(said().at(-1)?.text, 'You left the list earlier')
  t.equal(await state(), 'withdrawn')
  await next(() => ada.tap('latest', 'Yes, subscribe me'))
  t.equal(await state(), 'given')
})

t.test('the list of topics turns each one on and off', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  await next(() => ada.text('TOPICS'))
  const rows = () =>
    said()
      .at(-1)
      ?.list?.sections.flatMap((s) => s.rows) ?? []
  t.match(rows(), [
    { title: 'Offers and news', description: 'You get this. Tap to end it' },
    { title: 'Order updates', description: 'You get this. Tap to end it' },
    { title: 'Stop everything' },
  ])
  await next(() => ada.tap('latest', 'Offers and news'))
  t.equal(await state('offers'), 'withdrawn')
  t.equal(await state('orders'), 'given')
  await next(() => ada.text('TOPICS'))
  t.match(rows(), [
    { description: 'at most 4 messages a month' },
    { description: 'You get this. Tap to end it' },
    {},
  ])
  await next(() => ada.tap('latest', 'Offers and news'))
  t.equal(await state('offers'), 'given')
})

t.test('a receipt says what is on record, also to somebody who has left', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next } = await subscribed(assent)
  await next(() => ada.text('RECEIPT'))
  t.match(said().at(-1)?.text, /Offers and news: yes since .*\n• Order updates: yes since /)
  const { rows } = await assent.pool.query(`select left(encode(head_hash, 'hex'), 16) as head from contacts`)
  t.match(said().at(-1)?.text, `Proof: ${rows[0].head}`)
  await next(() => ada.text('STOP'))
  await next(() => ada.text('RECEIPT'))
  t.match(said().at(-1)?.text, /Offers and news: no since /)
})

t.test('an unclear stop that nobody explains becomes a stop after 30 days', async (t) => {
  const assent = await startAssent(t)
  const { ada, next, state } = await subscribed(assent)
  await next(() => ada.text('🛑'))
  t.equal(await state(), 'paused')
  const { rows: jobs } = await assent.pool.query(
    `select run_at, payload from graphile_worker._private_jobs where key like 'lapse:%'`,
  )
  const due = assent.clock().getTime() + 30 * DAY
  t.equal(jobs.length, 1)
  t.ok(Math.abs(new Date(jobs[0].run_at).getTime() - due) < 60_000)
  const { contact } = jobs[0].payload
  t.equal(await lapsePause(assent, contact), false, 'too early')
  assent.clock.advance(30 * DAY + 5_000)
  t.equal(await lapsePause(assent, contact), true)
  t.equal(await lapsePause(assent, contact), false, 'once')
  t.equal(await state(), 'withdrawn')
  t.equal(await state('orders'), 'given')
})

t.test('whoever writes while their consent is about to end is asked once whether to go on', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  assent.clock.advance(705 * DAY)
  await assent.pool.query('select create_partitions($1::date)', [assent.clock()])
  await next(() => ada.text('are you open on Sunday?'))
  t.match(said().at(-1), { text: /ends on /, buttons: [{ title: 'Yes, go on' }, {}, {}] })
  const asked = said().length
  await next(() => ada.text('and on Monday?'))
  t.equal(said().length, asked, 'not asked twice')
  await next(() => ada.tap('latest', 'Yes, go on'))
  assent.clock.advance(60 * DAY)
  t.equal(await state(), 'given')
  const { body } = await assent.call('POST', '/v1/consents/lookup', { recipient: TO })
  const verified = await assent.call('GET', `/v1/ledger/verify?contact=${body.contact}`)
  t.match(verified.body, { findings: [] })
})

t.test('a child is taken off the list and told so, once', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  await next(() => ada.text("I'm 12 years old"))
  t.match(said().at(-1)?.text, 'not meant for children')
  t.equal(await state('orders'), 'withdrawn')
  const count = said().length
  await next(() => ada.text('I am 12'))
  await next(() => ada.text('STOP'))
  t.equal(said().length, count)
})

t.test('a yes that was written before the card came is no yes', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = play(assent)
  await next(() => {
    ada.text('START')
    ada.text('yes')
  })
  t.equal(await state(), 'requested')
  await next(() => ada.text('yes'))
  t.equal(await state(), 'given', 'now it was seen')
  t.match(said().at(-1)?.text, 'Done.')
})

t.test('a machine that repeats what we say gets no second answer', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  await next(() => ada.text('HELP'))
  for (let i = 0; i < 4; i++) {
    const count = said().length
    await next(() => ada.text(said().at(-1)?.text ?? ''))
    t.equal(said().length, count)
  }
  t.equal(await state(), 'given', '"STOP – no more messages" was ours')
  await next(() => ada.text(`${said().at(-1)?.text}\n\nSTOP`))
  t.equal(await state(), 'withdrawn', 'what stands below it is theirs')
})

t.test('two machines that answer each other stop soon, and a person among them is heard', async (t) => {
  const assent = await startAssent(t)
  const { ada, said, next, state } = await subscribed(assent)
  const before = said().length
  for (let i = 0; i < 30; i++) await next(() => ada.text('help'))
  t.equal(said().length - before, 12 - before, 'twelve answers an hour')
  await next(() => ada.text('START'))
  await next(() => ada.text('yes'))
  t.equal(said().length, 12, 'and nothing is asked that nobody is shown')
  await next(() => ada.text('STOP'))
  t.equal(said().length, 13, 'a stop is confirmed all the same')
  t.equal(await state(), 'withdrawn')
  assent.clock.advance(3_600_000)
  await next(() => ada.text('help'))
  t.equal(said().length, 14, 'after an hour there are answers again')
})

t.test('the operator’s own word for stopping stops, whatever else it means', async (t) => {
  const policy = readPolicy(
    `${samplePolicyText}\ntexts: { en: { words: { stop: BANANA } } }\n`,
    TEXT_LANGUAGES,
    true,
  )
  const assent = await startAssent(t, { policy })
  const { ada, said, next, state } = await subscribed(assent)
  t.match(said().at(-1)?.text, 'Reply BANANA')
  await next(() => ada.text('do you sell bananas?'))
  t.equal(await state(), 'given')
  await next(() => ada.text('banana, please'))
  t.equal(await state(), 'withdrawn')
})

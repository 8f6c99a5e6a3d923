import t from 'tap'
import { startAssent } from '../helpers/assent.js'

const SALE = { type: 'text', text: { body: 'Two days of sale' } }

t.test('START, yes, send, STOP, refusal: the whole story of a person with a phone', async (t) => {
  const assent = await startAssent(t)
  const { emulator, clock, settle, send, call, pool } = assent
  const ada = emulator.person({ name: 'Ada', phone: '+12025550101' })
  const said = () => ada.chat.filter((b) => b.from === 'business')

  t.match(await send({ to: '+1 (202) 555-0101', ...SALE }), {
    status: 400,
    body: { error: { code: 131950 } },
  })

  ada.text('hello, are you open?')
  await settle()
  t.equal(said().length, 0, 'ordinary chat gets no reply')

  ada.text('START')
  await settle()
  t.match(said(), [
    { buttons: [{ title: 'Yes, send them' }, { title: 'Choose topics' }, { title: 'No thanks' }] },
  ])
  t.match(
    (await send({ to: '12025550101', ...SALE })).body.error.consent,
    { reason: 'requested' },
    'asked is not yes',
  )

  clock.advance(2_000)
  ada.tap('latest', 'Yes, send them')
  await settle()
  t.equal(said().length, 2, 'the done message')

  const sent = await send({ to: '+12025550101', ...SALE })
  t.match(sent, {
    status: 200,
    body: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '+12025550101', wa_id: '12025550101' }],
      messages: [{ id: /^wamid\./ }],
    },
  })
  ada.openChat()
  await settle()
  t.equal(said().at(-1)?.text, 'Two days of sale')
  const { rows } = await pool.query(`select * from sends where wamid = $1`, [sent.body.messages[0].id])
  t.match(rows, [{ status: 'accepted', purpose: 'offers', sent_at: Date, delivered_at: Date, read_at: Date }])

  clock.advance(2_000)
  ada.text('Stop!!')
  await settle()
  const confirmations = () => said().filter((b) => /unsubscribed/.test(b.text ?? ''))
  t.equal(confirmations().length, 1)
  const refused = await send({ to: '+12025550101', ...SALE })
  t.match(refused, {
    status: 400,
    body: {
      error: {
        message: /^\(#131050\)/,
        type: 'OAuthException',
        code: 131050,
        error_data: { messaging_product: 'whatsapp', details: /withdrawn/ },
        consent: { reason: 'withdrawn', purpose: 'offers', contact: String, event: String, since: String },
        fbtrace_id: String,
      },
    },
  })
  clock.advance(2_000)
  ada.text('STOP')
  await settle()
  t.equal(confirmations().length, 1, 'a second STOP gets no second answer')

  ada.text('HELP')
  await settle()
  t.match(said().at(-1)?.text, /privacy@acme\.example/, 'HELP is answered, subscribed or not')

  const { body: known } = await call('POST', '/v1/consents/lookup', { recipient: '+12025550101' })
  t.match(known.states.whatsapp.offers, { status: 'withdrawn' })
  const { body: ledger } = await call('GET', `/v1/contacts/${known.contact}/events`)
  t.match(
    ledger.events.map((e: { type: string; actor: string }) => `${e.type} by ${e.actor}`),
    ['requested by assent', 'given by person', 'withdrawn by person', 'withdrawn by person'],
  )
  t.match(ledger.events[1], {
    method: 'button',
    rule: 'tap.yes',
    request: ledger.events[0].id,
    notice: /^[0-9a-f]{64}$/,
  })
})

t.test('the same story of a person without a phone', async (t) => {
  const { emulator, clock, settle, send, pool } = await startAssent(t)
  const mei = emulator.person({ name: 'Mei', username: 'mei.hk' })
  const said = () => mei.chat.filter((b) => b.from === 'business').map((b) => b.text ?? '')
  mei.text('訂閱')
  await settle()
  t.match(said()[0], /隱私權聲明/, 'asked in Traditional Chinese')
  clock.advance(1_000)
  mei.text('同意接收')
  await settle()
  t.match(said()[1], /已完成/)
  const sent = await send({ recipient: mei.userId, ...SALE })
  t.match(sent, { status: 200, body: { contacts: [{ input: mei.userId, user_id: mei.userId }] } })
  clock.advance(1_000)
  mei.text('不要再傳了')
  await settle()
  t.match(said().at(-1), /您已退訂/)
  t.equal((await send({ recipient: mei.userId, ...SALE })).body.error?.code, 131050)
  const { rows } = await pool.query('select kind, value from identifiers order by kind')
  t.same(rows, [
    { kind: 'bsuid', value: mei.userId },
    { kind: 'username', value: 'mei.hk' },
  ])
})

t.test('one topic can be chosen alone', async (t) => {
  const { emulator, clock, settle, send } = await startAssent(t)
  const ada = emulator.person({ name: 'Ada', phone: '+12025550101' })
  ada.text('START')
  await settle()
  ada.tap('latest', 'Choose topics')
  await settle()
  clock.advance(1_000)
  ada.tap('latest', 'Order updates')
  await settle()
  const orders = await send({ to: '+12025550101', ...SALE }, { 'x-consent-purpose': 'orders' })
  t.match(
    orders.body.error?.consent,
    { reason: 'category_mismatch' },
    'a free text is an offer by the policy',
  )
  const components = [{ type: 'body', parameters: [{ type: 'text', text: '4711' }] }]
  const template = {
    type: 'template',
    template: { name: 'order_shipped', language: { code: 'en_US' }, components },
  }
  t.match(await send({ to: '+12025550101', ...template }), { status: 200 })
  t.match((await send({ to: '+12025550101', ...SALE })).body.error?.consent, { reason: 'requested' })
})

t.test('an unclear stop pauses at once, asks once, and does what the answer says', async (t) => {
  const { emulator, clock, settle, send } = await startAssent(t)
  const ada = emulator.person({ name: 'Ada', phone: '+12025550101' })
  ada.text('START')
  await settle()
  clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await settle()
  clock.advance(1_000)
  ada.text('🛑')
  await settle()
  t.match((await send({ to: '+12025550101', ...SALE })).body.error, {
    code: 131050,
    consent: { reason: 'paused' },
  })
  clock.advance(1_000)
  ada.tap('latest', 'No, keep them')
  await settle()
  t.equal((await send({ to: '+12025550101', ...SALE })).status, 200)
})

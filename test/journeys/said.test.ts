// Every way in which a person can say it, through HTTP: what counts, for what, and what never does.

import t from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import { startAssent, type TestAssent } from '../helpers/assent.js'
import { samplePolicyText } from '../helpers/policy.js'

const TO = '+12025550101'
const TEXT = { type: 'text', text: { body: 'Two days of sale' } }
const SALE = { type: 'template', template: { name: 'summer_sale', language: { code: 'en_US' } } }
const SHIPPED = {
  type: 'template',
  template: {
    name: 'order_shipped',
    language: { code: 'en_US' },
    components: [{ type: 'body', parameters: [{ type: 'text', text: '4711' }] }],
  },
}

async function subscribed(assent: TestAssent) {
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  return ada
}
const reasonOf = async (assent: TestAssent, message: object) =>
  (await assent.send({ to: TO, ...message })).body.error?.consent?.reason ?? 'allowed'

t.test('a tap on "Stop promotions" ends what that template was sent for, and nothing else', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  t.equal((await assent.send({ to: TO, ...SALE })).status, 200)
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Stop promotions')
  await assent.settle()
  t.equal(await reasonOf(assent, SALE), 'withdrawn')
  t.equal(await reasonOf(assent, SHIPPED), 'allowed')
  const { rows } = await assent.pool.query(
    `select scope, method, rule from consent_events where type = 'withdrawn'`,
  )
  t.same(rows, [{ scope: ['offers'], method: 'template_button', rule: 'label.stop-promotions' }])
})

t.test('error 131050 on a send is a stop made in WhatsApp, and its resume lifts it', async (t) => {
  const assent = await startAssent(t)
  const ada = await subscribed(assent)
  assent.emulator.faults.failSends({ code: 131050, httpStatus: 400 })
  t.equal((await assent.send({ to: TO, ...SALE })).body.error.code, 131050, 'Meta’s own answer')
  t.equal(await reasonOf(assent, SALE), 'withdrawn', 'and ours from then on')
  t.equal(await reasonOf(assent, SHIPPED), 'allowed')
  const { rows } = await assent.pool.query(
    `select source, method, scope from consent_events where type = 'withdrawn'`,
  )
  t.same(rows, [{ source: 'in_app', method: 'error', scope: ['category:marketing'] }])
  assent.clock.advance(1_000)
  ada.resumeMarketing()
  await assent.settle()
  t.equal(await reasonOf(assent, SALE), 'allowed')
})

t.test('a failed status with 131050 is the same, once, however often it is delivered', async (t) => {
  const assent = await startAssent(t)
  await subscribed(assent)
  const sent = await assent.send({ to: TO, ...SALE })
  const id = sent.body.messages[0].id
  const at = String(Math.floor(assent.clock().getTime() / 1000))
  const failed = {
    id,
    status: 'failed',
    timestamp: at,
    recipient_id: '12025550101',
    errors: [{ code: 131050 }],
  }
  const body = { entry: [{ changes: [{ field: 'messages', value: { statuses: [failed] } }] }] }
  for (let i = 0; i < 3; i++) t.equal(await assent.deliver(body), 200)
  t.equal(await reasonOf(assent, SALE), 'withdrawn')
  t.equal((await assent.pool.query(`select from consent_events where type = 'withdrawn'`)).rowCount, 1)
  t.match((await assent.pool.query('select status, error_code from sends where wamid = $1', [id])).rows, [
    { status: 'failed', error_code: 131050 },
  ])
})

t.test('an In-App Signup counts when the policy says what its message told people', async (t) => {
  const notice = 'Acme Outdoor GmbH sends offers by WhatsApp, at most 4 a month. Reply STOP any time.'
  const yaml = `${samplePolicyText}\nsignups:\n  "5000": { purposes: [offers], language: en, notice: "${notice}" }\n`
  const policy = readPolicy(yaml, TEXT_LANGUAGES, true)
  const assent = await startAssent(t, { policy })
  const at = Math.floor(assent.clock().getTime() / 1000)
  const signUp = (signup_id: string) => ({
    entry: [
      {
        changes: [
          {
            field: 'user_preferences',
            value: {
              user_preferences: [
                {
                  wa_id: '12025550101',
                  category: 'marketing_messages',
                  value: 'signup',
                  signup_id,
                  timestamp: at,
                },
              ],
            },
          },
        ],
      },
    ],
  })
  t.equal(await assent.deliver(signUp('6000')), 200)
  t.equal(await reasonOf(assent, SALE), 'no_consent', 'a signup that the policy does not know')
  t.equal(await assent.deliver(signUp('5000')), 200)
  t.equal(await reasonOf(assent, SALE), 'allowed')
  const { rows } = await assent.pool.query(
    `select e.source, e.method, n.content from consent_events e join notices n on n.hash = e.notice where e.type = 'given'`,
  )
  t.same(rows, [{ source: 'in_app_signup', method: 'in_app_signup', content: notice }])
})

t.test('a flow’s answer counts by our own reference in it, and only then', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  const { rows } = await assent.pool.query(`select id from consent_events where type = 'requested'`)
  const answer = (id: string, json: string) => ({
    entry: [
      {
        changes: [
          {
            field: 'messages',
            value: {
              metadata: { phone_number_id: '106540352242922' },
              messages: [
                {
                  from: '12025550101',
                  id,
                  timestamp: String(Math.floor(assent.clock().getTime() / 1000)),
                  type: 'interactive',
                  interactive: {
                    type: 'nfm_reply',
                    nfm_reply: { name: 'flow', body: 'Sent', response_json: json },
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  })
  assent.clock.advance(1_000)
  for (const json of [
    '[1]',
    '{"yes":true}',
    '{"assent":"yes"}',
    '{"assent":"assent:yes:00000000-0000-4000-8000-000000000000"}',
  ]) {
    await assent.deliver(answer(`wamid.flow.${json.length}`, json))
    t.equal(await reasonOf(assent, TEXT), 'requested', json)
  }
  await assent.deliver(answer('wamid.flow.yes', JSON.stringify({ assent: `assent:yes:${rows[0].id}` })))
  t.equal(await reasonOf(assent, TEXT), 'allowed')
})

t.test('a typed, a forwarded and an expired button do nothing', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  const { rows } = await assent.pool.query(`select id from consent_events where type = 'requested'`)
  assent.clock.advance(1_000)
  ada.text(`assent:yes:${rows[0].id}`)
  ada.text('Yes, send them', { forwarded: true })
  await assent.settle()
  t.equal(await reasonOf(assent, TEXT), 'requested')
  assent.clock.advance(25 * 3_600_000)
  ada.tap(ada.chat.find((b) => b.buttons)?.id ?? '', 'Yes, send them')
  await assent.settle()
  t.equal(await reasonOf(assent, TEXT), 'requested', 'the card was shown again, and asks again')
})

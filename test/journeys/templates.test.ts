// A caller cannot make a message cheaper to allow by naming it: what a template is, Meta says.

import pg from 'pg'
import t, { type Test } from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import type { Template } from '../../src/sandbox/templates.js'
import { buildAssent, makeClock, type Options, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { samplePolicyText } from '../helpers/policy.js'

const TO = '+12025550101'
const TEXT = { type: 'text', text: { body: 'Two days of sale' } }
const as = (purpose: string) => ({ 'x-consent-purpose': purpose })
const PARAMETERS = [{ type: 'body', parameters: [{ type: 'text', text: 'A-1042' }] }]
const SHIPPED = templateOf('order_shipped', 'en_US', PARAMETERS)
const SALE = templateOf('summer_sale', 'en_US')

function templateOf(name: string, code: string, components?: object[]) {
  return { type: 'template', template: { name, language: { code }, ...(components && { components }) } }
}

/** Ada has said yes to all that the policy asks for in the chat. */
async function withAda(t: Test, options: Options = {}) {
  const { pool } = await testDatabase(t)
  const clock = makeClock()
  const assent = await buildAssent(t, pool, { clock, ...options })
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  clock.advance(1_000)
  return { ...assent, ada, replica: () => buildAssent(t, pool, { clock, ...options }) }
}

/** `sent`, or why not. */
async function outcome(
  assent: TestAssent,
  message: object,
  headers: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await assent.send({ to: TO, ...message }, headers)
  return status === 200 ? 'sent' : (body.error.consent?.reason ?? `Meta’s ${body.error.code}`)
}

const categoryUpdate = (value: object) => ({
  message_template_id: 700000000000005,
  message_template_name: 'order_shipped',
  message_template_language: 'en-US',
  ...value,
})
const WILL_BE_MARKETING = categoryUpdate({ new_category: 'UTILITY', correct_category: 'MARKETING' })
const IS_MARKETING = categoryUpdate({ previous_category: 'UTILITY', new_category: 'MARKETING' })
const IS_UTILITY = categoryUpdate({ previous_category: 'MARKETING', new_category: 'UTILITY' })

/** A webhook about a template, told by Meta `seconds` from now. */
function told(assent: TestAssent, value: object, seconds = 0, field = 'template_category_update') {
  const time = Math.floor(assent.clock().getTime() / 1000) + seconds
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: assent.policy.numbers[0]?.businessAccountId, time, changes: [{ field, value }] }],
  }
}

t.test('a template that Meta makes marketing is refused from its webhook on, on every replica', async (t) => {
  const assent = await withAda(t)
  const other = await assent.replica()
  other.emulator.person({ name: 'Ada', phone: TO })
  t.equal(await outcome(assent, SHIPPED), 'sent')
  t.equal(await outcome(other, SHIPPED), 'sent')
  t.equal(await assent.deliver(told(assent, IS_MARKETING)), 200)
  for (const replica of [assent, other]) {
    t.equal(await outcome(replica, SHIPPED), 'category_mismatch')
    t.equal(await outcome(replica, SHIPPED, as('orders')), 'category_mismatch', 'named by the caller or not')
    t.equal(await outcome(replica, SHIPPED, as('offers')), 'sent', 'as what it is')
  }
  t.equal(
    await outcome(assent, templateOf('order_shipped', 'de', PARAMETERS)),
    'sent',
    'the other language is what it was',
  )
  t.match(
    assent.logs.filter((line) => line.includes('made a template marketing')).map((line) => JSON.parse(line)),
    [{ level: 40, template: 'order_shipped', language: 'en_US' }],
  )
})

t.test('whoever said no to marketing gets no template that has become it', async (t) => {
  const assent = await withAda(t)
  assent.ada.stopMarketing()
  await assent.settle()
  t.equal(await outcome(assent, SHIPPED), 'sent')
  await assent.deliver(told(assent, WILL_BE_MARKETING))
  t.equal(await outcome(assent, SHIPPED), 'category_mismatch')
  t.equal(await outcome(assent, SHIPPED, as('offers')), 'withdrawn', 'what the person said comes first')
})

t.test(
  'an announced change to marketing counts at once, and one to something cheaper once it is made',
  async (t) => {
    const assent = await withAda(t)
    const tomorrow = Math.floor(assent.clock().getTime() / 1000) + 86_400
    await assent.deliver(told(assent, { ...WILL_BE_MARKETING, category_update_timestamp: tomorrow }))
    t.equal(await outcome(assent, SHIPPED), 'category_mismatch')
    const [warning] = assent.logs.filter((line) => line.includes('will make a template marketing'))
    t.match(JSON.parse(warning ?? '{}'), { level: 40, from: new Date(tomorrow * 1000).toISOString() })

    assent.clock.advance(60_000)
    const sale = {
      message_template_name: 'summer_sale',
      new_category: 'MARKETING',
      correct_category: 'UTILITY',
    }
    await assent.deliver(told(assent, categoryUpdate(sale)))
    t.equal(await outcome(assent, SALE), 'sent', 'it is marketing until then')
    t.equal(await outcome(assent, SALE, as('orders')), 'category_mismatch')
    assent.clock.advance(60_000)
    await assent.deliver(
      told(assent, { ...categoryUpdate(sale), ...IS_UTILITY, message_template_name: 'summer_sale' }),
    )
    t.equal(await outcome(assent, SALE, as('orders')), 'sent')
    t.equal(await outcome(assent, SALE), 'category_mismatch', 'and offers are not what it is for any more')
  },
)

t.test('webhooks about a template count by Meta’s time, in any order and any number of times', async (t) => {
  const assent = await withAda(t)
  const announced = told(assent, WILL_BE_MARKETING, -50)
  const made = told(assent, IS_MARKETING, -40)
  const unmade = told(assent, IS_UTILITY, -30)
  const again = told(assent, IS_MARKETING, -20)
  const orders = [
    [announced, made, unmade, again],
    [again, unmade, made, announced],
    [again, announced, again, unmade, unmade, made],
    [unmade, again, announced, made],
  ]
  for (const order of orders) {
    await assent.pool.query(`update templates set category = 'utility', category_at = '-infinity', correct_category = null,
      correct_at = '-infinity'`)
    await assent.pool.query('delete from inbound')
    for (const body of order) t.equal(await assent.deliver(body), 200)
    t.equal(await outcome(assent, SHIPPED), 'category_mismatch')
  }
  const all = orders.flat()
  const entry = all.flatMap((body) => body.entry)
  t.equal(await assent.deliver({ object: 'whatsapp_business_account', entry }), 200, 'all in one body')
  t.equal(await outcome(assent, SHIPPED), 'category_mismatch')
  await assent.deliver(told(assent, IS_UTILITY, -10))
  await Promise.all(all.map((body) => assent.deliver(body)))
  t.equal(await outcome(assent, SHIPPED), 'sent', 'the newest word stands, whatever is delivered again')
})

t.test('a webhook without a time counts when it comes first, and its redelivery never', async (t) => {
  const assent = await withAda(t)
  const bare = (value: object) => {
    const body = told(assent, value)
    return { ...body, entry: body.entry.map(({ time: _, ...entry }) => entry) }
  }
  const [marketing, utility] = [bare(IS_MARKETING), bare(IS_UTILITY)]
  await assent.deliver(utility)
  assent.clock.advance(1_000)
  await assent.deliver(marketing)
  assent.clock.advance(1_000)
  await assent.deliver(utility)
  t.equal(await outcome(assent, SHIPPED), 'category_mismatch')
})

t.test('a template that Meta is not known to have is marketing', async (t) => {
  const unread = await withAda(t, { templates: 'unread' })
  t.equal(await outcome(unread, SHIPPED), 'category_mismatch', 'nothing was ever read')
  t.equal(await outcome(unread, SALE), 'sent')

  const assent = await withAda(t)
  for (const [message, meant] of [
    [templateOf('never_heard_of', 'en_US'), 'no template of this name'],
    [templateOf('order_shipped', 'fr', PARAMETERS), 'not in this language'],
    [templateOf('ORDER_SHIPPED', 'en_US', PARAMETERS), 'not written so'],
    [{ type: 'template', template: { name: 'order_shipped', language: 'en_US' } }, 'no language code'],
    [{ type: 'template', template: { name: 'order_shipped' } }, 'no language'],
    [templateOf('constructor', 'en_US'), 'not even this'],
  ] as const) {
    t.equal(await outcome(assent, message, as('orders')), 'category_mismatch', meant)
    t.match(await outcome(assent, message, as('offers')), /^Meta’s/, `${meant}: let through as marketing`)
  }
  t.equal(
    await outcome(assent, templateOf('order_shipped', 'en-US', PARAMETERS)),
    'Meta’s 132001',
    'en-US is en_US',
  )
  const deleted = { ...categoryUpdate({}), event: 'DELETED' }
  assent.clock.advance(1_000)
  await assent.deliver(told(assent, deleted, 0, 'message_template_status_update'))
  t.equal(await outcome(assent, SHIPPED), 'category_mismatch', 'gone')
})

t.test('of another account, or of no account of ours, no webhook changes anything', async (t) => {
  const assent = await withAda(t)
  const body = told(assent, IS_MARKETING)
  for (const id of ['0', '999999999999999', undefined]) {
    t.equal(await assent.deliver({ ...body, entry: body.entry.map((entry) => ({ ...entry, id })) }), 200)
  }
  t.equal(await outcome(assent, SHIPPED), 'sent')
  t.same((await assent.pool.query('select distinct business_account_id as id from templates')).rows, [
    { id: assent.policy.numbers[0]?.businessAccountId },
  ])
})

t.test(
  'a new template counts as what its approval says, and a paused one still is asked of Meta',
  async (t) => {
    const assent = await withAda(t)
    const status = (name: string, event: string, category?: string) =>
      told(
        assent,
        {
          event,
          message_template_id: 7,
          message_template_name: name,
          message_template_language: 'en_US',
          reason: 'NONE',
          ...(category === undefined ? {} : { message_template_category: category }),
        },
        0,
        'message_template_status_update',
      )
    const invoice: Template = {
      id: '7',
      name: 'invoice_ready',
      language: 'en_US',
      category: 'UTILITY',
      status: 'APPROVED',
      body: 'Your invoice is ready.',
      buttons: [],
    }
    assent.emulator.templates.push(invoice)
    const message = templateOf('invoice_ready', 'en_US')
    t.equal(await outcome(assent, message, as('orders')), 'category_mismatch')
    await assent.deliver(status('invoice_ready', 'APPROVED', 'UTILITY'))
    t.equal(await outcome(assent, message, as('orders')), 'sent')
    invoice.status = 'PAUSED'
    assent.clock.advance(1_000)
    await assent.deliver(status('invoice_ready', 'PAUSED'))
    t.equal(await outcome(assent, message, as('orders')), 'Meta’s 132015')
  },
)

t.test('the refusal says what Meta has, and which purposes would do', async (t) => {
  const assent = await withAda(t)
  const { status, body } = await assent.send({ to: TO, ...SALE }, as('orders'))
  t.match(
    { status, error: body.error },
    {
      status: 400,
      error: {
        code: 131950,
        consent: { reason: 'category_mismatch', purpose: 'orders', category: 'marketing' },
        error_data: {
          details: /summer_sale \(en_US\) counts as marketing.* orders is of category utility.*offers/,
        },
      },
    },
  )
  t.notMatch(JSON.stringify(body), /2025550101/)
  const { rows } = await assent.pool.query(`select status, reason, template, purpose, permitted_by from sends
    where kind = 'message'`)
  t.same(rows, [
    {
      status: 'refused',
      reason: 'category_mismatch',
      template: 'summer_sale',
      purpose: 'orders',
      permitted_by: null,
    },
  ])
})

t.test('authentication templates need an authentication purpose', async (t) => {
  const code = templateOf('login_code', 'en_US', PARAMETERS)
  const assent = await withAda(t)
  for (const headers of [{}, as('orders'), as('offers')])
    t.equal(await outcome(assent, code, headers), 'category_mismatch')

  const yaml = samplePolicyText
    .replace('  orders:\n    category: utility', '  orders:\n    category: authentication')
    .replace('order_shipped: orders', 'login_code: orders')
  const logins = await withAda(t, { policy: readPolicy(yaml, TEXT_LANGUAGES, true) })
  t.equal(await outcome(logins, code), 'sent')
  t.equal(await outcome(logins, SHIPPED, as('orders')), 'category_mismatch')
})

t.test('whatever goes through marketing_messages is marketing', async (t) => {
  const assent = await withAda(t)
  const path = `/v26.0/${assent.policy.numbers[0]?.phoneNumberId}/marketing_messages`
  const body = { messaging_product: 'whatsapp', to: TO }
  t.match(await assent.call('POST', path, { ...body, ...SHIPPED }), {
    status: 400,
    body: {
      error: {
        consent: { reason: 'category_mismatch', purpose: 'orders', category: 'marketing' },
        error_data: { details: /marketing_messages is marketing/ },
      },
    },
  })
  t.equal((await assent.call('POST', path, { ...body, ...SALE })).status, 200)
})

t.test('free-form messages are what the policy says, and no header makes them anything else', async (t) => {
  const assent = await withAda(t)
  t.equal(await outcome(assent, TEXT), 'sent')
  t.equal(await outcome(assent, TEXT, as('orders')), 'category_mismatch')

  // A company that answers people says so once, in its policy; its offers then go by template only.
  const yaml = samplePolicyText
    .replace('  orders:\n    category: utility', '  orders:\n    category: service')
    .replace('defaultPurpose: offers', 'defaultPurpose: orders')
  const helpdesk = await withAda(t, { policy: readPolicy(yaml, TEXT_LANGUAGES, true) })
  t.equal(await outcome(helpdesk, TEXT), 'sent')
  t.equal(await outcome(helpdesk, TEXT, as('offers')), 'category_mismatch')
  t.equal(await outcome(helpdesk, SALE), 'sent')
  t.equal(await outcome(helpdesk, SALE, as('orders')), 'category_mismatch')
  t.equal(
    await outcome(helpdesk, templateOf('never_heard_of', 'en_US')),
    'category_mismatch',
    'a template is no answer',
  )
})

t.test('a thousand webhooks about templates cost as many statements as one', async (t) => {
  const assent = await withAda(t)
  const count = async (names: string[]) => {
    const statements: string[] = []
    const query = pg.Client.prototype.query
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      statements.push(String((args[0] as { name?: string }).name ?? args[0]))
      return Reflect.apply(query, this, args)
    } as typeof query
    const entry = names.flatMap(
      (name) => told(assent, { ...IS_MARKETING, message_template_name: name }).entry,
    )
    const status = await assent.deliver({ object: 'whatsapp_business_account', entry })
    pg.Client.prototype.query = query
    t.equal(status, 200)
    return statements
  }
  const one = await count(['first'])
  t.same(one, ['begin', 'inbound_insert', 'templates_save', 'commit'])
  t.same(await count(Array.from({ length: 1000 }, (_, i) => `template_${i}`)), one)
  const { rows } = await assent.pool.query('select count(*)::int from templates')
  t.equal(rows[0].count, 1011)
})

import t from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import { startAssent } from '../helpers/assent.js'
import { samplePolicyText } from '../helpers/policy.js'

t.test('what is known of templates is shown with what the policy makes of it', async (t) => {
  const policy = readPolicy(
    samplePolicyText.replace('summer_sale: offers', 'summer_sale: orders\n  misspelt: offers'),
    TEXT_LANGUAGES,
    true,
  )
  const assent = await startAssent(t, { policy })
  const account = policy.numbers[0]?.businessAccountId
  const { status, body } = await assent.call('GET', '/v1/templates')
  t.equal(status, 200)
  t.match(body.accounts, [
    { account, readAt: assent.clock().toISOString(), templates: 10, failedAt: null, failure: null },
  ])
  t.same(body.unknown, ['misspelt'])
  t.equal(body.next, null)
  t.equal(body.templates.length, 10)
  const find = (name: string) => body.templates.find((x: { name: string }) => x.name === name)
  t.match(find('summer_sale'), {
    account,
    language: 'de',
    countsAs: 'marketing',
    category: 'marketing',
    correctCategory: null,
    status: 'APPROVED',
    gone: false,
    purpose: 'orders',
    purposeCategory: 'utility',
    disagrees: true,
  })
  t.match(find('order_shipped'), { countsAs: 'utility', purpose: 'orders', disagrees: false })
  t.match(find('login_code'), { countsAs: 'authentication', purpose: 'offers', disagrees: true })
})

t.test('a long list is read on with its cursor', async (t) => {
  const assent = await startAssent(t)
  const seen: string[] = []
  for (let after = '', pages = 0; pages < 10; pages++) {
    const { body } = await assent.call('GET', `/v1/templates?limit=4${after}`)
    seen.push(...body.templates.map((x: { name: string; language: string }) => `${x.name} ${x.language}`))
    if (body.next === null) break
    after = `&after=${body.next}`
  }
  t.equal(new Set(seen).size, 10)
  t.equal(seen.length, 10)
  for (const query of ['after=nonsense', 'limit=0', 'limit=1001', 'other=1']) {
    t.match(await assent.call('GET', `/v1/templates?${query}`), {
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    })
  }
})

t.test('before anything was read the list says so', async (t) => {
  const assent = await startAssent(t, { templates: 'unread' })
  t.match((await assent.call('GET', '/v1/templates')).body, {
    accounts: [{ readAt: null, templates: null }],
    unknown: ['summer_sale', 'order_shipped'],
    templates: [],
    next: null,
  })
})

import t from 'tap'
import { disagreements } from '../../src/templates/disagreements.js'
import { explainMismatch } from '../../src/templates/mismatch.js'
import type { KnownTemplate } from '../../src/templates/store.js'
import { samplePolicy } from '../helpers/policy.js'

const known = (name: string, language: string, countsAs: KnownTemplate['countsAs'], account = '1') => ({
  account,
  name,
  language,
  templateId: null,
  category: countsAs,
  correctCategory: null,
  changesAt: null,
  status: 'APPROVED',
  countsAs,
  categoryAt: null,
  statusAt: null,
  gone: false,
})

t.test('one disagreement for each template, account and category', async (t) => {
  const sale = { template: 'summer_sale', purpose: 'offers', category: 'marketing' }
  const shipped = { template: 'order_shipped', purpose: 'orders', category: 'utility' }
  t.same(disagreements(samplePolicy, []), [sale, shipped], 'Meta has neither')
  t.same(
    disagreements(samplePolicy, [
      known('summer_sale', 'de', 'marketing'),
      known('order_shipped', 'de', 'marketing'),
      known('order_shipped', 'en_US', 'utility'),
      known('order_shipped', 'es', 'marketing'),
      known('order_shipped', 'de', 'marketing', '2'),
      known('nobody_asked', 'de', 'authentication'),
    ]),
    [
      { ...shipped, at: { account: '1', languages: ['de', 'es'], category: 'marketing' } },
      { ...shipped, at: { account: '2', languages: ['de'], category: 'marketing' } },
    ],
  )
  const gone = { ...known('summer_sale', 'de', 'marketing'), gone: true }
  t.same(disagreements(samplePolicy, [gone, known('order_shipped', 'de', 'utility')]), [sale])
})

t.test('a caller is told what the message is, and what it may go under', async (t) => {
  const tell = (more: object) =>
    explainMismatch(samplePolicy, {
      template: 'order_shipped',
      language: 'de',
      marketingOnly: false,
      purpose: 'orders',
      category: 'marketing',
      ...more,
    })
  t.match(tell({}), /order_shipped \(de\) counts as marketing.*orders is of category utility.*: offers\./)
  t.match(tell({ language: null }), /The template order_shipped counts/)
  t.match(
    tell({ category: 'utility', purpose: 'offers' }),
    /Meta has the template order_shipped \(de\) as utility.*: orders\./,
  )
  t.match(tell({ category: 'authentication' }), /no purpose of category authentication/)
  t.match(
    tell({ template: null }),
    /Free-form messages are of category marketing here, that of defaultPurpose/,
  )
  t.match(tell({ marketingOnly: true }), /marketing_messages is marketing/)
})

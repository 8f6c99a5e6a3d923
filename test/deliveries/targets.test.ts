import t from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { NO_SECRETS_NEEDED } from '../../src/deliveries/targets.js'
import { type PolicyError, readPolicy } from '../../src/policy.js'
import { samplePolicyText } from '../helpers/policy.js'
import { OLD_SECRET, SECRET } from '../helpers/receiver.js'

const read = (yaml: string, secrets: Record<string, string> = {}) =>
  readPolicy(`${samplePolicyText}\n${yaml}`, TEXT_LANGUAGES, true, (name) => secrets[name])

t.test('a policy names its receivers, and their secrets come from the environment', async (t) => {
  const yaml = `
forward:
  - { name: chat, url: "https://chat.acme.example/hooks" }
  - { name: crm, url: "http://10.0.0.7/hooks", private: true, signWith: CRM_SECRET, numbers: ["106540352242922"] }
events:
  - { name: shop, url: "https://shop.acme.example/hooks", secret: SHOP_SECRET, types: [consent.given] }
`
  const { forward, events } = read(yaml, {
    CRM_SECRET: 'secret of crm',
    SHOP_SECRET: `${SECRET},${OLD_SECRET}`,
  })
  t.match(forward, [
    { name: 'chat', secret: null },
    { name: 'crm', secret: 'secret of crm', private: true },
  ])
  t.match(events, [{ name: 'shop', secrets: [SECRET, OLD_SECRET], types: ['consent.given'] }])
  const indifferent = readPolicy(`${samplePolicyText}\n${yaml}`, TEXT_LANGUAGES, true, NO_SECRETS_NEEDED)
  t.equal(indifferent.events.length, 1)
})

t.test('everything that is wrong with receivers is named at once', async (t) => {
  const yaml = `
forward:
  - { name: chat, url: "http://chat.acme.example/hooks" }
  - { name: chat, url: "https://169.254.169.254/hooks", signWith: NOWHERE }
  - { name: crm, url: "https://crm.acme.example/", signWith: SHORT, numbers: ["999"] }
events:
  - { name: crm, url: "https://crm.acme.example/", secret: PLAIN }
  - { name: shop, url: "https://shop.acme.example/", secret: NOWHERE }
retention: { events: "a while" }
`
  const problems = (() => {
    try {
      read(yaml.replace('retention', '#'), { SHORT: 'short', PLAIN: 'whsec_c2hvcnQ=' })
      return []
    } catch (error) {
      return (error as PolicyError).problems
    }
  })()
  t.match(problems, [
    /^forward\.0\.url: must be an https/,
    /^forward\.1\.url: leads into a private network/,
    /^forward\.1\.name: chat is taken/,
    /^forward\.1\.signWith: the environment variable NOWHERE is not set/,
    /^forward\.2\.numbers: 999 is not one of numbers/,
    /^forward\.2\.signWith: SHORT is too short/,
    /^events\.0\.name: crm is taken/,
    /^events\.0\.secret: PLAIN must hold whsec_/,
    /^events\.1\.secret: the environment variable NOWHERE is not set/,
  ])
  t.equal(problems.length, 9)
  t.throws(
    () => read('events: [{ name: a, url: "https://a.example/", secret: X, types: [nonsense] }]'),
    /events\.0\.types/,
  )
  t.throws(() => read('forward: [{ name: A b, url: "https://a.example/" }]'), /forward\.0\.name/)
})

t.test('how long events are kept must be a duration', async (t) => {
  const yaml = samplePolicyText.replace('retention: {}', 'retention: { events: a while }')
  t.throws(() => readPolicy(yaml, TEXT_LANGUAGES, true), /retention\.events/)
})

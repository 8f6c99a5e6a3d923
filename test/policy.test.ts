import t from 'tap'
import { TEXT_LANGUAGES } from '../src/conversation/texts/texts.js'
import { type PolicyError, readPolicy } from '../src/policy.js'
import { samplePolicyText } from './helpers/policy.js'

const LANGUAGES = TEXT_LANGUAGES
const problemsOf = (yaml: string, sandbox = true): readonly string[] => {
  try {
    readPolicy(yaml, LANGUAGES, sandbox)
    return []
  } catch (error) {
    return (error as PolicyError).problems
  }
}

t.test('the sample is complete, and good for the sandbox only', async (t) => {
  t.same(problemsOf(samplePolicyText), [])
  t.match(problemsOf(samplePolicyText, false), [/controller.name/])
})

t.test('every problem is named at once, with its place', async (t) => {
  const broken = samplePolicyText
    .replace('defaultPurpose: offers', 'defaultPurpose: lottery')
    .replace('summer_sale: offers', 'summer_sale: raffle')
    .replace(/\[\s*en,/, '[xx, en,')
  const problems = problemsOf(broken)
  for (const place of [
    /^languages: no texts for xx/,
    /^purposes\.offers\.title: missing in xx/,
    /^defaultPurpose/,
    /^templates\.summer_sale/,
  ]) {
    t.ok(
      problems.some((p) => place.test(p)),
      String(place),
    )
  }
})

t.test('what is misspelt or malformed is refused', async (t) => {
  for (const [from, to, place] of [
    ['category: marketing', 'category: marketng', /purposes\.offers\.category/],
    ['validity: P24M', 'validity: forever', /purposes\.offers\.validity/],
    ['optIn: confirm', 'optin: confirm', /optin/],
    ['"+493023125000"', '"030 23125000"', /displayPhoneNumber/],
    ['https://acme.example/privacy', 'http://acme.example/privacy', /privacyNotice/],
    ['Offers and news', 'Offers and news and much more of it', /longer than the 24/],
    [
      'validity: P24M',
      'quietHours: { from: "9 pm", to: "08:00" }',
      /purposes\.offers\.quietHours\.from: .*time of day/,
    ],
    [
      'validity: P24M',
      'quietHours: { from: "21:00", to: "21:00" }',
      /purposes\.offers\.quietHours: .*the same/,
    ],
    ['validity: P24M', 'quietHours: { from: "21:00" }', /purposes\.offers\.quietHours\.to/],
    ['controller:', 'controller: [', /YAML/],
  ] as const) {
    t.match(problemsOf(samplePolicyText.replace(from, to)).join('\n'), place, to)
  }
})

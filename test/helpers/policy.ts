// The sample policy, as text and as read.

import { readFileSync } from 'node:fs'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { type Policy, type Purpose, readPolicy } from '../../src/policy.js'

export const samplePolicyText: string = readFileSync('src/sandbox/policy.yaml', 'utf8')
export const samplePolicy: Policy = readPolicy(samplePolicyText, TEXT_LANGUAGES, true)

/** The same policy with other promises, or other quiet hours, for every purpose. */
export function withEvery(policy: Policy, changes: Partial<Purpose>): Policy {
  return { ...policy, purposes: new Map([...policy.purposes].map(([id, p]) => [id, { ...p, ...changes }])) }
}

export const withFrequency = (policy: Policy, frequency: Purpose['frequency']): Policy =>
  withEvery(policy, { frequency })

// The sample policy, as text and as read.

import { readFileSync } from 'node:fs'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { type Policy, readPolicy } from '../../src/policy.js'

export const samplePolicyText: string = readFileSync('src/sandbox/policy.yaml', 'utf8')
export const samplePolicy: Policy = readPolicy(samplePolicyText, TEXT_LANGUAGES, true)

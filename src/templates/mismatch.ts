// What to tell a caller whose message and purpose are of different categories: which category the message has and by
// whose word, and which purposes it may go under.

import type { Category, Policy } from '../policy.js'

export type Mismatch = {
  /** Null: a free-form message. */
  template: string | null
  language: string | null
  /** Sent through Marketing Messages API. */
  marketingOnly: boolean
  purpose: string
  /** What the message is. */
  category: Category
}

/** A few sentences for `error_data.details`; names no person. */
export function explainMismatch(policy: Policy, mismatch: Mismatch): string {
  const { purpose, category } = mismatch
  const claimed = policy.purposes.get(purpose)?.category ?? 'unknown'
  const fitting = [...policy.purposes.values()].filter((p) => p.category === category).map((p) => p.id)
  return [
    `${whatItIs(mismatch)}, and the purpose ${purpose} is of category ${claimed}.`,
    fitting.length === 0
      ? `The policy file has no purpose of category ${category}; this message needs one.`
      : `It may go under a purpose of category ${category} only: ${fitting.join(', ')}. ${where(mismatch)}`,
  ].join(' ')
}

function whatItIs({ template, language, marketingOnly, category }: Mismatch): string {
  if (marketingOnly) return 'Whatever goes through marketing_messages is marketing'
  if (template === null) return `Free-form messages are of category ${category} here, that of defaultPurpose`
  const name = language === null ? template : `${template} (${language})`
  return category === 'marketing'
    ? `The template ${name} counts as marketing: Meta has it as marketing, is about to, or does not list it`
    : `Meta has the template ${name} as ${category}`
}

const where = ({ template }: Mismatch) =>
  template === null
    ? 'Name it in X-Consent-Purpose.'
    : 'Name it under "templates" in the policy file, or in X-Consent-Purpose. GET /v1/templates shows what Meta has said.'

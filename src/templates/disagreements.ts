// Where the policy file and Meta disagree about a template. Each of these is a send that will be refused, and somebody
// should hear of it before a caller does.

import type { Category, Policy } from '../policy.js'
import type { TemplateCategory } from './category.js'
import type { KnownTemplate } from './store.js'

export type Disagreement = {
  template: string
  /** The purpose that the policy file gives it, and that purpose's category. */
  purpose: string
  category: Category
  /** Absent: no account of the policy has a template of this name. */
  at?: { account: string; languages: string[]; category: TemplateCategory }
}

/**
 * One for each template of the policy file that Meta has not, or has in another category, by account and category.
 * @param known every template of the names in the policy, at accounts that have been read
 */
export function disagreements(policy: Policy, known: readonly KnownTemplate[]): Disagreement[] {
  const found: Disagreement[] = []
  for (const [template, purpose] of Object.entries(policy.templates)) {
    const category = policy.purposes.get(purpose)?.category
    if (category === undefined) continue
    const versions = known.filter((k) => k.name === template && !k.gone)
    if (versions.length === 0) found.push({ template, purpose, category })
    const different = new Map<string, Required<Disagreement>>()
    for (const { account, countsAs, language } of versions.filter((v) => v.countsAs !== category)) {
      const key = `${account} ${countsAs}`
      const at = different.get(key)?.at ?? { account, languages: [], category: countsAs }
      at.languages.push(language)
      different.set(key, { template, purpose, category, at })
    }
    found.push(...different.values())
  }
  return found
}

// The wording in force: our texts, with those that the policy file puts in their place.

import type { Policy } from '../../policy.js'
import { type Texts, textsFor } from './texts.js'

/** Texts of a policy, put together once. */
const made = new WeakMap<Policy, Map<string, Texts>>()

/**
 * The texts in `language`, else in the first language of the policy that has any.
 * @throws Error if there is none, which `readPolicy` has ruled out
 */
export function textsOf(language: string, policy: Policy): Texts {
  const all = made.get(policy) ?? new Map<string, Texts>()
  made.set(policy, all)
  const known = all.get(language)
  if (known) return known
  for (const candidate of [language, ...policy.languages]) {
    const ours = textsFor(candidate)
    if (ours === undefined) continue
    const texts = replaced(ours, policy.texts[candidate]) as Texts
    all.set(language, texts)
    return texts
  }
  throw new Error(`no texts for ${language} nor for any language of the policy`)
}

/** The words that our messages name for stopping: whoever sends one of them back has stopped, whatever else it means. */
export function namedStops(policy: Policy): readonly string[] {
  return policy.languages.map((language) => textsOf(language, policy).words.stop)
}

/** Paths of the policy's texts that replace nothing, because we have no text there. */
export function strayTexts(policy: Policy): string[] {
  return Object.entries(policy.texts).flatMap(([language, own]) => {
    const ours = textsFor(language)
    return ours === undefined ? [`texts.${language}`] : strays(ours, own, `texts.${language}`)
  })
}

function strays(ours: unknown, own: unknown, path: string): string[] {
  if (typeof own === 'string') return typeof ours === 'string' && !path.endsWith('.language') ? [] : [path]
  if (typeof ours !== 'object' || ours === null) return [path]
  return Object.entries(own as object).flatMap(([name, value]) =>
    strays((ours as Record<string, unknown>)[name], value, `${path}.${name}`),
  )
}

function replaced(ours: unknown, own: unknown): unknown {
  if (own === undefined) return ours
  if (typeof ours !== 'object' || ours === null || typeof own !== 'object' || own === null) return own
  return Object.fromEntries(
    Object.entries(ours).map(([name, value]) => [
      name,
      replaced(value, (own as Record<string, unknown>)[name]),
    ]),
  )
}

// How far a stop reaches, in the person's own words. Without such words it ends everything that rests on consent, so a
// scope is only ever read from the clause that stops, never guessed (R24).

import type { Scope } from './classify.js'
import type { Finding } from './findings.js'
import type { Hit, Seen } from './machine.js'
import type { Kind, Rule } from './rules.js'

/**
 * @param stops the firm stops of a message
 * @param marks scope words and their places
 * @returns nothing for a plain stop
 */
export function scopeOf(
  stops: readonly Finding[],
  marks: readonly Hit<Rule>[],
  words: readonly Seen[],
): Scope | undefined {
  const segment = (at: number) => words[at]?.segment ?? 0
  const said = (kind: Kind) =>
    new Set(
      marks.flatMap(({ rule, start, end }) => (rule.kind === kind ? [segment(start), segment(end)] : [])),
    )
  const [marketing, everything] = [said('marketing'), said('everything')]
  const has = (stop: Finding, said: ReadonlySet<number>) => {
    for (let at = segment(stop.start); at <= segment(stop.end); at += 1) if (said.has(at)) return true
    return false
  }
  const keep = marks.some(({ rule }) => rule.kind === 'keep')
  const only = stops.length > 0 && stops.every((stop) => has(stop, marketing))
  const all = !keep && !only && stops.some((stop) => has(stop, everything) && !has(stop, marketing))
  if (all) return { all: true }
  if (!only && !keep) return undefined
  return { ...(only && { only: 'marketing' }), ...(keep && { keep: 'utility' }) }
}

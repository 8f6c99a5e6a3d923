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
  const says = (stop: Finding, kind: Kind) =>
    marks.some((mark) => mark.rule.kind === kind && isInClause(mark, stop, words))
  if (stops.length === 0) return undefined
  const keep = marks.some((mark) => mark.rule.kind === 'keep')
  const only = stops.every((stop) => says(stop, 'marketing'))
  const all = !keep && stops.some((stop) => says(stop, 'everything') && !says(stop, 'marketing'))
  if (all) return { all: true }
  if (!only && !keep) return undefined
  return { ...(only && { only: 'marketing' }), ...(keep && { keep: 'utility' }) }
}

function isInClause({ start, end }: Hit<Rule>, stop: Finding, words: readonly Seen[]): boolean {
  const from = words[stop.start]?.segment ?? 0
  const to = words[stop.end]?.segment ?? 0
  return (words[end]?.segment ?? -1) >= from && (words[start]?.segment ?? Number.POSITIVE_INFINITY) <= to
}

// What a ledger says about one purpose on one channel, as a list of what changed when: the basis of records, receipts
// and pages. Pure. A line that changed nothing (a yes to a card that had lapsed) is no status; the last one is the state.

import type { Purpose } from '../../policy.js'
import type { LedgerEvent } from '../ledger.js'
import { type Channel, covers, fold, ledgerOrder, type PurposeState, type Status } from '../state.js'

export type Step = {
  event: LedgerEvent
  status: Status
  /** A yes where there was one already. */
  renewed: boolean
  /** When it holds from: for a consent that ended with its time, that time. */
  at: Date
  until: Date | null
}
export type History = { purpose: Purpose; channel: Channel; steps: Step[]; state: PurposeState }

/**
 * @param events of one person, those merged into them included
 * @returns null when nothing was ever said about this purpose on this channel
 */
export function historyOf(
  events: readonly LedgerEvent[],
  purpose: Purpose,
  channel: Channel,
  now: Date,
): History | null {
  const about = [...events].sort(ledgerOrder).filter((e) => e.channel === channel && covers(e.scope, purpose))
  const steps: Step[] = []
  let before: PurposeState | undefined
  about.forEach((event, i) => {
    const after = fold(about.slice(0, i + 1), [purpose])[channel]?.[purpose.id]
    if (after === undefined) return
    const step = { event, at: event.occurredAt, renewed: false }
    if (event.type === 'requested') {
      steps.push({ ...step, status: 'requested', until: event.validUntil })
    } else if (before === undefined || changed(before, after)) {
      const renewed = before?.status === 'given' && after.status === 'given'
      steps.push({ ...step, status: after.status, renewed, until: momentOf(after.until) })
    }
    before = after
  })
  const last = steps.at(-1)
  if (before === undefined || last === undefined) return null
  const ended = before.status === 'given' ? momentOf(before.until) : null
  if (ended === null || ended > now) return { purpose, channel, steps, state: before }
  steps.push({ ...last, status: 'expired', renewed: false, at: ended, until: null })
  const state: PurposeState = { ...before, status: 'expired', since: ended.toISOString(), until: null }
  return { purpose, channel, steps, state }
}

const changed = (a: PurposeState, b: PurposeState) =>
  a.status !== b.status || a.event !== b.event || a.until !== b.until

const momentOf = (iso: string | null) => (iso === null ? null : new Date(iso))

// What receipts and records are made from, read in two statements for one person or for a thousand.

import type { Executor } from '../../db/client.js'
import type { Policy } from '../../policy.js'
import { readLedgers } from '../ledger.js'
import { CHANNELS } from '../state.js'
import { historyOf } from './history.js'
import type { Subject } from './receipt.js'
import type { NoticeShown } from './record.js'

/**
 * @param contacts ids as callers have them; one that was merged is answered as the person it became
 * @returns by the id that was asked for; an id that nobody has is absent
 */
export async function readSubjects(
  ex: Executor,
  contacts: readonly string[],
  policy: Policy,
  now: Date,
): Promise<Map<string, Subject>> {
  const { rows: people } = await ex.query<{ asked: string; person: string }>({
    name: 'receipts_people',
    text: `select id as asked, coalesce(merged_into, id) as person from contacts where id = any ($1::uuid[])`,
    values: [contacts],
  })
  const ledgers = await readLedgers(ex, [...new Set(people.map((p) => p.person))])
  const hashes = [...ledgers.values()].flat().flatMap((e) => e.notice ?? [])
  const { rows: shown } = await ex.query<NoticeShown & { content: string }>({
    name: 'receipts_notices',
    text: `select encode(hash, 'hex') as hash, language, content, created_at as "createdAt"
             from notices where hash = any ($1::bytea[])`,
    values: [hashes],
  })
  const notices = new Map(shown.map((notice) => [notice.hash, notice]))
  return new Map(
    people.map(({ asked, person }) => {
      const events = ledgers.get(person) ?? []
      const histories = CHANNELS.flatMap((channel) =>
        [...policy.purposes.values()].flatMap((purpose) => historyOf(events, purpose, channel, now) ?? []),
      )
      return [asked, { contact: person, histories, notices }]
    }),
  )
}

// From the feed to letters: what a receiver of events has not been sent yet is written as letters of its own, and its
// place in the feed moves in the same transaction. So it gets every event once into its line, in the order of the feed.

import type pg from 'pg'
import { inTransaction } from '../db/client.js'
import { type FeedEvent, givePlaces, presentFeedEvent, readFeed } from '../feed/feed.js'
import type { FeedType } from '../feed/types.js'
import { postLetters, type SealedLetter, sealLetter } from './letters.js'
import { contactKey } from './people.js'

const AT_ONCE = 500

export type SubscribeDeps = { pool: pg.Pool; identityKeys: readonly string[] }

/** @param position where the receiver stands; somebody else who has moved it since makes this do nothing */
export async function takeFromFeed(
  { pool, identityKeys }: SubscribeDeps,
  target: string,
  types: readonly FeedType[] | null,
  position: string,
): Promise<void> {
  await givePlaces(pool)
  for (let from = position, more = true; more; ) {
    const page = await readFeed(pool, from, types, AT_ONCE)
    if (page.position === from) return
    const letters = page.events.map((event) => eventLetter(identityKeys, target, event))
    const moved = await inTransaction(pool, async (tx) => {
      const { rowCount } = await tx.query({
        name: 'target_moves',
        text: 'update delivery_targets set position = $3 where name = $1 and position = $2',
        values: [target, from, page.position],
      })
      if (rowCount === 1) await postLetters(tx, letters)
      return rowCount === 1
    })
    from = page.position
    more = moved && page.more
  }
}

function eventLetter(identityKeys: readonly string[], target: string, event: FeedEvent): SealedLetter {
  const { id, type, contactId, at } = event
  const body = Buffer.from(JSON.stringify(presentFeedEvent(event)))
  return {
    targets: [target],
    people: contactId === null ? [] : [contactKey(identityKeys[0] ?? '', contactId)],
    payload: sealLetter(identityKeys, { body, contentType: 'application/json', signature: '', event: id }),
    kind: type,
    event: id,
    since: at,
  }
}

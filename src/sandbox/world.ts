// What the parts of one emulator share.

import type { Deliveries } from './deliveries.js'
import type { Faults } from './faults.js'
import type { MediaStore } from './media.js'
import type { NumberFacts } from './numbers.js'
import type { BusinessNumber, People } from './people.js'
import type { Template } from './templates.js'

/** One request that reached the Graph side. The access token is not kept. */
export type RecordedRequest = {
  readonly at: Date
  readonly method: string
  /** as asked for, version included, without the query */
  readonly path: string
  /** without `access_token` */
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  body: unknown
  /** the body as it came, up to `LARGEST_RECORD` bytes; null when there was none or it was larger */
  bodyBytes: Buffer | null
  /** HTTP status; null while (or for ever if) it is not answered */
  answer: number | null
  /** what was answered, up to `LARGEST_RECORD` bytes; null when there was nothing or it was larger */
  answerBytes: Buffer | null
}

/** Bytes of a body that a record keeps: any message, and no film. */
export const LARGEST_RECORD = 64 * 1024

export type World = {
  readonly numbers: readonly BusinessNumber[]
  readonly people: People
  readonly templates: Template[]
  readonly media: MediaStore
  /** phone number id → what Graph tells of it */
  readonly facts: ReadonlyMap<string, NumberFacts>
  readonly faults: Faults
  readonly deliveries: Deliveries
  readonly requests: RecordedRequest[]
  readonly clock: () => Date
  readonly changed: (person: string | null) => void
  /** statuses carry `conversation`, as in webhook versions up to 23 */
  readonly conversations: boolean
}

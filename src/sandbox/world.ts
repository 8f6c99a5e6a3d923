// What the parts of one emulator share.

import type { Deliveries } from './deliveries.js'
import type { Faults } from './faults.js'
import type { BusinessNumber, People } from './people.js'
import type { Template } from './templates.js'

/** One request that reached the Graph side. The access token is not kept. */
export type RecordedRequest = {
  readonly at: Date
  readonly method: string
  /** as asked for, version included, without the query */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  body: unknown
  /** HTTP status; null while (or for ever if) it is not answered */
  answer: number | null
}

export type World = {
  readonly numbers: readonly BusinessNumber[]
  readonly people: People
  readonly templates: Template[]
  readonly faults: Faults
  readonly deliveries: Deliveries
  readonly requests: RecordedRequest[]
  readonly clock: () => Date
  readonly changed: (person: string | null) => void
  /** statuses carry `conversation`, as in webhook versions up to 23 */
  readonly conversations: boolean
}

// What the database holds at the end, tied to what the driver has said and the witness has seen.

import type pg from 'pg'
import { z } from 'zod'
import type { Arrival } from './graph.js'
import type { Statement } from './meta.js'

export type EventRow = {
  id: string
  contact: string
  seq: number
  type: string
  request: string | null
  /** What the person said that caused it. */
  cause: Statement
}

export type SendRow = {
  id: string
  contact: string | null
  kind: string
  status: string
  reason: string | null
  permittedBy: string | null
  asOf: number | null
  callback: string
  wamid: string | null
  arrivals: Arrival[]
}

export type Records = {
  /** By phone; each in the order of the ledger. */
  events: Map<string, EventRow[]>
  eventById: Map<string, EventRow>
  sends: Map<string, SendRow[]>
  /** Hex keys of every message that was taken in. */
  inbound: Set<string>
  /** Arrivals that no send claims. */
  unknown: Arrival[]
}

const evidenceSchema = z.looseObject({ wamid: z.string() })

export async function readRecords(
  pool: pg.Pool,
  phones: readonly string[],
  statements: readonly Statement[],
  arrivals: readonly Arrival[],
): Promise<Records> {
  const owners = await pool.query<{ phone: string; contact: string }>(
    `select value as phone, contact_id as contact from identifiers where kind = 'phone' and value = any ($1)`,
    [phones],
  )
  const phoneOf = new Map(owners.rows.map((r) => [r.contact, r.phone]))
  const said = new Map(statements.map((s) => [s.wamid, s]))
  const lines = await pool.query<Omit<EventRow, 'cause'> & { body: string }>(
    `select e.id, e.contact_id as contact, e.seq, e.type, e.request, v.body
       from consent_events e join evidence v using (contact_id, seq)
      where contact_id = any ($1::uuid[]) order by contact_id, seq`,
    [[...phoneOf.keys()]],
  )
  const events = new Map<string, EventRow[]>(phones.map((phone) => [phone, []]))
  for (const { body, ...line } of lines.rows) {
    const cause = said.get(evidenceSchema.parse(JSON.parse(body)).wamid)
    if (cause === undefined) throw new Error('the ledger holds what nobody has said')
    events.get(phoneOf.get(line.contact) ?? '')?.push({ ...line, cause })
  }

  const found = await pool.query<SendRow>(
    `select id, contact_id as contact, kind, status, reason, permitted_by as "permittedBy", as_of as "asOf",
            coalesce(callback_data, id::text) as callback, wamid from sends
      where contact_id = any ($1::uuid[]) order by id`,
    [[...phoneOf.keys()]],
  )
  const byCallback = new Map<string, Arrival[]>()
  const mine = new Set(phones)
  for (const arrival of arrivals) {
    if (!mine.has(arrival.to)) continue
    byCallback.set(arrival.callback, [...(byCallback.get(arrival.callback) ?? []), arrival])
  }
  const sends = new Map<string, SendRow[]>(phones.map((phone) => [phone, []]))
  for (const row of found.rows) {
    sends
      .get(phoneOf.get(row.contact ?? '') ?? '')
      ?.push({ ...row, arrivals: byCallback.get(row.callback) ?? [] })
    byCallback.delete(row.callback)
  }
  const { rows: keys } = await pool.query<{ key: Buffer }>('select key from inbound')
  return {
    events,
    eventById: new Map([...events.values()].flat().map((e) => [e.id, e])),
    sends,
    inbound: new Set(keys.map((r) => r.key.toString('hex'))),
    unknown: [...byCallback.values()].flat(),
  }
}

// What must not be sent at present because Meta has said so. What it keeps: a queue does not run a thousand messages into
// an answer that is already known, and nothing stays halted for ever by mistake: what has no end of its own lets one
// message a minute through to see, and one good answer, or a hand, lifts it. Messages that are sent directly are never
// held back here: they get Meta's own answer.

import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { v7 as uuidv7 } from 'uuid'
import { bsuidKind } from '../consent/recipient.js'
import type { Executor } from '../db/client.js'
import type { HaltScope } from '../whatsapp/error-codes.js'

export type Halt = {
  id: string
  scope: HaltScope
  key: string
  /** Meta's error code, or the name of its event. */
  code: string
  since: Date
  until: Date | null
}

/** Where a message is sent: what Meta's refusals are about. */
export type Place = {
  /** Meta's id of the WhatsApp Business account. */
  account: string
  phoneNumberId: string
  /** Of the recipient, ISO 3166-1 alpha-2; null when it cannot be told. */
  country: string | null
  template: string | null
  contactId: string | null
}

/** What a halt of this scope is about, for a message sent here; null when there is no such thing. */
export function haltKey(scope: HaltScope, place: Place): string | null {
  const of = (owner: string, what: string | null) => (what === null ? null : `${owner}/${what}`)
  switch (scope) {
    case 'account':
      return place.account
    case 'number':
      return place.phoneNumberId
    case 'country':
      return of(place.account, place.country)
    case 'template':
      return of(place.account, place.template)
    case 'contact':
      return of(place.phoneNumberId, place.contactId)
  }
}

const SCOPES_OF_A_SEND = ['account', 'number', 'country', 'template', 'contact'] as const

function keysOf(place: Place): { scope: HaltScope; key: string }[] {
  return SCOPES_OF_A_SEND.flatMap((scope) => {
    const key = haltKey(scope, place)
    return key === null ? [] : [{ scope, key }]
  })
}

/** In which country a recipient is, as their number or their BSUID says. */
export function countryOf(recipient: string | undefined): string | null {
  if (recipient === undefined) return null
  if (bsuidKind(recipient) !== null) return recipient.slice(0, 2)
  return parsePhoneNumberFromString(`+${recipient.replace(/\D/g, '')}`)?.country ?? null
}

const COLUMNS = 'id, scope, key, code, since, until'

/**
 * Writes halts down. One that holds already stays as it is, but for a new end.
 * @returns those that are news
 */
export async function halt(
  ex: Executor,
  wanted: readonly Pick<Halt, 'scope' | 'key' | 'code' | 'until'>[],
  now: Date,
): Promise<Halt[]> {
  if (wanted.length === 0) return []
  // Each once, and in one order for everybody.
  const rows = [...new Map(wanted.map((h) => [`${h.scope} ${h.key} ${h.code}`, h])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, h]) => ({ id: uuidv7({ msecs: now.getTime() }), ...h }))
  const halted = await ex.query<Halt>({
    name: 'halts_insert',
    text: `insert into halts as h (id, scope, key, code, since, until, probed_at)
           select id, scope, key, code, $2, until, $2
             from jsonb_to_recordset($1::jsonb) as w (id uuid, scope text, key text, code text, until timestamptz)
           on conflict (scope, key, code) do update set until = excluded.until,
                  since = case when h.until <= $2 then excluded.since else h.since end
            where h.until is distinct from excluded.until
           returning ${COLUMNS}`,
    values: [JSON.stringify(rows), now],
  })
  return halted.rows
}

/** Halts that a message sent here runs into, in the order of `places`; as a list, since there may be several. */
async function readHalts(
  ex: Executor,
  places: readonly Place[],
  now: Date,
): Promise<(Halt & { probedAt: Date })[][]> {
  const wanted = places.map(keysOf)
  const { rows } = await ex.query<Halt & { probedAt: Date }>({
    name: 'halts_read',
    text: `select ${COLUMNS}, probed_at as "probedAt" from halts
            where (scope, key) in (select * from unnest($1::text[], $2::text[])) and (until is null or until > $3)
            order by since`,
    values: [wanted.flat().map((w) => w.scope), wanted.flat().map((w) => w.key), now],
  })
  return wanted.map((keys) => rows.filter((h) => keys.some((k) => k.scope === h.scope && k.key === h.key)))
}

export const PROBE_EVERY_MS = 60_000

/**
 * Which of these messages the queue must keep back, and by which halt; null for one that may go. Of a halt that has no
 * end of its own, one message a minute may go, on all replicas together, to see whether it still holds. One statement,
 * and a second one only when such a message is due.
 */
export async function haltsFor(ex: Executor, places: readonly Place[], now: Date): Promise<(Halt | null)[]> {
  if (places.length === 0) return []
  const met = await readHalts(ex, places, now)
  const due = new Date(now.getTime() - PROBE_EVERY_MS)
  const asked = new Set<string>()
  const probes = met.map((halts) => {
    const mayProbe =
      halts.length > 0 && halts.every((h) => h.until === null && h.probedAt <= due && !asked.has(h.id))
    if (mayProbe) for (const h of halts) asked.add(h.id)
    return mayProbe
  })
  const won = asked.size > 0 ? await claimProbes(ex, [...asked], due, now) : new Set<string>()
  return met.map((halts, i) => {
    const isProbe = probes[i] === true && halts.every((h) => won.has(h.id))
    const [first] = halts
    return first === undefined || isProbe ? null : first
  })
}

/** Whoever writes the time first may try; everybody else sees it. */
async function claimProbes(ex: Executor, ids: readonly string[], due: Date, now: Date): Promise<Set<string>> {
  const { rows } = await ex.query<{ id: string }>({
    name: 'halts_probe',
    text: `update halts set probed_at = $3
            where id in (select id from halts where id = any ($1::uuid[]) order by id for update) and probed_at <= $2
           returning id`,
    values: [ids, due, now],
  })
  return new Set(rows.map((r) => r.id))
}

/** The same for one message. */
export async function haltFor(ex: Executor, place: Place, now: Date): Promise<Halt | null> {
  const [met] = await haltsFor(ex, [place], now)
  return met ?? null
}

/** Of a person who could not be reached: being accepted is no news, only arriving is. */
export const UNREACHABLE = '131026'

/**
 * A good answer to a message sent here lifts what halted it, unless that came after the message had left.
 * @param reservedAt when the message that was answered had been let through
 */
export async function liftByAnswer(ex: Executor, place: Place, reservedAt: Date): Promise<Halt[]> {
  const keys = keysOf(place)
  return lift(
    ex,
    '(scope, key) in (select * from unnest($1::text[], $2::text[])) and since <= $3 and code <> $4',
    [keys.map((k) => k.scope), keys.map((k) => k.key), reservedAt, UNREACHABLE],
  )
}

/** Messages have arrived: these people can be reached. */
export async function liftByArrival(
  ex: Executor,
  arrived: readonly { phoneNumberId: string; contactId: string | null }[],
): Promise<Halt[]> {
  if (arrived.length === 0) return []
  const keys = arrived.map((s) => `${s.phoneNumberId}/${s.contactId}`)
  return lift(ex, `scope = 'contact' and key = any ($1::text[])`, [keys])
}

/** Meta has said that the accounts may send again. */
export async function liftAccounts(ex: Executor, accounts: readonly string[]): Promise<Halt[]> {
  if (accounts.length === 0) return []
  return lift(ex, `scope = 'account' and key = any ($1::text[])`, [accounts])
}

/** By hand. @returns null when there is no such halt */
export async function liftByHand(ex: Executor, id: string): Promise<Halt | null> {
  const [lifted] = await lift(ex, 'id = $1::uuid', [id])
  return lifted ?? null
}

async function lift(ex: Executor, condition: string, values: unknown[]): Promise<Halt[]> {
  const { rows } = await ex.query<Halt>(
    `delete from halts where id in (select id from halts where ${condition} order by id for update) returning ${COLUMNS}`,
    values,
  )
  return rows
}

const AT_MOST = 1_000

/**
 * What is halted now, the newest first, at most 1,000.
 * @param scopes all of them when absent
 */
export async function listHalts(
  ex: Executor,
  now: Date,
  scopes: readonly HaltScope[] = SCOPES_OF_A_SEND,
): Promise<Halt[]> {
  const { rows } = await ex.query<Halt>({
    name: 'halts_list',
    text: `select ${COLUMNS} from halts where (until is null or until > $1) and scope = any ($2::text[])
            order by since desc, id desc limit ${AT_MOST}`,
    values: [now, scopes],
  })
  return rows
}

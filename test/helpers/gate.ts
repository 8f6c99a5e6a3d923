// Questions to the gate, and people and sends as it finds them, written straight to the tables.

import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { GateRequest } from '../../src/consent/gate.js'
import { personKey } from '../../src/consent/recipient.js'
import { foldFingerprint } from '../../src/consent/state.js'
import { samplePolicy } from './policy.js'

export const PHONE = { kind: 'phone', value: '12025550101' } as const

/** Asks for a template of the purpose "offers" to somebody in Washington. */
export function gateRequest(more: Partial<GateRequest> = {}): GateRequest {
  const now = more.now ?? new Date()
  return {
    sendId: uuidv7({ msecs: now.getTime() }),
    now,
    leaseUntil: new Date(now.getTime() + 15_000),
    phoneNumberId: '106540352242922',
    recipient: PHONE,
    alias: null,
    personKeys: [personKey('identity-key', PHONE)],
    purpose: samplePolicy.purposes.get('offers') ?? null,
    purposeName: 'offers',
    type: 'template',
    template: 'summer_sale',
    language: 'en_US',
    // Agrees with the purpose; what Meta says of templates has tests of its own.
    category: (more.purpose ?? samplePolicy.purposes.get('offers'))?.category ?? 'marketing',
    callbackData: null,
    refusal: null,
    observe: false,
    ...more,
  }
}

/** A contact who has said yes to offers, with a phone. */
export async function somebody(pool: pg.Pool, id: string, phone: string | null): Promise<void> {
  const offers = { status: 'given', event: id, since: '2026-11-01T00:00:00.000Z', until: null }
  await pool.query('insert into contacts (id, created_at, folded_with, states) values ($1, now(), $2, $3)', [
    id,
    foldFingerprint(samplePolicy.purposes.values()),
    JSON.stringify({ whatsapp: { offers } }),
  ])
  if (phone !== null)
    await pool.query(
      `insert into identifiers (value, kind, contact_id, source, valid_from) values ($1, 'phone', $2, 't', now())`,
      [phone, id],
    )
}

type Sent = { at: Date; status?: string; purpose?: string; kind?: string; n?: number }

/** A send on record. */
export async function sent(pool: pg.Pool, contact: string, said: Sent): Promise<void> {
  const { at, status = 'accepted', purpose = 'offers', kind = 'message' } = said
  await pool.query(
    `insert into sends (id, created_at, decided_at, contact_id, phone_number_id, kind, purpose, status, reason, permitted_by,
                        send_at, expires_at)
     values ($1, $2, $2, $3, '106540352242922', $4, $5, $6, 't', $3, $2, $2::timestamptz + interval '1 day')`,
    [uuidv7({ msecs: at.getTime() }), at, contact, kind, purpose, status],
  )
}

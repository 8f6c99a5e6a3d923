// What is on record of callers' messages, sent directly or queued: what the gate said, what became of them, when.

import type { Executor } from '../db/client.js'

export type Message = {
  id: string
  createdAt: Date
  phoneNumberId: string
  contactId: string | null
  purpose: string | null
  template: string | null
  status: 'refused' | 'queued' | 'sending' | 'accepted' | 'failed' | 'uncertain' | 'cancelled'
  reason: string | null
  /** Let through against `reason`, because nothing was enforced. */
  observed: boolean
  permittedBy: string | null
  decidedBy: string | null
  attempts: number
  sendAt: Date | null
  expiresAt: Date | null
  settledAt: Date | null
  wamid: string | null
  callbackData: string | null
  errorCode: number | null
  sentAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  failedAt: Date | null
}

const COLUMNS = `id, created_at as "createdAt", phone_number_id as "phoneNumberId", contact_id as "contactId", purpose,
  template, status, reason, observed, permitted_by as "permittedBy", decided_by as "decidedBy", attempts, send_at as "sendAt",
  expires_at as "expiresAt", settled_at as "settledAt", wamid, callback_data as "callbackData",
  error_code as "errorCode", sent_at as "sentAt", delivered_at as "deliveredAt", read_at as "readAt",
  failed_at as "failedAt"`

/** A caller's message by its id; null when there is none. */
export async function readMessage(ex: Executor, id: string): Promise<Message | null> {
  const { rows } = await ex.query<Message>({
    name: 'message_read',
    text: `select ${COLUMNS} from sends where id = $1 and kind = 'message'`,
    values: [id],
  })
  return rows[0] ?? null
}

export type Filter = {
  /** Only ids after this one. */
  after: string
  limit: number
  status: string | null
  purpose: string | null
  phoneNumberId: string | null
}

/** How many rows a page looks at, whatever the filter leaves of them. */
export const LOOKED_AT = 5_000

/**
 * A page of messages in the order of their ids, which is that of handing in. Bounded by what is looked at and not by
 * what is found, so a page may be short or empty while there is more.
 * @returns the id to go on after; null at the end
 */
export async function listMessages(
  ex: Executor,
  { after, limit, status, purpose, phoneNumberId }: Filter,
): Promise<{ messages: Message[]; next: string | null }> {
  const { rows: messages } = await ex.query<Message>({
    name: 'messages_list',
    // The inner limit is no more than a bound: rows come one by one, and the outer one stops them.
    text: `select * from (select kind, ${COLUMNS} from sends where id > $1::uuid order by id limit $2) looked_at
            where kind = 'message' and ($3::text is null or status = $3) and ($4::text is null or purpose = $4)
              and ($5::text is null or "phoneNumberId" = $5)
            order by id limit $6`,
    values: [after, LOOKED_AT, status, purpose, phoneNumberId, limit],
  })
  if (messages.length === limit) return { messages, next: messages.at(-1)?.id ?? null }
  const { rows } = await ex.query<{ id: string }>({
    name: 'messages_list_on',
    text: 'select id from sends where id > $1::uuid order by id offset $2 limit 1',
    values: [after, LOOKED_AT - 1],
  })
  return { messages, next: rows[0]?.id ?? null }
}

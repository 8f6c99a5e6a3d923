// The exact texts that people were shown when asked: immutable, one row per wording, named by their SHA-256 (R13, R14).

import { createHash } from 'node:crypto'
import { noticeText, renderMessage } from '../conversation/messages.js'
import type { Reply } from '../conversation/turn.js'
import type { Executor } from '../db/client.js'
import type { Policy } from '../policy.js'

export type Notice = { hash: Buffer; language: string; purposes: string[]; content: string }

/** The notice that a card shows: body, footer and buttons as the person reads them, without the buttons' references. */
export function makeNotice(reply: Reply, policy: Policy): Notice {
  const { kind, language, purposes } = reply
  const content = noticeText(renderMessage(kind, { ...reply, policy }))
  return { hash: createHash('sha256').update(content).digest(), language, purposes, content }
}

/** A notice that somebody else has shown: WhatsApp, a form, a shop. */
export function noticeOf(content: string, language: string, purposes: readonly string[]): Notice {
  return { hash: createHash('sha256').update(content).digest(), language, purposes: [...purposes], content }
}

/** Keeps notices not yet known, in one statement. */
export async function saveNotices(ex: Executor, notices: readonly Notice[], now: Date): Promise<void> {
  const unique = [...new Map(notices.map((n) => [n.hash.toString('hex'), n])).values()]
  if (unique.length === 0) return
  await ex.query({
    name: 'notices_save',
    text: `insert into notices (hash, language, purposes, content, created_at)
           select decode(hash, 'hex'), language, purposes, content, $2
             from jsonb_to_recordset($1::jsonb) as n (hash text, language text, purposes text[], content text)
            order by hash
           on conflict (hash) do nothing`,
    values: [JSON.stringify(unique.map((n) => ({ ...n, hash: n.hash.toString('hex') }))), now],
  })
}

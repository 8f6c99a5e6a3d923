// A receipt: what is on record about one person at one moment, all purposes and channels together, in one document that
// can be signed and handed out (ISO/IEC TS 27560, R18). Pure.

import type { Policy } from '../../policy.js'
import type { History } from './history.js'
import { controllerOf, type NoticeShown, recordNode } from './record.js'
import { CONTEXT, RECEIPT_SCHEMA } from './terms.js'

export type Subject = {
  contact: string
  histories: readonly History[]
  /** By hash in hex. */
  notices: ReadonlyMap<string, NoticeShown & { content: string }>
}

/** @param id of this receipt; a receipt is of a moment, so each has its own */
export function consentReceipt(
  subject: Subject,
  policy: Policy,
  id: string,
  now: Date,
): Record<string, unknown> {
  const { contact, histories, notices } = subject
  return {
    '@context': CONTEXT,
    '@id': `urn:uuid:${id}`,
    '@type': 'dpv:ConsentReceipt',
    'dct:conformsTo': RECEIPT_SCHEMA,
    'dct:identifier': id,
    'dpv:hasIdentifier': id,
    'dct:created': now.toISOString(),
    'dct:publisher': controllerOf(policy),
    'schema:recipient': `urn:uuid:${contact}`,
    'dpv:hasRecordOfActivity': histories.map((history) => recordNode(contact, history, notices, policy)),
  }
}

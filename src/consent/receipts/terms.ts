// The vocabulary of consent records: the Data Privacy Vocabulary 2.3 (W3C Community Group) in the profile of ISO/IEC TS
// 27560 that its guide of 2026-02-15 describes. Names that the guide's examples use and the vocabulary lacks
// (eu-gdpr:GDPR, dpv:hasLegalName, …) are not used here; a test holds every term against the list.

import type { Category } from '../../policy.js'
import type { EventType, Status } from '../state.js'

const reference = { '@type': '@id' } as const
const moment = { '@type': 'xsd:dateTime' } as const

/** Written into every document, so that nobody has to fetch a context to read one. */
export const CONTEXT = {
  dpv: 'https://w3id.org/dpv#',
  pd: 'https://w3id.org/dpv/pd#',
  loc: 'https://w3id.org/dpv/loc#',
  'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
  'legal-eu': 'https://w3id.org/dpv/legal/eu#',
  dct: 'http://purl.org/dc/terms/',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  schema: 'https://schema.org/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  'dct:conformsTo': reference,
  'dct:publisher': reference,
  'schema:recipient': reference,
  'dpv:hasProcessing': reference,
  'dpv:hasLegalBasis': reference,
  'dpv:hasDataController': reference,
  'dpv:hasRecipient': reference,
  'dpv:hasJurisdiction': reference,
  'dpv:hasApplicableLaw': reference,
  'dpv:hasLocation': reference,
  'dpv:hasDataSource': reference,
  'dpv:isIndicatedBy': reference,
  'dpv:isExercisedAt': reference,
  'skos:broader': reference,
  'schema:url': reference,
  'dct:created': moment,
  'dct:modified': moment,
  'dpv:isIndicatedAtTime': moment,
} as const

export const RECORD_SCHEMA = 'https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr'
export const RECEIPT_SCHEMA = 'https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr'

/** What each state is in DPV. A pause has no name there: nothing may be sent, and whether they agree is unknown. */
export const STATUS_TERMS: Readonly<Record<Status, string>> = {
  none: 'dpv:ConsentUnknown',
  requested: 'dpv:ConsentRequested',
  refused: 'dpv:ConsentRefused',
  given: 'dpv:ConsentGiven',
  expired: 'dpv:ConsentExpired',
  paused: 'dpv:ConsentUnknown',
  withdrawn: 'dpv:ConsentWithdrawn',
  revoked: 'dpv:ConsentRevoked',
}

export const PURPOSE_TERMS: Readonly<Record<Category, string>> = {
  marketing: 'dpv:DirectMarketing',
  utility: 'dpv:CommunicationForCustomerCare',
  authentication: 'dpv:CommunicationForCustomerCare',
  service: 'dpv:CommunicationForCustomerCare',
}

/** How each kind of line is told to a person who reads the record. */
export const EVENT_WORDS: Readonly<Record<EventType, string>> = {
  requested: 'asked',
  given: 'said yes',
  imported: 'said yes elsewhere',
  refused: 'said no',
  withdrawn: 'withdrew',
  paused: 'may want to stop; everything waits for the answer',
  resumed: 'goes on after a pause',
  expired: 'consent ended with its time',
  revoked: 'ended by somebody other than the person',
  invalidated: 'found to be invalid',
}

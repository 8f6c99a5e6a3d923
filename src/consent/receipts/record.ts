// One consent record per purpose and channel, as JSON-LD in the DPV profile of ISO/IEC TS 27560 (R16): who asked whom for
// what, with which notice, what was answered and when. Pure. Holds no number, no name of the person and no words of
// theirs: the person is a UUID.

import { v5 as uuidv5 } from 'uuid'
import type { Policy } from '../../policy.js'
import { titleOf } from '../../policy.js'
import type { History, Step } from './history.js'
import { CONTEXT, EVENT_WORDS, PURPOSE_TERMS, RECORD_SCHEMA, STATUS_TERMS } from './terms.js'

export type NoticeShown = { hash: string; language: string; createdAt: Date }

type Node = Record<string, unknown>

/** @param notices by hash in hex: those that the history's lines name */
export function consentRecord(
  contactId: string,
  history: History,
  notices: ReadonlyMap<string, NoticeShown>,
  policy: Policy,
): Node {
  return { '@context': CONTEXT, ...recordNode(contactId, history, notices, policy) }
}

/** The record without its context, to be put into a receipt. */
export function recordNode(
  contactId: string,
  history: History,
  notices: ReadonlyMap<string, NoticeShown>,
  policy: Policy,
): Node {
  const { purpose, channel, steps } = history
  const id = uuidv5(`${channel}/${purpose.id}`, contactId)
  const controller = controllerOf(policy)
  const first = steps[0]?.at ?? new Date(0)
  return {
    '@id': `urn:uuid:${id}`,
    '@type': 'dpv:ConsentRecord',
    'dct:conformsTo': RECORD_SCHEMA,
    'dct:identifier': id,
    'dpv:hasIdentifier': id,
    'dct:created': instant(first),
    'dct:modified': instant(steps.at(-1)?.at ?? first),
    'dpv:hasDataSubject': {
      '@id': `urn:uuid:${contactId}`,
      '@type': 'dpv:DataSubject',
      'dct:identifier': contactId,
    },
    'dpv:hasNotice': noticeNodes(steps, notices, policy),
    'dpv:hasProcess': [processNode(id, history, policy)],
    'dpv:hasEntity': [controllerNode(policy), WHATSAPP],
    'dpv:hasConsentStatus': steps.map((step, n) => statusNode(step, n, contactId, controller)),
  }
}

/** The newest notice comes first; each by the SHA-256 of its exact words. */
function noticeNodes(
  steps: readonly Step[],
  notices: ReadonlyMap<string, NoticeShown>,
  policy: Policy,
): Node[] {
  const hashes = [...new Set(steps.flatMap(({ event }) => event.notice?.toString('hex') ?? []))].reverse()
  const shown = hashes.flatMap((hash) => notices.get(hash) ?? [])
  return [
    ...shown.map(({ hash, language, createdAt }) => ({
      '@id': `urn:sha256:${hash}`,
      '@type': 'dpv:ConsentNotice',
      'dct:identifier': `sha256:${hash}`,
      'dct:language': language,
      'dct:created': instant(createdAt),
    })),
    {
      '@id': policy.controller.privacyNotice,
      '@type': 'dpv:PrivacyNotice',
      'dct:language': policy.languages[0],
    },
  ]
}

function processNode(recordId: string, { purpose, channel }: History, policy: Policy): Node {
  const { atMost, per } = purpose.frequency
  const controller = controllerOf(policy)
  const write = (words: string) =>
    `https://wa.me/${policy.numbers[0]?.displayPhoneNumber.slice(1)}?text=${encodeURIComponent(words)}`
  const language = policy.languages[0] ?? 'en'
  return {
    '@id': `urn:uuid:${recordId}#process`,
    '@type': 'dpv:Process',
    'dpv:hasPurpose': {
      '@id': `${originOf(policy)}/#purpose-${purpose.id}`,
      '@type': 'dpv:Purpose',
      'skos:broader': PURPOSE_TERMS[purpose.category],
      'dct:title': titleOf(purpose, language, policy),
      'dct:description': `by ${channel}, at most ${atMost} messages a ${per}`,
    },
    'dpv:hasPersonalData': [
      {
        '@type': 'dpv:PersonalData',
        'skos:broader': 'pd:TelephoneNumber',
        'dct:title': 'WhatsApp phone number or business-scoped user ID',
      },
      {
        '@type': 'dpv:PersonalData',
        'skos:broader': 'pd:Communication',
        'dct:title': 'the words or the button of each yes and no',
      },
    ],
    'dpv:hasProcessing': ['dpv:Collect', 'dpv:Store', 'dpv:Use'],
    'dpv:hasDataSource': 'dpv:DataSubjectDataSource',
    'dpv:hasLegalBasis': BASES[purpose.basis],
    'dpv:hasStorageCondition': [
      { '@type': 'dpv:StorageLocation', 'dpv:hasLocation': `loc:${policy.records.storedIn}` },
      {
        '@type': 'dpv:StorageDuration',
        'dpv:hasDuration': {
          '@type': 'dpv:UntilEventDuration',
          'rdf:value': 'withdrawal or end of the consent',
        },
      },
      {
        '@type': 'dpv:StorageDeletion',
        'dpv:hasDuration': { '@type': 'dpv:TemporalDuration', 'rdf:value': policy.records.keptFor },
      },
    ],
    'dpv:hasDataController': controller,
    'dpv:hasRecipient': [controller, WHATSAPP['@id']],
    'dpv:hasConsentControl': [
      {
        '@type': 'dpv:WithdrawConsent',
        'dpv:isExercisedAt': write('STOP'),
        'dct:description': 'Write STOP, or say so in any words, in the same chat.',
      },
      { '@type': 'dpv:ProvideConsent', 'dpv:isExercisedAt': write('START') },
    ],
    'dpv:hasJurisdiction': `loc:${policy.records.jurisdiction}`,
    ...(policy.records.jurisdiction === 'EU' ? { 'dpv:hasApplicableLaw': 'legal-eu:law-GDPR' } : {}),
    'dpv:hasRight': RIGHTS.map(({ article, title, words }) => ({
      '@type': ['dpv:DataSubjectRight', `eu-gdpr:${article}`],
      'dct:title': title,
      'dpv:isExercisedAt': words === null ? policy.controller.privacyNotice : write(words),
    })),
  }
}

/** GDPR Art. 6(1) in DPV's terms. */
const BASES = {
  consent: ['dpv:ExpressedConsent', 'eu-gdpr:A6-1-a'],
  contract: ['eu-gdpr:A6-1-b'],
  legal_obligation: ['eu-gdpr:A6-1-c'],
  legitimate_interests: ['eu-gdpr:A6-1-f'],
} as const

const RIGHTS = [
  { article: 'A7-3', title: 'Right to withdraw consent', words: 'STOP' },
  { article: 'A15', title: 'Right of access', words: 'MY DATA' },
  { article: 'A17', title: 'Right to erasure', words: 'DELETE MY DATA' },
  { article: 'A20', title: 'Right to data portability', words: 'MY DATA' },
  { article: 'A77', title: 'Right to complain to a supervisory authority', words: null },
] as const

/** What WhatsApp's terms name as the company that carries the messages for people in Europe. */
const WHATSAPP = {
  '@id': 'https://www.whatsapp.com/#processor',
  '@type': ['dpv:Organisation', 'dpv:DataProcessor'],
  'dpv:hasIdentifier': 'https://www.whatsapp.com/#processor',
  'dpv:hasName': 'WhatsApp Ireland Limited',
  'schema:contactPoint': { '@type': 'schema:ContactPoint', 'schema:url': 'https://www.whatsapp.com/contact' },
  'schema:address': { '@type': 'schema:PostalAddress', 'schema:addressCountry': 'IE' },
} as const

function controllerNode(policy: Policy): Node {
  const { name, contact, address } = policy.controller
  return {
    '@id': controllerOf(policy),
    '@type': ['dpv:Organisation', 'dpv:DataController'],
    'dpv:hasIdentifier': controllerOf(policy),
    'dpv:hasName': name,
    'schema:url': originOf(policy),
    'schema:contactPoint': { '@type': 'schema:ContactPoint', 'schema:email': contact },
    'schema:address': { '@type': 'schema:PostalAddress', 'schema:streetAddress': address },
  }
}

function statusNode(
  { event, status, renewed, at, until }: Step,
  n: number,
  contactId: string,
  controller: string,
): Node {
  const term = renewed ? 'dpv:RenewedConsentGiven' : STATUS_TERMS[status]
  const words = status === 'expired' ? EVENT_WORDS.expired : EVENT_WORDS[event.type]
  return {
    // One line may be told twice: when it was written, and when what it gave came to its end.
    '@id':
      status === 'expired' && event.type !== 'expired' ? `urn:uuid:${event.id}#end` : `urn:uuid:${event.id}`,
    '@type': status === 'given' ? [term, 'dpv:ExpressedConsent'] : term,
    'dct:description': words,
    'dct:identifier': String(n + 1),
    'dpv:isIndicatedAtTime': instant(at),
    'dpv:isIndicatedBy': event.actor === 'person' ? `urn:uuid:${contactId}` : controller,
    'dpv:hasIndicationMethod': [event.source, event.method, event.rule].filter((w) => w !== null).join(', '),
    'dpv:hasDuration':
      until === null
        ? { '@type': 'dpv:UntilEventDuration', 'rdf:value': 'until the person says otherwise' }
        : { '@type': 'dpv:UntilTimeDuration', 'rdf:value': instant(until) },
  }
}

const originOf = (policy: Policy) => new URL(policy.controller.privacyNotice).origin
export const controllerOf = (policy: Policy) => `${originOf(policy)}/#controller`

/** UTC, with its zone: the guide's examples lack it. */
const instant = (at: Date) => at.toISOString()

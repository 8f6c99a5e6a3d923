// What a message asks for. Loose for stop and strict for start: any words a reasonable person would take as a stop are
// one (47 CFR 64.1200(a)(10)), while only a closed list of whole messages starts anything (GDPR Art. 4(11)). Pure,
// deterministic and linear in the text's length; a message is data, whatever it says.

import { type Finding, type Findings, findMeanings } from './findings.js'
import { head } from './normalise.js'
import { type Reading, readMessage } from './reading.js'
import { RULEBOOK, type Rulebook } from './rules.js'
import { scopeOf } from './scope.js'
import { fromSigns, isNoSign } from './signs.js'

export type Intent =
  | 'opt_out'
  | 'opt_in'
  | 'help'
  | 'data_access'
  | 'erasure'
  | 'receipt'
  | 'topics'
  | 'minor'
  | 'complaint'
  | 'yes'
  | 'no'
  | 'other'

/**
 * What a stop is limited or widened to; absent, it means everything that rests on consent.
 * `only` marketing stops; `keep` what serves an order; `all` stops what rests on a contract as well (R24).
 */
export type Scope = { readonly only?: 'marketing'; readonly keep?: 'utility'; readonly all?: true }

/**
 * `certain` and `likely` are acted on; an `unsure` opt_out pauses and asks. `rule` names what decided and is kept as
 * evidence. `language` is that of the rule, for `other` the first of the context or `und`.
 */
export type Understanding = {
  readonly intent: Intent
  readonly confidence: 'certain' | 'likely' | 'unsure'
  readonly scope?: Scope
  readonly language: string
  readonly rule: string
}

export type Context = {
  /** The question that waits for an answer. */
  readonly question?: 'consent' | 'stop' | null
  /** Of the policy: the first wins ties between rules. */
  readonly languages: readonly string[]
  /** Words that our own messages name for stopping: alone, they are one (section 7, `!` words). */
  readonly named?: readonly string[]
}

/** The strongest request wins where a message makes several; an unsure stop outranks all but a clear request. */
const ORDER = [
  'erasure',
  'opt_out',
  'yes',
  'no',
  'data_access',
  'minor',
  'unsure',
  'complaint',
  'receipt',
  'topics',
  'opt_in',
  'help',
  'other',
]

/**
 * Understands one text message.
 * @param text as received: the body of a text, a caption or the label of a template's button
 * @param book the word lists to read it by
 */
export function classify(text: string, context: Context, book: Rulebook = RULEBOOK): Understanding {
  const message = head(text)
  if (isPayload(message)) return other(context, 'guard.payload')
  // A zero-width non-joiner may stand for nothing or for a space (Persian); both views are read.
  const views = message.includes('\u200c') ? [message, message.replaceAll('\u200c', ' ')] : [message]
  return views
    .map((view) => judge(readMessage(view, book), message, context, book))
    .reduce((a, b) => (rankOf(b.intent, b.confidence) < rankOf(a.intent, a.confidence) ? b : a))
}

function judge(reading: Reading, message: string, context: Context, book: Rulebook): Understanding {
  if (reading.words.length === 0) return fromSigns(reading.text, reading.emoji, context)
  const findings = findMeanings(reading, book)
  const eligible = findings.found.filter((f) => isEligible(f, findings, reading, message, context))
  const best = eligible.reduce<Finding | undefined>(
    (a, b) => (a && !isStronger(b, a, context) ? a : b),
    undefined,
  )
  if (best?.confidence !== 'certain' && isNamed(reading, context, book)) {
    const language = findings.found.find(({ rule }) => rule.kind === 'weak')?.rule.language
    return {
      intent: 'opt_out',
      confidence: 'certain',
      language: language ?? context.languages[0] ?? 'und',
      rule: 'named.stop',
    }
  }
  if (!best?.rule.topic) return other(context, findings.guard?.id ?? 'none')
  const stops = eligible.filter((f) => f.rule.topic === 'opt_out' && f.confidence !== 'unsure')
  const scope = best.rule.topic === 'opt_out' ? scopeOf(stops, findings.marks, reading.words) : undefined
  return {
    intent: best.rule.topic,
    // What sounds like a stop while we ask whether it is one has answered.
    confidence: best.confidence === 'unsure' && context.question === 'stop' ? 'likely' : best.confidence,
    ...(scope && { scope }),
    language: writtenIn(best.rule.language, message),
    rule: best.rule.id,
  }
}

const SIMPLIFIED =
  /[们这发给别请个时说电话对让还过种样订阅讯优数据账号删单从绝续关闭销签权问题间结吗谢写听见边头门长东车场产预约书记录证动处为无帮诉报频点远组调变应当总网费]/

/** Chinese words match in either script; the answer is in the one that was written. */
function writtenIn(language: string, message: string): string {
  return language === 'zh-Hant' && SIMPLIFIED.test(message) ? 'zh-Hans' : language
}

const namesRead = new Map<string, string>()

/** Whether the whole message is the word that we told people to send. */
function isNamed({ core }: Reading, { named = [] }: Context, book: Rulebook): boolean {
  const said = core.map(({ word }) => word).join(' ')
  return named.some((name) => {
    const known =
      namesRead.get(name) ??
      readMessage(name, book)
        .core.map(({ word }) => word)
        .join(' ')
    namesRead.set(name, known)
    return said !== '' && said === known
  })
}

function rankOf(topic: string | null, confidence: Finding['confidence']): number {
  return ORDER.indexOf(confidence === 'unsure' ? 'unsure' : (topic ?? 'other'))
}

/** Ties go to the surer rule, then to the earlier language of the context. */
function isStronger(a: Finding, b: Finding, { languages }: Context): boolean {
  const place = ({ rule }: Finding) =>
    languages.includes(rule.language) ? languages.indexOf(rule.language) : languages.length
  const byRank = rankOf(a.rule.topic, a.confidence) - rankOf(b.rule.topic, b.confidence)
  if (byRank !== 0) return byRank < 0
  if (a.confidence !== b.confidence) return a.confidence === 'certain'
  return place(a) < place(b)
}

/** Code is never a yes: "opt_in", "<start>" and "{join}" are data. */
const CODE = /[{}[\]<>=\\|@#]|\p{L}_\p{L}/u

/** A start needs a message free of any no; an answer needs a question. */
function isEligible(
  f: Finding,
  { found, marks }: Findings,
  { emoji }: Reading,
  message: string,
  context: Context,
) {
  const { question } = context
  switch (f.rule.topic) {
    case 'opt_in':
      return !CODE.test(message) && !marks.some((m) => m.rule.kind === 'negation') && !emoji.some(isNoSign)
    case 'yes':
      return Boolean(question) && !(question === 'consent' && emoji.some(isNoSign))
    case 'no':
      // "不要" is "no" and "I do not want these": asked whether to stop, the latter counts.
      return Boolean(question) && !(question === 'stop' && found.some((other) => other.rule.kind === 'weak'))
    default:
      return true
  }
}

function other({ languages }: Context, rule: string): Understanding {
  return { intent: 'other', confidence: 'certain', language: languages[0] ?? 'und', rule }
}

/** Ids and objects that programs exchange ("assent:yes:…", {"stop":true}), typed or pasted: never a person's words. */
function isPayload(message: string): boolean {
  const text = message.trim()
  return /^[\w.-]+:[\w:.-]+$/.test(text) || (/^[{[]/.test(text) && /[":=]/.test(text))
}

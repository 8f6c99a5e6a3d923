// What each of Meta's error codes asks for, as data: whether trying again is safe, pointless or harmful, and for whom.
// What it keeps: a message that may have gone out is never sent twice, and a refusal that concerns a whole number,
// account, country or template is not run into a thousand times. Source: Meta, WhatsApp Business Platform, Cloud API
// error codes (developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes), September 2026:
// "build your app's error handling around error codes instead of titles or HTTP response status codes".

/** What a halt concerns. `contact` is one person as one of our numbers reaches them. */
export const HALT_SCOPES = ['account', 'number', 'country', 'template', 'contact'] as const
export type HaltScope = (typeof HALT_SCOPES)[number]

/** What to do about an error of one send. */
export type Remedy =
  /** Surely not sent: the same message again after `afterMs`, while what it `holds` waits; `slowDown`: at half the rate. */
  | {
      kind: 'retry'
      afterMs: number
      holds: 'account' | 'number' | 'contact' | 'template'
      slowDown: boolean
    }
  /** It may have gone out. Its status will tell; nobody sends it again on their own. */
  | { kind: 'uncertain' }
  /** Not sent, and not to be tried again by itself; by anybody not before `afterMs`, where Meta says so. */
  | { kind: 'wait'; afterMs: number | null; slowDown: boolean }
  /** Not sent, like everything else in this scope, until it is lifted. */
  | { kind: 'halt'; scope: Exclude<HaltScope, 'contact'> }
  /** Not sent; this person is not to be tried: at once, or, `unreachable`, once it has happened often enough. */
  | { kind: 'suppress'; why: 'stopped_marketing' | 'blocked_by_us' | 'unreachable' }
  /** Not sent, and never will be as it is. */
  | { kind: 'fix' }

export type RemedyKind = Remedy['kind']

/** One sentence per class, for people. */
export const REMEDY_SENTENCES: Record<RemedyKind, string> = {
  retry: 'WhatsApp takes no more at the moment. It was not sent, and the same message can be sent later.',
  uncertain:
    'WhatsApp failed while it held the message, which may have gone out. Do not send it again before its status is known.',
  wait: 'WhatsApp chose not to deliver it now. Sending it again soon does harm.',
  halt: 'Nothing leaves for this number, account, country or template until the cause is gone.',
  suppress: 'This person is not to be sent this.',
  fix: 'The message, the template or the settings are wrong; as it is it will never be sent.',
}

type Row = {
  /** One code, or the first and last of a range. A code of its own goes before a range that holds it. */
  codes: number | readonly [number, number]
  means: string
  remedy: Remedy | ((attempt: number) => Remedy)
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

const FIX: Remedy = { kind: 'fix' }
const UNCERTAIN: Remedy = { kind: 'uncertain' }
const WAIT: Remedy = { kind: 'wait', afterMs: null, slowDown: false }
const halt = (scope: Exclude<HaltScope, 'contact'>): Remedy => ({ kind: 'halt', scope })
const suppress = (why: Extract<Remedy, { kind: 'suppress' }>['why']): Remedy => ({ kind: 'suppress', why })

// Call rates are counted by the hour: minutes, not seconds.
const calls = (attempt: number): Remedy => ({
  kind: 'retry',
  afterMs: Math.min(attempt, 10) * MINUTE,
  holds: 'account',
  slowDown: false,
})
// 1, 2, 4 … 60 seconds.
const throughput = (attempt: number): Remedy => ({
  kind: 'retry',
  afterMs: Math.min(2 ** Math.min(attempt - 1, 6), 60) * SECOND,
  holds: 'number',
  slowDown: true,
})
// Meta: "4^X seconds, X beginning at 0 and growing by one with every failure". An hour is the whole pair quota.
const pair = (attempt: number): Remedy => ({
  kind: 'retry',
  afterMs: Math.min(4 ** Math.min(attempt - 1, 6) * SECOND, 60 * MINUTE),
  holds: 'contact',
  slowDown: false,
})

export const ERROR_CODES: readonly Row[] = [
  { codes: 0, means: 'the access token is not valid', remedy: halt('account') },
  { codes: 1, means: 'unknown error, or a malformed request', remedy: UNCERTAIN },
  { codes: 2, means: 'temporarily unavailable', remedy: UNCERTAIN },
  { codes: 3, means: 'the app lacks the capability', remedy: halt('number') },
  { codes: 4, means: 'the app makes too many calls', remedy: calls },
  { codes: 10, means: 'the permission is missing or was taken away', remedy: halt('number') },
  { codes: 33, means: 'the phone number ID does not exist', remedy: FIX },
  { codes: 100, means: 'a parameter is unknown or wrong', remedy: FIX },
  { codes: 190, means: 'the access token has expired', remedy: halt('account') },
  { codes: [200, 299], means: 'a permission is missing', remedy: halt('number') },
  { codes: 368, means: 'blocked for violating a policy', remedy: halt('account') },
  { codes: 470, means: 'the 24-hour window is closed (On-Premises code)', remedy: FIX },
  { codes: 80007, means: 'the account makes too many calls', remedy: calls },
  { codes: 130403, means: 'the business has blocked this person', remedy: suppress('blocked_by_us') },
  { codes: 130429, means: 'the throughput of the number is reached', remedy: throughput },
  { codes: 130472, means: 'the person is in an experiment of Meta’s', remedy: WAIT },
  { codes: 130497, means: 'the account may not message this country', remedy: halt('country') },
  { codes: 131000, means: 'something went wrong', remedy: UNCERTAIN },
  { codes: 131005, means: 'access denied', remedy: halt('number') },
  { codes: 131008, means: 'a required parameter is missing', remedy: FIX },
  { codes: 131009, means: 'a parameter’s value is not valid', remedy: FIX },
  { codes: 131016, means: 'a service is unavailable', remedy: UNCERTAIN },
  { codes: 131021, means: 'sender and recipient are the same', remedy: FIX },
  // Also what a person who blocked the business looks like; Meta never tells the two apart. No withdrawal (R51).
  {
    codes: 131026,
    means: 'undeliverable: not on WhatsApp, or too old an app',
    remedy: suppress('unreachable'),
  },
  { codes: 131030, means: 'not on the allow-list of a test number', remedy: FIX },
  { codes: 131031, means: 'the account is locked', remedy: halt('account') },
  { codes: [131035, 131036], means: 'kept longer than local storage allows', remedy: FIX },
  { codes: 131037, means: 'the display name is not approved', remedy: FIX },
  { codes: 131042, means: 'a payment is missing', remedy: halt('account') },
  { codes: 131045, means: 'the number is not registered', remedy: FIX },
  { codes: 131047, means: 'the 24-hour window is closed: send a template', remedy: FIX },
  {
    codes: 131048,
    means: 'too many people block or report this number',
    remedy: { ...WAIT, slowDown: true },
  },
  // Within 24 hours another try is refused, and tries count against the account (since 2026-04-30).
  { codes: 131049, means: 'Meta’s own limit of marketing per person', remedy: { ...WAIT, afterMs: DAY } },
  { codes: 131050, means: 'the person has stopped marketing', remedy: suppress('stopped_marketing') },
  { codes: 131051, means: 'the message type is not supported', remedy: FIX },
  { codes: [131052, 131053], means: 'media cannot be fetched', remedy: FIX },
  { codes: 131055, means: 'the Marketing Messages API sends marketing templates only', remedy: FIX },
  { codes: 131056, means: 'too many messages to one person', remedy: pair },
  { codes: 131057, means: 'the account is in maintenance', remedy: UNCERTAIN },
  { codes: 131059, means: 'a cursor is wrong', remedy: FIX },
  { codes: 131062, means: 'this message cannot go to a BSUID: name the phone', remedy: FIX },
  { codes: 131063, means: 'marketing goes by marketing_messages in this account', remedy: FIX },
  { codes: 131064, means: 'limited for templates in the wrong category', remedy: halt('account') },
  { codes: 132000, means: 'the number of template parameters differs', remedy: FIX },
  { codes: 132001, means: 'no such template in this language', remedy: FIX },
  { codes: 132005, means: 'the filled template is too long', remedy: FIX },
  { codes: 132007, means: 'the template’s content breaks a policy', remedy: FIX },
  { codes: 132012, means: 'the format of a template parameter differs', remedy: FIX },
  { codes: 132015, means: 'the template is paused for its quality', remedy: halt('template') },
  { codes: 132016, means: 'the template is disabled for its quality', remedy: halt('template') },
  { codes: 132018, means: 'the template’s parameters are wrong', remedy: FIX },
  { codes: [132068, 132069], means: 'the flow is blocked or throttled', remedy: FIX },
  { codes: 133004, means: 'the server is temporarily unavailable', remedy: UNCERTAIN },
  // Registration: whoever runs the number has to act, and until then nothing leaves by it.
  { codes: [133000, 133010], means: 'the registration of the number is incomplete', remedy: halt('number') },
  { codes: 133015, means: 'the number was deleted a moment ago', remedy: halt('number') },
  { codes: 133016, means: 'too many registrations: locked for 72 hours', remedy: halt('number') },
  { codes: 134011, means: 'the terms of payment are not accepted', remedy: halt('account') },
  { codes: 134100, means: 'the template is not marketing', remedy: FIX },
  {
    codes: 134101,
    means: 'the template is being synchronised, for up to 10 minutes',
    remedy: { kind: 'retry', afterMs: 10 * MINUTE, holds: 'template', slowDown: false },
  },
  { codes: 134102, means: 'the template could not be synchronised', remedy: halt('template') },
  { codes: 135000, means: 'an unknown error in the parameters, or dropped by pacing', remedy: WAIT },
  { codes: 137000, means: 'the identity key has changed: verify the person', remedy: FIX },
  { codes: 2494100, means: 'the account is in maintenance', remedy: UNCERTAIN },
]

/** The row of a code; undefined for one that Meta's table did not have. */
export function errorRow(code: number): Row | undefined {
  return (
    ERROR_CODES.find((row) => row.codes === code) ??
    ERROR_CODES.find(({ codes }) => typeof codes !== 'number' && codes[0] <= code && code <= codes[1])
  )
}

/**
 * What to do about an error.
 * @param code Meta's code; null when the answer held none
 * @param attempt how many times the message was tried, this one included: 1, 2 …
 * @param status HTTP status of the answer; null when a status webhook told, and the message has surely failed
 */
export function remedyOf(code: number | null, attempt: number, status: number | null): Remedy {
  const row = code === null ? undefined : errorRow(code)
  if (row !== undefined) {
    const remedy = typeof row.remedy === 'function' ? row.remedy(Math.max(attempt, 1)) : row.remedy
    // What failed inside WhatsApp may have gone out, until its status says that it has not.
    return remedy.kind === 'uncertain' && status === null ? WAIT : remedy
  }
  if (status === null) return WAIT
  // Too many requests: HTTP itself says that it was not taken in (RFC 6585 section 4).
  if (status === 429) return throughput(Math.max(attempt, 1))
  // Whoever is not let in has sent nothing.
  if (status === 401 || status === 403) return halt('number')
  // 408 and everything that is no refusal of the request: it may have been taken in.
  return status >= 400 && status < 500 && status !== 408 ? FIX : UNCERTAIN
}

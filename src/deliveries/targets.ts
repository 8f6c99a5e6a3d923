// Receivers as the policy names them: those that had Meta's webhooks before (`forward`), and those that want to hear what
// was decided here (`events`). Secrets come from the environment by name and are values from here on.

import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { FEED_TYPES, type FeedType } from '../feed/types.js'
import { urlProblem } from './address.js'
import type { Letter } from './letters.js'

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be 1–40 of a–z, 0–9, _ and -, beginning with a letter')
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable')
const url = z.string().max(2_000)
/** Allows http:// and addresses of private networks. */
const isPrivate = z.literal(true).optional()

export const forwardSchema = z.array(
  z.strictObject({
    name,
    url,
    /** Phone number ids; absent: all. */
    numbers: z.array(z.string()).min(1).optional(),
    /** Absent: with Meta's own signature, for receivers that hold the app secret. */
    signWith: variable.optional(),
    private: isPrivate,
  }),
)

export const eventsSchema = z.array(
  z.strictObject({
    name,
    url,
    /** Standard Webhooks' secret, `whsec_…`; two, comma-separated, while rotating. */
    secret: variable,
    /** Absent: all. */
    types: z.array(z.enum(FEED_TYPES)).min(1).optional(),
    private: isPrivate,
  }),
)

type ForwardFile = z.infer<typeof forwardSchema>[number]
type EventsFile = z.infer<typeof eventsSchema>[number]
export type ForwardTarget = Omit<ForwardFile, 'signWith'> & { secret: string | null }
export type EventTarget = Omit<EventsFile, 'secret'> & { secrets: readonly string[] }
export type Targets = { forward: readonly ForwardTarget[]; events: readonly EventTarget[] }

/** Looks up a secret by the name of its environment variable. */
export type SecretOf = (variable: string) => string | undefined

/** For programs that read a policy and deliver nothing: any secret will do. */
export const NO_SECRETS_NEEDED: SecretOf = () => `whsec_${'A'.repeat(32)}`

/** The receivers with their secrets, and every problem with them, by the path of the setting. */
export function readTargets(
  file: { forward: readonly ForwardFile[]; events: readonly EventsFile[]; numbers: readonly string[] },
  secretOf: SecretOf,
): { targets: Targets; problems: string[] } {
  const problems: string[] = []
  const taken = new Set<string>()
  const check = (path: string, target: ForwardFile | EventsFile) => {
    const trouble = urlProblem(target.url, target.private ?? false)
    if (trouble !== null) problems.push(`${path}.url: ${trouble}`)
    if (taken.has(target.name)) problems.push(`${path}.name: ${target.name} is taken by another receiver`)
    taken.add(target.name)
  }
  const forward = file.forward.map(({ signWith, ...target }, i): ForwardTarget => {
    const path = `forward.${i}`
    check(path, target)
    for (const number of target.numbers ?? [])
      if (!file.numbers.includes(number)) problems.push(`${path}.numbers: ${number} is not one of numbers`)
    if (signWith === undefined) return { ...target, secret: null }
    const secret = secretOf(signWith)
    if (!secret) problems.push(`${path}.signWith: the environment variable ${signWith} is not set`)
    else if (secret.length < 8) problems.push(`${path}.signWith: ${signWith} is too short to be a secret`)
    return { ...target, secret: secret ?? '' }
  })
  const events = file.events.map(({ secret: variable, ...target }, i): EventTarget => {
    const path = `events.${i}`
    check(path, { ...target, secret: variable })
    const text = secretOf(variable)
    if (!text) problems.push(`${path}.secret: the environment variable ${variable} is not set`)
    const secrets = (text ?? '').split(',').map((secret) => secret.trim())
    if (text && !secrets.every(isWebhookSecret))
      problems.push(`${path}.secret: ${variable} must hold whsec_ and 24–64 bytes in base64, or two of these`)
    return { ...target, secrets }
  })
  return { targets: { forward, events }, problems }
}

/** Standard Webhooks: between 24 and 64 random bytes, in base64, with a prefix. */
function isWebhookSecret(secret: string): boolean {
  const base64 = /^whsec_((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(secret)?.[1]
  const { length } = Buffer.from(base64 ?? '', 'base64')
  return length >= 24 && length <= 64
}

/** One receiver, as whoever delivers to it sees it. */
export type Target = {
  name: string
  url: string
  private: boolean
  /** What it takes from the feed; null for one that gets webhooks. */
  feed: { types: readonly FeedType[] | null } | null
  /** The headers of a letter, signatures included, as of now. */
  headers(letter: Letter, now: Date): Record<string, string>
}

export const targetsOf = ({ forward, events }: Targets): Target[] => [
  ...forward.map(
    ({ name, url, private: isPrivate = false, secret }): Target => ({
      name,
      url,
      private: isPrivate,
      feed: null,
      headers: ({ body, contentType, signature }) => ({
        'content-type': contentType,
        'x-hub-signature-256':
          secret === null ? signature : `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      }),
    }),
  ),
  ...events.map(
    ({ name, url, private: isPrivate = false, types, secrets }): Target => ({
      name,
      url,
      private: isPrivate,
      feed: { types: types ?? null },
      // https://www.standardwebhooks.com: the time is that of the attempt, the id that of the event.
      headers: ({ body, contentType, event }, now) => ({
        'content-type': contentType,
        'webhook-id': event,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': secrets
          .map((secret) => new Webhook(secret).sign(event, now, body.toString()))
          .join(' '),
      }),
    }),
  ),
]

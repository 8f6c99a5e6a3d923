// The policy file: who the controller is, which numbers send, which purposes a person can accept or refuse.
// Promise kept: a policy that is incomplete or inconsistent never starts the service, and every problem is named
// at once, with the path of the setting and what to write instead.

import { parse } from 'yaml'
import { z } from 'zod'
import {
  eventsSchema,
  forwardSchema,
  readTargets,
  type SecretOf,
  type Targets,
} from './deliveries/targets.js'

export const CATEGORIES = ['marketing', 'utility', 'authentication', 'service'] as const
export type Category = (typeof CATEGORIES)[number]

/** GDPR Art. 6(1): what a purpose rests on. Only `consent` is asked for in the chat, and ended by a plain STOP (R24). */
export const BASES = ['consent', 'contract', 'legal_obligation', 'legitimate_interests'] as const
export type Basis = (typeof BASES)[number]

const PERIODS = ['day', 'week', 'month', 'year'] as const
const DURATION = /^P(?:[1-9]\d?Y|[1-9]\d{0,2}M|[1-9]\d{0,3}D)$/
const text = z.string().trim().min(1)
const purposeId = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be 1–40 of a–z, 0–9 and _, beginning with a letter')

const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as "21:00"')

const purposeSchema = z.strictObject({
  category: z.enum(CATEGORIES),
  basis: z.enum(BASES).default('consent'),
  title: z.record(z.string(), text),
  /** Shown in the notice, and kept: what would be more is refused (consent/frequency.ts). */
  frequency: z.strictObject({ atMost: z.number().int().min(1), per: z.enum(PERIODS) }),
  /** When nothing is sent, by the person's own clock; across midnight if `from` is the later one. None by default. */
  quietHours: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional(),
  validity: z
    .string()
    .regex(DURATION, 'must be an ISO 8601 duration of years, months or days, such as P24M')
    .default('P24M'),
})

type Wording = { [name: string]: string | Wording }
const wordingSchema: z.ZodType<Wording> = z.record(z.string(), z.union([text, z.lazy(() => wordingSchema)]))

const policySchema = z.strictObject({
  controller: z.strictObject({
    name: text.max(40),
    contact: text.max(60),
    address: text,
    privacyNotice: z.url({ protocol: /^https$/ }).max(80),
    /** ISO 3166-1, such as DE, and a part of it where holidays differ, such as BE: a due date falls on a working day. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a country such as DE')
      .optional(),
    region: text.max(10).optional(),
    /** How to reach the data protection officer, where there is one (GDPR Art. 13(1)(b)). */
    dataProtectionOfficer: text.max(120).optional(),
    /** With whom people can complain (GDPR Art. 13(2)(d)). */
    authority: z.strictObject({ name: text.max(120), url: z.url({ protocol: /^https$/ }) }).optional(),
  }),
  /** Where people reach this service from outside: for links to the opt-in page and to answers to their requests. */
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Who else gets personal data (GDPR Art. 13(1)(e)), beside WhatsApp itself. */
  recipients: z
    .array(
      z.strictObject({
        name: text.max(120),
        role: z.enum(['processor', 'controller']).default('processor'),
        country: z.string().regex(/^[A-Z]{2}$/, 'must be a country such as DE'),
        /** Outside the EU: what protects the data there (GDPR Art. 46), in a few words. */
        safeguard: text.max(200).optional(),
      }),
    )
    .default([]),
  languages: z.array(text).min(1),
  numbers: z
    .array(
      z.strictObject({
        phoneNumberId: z
          .string()
          .regex(/^\d{3,32}$/, 'must be the digits that Meta shows as phone number ID'),
        businessAccountId: z.string().regex(/^\d{3,32}$/),
        displayPhoneNumber: z.string().regex(/^\+\d{6,15}$/, 'must be E.164, such as +493012345678'),
        /** Throughput; absent: as Meta has it for the number, else 80. Numbers also used in the Business app have 20. */
        messagesPerSecond: z.number().int().min(1).max(1000).optional(),
      }),
    )
    .min(1),
  purposes: z.record(purposeId, purposeSchema),
  templates: z.record(text, purposeId).default({}),
  /** In-App Signup messages by their id: the text WhatsApp shows with them, which is the notice of the consent. */
  signups: z
    .record(text, z.strictObject({ purposes: z.array(purposeId).min(1), language: text, notice: text }))
    .default({}),
  defaultPurpose: purposeId,
  optIn: z.enum(['confirm', 'direct']).default('confirm'),
  /** What consent records say beside (ISO/IEC TS 27560): `EU` or a country, by ISO 3166-1. */
  records: z
    .strictObject({
      jurisdiction: z
        .string()
        .regex(/^[A-Z]{2}$/, 'must be EU or a country such as DE')
        .default('EU'),
      storedIn: z
        .string()
        .regex(/^[A-Z]{2}$/, 'must be EU or a country such as DE')
        .default('EU'),
      keptFor: z
        .string()
        .regex(/^P[1-9]\d?Y$/, 'must be years, such as P5Y')
        .default('P5Y'),
    })
    .prefault({}),
  /** Our answers to one person within an hour; more would be one machine talking to another. Stops are always confirmed. */
  repliesPerHour: z.number().int().min(3).default(12),
  /** Texts in place of ours: language → the same names as in conversation/texts. */
  texts: z.record(text, wordingSchema).default({}),
  /** Who gets Meta's webhooks as before. */
  forward: forwardSchema.default([]),
  /** Who is told what was decided here, as Standard Webhooks. */
  events: eventsSchema.default([]),
  retention: z.record(z.string(), z.string()).default({}),
})

type PolicyFile = z.infer<typeof policySchema>
export type Purpose = PolicyFile['purposes'][string] & { id: string }
export type Policy = Omit<PolicyFile, 'purposes' | keyof Targets> &
  Targets & { purposes: ReadonlyMap<string, Purpose> }

/** The controller of the sample policy; a real start refuses it. */
export const SAMPLE_CONTROLLER = 'Acme Outdoor GmbH'

export class PolicyError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The policy file has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads a policy file.
 * @param yaml the file's text
 * @param known languages that have texts (BCP 47)
 * @param sandbox the sample controller is only allowed here
 * @param secretOf looks up the secrets that the file names; without it there are none
 * @throws PolicyError with every problem found
 */
export function readPolicy(
  yaml: string,
  known: readonly string[],
  sandbox: boolean,
  secretOf: SecretOf = () => undefined,
): Policy {
  let raw: unknown
  try {
    raw = parse(yaml)
  } catch (error) {
    throw new PolicyError([`not valid YAML: ${error instanceof Error ? error.message.split('\n')[0] : ''}`])
  }
  const parsed = policySchema.safeParse(raw)
  if (!parsed.success) {
    throw new PolicyError(parsed.error.issues.map((i) => `${i.path.join('.') || 'file'}: ${i.message}`))
  }
  const numbers = parsed.data.numbers.map((n) => n.phoneNumberId)
  const { targets, problems: unreachable } = readTargets({ ...parsed.data, numbers }, secretOf)
  const problems = [...inconsistencies(parsed.data, known, sandbox), ...unreachable]
  if (problems.length > 0) throw new PolicyError(problems)
  const purposes = new Map(Object.entries(parsed.data.purposes).map(([id, p]) => [id, { id, ...p }]))
  return { ...parsed.data, ...targets, purposes }
}

function* inconsistencies(file: PolicyFile, known: readonly string[], sandbox: boolean) {
  if (!sandbox && file.controller.name === SAMPLE_CONTROLLER) {
    yield 'controller.name: still names the sample controller; write your own'
  }
  for (const language of file.languages) {
    if (!known.includes(language)) yield `languages: no texts for ${language}; known are ${known.join(', ')}`
  }
  const first = file.languages[0] ?? ''
  const ids = Object.keys(file.purposes)
  if (ids.length === 0) yield 'purposes: name at least one'
  for (const [id, purpose] of Object.entries(file.purposes)) {
    if (!purpose.title[first]) yield `purposes.${id}.title: missing in ${first}, the first of languages`
    if (purpose.quietHours && purpose.quietHours.from === purpose.quietHours.to)
      yield `purposes.${id}.quietHours: from and to are the same; leave quietHours out, or name two times`
    for (const [language, title] of Object.entries(purpose.title)) {
      if ([...title].length > 24)
        yield `purposes.${id}.title.${language}: longer than the 24 characters of a list row`
    }
  }
  if (!ids.includes(file.defaultPurpose))
    yield `defaultPurpose: ${file.defaultPurpose} is not one of purposes`
  for (const [template, purpose] of Object.entries(file.templates)) {
    if (!ids.includes(purpose)) yield `templates.${template}: ${purpose} is not one of purposes`
  }
  for (const [signup, { purposes }] of Object.entries(file.signups)) {
    for (const purpose of purposes) {
      if (!ids.includes(purpose)) yield `signups.${signup}: ${purpose} is not one of purposes`
    }
  }
  const { events } = file.retention
  if (events !== undefined && !DURATION.test(events))
    yield 'retention.events: must be an ISO 8601 duration of years, months or days, such as P30D'
  const numbers = file.numbers.map((n) => n.phoneNumberId)
  if (new Set(numbers).size !== numbers.length) yield 'numbers: the same phoneNumberId twice'
}

/** The purposes that are asked for in the chat: those that rest on consent, in the file's order. */
export function consentPurposes(policy: Policy): Purpose[] {
  return [...policy.purposes.values()].filter((p) => p.basis === 'consent')
}

/** The purpose under which a template goes when the call names none. */
export function purposeOfTemplate(policy: Policy, name: string): string {
  // Own properties only: nothing keeps a caller from asking for a template called `constructor`.
  return (Object.hasOwn(policy.templates, name) ? policy.templates[name] : undefined) ?? policy.defaultPurpose
}

/** The business accounts that the numbers belong to, each once. */
export function businessAccounts(policy: Policy): string[] {
  return [...new Set(policy.numbers.map((n) => n.businessAccountId))]
}

/** A purpose's title in `language`, else in the policy's first language. */
export function titleOf(purpose: Purpose, language: string, policy: Policy): string {
  return purpose.title[language] ?? purpose.title[policy.languages[0] ?? ''] ?? purpose.id
}

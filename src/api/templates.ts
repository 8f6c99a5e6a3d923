// What Meta is known to say of our message templates, since when, and where the policy file says otherwise: for whoever
// wonders why a template is refused.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Executor } from '../db/client.js'
import { problem } from '../errors.js'
import { businessAccounts, CATEGORIES, type Policy, purposeOfTemplate } from '../policy.js'
import { TEMPLATE_CATEGORIES } from '../templates/category.js'
import { lastReadings } from '../templates/last-readings.js'
import { type KnownTemplate, listTemplates, type TemplatePlace, templatesNamed } from '../templates/store.js'

const time = z.iso.datetime().nullable()
const category = z.enum(TEMPLATE_CATEGORIES)
const templateSchema = z.object({
  account: z.string(),
  name: z.string(),
  language: z.string(),
  templateId: z.string().nullable(),
  countsAs: category.meta({ description: 'The category that the purpose of a send must have' }),
  category: category.meta({ description: 'Meta’s category now' }),
  categoryAt: time.meta({
    description: 'When Meta last spoke of it; null: never, so it is taken for marketing',
  }),
  correctCategory: category.nullable().meta({ description: 'What Meta has announced to make of it' }),
  changesAt: time.meta({ description: 'When Meta has announced to do so' }),
  status: z.string().meta({ description: 'Meta’s word: APPROVED, PAUSED, DISABLED …, or UNKNOWN' }),
  statusAt: time,
  gone: z.boolean().meta({ description: 'Meta no longer has it: it counts as marketing' }),
  purpose: z.string().meta({ description: 'Under which it goes when the call names none' }),
  purposeCategory: z.enum(CATEGORIES).nullable(),
  disagrees: z.boolean().meta({ description: 'That purpose is of another category: such a send is refused' }),
})
const answerSchema = z.object({
  accounts: z.array(
    z.object({
      account: z.string(),
      readAt: time.meta({ description: 'When the last whole reading began; null: there was none' }),
      templates: z.int().nullable(),
      failedAt: time,
      failure: z.string().nullable(),
    }),
  ),
  unknown: z
    .array(z.string())
    .meta({ description: 'Named in the policy file, and Meta has none of this name' }),
  templates: z.array(templateSchema),
  next: z.string().nullable().meta({ description: 'Give it as "after" to read on; null: this was all' }),
})

export const templateRoutes: FastifyPluginAsyncZod<{ pool: Executor; policy: Policy }> = async (
  app,
  { pool, policy },
) => {
  app.get(
    '/v1/templates',
    {
      config: { errors: 'problem', scope: 'staff' },
      schema: {
        summary: 'Meta’s message templates, and the purposes they go under',
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(1000).default(250),
          after: z.string().max(700).optional(),
        }),
        response: { 200: answerSchema },
      },
    },
    async (request) => {
      const { limit, after } = request.query
      const accounts = businessAccounts(policy)
      const mapped = Object.keys(policy.templates)
      const readings = await lastReadings(pool, accounts)
      const named = new Set((await templatesNamed(pool, accounts, mapped)).map((t) => t.name))
      const templates = await listTemplates(
        pool,
        accounts,
        limit,
        after === undefined ? undefined : placeOf(after),
      )
      const last = templates.at(-1)
      return {
        accounts: accounts.map((account) => {
          const reading = readings.get(account)
          return {
            account,
            readAt: reading?.readAt?.toISOString() ?? null,
            templates: reading?.templates ?? null,
            failedAt: reading?.failedAt?.toISOString() ?? null,
            failure: reading?.failure ?? null,
          }
        }),
        unknown: mapped.filter((name) => !named.has(name)),
        templates: templates.map((template) => present(template, policy)),
        next: last === undefined || templates.length < limit ? null : cursorOf(last),
      }
    },
  )
}

function present(template: KnownTemplate, policy: Policy): z.infer<typeof templateSchema> {
  const purpose = purposeOfTemplate(policy, template.name)
  const purposeCategory = policy.purposes.get(purpose)?.category ?? null
  return {
    ...template,
    categoryAt: template.categoryAt?.toISOString() ?? null,
    changesAt: template.changesAt?.toISOString() ?? null,
    statusAt: template.statusAt?.toISOString() ?? null,
    purpose,
    purposeCategory,
    disagrees: purposeCategory !== template.countsAs,
  }
}

const cursorOf = ({ account, name, language }: TemplatePlace) =>
  Buffer.from(JSON.stringify([account, name, language])).toString('base64url')

const cursorSchema = z.tuple([z.string(), z.string(), z.string()])

function placeOf(cursor: string): TemplatePlace {
  try {
    const [account, name, language] = cursorSchema.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString()),
    )
    return { account, name, language }
  } catch {
    throw problem('REQUEST_INVALID', [{ field: 'after', message: 'is no "next" of an answer before' }])
  }
}

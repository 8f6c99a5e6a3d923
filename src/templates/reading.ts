// Reads Meta's templates, with their categories, page by page, at every start and each hour. Promise kept: a reading
// that fails changes nothing of what is known, is told in the log and tried again; nothing waits for one. What was never
// read counts as marketing, so a Meta that is away makes nothing easier to send.

import { createHash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { z } from 'zod'
import { businessAccounts, type Policy } from '../policy.js'
import { errorCode } from '../whatsapp/envelope.js'
import type { Graph, GraphAnswer } from '../whatsapp/graph.js'
import {
  readCategory,
  readCorrectCategory,
  type TemplateNews,
  templateLanguage,
  templateName,
} from './category.js'
import { disagreements } from './disagreements.js'
import { lastReadings, noteFailure, noteReading } from './last-readings.js'
import { markGone, saveTemplateNews, templatesNamed } from './store.js'

export type ReadingDeps = {
  pool: pg.Pool
  policy: Policy
  graph: Pick<Graph, 'request'>
  apiVersion: string
  clock: () => Date
  log: Pick<FastifyBaseLogger, 'warn' | 'error'>
}

// 200 management calls an hour are allowed for app and account together (Meta, "Rate limits"): an account of 250
// templates, the most that an unverified business may have, costs one.
const PAGE = 250
// More than any account may have; a list that does not end is no list.
const MOST_PAGES = 100
/** A reading as new as this is not repeated: replicas start together, and a process may start over and over. */
const FRESH_MS = 10 * 60_000
/**
 * A reading speaks for a moment this long before it began. Our clock may be ahead of Meta's, and Meta may answer from a
 * copy that has not heard of its own webhook yet: neither may let a reading overrule it.
 */
const LAG_MS = 5 * 60_000
// "Too many calls" of app (4, 17) and account (80007, 80008): trying again soon makes it worse.
const TOO_MANY_CALLS = new Set([4, 17, 80007, 80008])

const pageSchema = z.looseObject({
  data: z.array(z.unknown()),
  paging: z
    .looseObject({
      next: z.string().optional(),
      cursors: z.looseObject({ after: z.string().min(1).max(4096).optional() }).optional(),
    })
    .optional(),
})
const word = z
  .string()
  .regex(/^\w{1,64}$/)
  .optional()
  .catch(undefined)
const templateSchema = z.looseObject({
  name: templateName,
  language: templateLanguage,
  id: word,
  status: word,
  category: z.unknown().optional(),
  correct_category: z.unknown().optional(),
})

/** The minute of the hour at which this policy's accounts are read: spread over installations, the same on all replicas. */
export function minuteOf(policy: Policy): number {
  return createHash('sha256').update(businessAccounts(policy).toSorted().join()).digest().readUInt16BE() % 60
}

/**
 * Reads every account that was not read just now, then tells where policy and Meta disagree.
 * @throws when an account could not be read and trying again soon may help
 */
export async function readTemplates(deps: ReadingDeps): Promise<void> {
  const { pool, policy, clock, log } = deps
  const accounts = businessAccounts(policy)
  const before = await lastReadings(pool, accounts)
  let again = 0
  for (const account of accounts) {
    const begun = clock()
    const readAt = before.get(account)?.readAt
    if (readAt && begun.getTime() - readAt.getTime() < FRESH_MS) continue
    const read = await readAccount(deps, account, new Date(begun.getTime() - LAG_MS))
    if (read.outcome === 'failed') {
      await noteFailure(pool, account, begun, read.cause)
      log.error(
        { account, cause: read.cause },
        'Meta’s templates could not be read: what was known still counts, and a template never read is marketing',
      )
      if (read.again) again += 1
      continue
    }
    await noteReading(pool, account, begun, read.templates)
    if (read.gone > 0)
      log.warn({ account, gone: read.gone }, 'templates are gone at Meta: they count as marketing')
  }
  await tellDisagreements(deps, accounts)
  if (again > 0) throw new Error(`templates of ${again} account(s) could not be read`)
}

/** What went wrong, in codes, and whether trying again soon may help. */
type Failure = { outcome: 'failed'; cause: string; again: boolean }
type Read = { outcome: 'read'; templates: number; gone: number } | Failure
type Page = { outcome: 'page'; data: unknown[]; paging?: z.infer<typeof pageSchema>['paging'] }

async function readAccount(deps: ReadingDeps, account: string, at: Date): Promise<Read> {
  let after: string | undefined
  let templates = 0
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const query = new URLSearchParams({
      fields: 'name,language,status,category,correct_category,id',
      limit: `${PAGE}`,
      ...(after === undefined ? {} : { after }),
    })
    const answer = await deps.graph.request({
      method: 'GET',
      version: deps.apiVersion,
      path: `${account}/message_templates?${query}`,
    })
    const page = readPage(answer)
    if (page.outcome === 'failed') return page
    const news = page.data.flatMap((raw) => readTemplate(raw, account, at))
    await saveTemplateNews(deps.pool, news)
    templates += news.length
    if (page.paging?.next === undefined) {
      return { outcome: 'read', templates, gone: await markGone(deps.pool, account, at) }
    }
    // `next` is an address, and only says that there is more: Meta's token goes nowhere but to Meta's own.
    const cursor = page.paging.cursors?.after
    if (cursor === undefined || cursor === after)
      return { outcome: 'failed', cause: 'the list does not go on', again: false }
    after = cursor
  }
  return { outcome: 'failed', cause: 'the list does not end', again: false }
}

function readPage(answer: GraphAnswer): Page | Failure {
  if (answer.outcome !== 'answered') return { outcome: 'failed', cause: answer.cause, again: true }
  if (answer.status !== 200) {
    const code = errorCode(answer.body)
    const again = code === null || !TOO_MANY_CALLS.has(code)
    return { outcome: 'failed', cause: `HTTP ${answer.status}, code ${code ?? 'unknown'}`, again }
  }
  try {
    return { outcome: 'page', ...pageSchema.parse(JSON.parse(answer.body.toString())) }
  } catch {
    return { outcome: 'failed', cause: 'the answer is no list of templates', again: true }
  }
}

/** One that cannot be read is one that is not there: it counts as marketing. */
function readTemplate(raw: unknown, account: string, at: Date): TemplateNews[] {
  const parsed = templateSchema.safeParse(raw)
  if (!parsed.success) return []
  const { id, status, language, ...said } = parsed.data
  const category = readCategory(said.category)
  const correct = readCorrectCategory(said.correct_category, category)
  return [
    {
      account,
      name: said.name,
      language,
      at,
      templateId: id,
      status,
      category,
      correct: correct === undefined ? null : { category: correct, changesAt: null },
    },
  ]
}

async function tellDisagreements({ pool, policy, log }: ReadingDeps, accounts: readonly string[]) {
  const readings = await lastReadings(pool, accounts)
  const read = accounts.filter((account) => readings.get(account)?.readAt)
  // Of an account that was never read nothing is known, and the log has said so.
  if (read.length < accounts.length) return
  for (const { at, ...claimed } of disagreements(
    policy,
    await templatesNamed(pool, accounts, Object.keys(policy.templates)),
  )) {
    if (at === undefined) log.warn(claimed, 'Meta has no template of this name: it counts as marketing')
    else
      log.warn(
        { ...claimed, meta: at },
        'the purpose of a template is not of Meta’s category: sends are refused',
      )
  }
}

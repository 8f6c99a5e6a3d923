// The mirror of Meta's templates in the database. Promise kept: what is known is a function of the SET of what Meta has
// said: of each thing the newest saying counts, and at equal times the more restrictive one, so order and repetition
// change nothing (G5, G6), whether it came by webhook or was read.

import type { Executor } from '../db/client.js'
import type { TemplateCategory, TemplateNews } from './category.js'

/**
 * Writes any number of sayings in one statement. Rows are written in the order of their key: two transactions with the
 * same templates wait for each other instead of deadlocking.
 */
export async function saveTemplateNews(ex: Executor, news: readonly TemplateNews[]): Promise<void> {
  if (news.length === 0) return
  await ex.query({
    name: 'templates_save',
    text: `
with said as (
  select * from jsonb_to_recordset($1::jsonb) as n (account text, name text, language text, at timestamptz,
         template_id text, category text, says_correct boolean, correct text, changes_at timestamptz, status text, gone boolean)
), folded as (
  select account, name, language, (array_agg(template_id order by at desc) filter (where template_id is not null))[1] as template_id,
         (array_agg(category order by at desc, category = 'marketing' desc, category) filter (where category is not null))[1] as category,
         max(at) filter (where category is not null) as category_at,
         (array_agg(correct order by at desc, correct = 'marketing' desc nulls last, correct)
           filter (where says_correct))[1] as correct,
         max(at) filter (where says_correct) as correct_at, max(changes_at) as changes_at,
         (array_agg(status order by at desc, status = 'APPROVED', status) filter (where status is not null))[1] as status,
         max(at) filter (where status is not null) as status_at,
         max(at) filter (where not gone) as seen_at, max(at) filter (where gone) as gone_at
    from said group by account, name, language
)
insert into templates as t (business_account_id, name, language, template_id, category, category_at, correct_category,
                            correct_at, changes_at, status, status_at, seen_at, gone_at)
select account, name, language, template_id, coalesce(category, 'marketing'), coalesce(category_at, '-infinity'), correct,
       coalesce(correct_at, '-infinity'), changes_at, coalesce(status, 'UNKNOWN'), coalesce(status_at, '-infinity'),
       coalesce(seen_at, '-infinity'), coalesce(gone_at, '-infinity')
  from folded order by account, name, language
on conflict (business_account_id, name, language) do update set
  template_id = coalesce(excluded.template_id, t.template_id),
  (category, category_at) = (
    select v.* from (values (t.category, t.category_at), (excluded.category, excluded.category_at)) v (said, at)
     order by at desc, said = 'marketing' desc, said limit 1),
  (correct_category, correct_at) = (
    select v.* from (values (t.correct_category, t.correct_at), (excluded.correct_category, excluded.correct_at)) v (said, at)
     order by at desc, said = 'marketing' desc nulls last, said limit 1),
  changes_at = greatest(t.changes_at, excluded.changes_at),
  (status, status_at) = (
    select v.* from (values (t.status, t.status_at), (excluded.status, excluded.status_at)) v (said, at)
     order by at desc, said = 'APPROVED', said limit 1),
  seen_at = greatest(t.seen_at, excluded.seen_at),
  gone_at = greatest(t.gone_at, excluded.gone_at)`,
    values: [
      JSON.stringify(
        news.map((n) => ({
          account: n.account,
          name: n.name,
          language: n.language,
          at: n.at,
          template_id: n.templateId,
          category: n.category,
          says_correct: n.correct !== undefined,
          correct: n.correct?.category,
          changes_at: n.correct?.changesAt,
          status: n.status,
          gone: n.gone ?? false,
        })),
      ),
    ],
  })
}

/**
 * After a whole reading: what was not in it is gone, unless something newer has spoken of it.
 * @returns how many are gone that were not before
 */
export async function markGone(ex: Executor, account: string, at: Date): Promise<number> {
  const { rowCount } = await ex.query({
    name: 'templates_gone',
    text: `update templates set gone_at = $2
            where business_account_id = $1 and seen_at < $2 and gone_at < seen_at`,
    values: [account, at],
  })
  return rowCount ?? 0
}

export type KnownTemplate = {
  account: string
  name: string
  language: string
  templateId: string | null
  /** Meta's category now; `countsAs` is the one that a send must match. */
  category: TemplateCategory
  correctCategory: TemplateCategory | null
  changesAt: Date | null
  status: string
  countsAs: TemplateCategory
  /** When Meta last spoke of its category; null: never, it is taken for marketing. */
  categoryAt: Date | null
  statusAt: Date | null
  gone: boolean
}

/** A place in the list of templates: the key of the last one seen. */
export type TemplatePlace = Pick<KnownTemplate, 'account' | 'name' | 'language'>

/** At most `limit` templates in the order of account, name and language, of these accounts, from after a place on. */
export async function listTemplates(
  ex: Executor,
  accounts: readonly string[],
  limit: number,
  after: TemplatePlace = { account: '', name: '', language: '' },
): Promise<KnownTemplate[]> {
  const { rows } = await ex.query<KnownTemplate>({
    name: 'templates_list',
    text: `select business_account_id as account, name, language, template_id as "templateId", category,
                  correct_category as "correctCategory",
                  case when correct_category is not null then changes_at end as "changesAt", status, counts_as as "countsAs",
                  nullif(category_at, '-infinity') as "categoryAt", nullif(status_at, '-infinity') as "statusAt",
                  gone_at >= seen_at as gone
             from templates
            where business_account_id = any ($1::text[]) and (business_account_id, name, language) > ($2, $3, $4)
            order by business_account_id, name, language limit $5`,
    values: [accounts, after.account, after.name, after.language, limit],
  })
  return rows
}

/** Every template of these names at these accounts that is not gone. */
export async function templatesNamed(
  ex: Executor,
  accounts: readonly string[],
  names: readonly string[],
): Promise<KnownTemplate[]> {
  const { rows } = await ex.query<KnownTemplate>({
    name: 'templates_named',
    text: `select business_account_id as account, name, language, template_id as "templateId", category,
                  correct_category as "correctCategory",
                  case when correct_category is not null then changes_at end as "changesAt", status, counts_as as "countsAs",
                  nullif(category_at, '-infinity') as "categoryAt", nullif(status_at, '-infinity') as "statusAt",
                  false as gone
             from templates
            where business_account_id = any ($1::text[]) and name = any ($2::text[]) and gone_at < seen_at
            order by business_account_id, name, language`,
    values: [accounts, names],
  })
  return rows
}

/**
 * Meta's status of a template, as it says it (APPROVED, PAUSED, DISABLED …); null for one it does not have.
 * @param language as a send names it
 */
export async function templateStatus(
  ex: Executor,
  { account, name, language }: TemplatePlace,
): Promise<string | null> {
  const { rows } = await ex.query<{ status: string }>({
    name: 'templates_status',
    text: `select status from templates
            where business_account_id = $1 and name = $2 and language = $3 and gone_at < seen_at`,
    values: [account, name, language],
  })
  return rows[0]?.status ?? null
}

import fc from 'fast-check'
import t from 'tap'
import { TEMPLATE_CATEGORIES, type TemplateNews } from '../../src/templates/category.js'
import { listTemplates, markGone, saveTemplateNews, templateStatus } from '../../src/templates/store.js'
import { testDatabase } from '../helpers/database.js'

const KEY = { account: '102290129340398', name: 'order_shipped', language: 'en_US' }
const at = (second: number) => new Date(Date.parse('2026-11-23T10:00:00Z') + second * 1000)

const news: fc.Arbitrary<TemplateNews> = fc
  .record(
    {
      at: fc.integer({ min: 0, max: 3 }).map(at),
      category: fc.constantFrom(...TEMPLATE_CATEGORIES),
      correct: fc.option(
        fc.record({
          category: fc.constantFrom(...TEMPLATE_CATEGORIES),
          changesAt: fc.constantFrom(null, at(9)),
        }),
      ),
      status: fc.constantFrom('APPROVED', 'PAUSED', 'DISABLED'),
      gone: fc.boolean(),
    },
    { requiredKeys: ['at'] },
  )
  .map((said) => ({ ...KEY, ...said }))

t.test('any order, any repetition and any split of what Meta says end in the same', async (t) => {
  const { pool } = await testDatabase(t)
  const after = async (bodies: readonly (readonly TemplateNews[])[]) => {
    await pool.query('delete from templates')
    for (const body of bodies) await saveTemplateNews(pool, body)
    return (await pool.query('select * from templates')).rows
  }
  const shuffled = fc
    .array(news, { minLength: 1, maxLength: 6 })
    .chain((said) =>
      fc.tuple(
        fc.constant(said),
        fc.shuffledSubarray([...said, ...said], { minLength: said.length * 2, maxLength: said.length * 2 }),
        fc.integer({ min: 1, max: 4 }),
      ),
    )
  await fc.assert(
    fc.asyncProperty(shuffled, async ([said, again, size]) => {
      const bodies = Array.from({ length: Math.ceil(again.length / size) }, (_, i) =>
        again.slice(i * size, (i + 1) * size),
      )
      t.same(await after(bodies), await after([said]))
    }),
    { numRuns: 150 },
  )
})

t.test('the newest word counts, at equal times the stricter one', async (t) => {
  const { pool } = await testDatabase(t)
  const known = async () => (await listTemplates(pool, [KEY.account], 10))[0]
  const hear = (second: number, said: Partial<TemplateNews>) =>
    saveTemplateNews(pool, [{ ...KEY, at: at(second), ...said }])

  await hear(0, { status: 'APPROVED' })
  t.match(await known(), { countsAs: 'marketing', categoryAt: null }, 'of a category nothing was said')
  await hear(10, { category: 'utility', correct: null })
  t.match(await known(), { countsAs: 'utility', category: 'utility', categoryAt: at(10) })
  await hear(9, { category: 'marketing' })
  t.match(await known(), { countsAs: 'utility' }, 'an older word')
  await hear(10, { category: 'marketing' })
  t.match(await known(), { countsAs: 'marketing' }, 'at the same time the stricter one')
  await hear(11, { category: 'utility' })
  await hear(12, { correct: { category: 'marketing', changesAt: at(99) } })
  t.match(
    await known(),
    { countsAs: 'marketing', category: 'utility', correctCategory: 'marketing', changesAt: at(99) },
    'announced counts as done',
  )
  await hear(13, { category: 'utility', status: 'PAUSED' })
  t.match(await known(), { countsAs: 'marketing', status: 'PAUSED' }, 'a status takes no announcement back')
  await hear(14, { correct: null })
  t.match(await known(), { countsAs: 'utility', correctCategory: null, changesAt: null })
  await hear(15, { category: 'marketing', correct: { category: 'utility', changesAt: null } })
  t.match(await known(), { countsAs: 'marketing' }, 'what becomes cheaper does so when Meta has done it')

  t.equal(await templateStatus(pool, KEY), 'PAUSED')
  t.equal(await templateStatus(pool, { ...KEY, language: 'de' }), null)
})

t.test('what a whole reading did not find is gone, unless something newer spoke of it', async (t) => {
  const { pool } = await testDatabase(t)
  const said = (name: string, second: number) => ({
    ...KEY,
    name,
    at: at(second),
    category: 'utility' as const,
  })
  await saveTemplateNews(pool, [said('old', 0), said('found', 100), said('newer', 101)])
  await saveTemplateNews(pool, [{ ...said('old', 0), account: '1' }])
  t.equal(await markGone(pool, KEY.account, at(100)), 1)
  t.equal(await markGone(pool, KEY.account, at(100)), 0, 'once')
  const known = await listTemplates(pool, [KEY.account, '1'], 10)
  t.same(
    known.map((k) => `${k.account === '1' ? 'another ' : ''}${k.name} ${k.countsAs}`),
    ['another old utility', 'found utility', 'newer utility', 'old marketing'],
  )
  t.equal(await templateStatus(pool, { ...KEY, name: 'old' }), null)
  await saveTemplateNews(pool, [said('old', 102)])
  t.match((await listTemplates(pool, [KEY.account], 10)).at(-1), { gone: false, countsAs: 'utility' })
})

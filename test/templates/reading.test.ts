import { readFileSync } from 'node:fs'
import pg from 'pg'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.js'
import { start } from '../../src/start.js'
import { lastReadings } from '../../src/templates/last-readings.js'
import { minuteOf, readTemplates } from '../../src/templates/reading.js'
import { listTemplates, saveTemplateNews } from '../../src/templates/store.js'
import type { GraphAnswer, GraphRequest } from '../../src/whatsapp/graph.js'
import { makeClock } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { samplePolicy } from '../helpers/policy.js'

const ACCOUNT = '102290129340398'
const answer = (body: unknown, status = 200): GraphAnswer => ({
  outcome: 'answered',
  status,
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(body)),
})
const template = (name: string, category = 'UTILITY', more = {}) => ({
  name,
  language: 'en_US',
  status: 'APPROVED',
  category,
  id: '1',
  ...more,
})
const more = (after: string) => ({ next: `https://elsewhere.example/?after=${after}`, cursors: { after } })

/** A Meta that answers what it is told to, in order, and whoever reads from it. */
async function withMeta(t: Test) {
  const { pool } = await testDatabase(t)
  const clock = makeClock()
  const paths: string[] = []
  const logs: { level: string; text: string; about: object }[] = []
  const say = (level: string) => (about: object, text: string) => void logs.push({ level, text, about })
  let answers: GraphAnswer[] = []
  const deps = {
    pool,
    policy: samplePolicy,
    apiVersion: 'v26.0',
    clock,
    log: { warn: say('warn'), error: say('error') } as never,
    graph: {
      request: async ({ version, path }: GraphRequest) => {
        paths.push(`${version}/${path}`)
        return answers.shift() ?? ({ outcome: 'unsent', cause: 'ECONNREFUSED' } as const)
      },
    },
  }
  const read = (...given: GraphAnswer[]) => {
    answers = given
    return readTemplates(deps)
  }
  const known = async () =>
    (await listTemplates(pool, [ACCOUNT], 1000)).map((k) => `${k.name} ${k.language} ${k.countsAs}`)
  return { pool, clock, paths, logs, read, known }
}

t.test('a list is read page by page from Meta itself, one statement a page', async (t) => {
  const { paths, read, known, pool } = await withMeta(t)
  const statements: string[] = []
  const query = pg.Client.prototype.query
  t.teardown(() => {
    pg.Client.prototype.query = query
  })
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    statements.push(String((args[0] as { name?: string }).name))
    return Reflect.apply(query, this, args)
  } as typeof query
  const page = (n: number) =>
    Array.from({ length: 250 }, (_, i) => template(`t_${n}_${String(i).padStart(3, '0')}`))
  await read(
    answer({ data: page(1), paging: more('ONE') }),
    answer({ data: page(2), paging: more('TWO+/=') }),
    answer({ data: [template('last', 'MARKETING')], paging: { cursors: { after: 'END' } } }),
  )
  pg.Client.prototype.query = query
  const first = `v26.0/${ACCOUNT}/message_templates?fields=name%2Clanguage%2Cstatus%2Ccategory%2Ccorrect_category%2Cid&limit=250`
  t.same(paths, [first, `${first}&after=ONE`, `${first}&after=TWO%2B%2F%3D`])
  t.equal(statements.filter((s) => s === 'templates_save').length, 3)
  t.ok(statements.length <= 8, `${statements}`)
  t.equal((await known()).length, 501)
  t.match((await lastReadings(pool, [ACCOUNT])).get(ACCOUNT), { templates: 501, failure: null })
})

t.test('what Meta says is read as it means it, and anything else is marketing', async (t) => {
  const { read, known } = await withMeta(t)
  await read(
    answer({
      data: [
        template('a_utility'),
        template('b_announced', 'UTILITY', { correct_category: 'MARKETING' }),
        template('c_right', 'UTILITY', { correct_category: 'UTILITY' }),
        template('d_odd_word', 'UTILITY', { correct_category: 'NONE' }),
        template('e_code', 'AUTHENTICATION'),
        template('f_new_category', 'HOLOGRAM'),
        template('g_cheaper_soon', 'MARKETING', { correct_category: 'UTILITY' }),
        { name: 'h_bare', language: 'pt-BR' },
        template('nul\0', 'UTILITY'),
        { name: 'no_language', category: 'UTILITY' },
        null,
      ],
    }),
  )
  t.same(await known(), [
    'a_utility en_US utility',
    'b_announced en_US marketing',
    'c_right en_US utility',
    'd_odd_word en_US utility',
    'e_code en_US authentication',
    'f_new_category en_US marketing',
    'g_cheaper_soon en_US marketing',
    'h_bare pt_BR marketing',
  ])
})

t.test(
  'a reading that fails, at whatever page, changes nothing of what was known and is tried again',
  async (t) => {
    const { clock, read, known, logs, pool } = await withMeta(t)
    await read(answer({ data: [template('a'), template('b')] }))
    const before = await known()
    for (const [name, ...answers] of [
      ['away', { outcome: 'unsent', cause: 'ECONNREFUSED' }],
      ['slow', { outcome: 'uncertain', cause: 'TIMEOUT' }],
      ['no permission', answer({ error: { code: 200 } }, 403)],
      ['no list', answer({ data: 'none' })],
      ['no JSON', { ...answer({}), body: Buffer.from('<html>') }],
      ['away at the second page', answer({ data: [template('a')], paging: more('X') })],
    ] as [string, ...GraphAnswer[]][]) {
      clock.advance(3_600_000)
      logs.length = 0
      await t.rejects(read(...answers), /could not be read/, name)
      t.same(await known(), before, name)
      t.match(logs, [{ level: 'error', text: /could not be read/, about: { account: ACCOUNT } }], name)
      t.match((await lastReadings(pool, [ACCOUNT])).get(ACCOUNT), { failedAt: clock(), templates: 2 })
    }
    clock.advance(3_600_000)
    await read(answer({ data: [template('a')] }))
    t.same(await known(), ['a en_US utility', 'b en_US marketing'], 'and what is gone then is unknown')
    t.match((await lastReadings(pool, [ACCOUNT])).get(ACCOUNT), { failedAt: null, failure: null })
  },
)

t.test('a list that goes in circles is given up, and so is a Meta that asks for fewer calls', async (t) => {
  const { clock, paths, read, known } = await withMeta(t)
  const circle = answer({ data: [template('a')], paging: more('X') })
  await read(circle, circle, circle, circle)
  t.equal(paths.length, 2)
  await read(answer({ data: [], paging: { next: 'https://elsewhere.example/' } }))
  t.equal(paths.length, 3)
  for (const code of [4, 80007, 80008]) {
    clock.advance(3_600_000)
    await read(answer({ error: { code } }, 400))
  }
  t.equal(paths.length, 6, 'not repeated before the next hour')
  t.same(await known(), ['a en_US utility'])
})

t.test('replicas that start together, or one that starts over and over, read once', async (t) => {
  const { clock, paths, read } = await withMeta(t)
  await read(answer({ data: [template('a')] }))
  await read(answer({ data: [] }))
  clock.advance(9 * 60_000)
  await read(answer({ data: [] }))
  t.equal(paths.length, 1)
  clock.advance(60_000)
  await read(answer({ data: [] }))
  t.equal(paths.length, 2)
})

t.test('a reading never overrules a webhook of the minutes before it', async (t) => {
  const { clock, pool, read, known } = await withMeta(t)
  const heard = { account: ACCOUNT, name: 'order_shipped', language: 'en_US', at: clock() }
  await saveTemplateNews(pool, [{ ...heard, category: 'marketing', correct: null }])
  clock.advance(4 * 60_000)
  const stale = answer({ data: [template('order_shipped')] })
  await read(stale)
  t.same(await known(), ['order_shipped en_US marketing'])
  await saveTemplateNews(pool, [{ ...heard, name: 'brand_new', at: clock(), category: 'utility' }])
  clock.advance(3_600_000)
  await read(stale)
  t.same(
    await known(),
    ['brand_new en_US marketing', 'order_shipped en_US utility'],
    'an hour later Meta knows best',
  )
})

t.test('each disagreement between policy and Meta is told once a reading', async (t) => {
  const { clock, logs, read } = await withMeta(t)
  await read(answer({ data: [template('order_shipped', 'MARKETING')] }))
  const warnings = [
    {
      level: 'warn',
      text: /no template of this name/,
      about: { template: 'summer_sale', purpose: 'offers' },
    },
    {
      level: 'warn',
      text: /not of Meta’s category/,
      about: { template: 'order_shipped', meta: { category: 'marketing', languages: ['en_US'] } },
    },
  ]
  t.match(logs, warnings)
  t.equal(logs.length, 2)
  clock.advance(3_600_000)
  logs.length = 0
  await read(answer({ data: [template('order_shipped'), template('summer_sale', 'MARKETING')] }))
  t.same(logs, [])
})

t.test('installations read at minutes of their own, and all replicas of one at the same', async (t) => {
  const [number] = samplePolicy.numbers
  if (number === undefined) throw new Error('the sample policy has no number')
  const of = (...accounts: string[]) =>
    minuteOf({
      ...samplePolicy,
      numbers: accounts.map((businessAccountId) => ({ ...number, businessAccountId })),
    })
  const minutes = new Set(Array.from({ length: 200 }, (_, i) => of(`1000${i}`)))
  t.ok(minutes.size > 40, `${minutes.size}`)
  t.ok([...minutes].every((minute) => Number.isInteger(minute) && minute >= 0 && minute < 60))
  t.equal(of('1', '2', '2'), of('2', '1'))
})

t.test(
  'a start with Meta away serves at once, and says loudly that templates could not be read',
  async (t) => {
    const { url, pool } = await testDatabase(t)
    const logs: string[] = []
    let told = () => {}
    const failure = new Promise<void>((resolve) => {
      told = resolve
    })
    const config = readConfig({
      PORT: '0',
      DATABASE_URL: url,
      LOG_LEVEL: 'warn',
      WHATSAPP_API_URL: 'http://127.0.0.1:1',
    })
    const assent = await start(config, {
      dataDir: '',
      readFile: (file) => readFileSync(file, 'utf8'),
      logStream: {
        write(line) {
          logs.push(line)
          if (line.includes('could not be read')) told()
        },
      },
    })
    t.teardown(() => assent.close())
    t.equal((await fetch(`${assent.url}/readyz`)).status, 200)
    await failure
    t.match((await lastReadings(pool, [ACCOUNT])).get(ACCOUNT), { readAt: null, failure: 'ECONNREFUSED' })
    const { rows } = await pool.query(
      `select attempts, max_attempts from graphile_worker.jobs where task_identifier = 'templates'`,
    )
    t.match(rows, [{ max_attempts: 6 }], 'and is tried again')
    t.notMatch(logs.join(''), /sandbox-access-token/)
  },
)

import pg from 'pg'
import t from 'tap'
import { startAssent } from '../helpers/assent.js'
import { fixture, fixtureNames } from '../helpers/fixtures.js'

// What each shape may write into the ledger; a shape that is not named here writes nothing.
const WRITES: Record<string, string[]> = {
  'text-stop': ['withdrawn'],
  'text-start': ['requested'],
  'text-no-phone': ['withdrawn'],
  'text-bsuid-in-from': ['withdrawn'],
  'text-odd-user-id': ['withdrawn'],
  'text-odd-timestamp': ['withdrawn'],
  'text-phone-only': ['withdrawn'],
  'text-nul-and-half-surrogate': ['withdrawn'],
  'image-caption-stop': ['withdrawn'],
  'button-unsubscribe': ['withdrawn'],
  'button-stop-promotions-localised': ['withdrawn'],
  'interactive-flow-stop': ['withdrawn'],
  'standby-stop': ['withdrawn'],
  'preference-early-stop': ['withdrawn'],
  'preference-stop': ['withdrawn'],
  'status-failed-131050': ['withdrawn'],
  'preference-resume': ['resumed'],
  'preference-stop-no-phone': ['withdrawn'],
  'malformed-neighbours': ['withdrawn'],
  'text-brazil-without-nine': ['withdrawn'],
  'text-mexico-with-one': ['withdrawn'],
  'text-argentina-with-nine': ['withdrawn'],
  'batch-mixed': ['withdrawn', 'withdrawn'],
}

t.test('every shape is answered 200 and changes no consent that it should not', async (t) => {
  const assent = await startAssent(t)
  for (const name of fixtureNames) {
    const before = Number((await assent.pool.query('select count(*) from consent_events')).rows[0].count)
    t.equal(await assent.deliver(fixture(name)), 200, name)
    const { rows } = await assent.pool.query(
      'select type from consent_events order by recorded_at, contact_id, seq',
    )
    const written = rows.length - before
    t.equal(written, WRITES[name]?.length ?? 0, `${name} writes ${WRITES[name]?.join(', ') ?? 'nothing'}`)
  }
  const { rows } = await assent.pool.query(
    `select type, count(*)::int from consent_events group by type order by type`,
  )
  const expected = Object.values(WRITES).flat()
  for (const { type, count } of rows) t.equal(count, expected.filter((e) => e === type).length, type)
  t.equal(
    rows.some((r) => r.type === 'given'),
    false,
  )
})

t.test('what was not understood is on record by its name', async (t) => {
  const assent = await startAssent(t)
  for (const name of ['unknown-field', 'unknown-type', 'malformed-neighbours', 'text-no-identity'])
    await assent.deliver(fixture(name))
  const { rows } = await assent.pool.query(
    'select kind, outcome, count(*)::int from inbound group by 1, 2 order by 1, 2',
  )
  t.same(
    rows.map((r) => `${r.count} ${r.outcome} ${r.kind}`),
    [
      '5 malformed message',
      '1 taken message:text',
      '1 unnamed message:text',
      '2 malformed status',
      '1 ignored field:weather_update',
      '1 ignored type:hologram',
    ].sort((a, b) => (a.split(' ').slice(2).join() < b.split(' ').slice(2).join() ? -1 : 1)),
  )
})

t.test('a thousand updates in one body take a bounded number of statements', async (t) => {
  const assent = await startAssent(t)
  const count = async (messages: object[], statuses: object[]) => {
    const body = fixture('text-stop')
    Object.assign(body.entry[0].changes[0].value, { messages, statuses, contacts: [] })
    const statements: string[] = []
    const query = pg.Client.prototype.query
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      statements.push(String((args[0] as { name?: string }).name ?? args[0]))
      return Reflect.apply(query, this, args)
    } as typeof query
    const status = await assent.deliver(body)
    pg.Client.prototype.query = query
    t.equal(status, 200)
    return statements
  }
  const say = (n: number) => ({
    from: `4477009${String(n).padStart(5, '0')}`,
    id: `wamid.many.${n}`,
    timestamp: String(Math.floor(assent.clock().getTime() / 1000)),
    type: 'text',
    text: { body: ['STOP', 'START', 'HELP', 'hello'][n % 4] },
  })
  const status = (n: number) => ({ id: `wamid.out.${n}`, status: 'sent', timestamp: '1795000000' })
  const range = (n: number, from: number) => Array.from({ length: n }, (_, i) => i + from)
  const few = await count(range(4, 0).map(say), range(2, 0).map(status))
  const many = await count(range(600, 100).map(say), range(400, 100).map(status))
  t.same(many, few, 'the same statements for 6 updates and for 1,000')
  t.ok(many.length <= 16, `${many.length} statements`)
  const { rows } = await assent.pool.query(`select count(*)::int from consent_events`)
  t.equal(rows[0].count, 302)
})

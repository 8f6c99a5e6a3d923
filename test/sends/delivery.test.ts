import t from 'tap'
import { STATUSES_SQL } from '../../src/sends/delivery.js'
import { oldestId } from '../../src/sends/ids.js'
import { testDatabase } from '../helpers/database.js'

t.test('statuses find their sends by index, also in a plan that knows nothing of the values', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(
    `insert into sends (id, created_at, phone_number_id, kind, status, wamid)
     select (left(uuidv7_floor(now())::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, now(), '1', 'test', 'accepted', 'w' || n
       from generate_series(1, 20000) n`,
  )
  await pool.query('analyze sends')
  const client = await pool.connect()
  t.teardown(() => client.release())
  await client.query('set plan_cache_mode = force_generic_plan')
  await client.query(`prepare statuses (uuid, text[], text[], timestamptz[], integer[]) as ${STATUSES_SQL}`)
  const { rows } = await client.query(
    `explain (format json) execute statuses ('${oldestId(new Date(), 31)}', '{w1,w2}', '{sent,read}', '{now,now}', '{1,1}')`,
  )
  const scanned: string[] = []
  const used: string[] = []
  const walk = (node: Record<string, unknown>) => {
    const name = String(node['Relation Name'] ?? '')
    // Months without a send are empty, whatever way they are read.
    if (
      node['Node Type'] === 'Seq Scan' &&
      name === `sends_${new Date().toISOString().slice(0, 7).replace('-', '_')}`
    )
      scanned.push(name)
    if (node['Index Name']) used.push(String(node['Index Name']))
    for (const child of (node.Plans as Record<string, unknown>[]) ?? []) walk(child)
  }
  walk(rows[0]['QUERY PLAN'][0].Plan)
  t.same(scanned, [])
  t.ok(used.some((name) => name.endsWith('wamid_idx')))
  t.notOk(JSON.stringify(rows).includes('Hash Join'), 'no join that reads a month to find two')
})

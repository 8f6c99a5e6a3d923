import t from 'tap'
import { STATUSES_SQL } from '../../src/sends/delivery.js'
import { TAKE_UP_SQL } from '../../src/sends/early.js'
import { oldestId } from '../../src/sends/ids.js'
import { testDatabase } from '../helpers/database.js'

t.test('statuses find their sends by index, also in a plan that knows nothing of the values', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(
    `insert into sends (id, created_at, phone_number_id, kind, status, wamid, person)
     select (left(uuidv7_floor(now())::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, now(), '1', 'test', 'accepted',
            'w' || n, sha256(n::text::bytea) from generate_series(1, 20000) n`,
  )
  await pool.query(
    `insert into early_statuses (wamid, status, at, received_at, callback_data)
     select 'x' || n, 'sent', now(), now(), 'name ' || n from generate_series(1, 20000) n`,
  )
  await pool.query('analyze sends, early_statuses')
  const client = await pool.connect()
  t.teardown(() => client.release())
  await client.query('set plan_cache_mode = force_generic_plan')
  const oldest = oldestId(new Date(), 31)
  const statements: [string, string, string, string][] = [
    [
      STATUSES_SQL,
      'uuid, text[], text[], timestamptz[], integer[]',
      `'{w1,w2}', '{sent,read}', '{now,now}', '{1,1}'`,
      'wamid_idx',
    ],
    [TAKE_UP_SQL, 'uuid, text[]', `'{x1,x2}'`, 'person_idx'],
  ]
  for (const [i, [sql, types, values, index]] of statements.entries()) {
    await client.query(`prepare statement_${i} (${types}) as ${sql}`)
    const { rows } = await client.query(
      `explain (format json) execute statement_${i} ('${oldest}', ${values})`,
    )
    const scanned: string[] = []
    const used: string[] = []
    const walk = (node: Record<string, unknown>) => {
      const name = String(node['Relation Name'] ?? '')
      // Months without a send are empty, whatever way they are read.
      const thisMonth = `sends_${new Date().toISOString().slice(0, 7).replace('-', '_')}`
      if (node['Node Type'] === 'Seq Scan' && (name === thisMonth || name === 'early_statuses'))
        scanned.push(name)
      if (node['Index Name']) used.push(String(node['Index Name']))
      for (const child of (node.Plans as Record<string, unknown>[]) ?? []) walk(child)
    }
    walk(rows[0]['QUERY PLAN'][0].Plan)
    t.same(scanned, [])
    t.ok(
      used.some((name) => name.endsWith(index)),
      index,
    )
    t.notOk(
      /Hash (Anti )?Join.*sends_20/.test(JSON.stringify(rows)),
      'no join that reads a month to find two',
    )
  }
})

import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.js'
import { taskList } from '../../src/jobs/runner.js'
import { oldestId } from '../../src/sends/ids.js'
import { REFUSALS_SQL } from '../../src/sends/refusals.js'
import { start } from '../../src/start.js'
import { startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { says } from '../helpers/people.js'
import { samplePolicy, withEvery } from '../helpers/policy.js'

const TO = '+12025550101'
const NAMED = { from: '12025550101' }
const STRANGER = '+447700900123'
const TEXT = { type: 'text', text: { body: 'Two days of sale' } }
const TEMPLATE = { type: 'template', template: { name: 'summer_sale', language: { code: 'en_US' } } }

async function observing(t: Test, options = {}) {
  const assent = await startAssent(t, { gate: 'observe', ...options })
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  assent.emulator.person({ name: 'Sam', phone: STRANGER })
  const post = async (body: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${assent.url}/v26.0/106540352242922/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox-admin-key', 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ messaging_product: 'whatsapp', ...body }),
    })
    return {
      status: answer.status,
      gate: answer.headers.get('x-assent-gate'),
      verdict: answer.headers.get('x-assent-verdict'),
      body: await answer.json(),
    }
  }
  return { ...assent, ada, post }
}

t.test(
  'in shadow mode everything passes, and what would have been refused is on record and told',
  async (t) => {
    const policy = withEvery(samplePolicy, { frequency: { atMost: 2, per: 'month' } })
    const { ada, post, settle, clock, emulator, pool, call } = await observing(t, { policy })
    const verdicts = async (body: object, headers = {}) => {
      const { status, gate, verdict } = await post(body, headers)
      clock.advance(10)
      t.match({ status, gate }, { status: 200, gate: 'observe' }, String(verdict))
      return verdict
    }
    t.equal(await verdicts({ to: STRANGER, ...TEMPLATE }), 'no_consent')
    ada.text('START')
    await settle()
    clock.advance(1_000)
    t.equal(await verdicts({ to: TO, ...TEXT }), 'requested')
    ada.tap('latest', 'Yes, send them')
    await settle()
    clock.advance(1_000)
    t.equal(await verdicts({ to: TO, ...TEXT }), 'allowed')
    t.equal(await verdicts({ to: TO, ...TEXT }), 'frequency_cap', 'what left unasked counts as well')
    t.equal(await verdicts({ to: TO, ...TEXT }, { 'x-consent-purpose': 'lottery' }), 'purpose_unknown')
    ada.text('STOP')
    await settle()
    clock.advance(1_000)
    t.equal(await verdicts({ to: TO, ...TEXT }), 'withdrawn')
    t.equal(await verdicts({ to: TO, ...TEXT }), 'withdrawn')
    t.equal(emulator.messagesTo(TO).filter((m) => JSON.stringify(m).includes('Two days')).length, 6)

    const { rows } = await pool.query(`select reason, observed, status, permitted_by is null as unnamed,
      contact_id is null as stranger from sends where kind = 'message' order by id`)
    const row = (reason: string | null, stranger = false) => {
      const observed = reason !== null
      return { reason, observed, status: 'accepted', unnamed: observed, stranger }
    }
    t.same(
      rows,
      [row('no_consent', true)].concat(
        ['requested', null, 'frequency_cap', 'purpose_unknown', 'withdrawn', 'withdrawn'].map((r) => row(r)),
      ),
    )
    const { body } = await call('GET', '/v1/refusals')
    t.match(body, { gate: 'observe', total: 6 })
    t.same(body.refusals[0], {
      purpose: 'offers',
      template: null,
      reason: 'withdrawn',
      observed: true,
      count: 2,
    })
    t.match(
      body.refusals.find((r: { reason: string }) => r.reason === 'no_consent'),
      { purpose: 'offers', template: 'summer_sale', count: 1 },
    )
  },
)

t.test('what is broken stays refused, and Meta’s pace is Meta’s to keep', async (t) => {
  const policy = withEvery(samplePolicy, { frequency: { atMost: 1_000, per: 'day' } })
  const { ada, post, settle, emulator } = await observing(t, { policy })
  t.match(await post({ to: TO, type: 'hologram' }), { status: 400, body: { error: { code: 100 } } })
  ada.text('START')
  await settle()
  ada.tap('latest', 'Yes, send them')
  await settle()
  for (let n = 0; n < 60; n++) t.equal((await post({ to: TO, ...TEXT })).verdict, 'allowed')
  ada.text('HELP')
  const before = emulator.messagesTo(TO).length
  await settle()
  t.equal(emulator.messagesTo(TO).length, before + 1, 'our own replies are not held back either')
})

t.test('a stop still waits for what is on the wire', async (t) => {
  const { post, pool, deliver, clock } = await observing(t)
  await deliver(says('START', NAMED, clock()))
  t.equal((await post({ to: TO, ...TEXT })).verdict, 'requested')
  await pool.query(
    `update sends set status = 'sending', settled_at = null, lease_until = $1 where kind = 'message'`,
    [new Date(clock().getTime() + 15_000)],
  )
  clock.advance(1_000)
  let answered = false
  const stopping = deliver(says('STOP', NAMED, clock())).finally(() => {
    answered = true
  })
  const isWritten = async () =>
    (await pool.query(`select from consent_events where type = 'withdrawn'`)).rows.length > 0
  while (!(await isWritten()) && !answered);
  for (let looks = 0; looks < 20; looks++) await isWritten()
  t.notOk(answered)
  await pool.query(`update sends set status = 'accepted', settled_at = $1 where kind = 'message'`, [clock()])
  t.equal(await stopping, 200)
})

t.test(
  'every hour the log says that nothing is enforced, and how much would have been refused',
  async (t) => {
    const { post, pool, policy, graph, throughput, clock, config, app, logs } = await observing(t)
    await post({ to: STRANGER, ...TEXT })
    const { apiVersion, identityKeys, gate } = config
    const tasks = taskList({
      pool,
      policy,
      graph,
      throughput,
      apiVersion,
      identityKeys,
      clock,
      gate,
      log: app.log,
    })
    const before = logs.length
    await tasks.unenforced?.({}, {} as never)
    t.match(
      logs.slice(before).map((line) => JSON.parse(line)),
      [{ level: 40, refused: 1, msg: /NOTHING IS ENFORCED/ }],
    )
    const enforced = taskList({
      pool,
      policy,
      graph,
      throughput,
      apiVersion,
      identityKeys,
      clock,
      gate: 'enforce',
      log: app.log,
    })
    await enforced.unenforced?.({}, {} as never)
    t.equal(logs.length, before + 1, 'and nothing when it is')
  },
)

t.test('a start without enforcing says so loudly', async (t) => {
  const { url } = await testDatabase(t)
  const lines: string[] = []
  const started = await start(readConfig({ PORT: '0', DATABASE_URL: url, GATE: 'observe' }), {
    dataDir: '',
    readFile: (file) => readFileSync(file, 'utf8'),
    logStream: { write: (line) => void lines.push(line) },
  })
  t.teardown(() => started.close())
  t.match(
    lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40),
    [{ level: 40, msg: /GATE=observe: NOTHING IS ENFORCED/ }],
  )
})

t.test('enforcing is the default, and says nothing of itself', async (t) => {
  t.equal(readConfig({}).gate, 'enforce')
  t.throws(() => readConfig({ GATE: 'off' }), /GATE/)
  const assent = await startAssent(t)
  const answer = await fetch(`${assent.url}/v26.0/106540352242922/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox-admin-key', 'content-type': 'application/json' },
    body: JSON.stringify({ messaging_product: 'whatsapp', to: TO, ...TEXT }),
  })
  t.equal(answer.status, 400)
  t.equal(answer.headers.get('x-assent-gate'), null)
  const { body } = await assent.call('GET', '/v1/refusals')
  t.match(body, {
    gate: 'enforce',
    total: 1,
    refusals: [{ reason: 'no_consent', observed: false, count: 1 }],
  })
})

t.test('refusals are asked for within a month, and counted by index', async (t) => {
  const assent = await startAssent(t)
  const { pool, clock } = assent
  await assent.send({ to: TO, ...TEXT })
  clock.advance(3_600_000)
  const since = clock().toISOString()
  t.equal((await assent.call('GET', `/v1/refusals?since=${since}`)).body.total, 0)
  clock.advance(-3_600_000)
  t.equal((await assent.call('GET', `/v1/refusals?since=${clock().toISOString()}`)).body.total, 1)
  const longAgo = new Date(clock().getTime() - 40 * 86_400_000).toISOString()
  t.match(await assent.call('GET', `/v1/refusals?since=${longAgo}`), {
    status: 400,
    body: { code: 'REQUEST_INVALID', issues: [{ field: 'since' }] },
  })
  await pool.query(
    `insert into sends (id, created_at, decided_at, phone_number_id, kind, purpose, status, permitted_by)
     select (left(uuidv7_floor($1)::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, $1, $1, '1', 'message', 'offers',
            'accepted', gen_random_uuid() from generate_series(1, 5000) n`,
    [clock()],
  )
  await pool.query('analyze sends')
  const { rows } = await pool.query(`explain (format json) ${REFUSALS_SQL}`, [clock(), oldestId(clock(), 31)])
  const plan = JSON.stringify(rows)
  const month = `sends_${clock().toISOString().slice(0, 7).replace('-', '_')}`
  t.ok(plan.includes(`${month}_decided_at_idx`))
  t.notOk(new RegExp(`"Seq Scan"[^}]*"${month}"`).test(plan))
})

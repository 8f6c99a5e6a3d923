// What Meta's errors and webhooks about an account stop, and what sets it free again.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { drawConsequences, failureOf } from '../../src/sends/consequences.js'
import { countryOf, haltFor, haltKey, haltsFor, type Place, PROBE_EVERY_MS } from '../../src/sends/halts.js'
import { sweep } from '../../src/sends/sweep.js'
import { startAssent, type TestAssent } from '../helpers/assent.js'
import { fixture } from '../helpers/fixtures.js'
import { samplePolicy, withFrequency } from '../helpers/policy.js'

const SALE = { type: 'text', text: { body: 'Two days of sale' } }
const TO = '+12025550101'
const TEMPLATE = { type: 'template', template: { name: 'summer_sale', language: { code: 'en_US' } } }

// Nobody has had enough: what is tried here are Meta's errors.
const roomy = withFrequency(samplePolicy, { atMost: 1_000, per: 'day' })

async function withAda(t: Test) {
  const assent = await startAssent(t, { policy: roomy })
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  const [number] = assent.policy.numbers
  if (number === undefined) throw new Error('the sample policy has a number')
  const { rows } = await assent.pool.query('select id from contacts')
  const place: Place = {
    account: number.businessAccountId,
    phoneNumberId: number.phoneNumberId,
    country: 'US',
    template: null,
    contactId: rows[0].id,
  }
  return { ...assent, ada, place }
}

const halts = async (assent: TestAssent): Promise<{ scope: string; code: string; key: string }[]> =>
  (await assent.call('GET', '/v1/halts')).body.halts
const ready = async (assent: TestAssent) => {
  const answer = await fetch(`${assent.url}/readyz`)
  return { status: answer.status, body: (await answer.json()) as { status: string; halts?: object[] } }
}
const loud = (assent: TestAssent) => assent.logs.filter((line) => line.includes('HALTED')).length

/** A failed status of a message that Meta had accepted. */
function failed(assent: TestAssent, wamid: string, code: number, status = 'failed'): unknown {
  const body = fixture('status-failed-131050')
  body.entry[0].changes[0].value.statuses = [
    {
      id: wamid,
      status,
      timestamp: String(Math.floor(assent.clock().getTime() / 1000)),
      recipient_id: TO.slice(1),
      ...(status === 'failed' ? { errors: [{ code, title: 'x' }] } : {}),
    },
  ]
  return body
}

/** Meta's word on the account, as its webhook reference shows it. */
function account(assent: TestAssent, value: object, id = assent.policy.numbers[0]?.businessAccountId) {
  const time = Math.floor(assent.clock().getTime() / 1000)
  return {
    object: 'whatsapp_business_account',
    entry: [{ id, time, changes: [{ field: 'account_update', value }] }],
  }
}

t.test('an error that stops more than one message halts exactly what it is about', async (t) => {
  const assent = await withAda(t)
  const { place, pool, clock } = assent
  const cases: [number, object, Partial<Place>, Partial<Place>][] = [
    [131031, SALE, { phoneNumberId: '2', country: 'DE', contactId: null }, { account: '2' }],
    [131005, SALE, { country: 'DE' }, { phoneNumberId: '2' }],
    [130497, SALE, { contactId: null }, { country: 'DE' }],
    [132015, TEMPLATE, { template: 'summer_sale' }, { template: 'winter_sale' }],
    [130403, SALE, { template: 'x' }, { contactId: '01930000-0000-7000-8000-000000000000' }],
  ]
  for (const [code, message, inside, outside] of cases) {
    assent.emulator.faults.failSends({ code, httpStatus: 400 })
    t.equal(
      (await assent.send({ to: TO, ...message })).body.error.code,
      code,
      'who sends directly gets Meta’s error',
    )
    t.match(await halts(assent), [{ code: `${code}`, means: /\w/, since: String, until: null }])
    t.match(await haltFor(pool, { ...place, ...inside }, clock()), { code: `${code}` })
    t.equal(
      await haltFor(pool, { ...place, ...inside, ...outside }, clock()),
      null,
      `${code}: and nothing else`,
    )
    clock.advance(1_000)
    t.equal((await assent.send({ to: TO, ...message })).status, 200, 'direct messages still pass to Meta')
    t.same(await halts(assent), [], 'and a good answer lifts it')
    clock.advance(1_000)
  }
  for (const code of [131000, 131008, 131047, 131049, 130429, 131056]) {
    assent.emulator.faults.failSends({ code, httpStatus: 400 })
    await assent.send({ to: TO, ...SALE })
    t.same(await halts(assent), [], `${code} concerns one message`)
  }
})

t.test('the same code by a status webhook does the same, also when it overtakes the answer', async (t) => {
  const assent = await withAda(t)
  const { body } = await assent.send({ to: TO, ...SALE })
  const webhook = failed(assent, body.messages[0].id, 131031)
  t.equal(await assent.deliver(webhook), 200)
  t.match(await halts(assent), [{ scope: 'account', code: '131031' }])
  const [{ since }] = (await assent.pool.query('select since from halts')).rows
  assent.clock.advance(1_000)
  t.equal((await assent.send({ to: TO, ...SALE })).status, 200)
  t.same(await halts(assent), [])
  t.equal(await assent.deliver(webhook), 200)
  t.same(await halts(assent), [], 'a redelivery of the old news halts nothing')
  t.ok(since)

  await assent.deliver(failed(assent, 'wamid.EARLY', 190))
  await assent.pool.query(
    `update sends set wamid = 'wamid.EARLY', sent_at = null
      where id = (select id from sends where status = 'accepted' order by id desc limit 1)`,
  )
  const { failed: late } = await sweep(assent.pool, assent.clock())
  const news = late.map((send) => failureOf(send, undefined))
  await drawConsequences(assent.pool, assent.policy, news, assent.clock())
  t.match(await halts(assent), [{ scope: 'account', code: '190' }])
})

t.test(
  'the queue sends one message a minute to see, on two replicas together, until one is accepted',
  async (t) => {
    const assent = await withAda(t)
    const { pool, clock, place } = assent
    assent.emulator.faults.failSends({ code: 131031, httpStatus: 403 })
    await assent.send({ to: TO, ...SALE })
    const others = Array.from({ length: 5 }, (_, n) => ({ ...place, phoneNumberId: `${100 + n}` }))
    const passed = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => haltsFor(pool, others, clock())))
      return answers.flat().filter((halt) => halt === null).length
    }
    t.equal(await passed(), 0, 'not at once')
    for (let minute = 0; minute < 3; minute++) {
      clock.advance(PROBE_EVERY_MS)
      t.equal(await passed(), 1)
      t.equal(await passed(), 0)
    }
    assent.emulator.faults.failSends({ code: 131005, httpStatus: 403 })
    await assent.send({ to: TO, ...SALE })
    t.equal((await halts(assent)).length, 2)
    clock.advance(PROBE_EVERY_MS)
    t.same(await haltsFor(pool, others.slice(0, 1), clock()), [null])
    t.equal(
      (await haltFor(pool, place, clock()))?.code,
      '131031',
      'a probe needs every halt that it would test',
    )
    clock.advance(PROBE_EVERY_MS)
    t.equal(await haltFor(pool, place, clock()), null)
  },
)

t.test('a good answer to what had left before the halt proves nothing', async (t) => {
  const assent = await withAda(t)
  assent.emulator.faults.hangSends({ afterMs: 150 })
  const slow = assent.send({ to: TO, ...SALE })
  await assent.emulator.until(() => assent.emulator.requests.at(-1)?.answer === null)
  assent.clock.advance(1_000)
  await assent.deliver(account(assent, { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE' } }))
  t.equal((await slow).status, 200)
  t.match(await halts(assent), [{ code: 'DISABLED_UPDATE' }])
  assent.emulator.person({ name: 'Bo', phone: '+12025550102' }).text('HELP')
  await assent.settle()
  t.equal(assent.emulator.messagesTo('+12025550102').length, 1)
  t.match(await halts(assent), [{ code: 'DISABLED_UPDATE' }], 'nor does an answer of ours within the window')
})

t.test('account webhooks halt, and their counterparts lift; redelivered, they change nothing', async (t) => {
  const assent = await withAda(t)
  const { clock } = assent
  const inAnHour = Math.floor(clock().getTime() / 1000) + 3_600
  const iso = new Date((inAnHour + 60) * 1000).toISOString().replace('.000Z', '+0000')
  const on = (type: string, expiration?: unknown) => ({ restriction_type: type, expiration })
  const restriction = (...list: object[]) => ({ event: 'ACCOUNT_RESTRICTION', restriction_info: list })
  const ban = (state: string) => ({ event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: state } })
  const cases: [string, object, object | null, object][] = [
    ['a ban', ban('DISABLE'), { code: 'DISABLED_UPDATE', until: null }, ban('REINSTATE')],
    ['a ban to come', ban('SCHEDULE_FOR_DISABLE'), null, ban('REINSTATE')],
    ['a violation', { event: 'ACCOUNT_VIOLATION' }, { code: 'ACCOUNT_VIOLATION' }, ban('REINSTATE')],
    [
      'a restriction',
      restriction(
        on('RESTRICTED_BIZ_INITIATED_MESSAGING', inAnHour),
        on('RESTRICTED_CUSTOMER_INITIATED_MESSAGING', iso),
      ),
      { code: 'ACCOUNT_RESTRICTION', until: new Date((inAnHour + 60) * 1000).toISOString() },
      restriction(),
    ],
    [
      'a restriction of something else',
      restriction(on('RESTRICTED_ADD_PHONE_NUMBER_ACTION', inAnHour)),
      null,
      ban('REINSTATE'),
    ],
    [
      'a restriction without end',
      restriction(on('RESTRICTED_SOMETHING_NEW')),
      { until: null },
      restriction(),
    ],
    [
      'an account that left',
      { event: 'ACCOUNT_OFFBOARDED' },
      { code: 'ACCOUNT_OFFBOARDED' },
      { event: 'ACCOUNT_RECONNECTED' },
    ],
    ['news of no concern', { event: 'VERIFIED_ACCOUNT' }, null, ban('REINSTATE')],
  ]
  for (const [what, value, halted, lifting] of cases) {
    const webhook = account(assent, value)
    for (let i = 0; i < 3; i++) t.equal(await assent.deliver(webhook), 200)
    t.match(await halts(assent), halted === null ? [] : [{ scope: 'account', ...halted }], what)
    t.equal((await halts(assent)).length, halted === null ? 0 : 1)
    clock.advance(1_000)
    t.equal(await assent.deliver(account(assent, lifting)), 200)
    t.same(await halts(assent), [], `${what}: lifted`)
    t.equal(await assent.deliver(webhook), 200)
    t.same(await halts(assent), [], `${what}: redelivered`)
    clock.advance(1_000)
  }
  await assent.deliver(account(assent, ban('DISABLE')))
  t.equal((await halts(assent)).length, 1, 'the same event at another time is another event')
})

t.test('a halt with an end of its own ends then, without a probe', async (t) => {
  const assent = await withAda(t)
  const { pool, clock, place } = assent
  const expiration = Math.floor(clock().getTime() / 1000) + 3_600
  const restriction_info = [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration }]
  await assent.deliver(account(assent, { event: 'ACCOUNT_RESTRICTION', restriction_info }))
  clock.advance(3_599_000)
  t.match(await haltFor(pool, place, clock()), { code: 'ACCOUNT_RESTRICTION' })
  clock.advance(1_000)
  t.equal(await haltFor(pool, place, clock()), null)
  t.same(await halts(assent), [])
  await sweep(pool, new Date(clock().getTime() + 1_000))
  t.equal((await pool.query('select from halts')).rowCount, 0)
})

t.test(
  'three undelivered messages in a row make a person unreachable, and one that arrives undoes it',
  async (t) => {
    const assent = await withAda(t)
    const { pool, clock, place } = assent
    const undelivered = async () => {
      const { body } = await assent.send({ to: TO, ...SALE })
      await assent.deliver(failed(assent, body.messages[0].id, 131026))
      clock.advance(1_000)
    }
    await undelivered()
    await undelivered()
    t.same(await halts(assent), [], 'twice may be a phone in a drawer')
    await undelivered()
    t.match(await halts(assent), [{ scope: 'contact', code: '131026', until: String }])
    t.match(await haltFor(pool, place, clock()), { code: '131026' })
    t.match((await assent.call('POST', '/v1/consents/lookup', { recipient: TO })).body.states, {
      whatsapp: { offers: { status: 'given' } },
    })
    const { body } = await assent.send({ to: TO, ...SALE })
    t.equal((await halts(assent)).length, 1, 'to be accepted is not to arrive')
    await assent.deliver(failed(assent, body.messages[0].id, 0, 'delivered'))
    t.same(await halts(assent), [])
    t.equal(await haltFor(pool, place, clock()), null)
  },
)

t.test('halts show in /readyz, which stays 200, and are logged loudly once', async (t) => {
  const assent = await withAda(t)
  t.same(await ready(assent), { status: 200, body: { status: 'ok' } })
  for (let i = 0; i < 3; i++) {
    assent.emulator.faults.failSends({ code: 190 })
    await assent.send({ to: TO, ...SALE })
  }
  t.match(await ready(assent), {
    status: 200,
    body: { status: 'degraded', halts: [{ scope: 'account', code: '190', until: null }] },
  })
  t.notOk(JSON.stringify(await ready(assent)).includes(assent.place.account), 'and name no ids to strangers')
  t.equal(loud(assent), 1)
  assent.clock.advance(1_000)
  await assent.send({ to: TO, ...SALE })
  t.same(await ready(assent), { status: 200, body: { status: 'ok' } })
  t.ok(assent.logs.some((line) => line.includes('a halt is lifted')))
})

t.test('a hand lifts: through the API, with an id that is there, and only once', async (t) => {
  const assent = await withAda(t)
  assent.emulator.faults.failSends({ code: 131042, httpStatus: 400 })
  await assent.send({ to: TO, ...SALE })
  const [halt] = (await assent.call('GET', '/v1/halts')).body.halts
  t.match(await assent.call('DELETE', `/v1/halts/${halt.id}`), { status: 200, body: halt })
  t.match(await assent.call('DELETE', `/v1/halts/${halt.id}`), {
    status: 404,
    body: { code: 'HALT_UNKNOWN' },
  })
  t.match(await assent.call('DELETE', '/v1/halts/1'), { status: 400, body: { code: 'REQUEST_INVALID' } })
  t.equal(await haltFor(assent.pool, assent.place, assent.clock()), null)
  t.equal((await fetch(`${assent.url}/v1/halts`)).status, 401)
})

t.test('a hand lifts: from the command line', async (t) => {
  const { testDatabase } = await import('../helpers/database.js')
  const { url, pool } = await testDatabase(t)
  const id = '01930000-0000-7000-8000-000000000001'
  await pool.query(
    `insert into halts (id, scope, key, code, since, probed_at) values ($1, 'account', '1', '190', now(), now())`,
    [id],
  )
  const run = async (...args: string[]) => {
    const env = { ...process.env, DATABASE_URL: url }
    const ran = promisify(execFile)(process.execPath, ['build/src/cli/halts.js', ...args], { env })
    return ran.then(
      ({ stdout }) => stdout,
      (error: { stderr: string }) => error.stderr,
    )
  }
  const line = JSON.parse(await run())
  t.match(line, { id, scope: 'account', code: '190', means: /token/ })
  t.same(JSON.parse(await run('--lift', id)), line)
  t.equal(await run(), '')
  t.match(await run('--lift', id), /no halt has this id/)
  t.match(await run('--lift', 'everything'), /no halt has this id/)
})

t.test('where nothing is halted, sends and statuses cost no statement more', async (t) => {
  const assent = await withAda(t)
  const { default: pg } = await import('pg')
  const query = pg.Client.prototype.query
  const names: string[] = []
  pg.Client.prototype.query = function (this: InstanceType<typeof pg.Client>, ...args: unknown[]) {
    names.push(String((args[0] as { name?: string }).name ?? args[0]))
    return Reflect.apply(query, this, args)
  } as typeof query
  t.teardown(() => {
    pg.Client.prototype.query = query
  })
  const { body } = await assent.send({ to: TO, ...SALE })
  t.same(
    names.splice(0).filter((name) => name !== 'number_pace_lease'),
    ['gate', 'sends_settle'],
  )
  await assent.deliver(failed(assent, body.messages[0].id, 0, 'delivered'))
  t.same(names.splice(0), ['begin', 'sends_statuses', 'identifiers_find', 'commit'])
  // Nor does news of a thousand failures cost more than that of one.
  const many = failed(assent, 'x', 131026) as ReturnType<typeof fixture>
  const [one] = many.entry[0].changes[0].value.statuses
  const failures = (n: number) => {
    many.entry[0].changes[0].value.statuses = Array.from({ length: n }, (_, i) => ({
      ...one,
      id: `wamid.${n}.${i}`,
    }))
    return many
  }
  await assent.deliver(failures(1))
  const few = names.splice(0).length
  await assent.deliver(failures(500))
  t.equal(names.splice(0).length, few)
})

t.test('the country of a recipient is told by their number or their id', async (t) => {
  t.same(
    ['12025550101', '+493023125123', 'NG.13491208655302741918', 'DE.ENT.1181', '000', undefined].map(
      countryOf,
    ),
    ['US', 'DE', 'NG', 'DE', null, null],
  )
  const nowhere: Place = { account: '1', phoneNumberId: '2', country: null, template: null, contactId: null }
  t.same(
    (['account', 'number', 'country', 'template', 'contact'] as const).map((scope) =>
      haltKey(scope, nowhere),
    ),
    ['1', '2', null, null, null],
  )
})

// Requests with an Idempotency-Key, repeated in every way that a caller can repeat them.

import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { forgetKeys, giveAnswer, idempotent, type Worked } from '../../src/api/idempotency.js'
import { problem, registerErrors } from '../../src/errors.js'
import type { SendStep } from '../../src/sends/wire.js'
import { buildAssent, type Options, startAssent, type TestAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'

const SALE = { messaging_product: 'whatsapp', type: 'text', text: { body: 'Two days of sale' } }
const TO = '+12025550101'
const PATH = '/v26.0/106540352242922/messages'

type Told = { status: number; replayed: string | null; type: string | null; text: string; body: any }

/** One send with a key, as bytes and headers. */
async function post(
  assent: TestAssent,
  key: string,
  body: object = { ...SALE, to: TO },
  more: { path?: string; headers?: Record<string, string> } = {},
): Promise<Told> {
  const answer = await fetch(assent.url + (more.path ?? PATH), {
    method: 'POST',
    headers: {
      authorization: 'Bearer sandbox-admin-key',
      'content-type': 'application/json',
      'idempotency-key': key,
      ...more.headers,
    },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  const { headers } = answer
  return {
    status: answer.status,
    replayed: headers.get('idempotency-replayed'),
    type: headers.get('content-type'),
    text,
    body: JSON.parse(text),
  }
}

async function withAda(t: Test, options: Options = {}) {
  const assent = await startAssent(t, options)
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  return { ...assent, ada }
}

const reached = (...replicas: TestAssent[]) =>
  replicas
    .flatMap(({ emulator }) => emulator.requests)
    .filter((r) => JSON.stringify(r.body).includes('Two days'))

t.test('the same key and body again get the very same answer, and nothing is sent again', async (t) => {
  const assent = await withAda(t)
  const first = await post(assent, 'order-4711')
  t.match(first, { status: 200, replayed: null, body: { messages: [{ id: /^wamid\./ }] } })
  const second = await post(assent, 'order-4711')
  t.same(second, { ...first, replayed: 'true' })
  t.equal(reached(assent).length, 1)
  t.not((await post(assent, 'order-4712')).text, first.text, 'another key is another message')
  const { rows } = await assent.pool.query('select * from idempotency_keys')
  t.equal(rows.length, 2)
  t.notOk(
    rows.some((r) => r.answer.includes('12025550101') || r.key.includes('order')),
    'nothing of it is readable',
  )
})

t.test('a refusal is kept: a repeat hears it, even when the person has said yes since', async (t) => {
  const assent = await withAda(t)
  assent.ada.text('STOP')
  await assent.settle()
  const first = await post(assent, 'k')
  t.match(first, { status: 400, body: { error: { code: 131050 } } })
  t.same(await post(assent, 'k'), { ...first, replayed: 'true' })
  const error = await post(assent, 'k2', { ...SALE, to: '+12025550199' })
  t.same(await post(assent, 'k2', { ...SALE, to: '+12025550199' }), { ...error, replayed: 'true' })
  assent.clock.advance(1_000)
  assent.ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  assent.ada.tap('latest', 'Yes, subscribe me')
  await assent.settle()
  t.same(await post(assent, 'k'), { ...first, replayed: 'true' })
  t.equal((await post(assent, 'k3')).status, 200)
  t.equal((await assent.pool.query(`select from sends where status = 'refused'`)).rowCount, 2)
})

t.test('the same key with anything else is 422, and nothing is done', async (t) => {
  const assent = await withAda(t)
  await post(assent, 'k')
  const others: [string, Promise<Told>][] = [
    ['another person', post(assent, 'k', { ...SALE, to: '+12025550102' })],
    ['another version', post(assent, 'k', undefined, { path: PATH.replace('26', '25') })],
    ['another purpose', post(assent, 'k', undefined, { headers: { 'x-consent-purpose': 'offers' } })],
  ]
  for (const [what, answer] of others) {
    t.match(
      await answer,
      {
        status: 422,
        replayed: null,
        body: { error: { code: 100, error_data: { details: /another body/ } } },
      },
      what,
    )
  }
  t.equal(reached(assent).length, 1)
})

t.test('a key is 1–255 visible characters', async (t) => {
  const assent = await withAda(t)
  for (const key of ['', 'a b', 'a, b', 'x'.repeat(256), 'é'])
    t.match(await post(assent, key), {
      status: 400,
      body: { error: { code: 100, error_data: { details: /1–255/ } } },
    })
  t.equal(reached(assent).length, 0)
  for (const key of ['"quoted"', 'x'.repeat(255), '~']) t.equal((await post(assent, key)).status, 200)
})

t.test('fifty repeats at once on two replicas: one message, fifty times the same answer', async (t) => {
  const one = await withAda(t)
  const two = await buildAssent(t, one.pool, { clock: one.clock })
  one.emulator.faults.hangSends({ afterMs: 150 })
  two.emulator.faults.hangSends({ afterMs: 150 })
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => post(i % 2 ? one : two, 'fifty')))
  t.equal(new Set(answers.map((a) => a.text)).size, 1)
  t.ok(answers.every((a) => a.status === 200))
  t.equal(answers.filter((a) => a.replayed === null).length, 1)
  t.equal(reached(one, two).length, 1)
})

t.test('whoever waits holds no connection', async (t) => {
  const one = await withAda(t)
  one.emulator.faults.hangSends({ afterMs: 400 })
  const repeats = Array.from({ length: 60 }, () => post(one, 'many'))
  await one.emulator.until(() => reached(one).length === 1)
  t.ok(one.pool.totalCount <= 20)
  t.equal((await one.call('POST', '/v1/consents/lookup', { recipient: TO })).status, 200, 'others are served')
  t.equal(new Set((await Promise.all(repeats)).map((a) => a.text)).size, 1)
})

t.test(
  '“not now” is not kept: a later repeat tries again, one at the same time hears the same',
  async (t) => {
    const assent = await withAda(t)
    for (const code of [130429, 131056, 80007, 131031]) {
      const key = `k${code}`
      assent.emulator.faults.failSends({ code })
      t.match(await post(assent, key), { body: { error: { code } } })
      const before = reached(assent).length
      t.match(await post(assent, key), { status: 200, replayed: null }, `${code}: a repeat sends`)
      t.equal((await post(assent, key)).replayed, 'true')
      t.equal(reached(assent).length, before + 1)
      assent.clock.advance(1_000)
    }
    const held = await withAda(t)
    const { replica, there, wake } = await stuckAt(t, held, 'request')
    await held.emulator.close()
    const first = post(replica, 'away')
    await there
    const all = waiting(held, 9)
    const others = Array.from({ length: 9 }, () => post(held, 'away'))
    await all
    wake()
    const answers = await Promise.all([first, ...others])
    t.ok(answers.every((a) => a.status === 503))
    t.equal(
      (await held.pool.query(`select from sends where kind = 'message'`)).rowCount,
      1,
      'ten tries were one',
    )
  },
)

t.test('an uncertain send is never repeated, and its repeats hear of its end when it is known', async (t) => {
  const assent = await withAda(t, { timeouts: { total: 150 } })
  assent.emulator.faults.hangSends()
  const first = await post(assent, 'k')
  t.equal(first.status, 504)
  t.same(await post(assent, 'k'), { ...first, replayed: 'true' })
  await assent.emulator.flush()
  const after = await post(assent, 'k')
  t.match(after, {
    status: 200,
    replayed: 'true',
    body: {
      messaging_product: 'whatsapp',
      contacts: [{ input: TO, wa_id: '12025550101' }],
      messages: [{ id: /^wamid/ }],
    },
  })
  t.same(await post(assent, 'k'), after)
  t.equal(reached(assent).length, 1)
})

/** A replica whose sends stand still at one step, as if its process had died there. */
async function stuckAt(t: Test, one: TestAssent, step: SendStep) {
  let wake = () => {}
  const stuck = new Promise<void>((resolve) => {
    wake = resolve
  })
  let arrived = () => {}
  const there = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const replica = await buildAssent(t, one.pool, {
    clock: one.clock,
    graphUrl: one.emulator.url,
    pause: async (at) => {
      if (at !== step) return
      arrived()
      await stuck
    },
  })
  return { replica, there, wake }
}

/** Resolves when so many requests have seen that somebody else is at work on their key. */
function waiting({ pool }: TestAssent, requests: number): Promise<void> {
  const query = pool.query.bind(pool)
  return new Promise((resolve) => {
    // Each request has a buffer of its own for its key.
    const seen = new Set<unknown>()
    pool.query = (async (...args: unknown[]) => {
      const { name, values } = args[0] as { name?: string; values?: unknown[] }
      const result = await Reflect.apply(query, pool, args)
      if (name === 'idempotency_look') seen.add(values?.[0])
      if (seen.size === requests) resolve()
      return result
    }) as typeof pool.query
  })
}

t.test(
  'a process that dies on the way: a repeat hears what became of the send, and no second one is made',
  async (t) => {
    const cases: [SendStep, number, object][] = [
      ['reserve', 200, { messages: [{ id: /^wamid/ }] }],
      ['request', 504, { error: { code: 131000 } }],
      ['answered', 504, { error: { code: 131000 } }],
      ['settled', 200, { messages: [{ id: /^wamid/ }] }],
    ]
    for (const [step, status, body] of cases) {
      const one = await withAda(t)
      const { replica, there, wake } = await stuckAt(t, one, step)
      const dead = post(replica, 'k')
      await there
      one.clock.advance(16_000)
      const repeat = await post(one, 'k')
      t.match(repeat, { status, body }, step)
      t.same((await post(one, 'k')).body, repeat.body)
      t.ok(reached(one).length <= 1)
      // And should it only have been asleep:
      wake()
      await dead
      t.ok(reached(one).length <= 1, `${step}: it wakes up and sends nothing`)
      t.equal((await one.pool.query(`select from sends where kind = 'message'`)).rowCount, 1)
    }
  },
)

t.test('whoever has waited long enough is told to come back', async (t) => {
  const one = await withAda(t)
  const { replica, there, wake } = await stuckAt(t, one, 'request')
  const first = post(replica, 'k')
  await there
  const two = await buildAssent(t, one.pool, { clock: one.clock, patienceMs: 50 })
  t.match(await post(two, 'k'), {
    status: 409,
    body: { error: { code: 2, error_data: { details: /not been answered/ } } },
  })
  wake()
  const told = await first
  t.same(await post(two, 'k'), { ...told, replayed: 'true' })
})

t.test('keys are forgotten after 24 hours, a few thousand at a time', async (t) => {
  const assent = await withAda(t)
  const first = await post(assent, 'k')
  assent.clock.advance(24 * 3_600_000 - 1_000)
  t.equal((await post(assent, 'k')).text, first.text)
  t.equal(await forgetKeys(assent.pool, assent.clock()), 0)
  assent.clock.advance(1_000)
  assent.ada.text('hello')
  await assent.settle()
  t.match(await post(assent, 'k'), { status: 200, replayed: null })
  t.equal(reached(assent).length, 2)
  await assent.pool.query(
    `insert into idempotency_keys (key, fingerprint, expires_at, holder, lease_until, send_id)
     select sha256(n::text::bytea), '', now() - interval '1 day', gen_random_uuid(), now(), gen_random_uuid()
       from generate_series(1, 20001) n`,
  )
  t.equal(await forgetKeys(assent.pool, assent.clock()), 20_001)
})

t.test('any route can have it: one line around the work, and the answer kept with what it did', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query('create table done (n integer)')
  const app = Fastify()
  registerErrors(app)
  t.teardown(() => app.close())
  const deps = { pool, clock: () => new Date(), identityKeys: ['identity-key'], log: app.log }
  let failing = false
  app.post('/v1/things', { config: { errors: 'problem' } }, async (request, reply) => {
    const caller = String(request.headers['x-caller'] ?? 'admin')
    const answer = await idempotent(deps, request, caller, async ({ keep }) => {
      const body = Buffer.from(JSON.stringify(request.body))
      const worked: Worked = {
        answer: { status: 202, contentType: 'application/json', body },
        holds: 'final',
      }
      const tx = await pool.connect()
      try {
        await tx.query('begin')
        await tx.query('insert into done values (1)')
        await keep(tx, worked)
        await tx.query(failing ? 'rollback' : 'commit')
      } finally {
        tx.release()
      }
      if (failing) throw problem('UNAVAILABLE')
      return worked
    })
    return giveAnswer(reply, answer)
  })
  const call = (payload: object, caller = 'admin') =>
    app.inject({
      method: 'POST',
      url: '/v1/things',
      payload,
      headers: { 'idempotency-key': 'k', 'x-caller': caller },
    })
  failing = true
  t.match((await call({ a: 1, b: 2 })).json(), { code: 'UNAVAILABLE' })
  failing = false
  t.equal((await call({ a: 1, b: 2 })).statusCode, 202, 'what was undone is done again')
  const again = await call({ b: 2, a: 1 })
  t.match(
    again,
    { statusCode: 202, headers: { 'idempotency-replayed': 'true' } },
    'JSON means the same in any order',
  )
  t.match((await call({ a: 1 })).json(), { status: 422, code: 'IDEMPOTENCY_MISMATCH' })
  t.equal((await call({ a: 1 }, 'somebody else')).statusCode, 202, 'keys of another caller are others')
  t.equal((await pool.query('select from done')).rowCount, 2)
})

// Inbound goes on to those who had it before: what goes to whom, and how it rests until then.

import { createHmac } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { SANDBOX } from '../../src/config.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { startAssent } from '../helpers/assent.js'
import { fixture } from '../helpers/fixtures.js'
import { says } from '../helpers/people.js'
import { CRM_SECRET, left, phone, policyWith, type Receiver, startReceiver } from '../helpers/receiver.js'

t.test('a webhook goes on byte for byte with its own signature, or signed anew', async (t) => {
  const [chat, crm, other] = [await startReceiver(t), await startReceiver(t), await startReceiver(t)]
  const policy = policyWith({
    forward: [
      { name: 'chat', url: chat.url },
      { name: 'crm', url: crm.url, signWith: 'CRM_SECRET', numbers: ['106540352242922'] },
    ],
  })
  const assent = await startAssent(t, { policy })
  const odd = signedBody({ ...fixture('text-stop'), 'naïve/@': 'é' }, SANDBOX.appSecret)
  const post = (signature: string) =>
    fetch(`${assent.url}/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'x-hub-signature-256': signature },
      body: new Uint8Array(odd.body),
    })
  t.equal((await post(odd.signature)).status, 200)
  t.equal((await post(`sha256=${'0'.repeat(64)}`)).status, 401)
  const elsewhere = fixture('text-start')
  elsewhere.entry[0].changes[0].value.metadata.phone_number_id = '999'
  t.equal(await assent.deliver(elsewhere), 200)
  const account = {
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'account_update', value: { event: 'X' } }] }],
  }
  t.equal(await assent.deliver(account), 200)
  await assent.forward()

  t.equal(chat.all.length, 3, 'what was signed wrongly goes nowhere')
  // What is about nobody need not wait for what is about somebody.
  const signed = ({ all }: Receiver) => all.find(({ body }) => body.equals(odd.body))
  t.match(signed(chat)?.headers, {
    'x-hub-signature-256': odd.signature,
    'content-type': 'application/json; charset=utf-8',
  })
  t.equal(crm.all.length, 2, 'its own number, and what is about the whole account')
  const own = createHmac('sha256', CRM_SECRET).update(odd.body).digest('hex')
  t.equal(signed(crm)?.headers['x-hub-signature-256'], `sha256=${own}`)
  t.equal(other.all.length, 0)
  t.same(await left(assent), { letters: 0, deliveries: 0 }, 'what everybody has is gone')
})

t.test('nothing is kept for receivers where there are none', async (t) => {
  const assent = await startAssent(t)
  await assent.deliver(fixture('text-stop'))
  t.same(await left(assent), { letters: 0, deliveries: 0 })
})

t.test('nobody can read what waits for a receiver', async (t) => {
  const away = await startReceiver(t, () => 503)
  const assent = await startAssent(t, { policy: policyWith({ forward: [{ name: 'chat', url: away.url }] }) })
  await assent.deliver(
    says('a very secret zither', { from: phone(1), from_user_id: 'US.20250101aa' }, assent.clock()),
  )
  await assent.forward()
  t.equal(away.all.length, 1)
  for (const table of [
    'letters',
    'deliveries',
    'delivery_targets',
    'events',
    'graphile_worker._private_jobs',
  ]) {
    const { rows } = await assent.pool.query(
      `select coalesce(string_agg(x::text, ''), '') as all from ${table} x`,
    )
    t.notMatch(rows[0].all, /zither|2025550101|US\.2025/, table)
  }
  const { rows } = await assent.pool.query('select payload, people from letters')
  t.notMatch(rows[0].payload.toString('latin1'), /zither|2025550101|sha256=/)
  t.equal(rows[0].people.length, 3, 'two names and the contact')
  for (const line of assent.logs) t.notMatch(line, /zither|2025550101|hooks/)
})

t.test('a body of a thousand updates costs receivers one statement, as does a body of one', async (t) => {
  const chat = await startReceiver(t)
  const policy = policyWith({ forward: ['a', 'b', 'c'].map((name) => ({ name, url: chat.url })) })
  const assent = await startAssent(t, { policy })
  const count = async (people: number) => {
    const body = says('hello', { from: phone(0) }, assent.clock()) as ReturnType<typeof fixture>
    const { messages } = body.entry[0].changes[0].value
    for (let p = 1; p < people; p++)
      messages.push({ ...messages[0], id: `w.${people}.${p}`, from: `4477009${String(p).padStart(5, '0')}` })
    const names: string[] = []
    const query = pg.Client.prototype.query
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      names.push(String((args[0] as { name?: string }).name ?? args[0]))
      return Reflect.apply(query, this, args)
    } as typeof query
    t.equal(await assent.deliver(body), 200)
    pg.Client.prototype.query = query
    return names
  }
  await count(1)
  const few = await count(2)
  t.same(await count(1_000), few)
  t.equal(few.filter((name) => /letters|deliver/.test(name)).length, 1)
})

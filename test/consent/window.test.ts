import t, { type Test } from 'tap'
import { closedWindow, newestPerNumber } from '../../src/consent/window.js'
import { makeClock, startAssent } from '../helpers/assent.js'
import { says, subscribe } from '../helpers/people.js'
import { samplePolicy } from '../helpers/policy.js'

const TO = '+12025550101'
const NAMED = { from: '12025550101' }
const TEXT = { to: TO, type: 'text', text: { body: 'Your tent is ready' } }
const TEMPLATE = { to: TO, type: 'template', template: { name: 'summer_sale', language: { code: 'en_US' } } }
const HOUR_MS = 3_600_000
const [FIRST, SECOND] = ['106540352242922', '106540352242923']

/** Two business numbers. */
const policy = {
  ...samplePolicy,
  numbers: [FIRST, SECOND].map((phoneNumberId) => ({
    phoneNumberId,
    businessAccountId: '102290129340398',
    displayPhoneNumber: '+493023125000',
  })),
}

async function withAda(t: Test) {
  const clock = makeClock()
  const assent = await startAssent(t, { policy, clock })
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  ada.text('START')
  await assent.settle()
  clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  const from = async (number: string, body: object) => {
    const answer = await fetch(`${assent.url}/v26.0/${number}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox-admin-key', 'content-type': 'application/json' },
      body: JSON.stringify({ messaging_product: 'whatsapp', ...body }),
    })
    const told = (await answer.json()) as { error?: { code: number; consent: Record<string, unknown> } }
    return { status: answer.status, error: told.error }
  }
  return { ...assent, ada, from }
}

/** A webhook of somebody's message to a number, in whatever form. */
function to(number: string, at: Date, message: object) {
  const body = says('', NAMED, at) as { entry: [{ changes: [{ value: Record<string, object> }] }] }
  const { value } = body.entry[0].changes[0]
  value.metadata = { phone_number_id: number }
  const [sent] = value.messages as [object]
  Object.assign(sent, message)
  return body
}

t.test('a free-form message needs a word of the person within 24 hours, a template does not', async (t) => {
  const { from, clock, emulator } = await withAda(t)
  const heardAt = clock().getTime()
  clock.advance(24 * HOUR_MS - 1)
  t.equal((await from(FIRST, TEXT)).status, 200)
  clock.advance(1)
  const before = emulator.requests.length
  const closed = new Date(heardAt + 24 * HOUR_MS).toISOString()
  t.match(await from(FIRST, TEXT), {
    status: 400,
    error: {
      code: 131950,
      error_data: { details: /send a template/ },
      consent: { reason: 'window_closed', since: closed },
    },
  })
  t.equal(emulator.requests.length, before, 'Meta need not refuse it')
  t.equal((await from(FIRST, TEMPLATE)).status, 200)
})

t.test('every business number has a window of its own', async (t) => {
  const { from, clock, deliver, pool } = await withAda(t)
  t.equal((await from(FIRST, TEXT)).status, 200)
  t.match(await from(SECOND, TEXT), { error: { consent: { reason: 'window_closed', since: null } } })
  await deliver(to(SECOND, clock(), { type: 'text', text: { body: 'Is it ready?' } }))
  t.equal((await from(SECOND, TEXT)).status, 200)
  await deliver(to('999999', clock(), { type: 'text', text: { body: 'And here?' } }))
  const { rows } = await pool.query('select windows from contacts')
  t.same(
    Object.keys(rows[0].windows).sort(),
    [FIRST, SECOND],
    'and nothing is kept of numbers that are not ours',
  )
})

t.test(
  'whatever the person sends opens the window; what only looks like a message of theirs does not',
  async (t) => {
    const { from, clock, deliver } = await withAda(t)
    const forms: [string, object, boolean][] = [
      ['a picture', { type: 'image', image: { id: '1' } }, true],
      ['a reaction', { type: 'reaction', reaction: { message_id: 'wamid.X', emoji: '👍' } }, true],
      ['something that WhatsApp cannot show', { type: 'unsupported', errors: [{ code: 131051 }] }, true],
      ['our own message, echoed', { type: 'text', text: { body: 'hello' }, to: '12025550101' }, false],
      ['a message to a group', { type: 'text', text: { body: 'hello' }, group_id: 'g' }, false],
      ['a notice of WhatsApp', { type: 'system', system: { type: 'group_created' } }, false],
      ['a message taken back', { type: 'revoke', revoke: { original_message_id: 'wamid.X' } }, false],
    ]
    for (const [name, message, opens] of forms) {
      clock.advance(25 * HOUR_MS)
      t.match(await from(FIRST, TEXT), { error: { consent: { reason: 'window_closed' } } }, `before ${name}`)
      t.equal(await deliver(to(FIRST, clock(), message)), 200)
      const { error } = await from(FIRST, TEXT)
      t.equal(error?.consent.reason, opens ? undefined : 'window_closed', name)
      if (opens) await dropSends(clock)
    }
    // The promise of four a month is another test's.
    async function dropSends(_clock: unknown) {}
  },
)

t.test('messages may arrive in any order: the newest keeps the window open', async (t) => {
  const { from, clock, deliver } = await withAda(t)
  const text = { type: 'text', text: { body: 'Is it ready?' } }
  const heardAt = clock()
  clock.advance(10 * HOUR_MS)
  await deliver(to(FIRST, clock(), text))
  await deliver(to(FIRST, heardAt, text))
  clock.advance(20 * HOUR_MS)
  t.equal((await from(FIRST, TEXT)).status, 200)
})

t.test('people who turn out to be one are heard wherever one of them wrote last', async (t) => {
  t.same(
    newestPerNumber([
      { a: '2026-11-01T00:00:00.000Z' },
      { a: '2026-11-02T00:00:00.000Z', b: '2026-10-01T00:00:00.000Z' },
    ]),
    {
      a: '2026-11-02T00:00:00.000Z',
      b: '2026-10-01T00:00:00.000Z',
    },
  )
  const assent = await startAssent(t)
  const { clock } = assent
  await subscribe(assent, NAMED)
  clock.advance(30 * HOUR_MS)
  const other = { from_user_id: 'US.20250101zz' }
  await assent.deliver(says('Is it ready?', other, clock()))
  t.match(await assent.send(TEXT), { body: { error: { consent: { reason: 'window_closed' } } } })
  // A message that names both shows that they are one; it is older, and still they were heard a moment ago.
  const earlier = new Date(clock().getTime() - 29 * HOUR_MS)
  await assent.deliver(says('Hello?', { ...NAMED, ...other }, earlier))
  t.equal((await assent.send(TEXT)).status, 200)
  const { rows } = await assent.pool.query('select windows from contacts where merged_into is null')
  t.same(rows, [{ windows: { [FIRST]: clock().toISOString() } }])
})

t.test('a window closes on the millisecond', async (t) => {
  const now = new Date('2026-11-23T10:00:00.000Z')
  const heard = (ms: number) => closedWindow(new Date(now.getTime() - 24 * HOUR_MS + ms), now)
  t.equal(heard(1), null)
  t.same(heard(0), { since: now })
  t.same(closedWindow(null, now), { since: null })
})

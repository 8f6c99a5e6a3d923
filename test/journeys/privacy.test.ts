import t from 'tap'
import { startAssent } from '../helpers/assent.js'
import { fixture } from '../helpers/fixtures.js'

const SECRETS =
  /2025550|202 555|7700900|US\.2025|hidden words|sandbox-(access|app|admin|identity|verify)|wamid\.|sale of secrets/i

t.test('no number, text or token is in a log line or an error', async (t) => {
  const assent = await startAssent(t, { timeouts: { total: 100 } })
  const { emulator, clock, settle, send, call, url, logs } = assent
  const errors: string[] = []
  const ada = emulator.person({ name: 'Ada', phone: '+12025550101' })
  ada.text('hidden words')
  ada.text('START')
  await settle()
  clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await settle()
  const text = { type: 'text', text: { body: 'sale of secrets' } }
  await send({ to: '+12025550101', ...text })
  emulator.faults.hangSends()
  errors.push(JSON.stringify((await send({ to: '+12025550101', ...text })).body))
  emulator.faults.failSends({ code: 131000, httpStatus: 500 })
  await send({ to: '+12025550101', ...text })
  ada.text('STOP hidden words')
  ada.text('STOP')
  await settle()
  errors.push(JSON.stringify((await send({ to: '+12025550101', ...text })).body))
  errors.push(JSON.stringify((await send({ to: '+12025550101 and hidden words', ...text })).body))
  errors.push(JSON.stringify((await send({ to: { no: '+12025550101' }, ...text })).body))
  errors.push(JSON.stringify((await call('POST', '/v1/consents/check', { recipients: '+12025550101' })).body))
  errors.push(
    JSON.stringify(
      (await call('POST', '/v1/consents/lookup', { recipient: '+12025550101', more: 'hidden words' })).body,
    ),
  )
  for (const path of [
    '/%2B12025550101',
    '/v1/consents/+12025550101',
    '/v1/contacts/12025550101/events?q=hidden+words',
  ]) {
    errors.push(await (await fetch(url + path, { headers: { authorization: 'Bearer 12025550101' } })).text())
  }
  await fetch(`${url}/webhook`, {
    method: 'POST',
    body: 'hidden words',
    headers: { 'x-hub-signature-256': 'sha256=12025550101' },
  })
  // The database itself complains, with the values in its message.
  await assent.pool.query('alter table identifiers add constraint no_numbers check (value !~ $$^4477$$)')
  t.equal(await assent.deliver(fixture('text-phone-only')), 500)
  await assent.pool.query('alter table identifiers drop constraint no_numbers')
  t.equal(await assent.deliver(fixture('text-phone-only')), 200)

  t.ok(logs.length > 10, 'there is something to search')
  t.ok(
    logs.some((line) => /no_numbers/.test(line)),
    'the constraint is named',
  )
  for (const line of logs) t.notMatch(line, SECRETS)
  t.equal(errors.length, 9)
  for (const line of errors) t.notMatch(line, SECRETS)
})

t.test('of ordinary talk nothing is kept but that something was said', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada Nightingale', phone: '+12025550101' })
  for (const text of [
    'Do you repair zithers?',
    'Mine is broken',
    'since Tuesday',
    'HELP',
    'no thanks, goodbye zither',
  ]) {
    ada.text(text)
    assent.clock.advance(1_000)
  }
  await assent.settle()
  const { rows } = await assent.pool.query(
    `select table_schema || '.' || table_name as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  )
  for (const { name } of rows) {
    const content = await assent.pool.query(`select coalesce(json_agg(x)::text, '') as all from ${name} x`)
    t.notMatch(content.rows[0].all, /zither|Tuesday|Nightingale|broken/i, name)
  }
})

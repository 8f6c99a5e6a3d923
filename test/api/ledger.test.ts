import t from 'tap'
import { takeAnchor } from '../../src/consent/anchors.js'
import { startAssent } from '../helpers/assent.js'

const NOBODY = '01900000-0000-7000-8000-00000000000f'

t.test('one person’s chain is verified on the spot, and says what is wrong', async (t) => {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada', phone: '+12025550101' })
  for (const words of ['START', 'STOP', 'START']) {
    ada.text(words)
    await assent.settle()
    assent.clock.advance(1_000)
  }
  assent.emulator.person({ name: 'Ben', phone: '+447700900123' }).text('STOP')
  await assent.settle()
  const { body: person } = await assent.call('POST', '/v1/consents/lookup', { recipient: '+12025550101' })
  const verify = (contact: string) => assent.call('GET', `/v1/ledger/verify?contact=${contact}`)
  const { contact } = person
  t.same(await verify(contact), { status: 200, body: { contact, events: 3, valid: true, findings: [] } })
  t.equal((await verify(contact.toUpperCase())).body.valid, true)
  await takeAnchor(assent.pool, assent.clock())

  await assent.pool.query('alter table consent_events disable trigger user')
  await assent.pool.query(`update consent_events set actor = 'staff' where contact_id = $1 and seq = 2`, [
    contact,
  ])
  t.match(await verify(contact), {
    status: 200,
    body: {
      contact,
      events: 3,
      valid: false,
      findings: [
        { seq: 2, kind: 'altered', detail: 'line 2 was altered: its hash is not that of its content' },
      ],
    },
  })
  await assent.pool.query('delete from consent_events where contact_id = $1', [contact])
  await assent.pool.query('delete from evidence where contact_id = $1', [contact])
  await assent.pool.query('delete from identifiers where contact_id = $1', [contact])
  await assent.pool.query('delete from contacts where id = $1', [contact])
  t.match(
    (await verify(contact)).body,
    { valid: false, findings: [{ seq: 3, kind: 'removed' }] },
    'a deleted one too',
  )

  t.match(await verify(NOBODY), { status: 404, body: { code: 'CONTACT_UNKNOWN' } })
  t.match(await verify('Ada'), {
    status: 400,
    body: { code: 'REQUEST_INVALID', issues: [{ field: 'contact' }] },
  })
  t.match(await assent.call('GET', '/v1/ledger/verify'), { status: 400, body: { code: 'REQUEST_INVALID' } })
})

t.test('the anchors are there to be kept elsewhere, for holders of a key', async (t) => {
  const assent = await startAssent(t)
  const get = (path: string, key = 'sandbox-admin-key') =>
    fetch(assent.url + path, { headers: { authorization: `Bearer ${key}` } })
  t.equal(await (await get('/v1/ledger/anchors')).text(), '')
  for (const phone of ['+12025550101', '+12025550102']) {
    assent.emulator.person({ name: 'Ada', phone }).text('STOP')
    await assent.settle()
    await takeAnchor(assent.pool, assent.clock())
  }
  const answer = await get('/v1/ledger/anchors')
  t.match(answer.headers.get('content-type'), /^application\/x-ndjson/)
  const lines = (await answer.text()).trim().split('\n')
  t.match(
    lines.map((line) => JSON.parse(line)),
    [
      { anchor: 1, leaves: 1 },
      { anchor: 2, leaves: 1, prev: /^[0-9a-f]{64}$/ },
    ],
  )
  t.equal(await (await get('/v1/ledger/anchors?after=1')).text(), `${lines[1]}\n`)
  const bad = await get('/v1/ledger/anchors?after=-1')
  t.match([bad.status, bad.headers.get('content-type')], [400, /^application\/problem\+json/])
  t.equal((await get('/v1/ledger/anchors', 'wrong-key')).status, 401)
})

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import jsonld from 'jsonld'
import t, { type Test } from 'tap'
import { receiptKeys, signReceipt, verifyReceipt } from '../../../src/consent/receipts/sign.js'
import { startAssent } from '../../helpers/assent.js'

const PHONE = '+12025550101'
const run = promisify(execFile)

// DPV 2.3 and the vocabularies beside it: every term that a record may use. What is not here was checked by nobody.
const TERMS = new Set(
  `dpv: ConsentReceipt ConsentRecord DataSubject ConsentNotice PrivacyNotice Process Purpose DirectMarketing
   CommunicationForCustomerCare PersonalData Collect Store Use DataSubjectDataSource ExpressedConsent StorageLocation
   StorageDuration StorageDeletion UntilEventDuration UntilTimeDuration TemporalDuration WithdrawConsent ProvideConsent
   DataSubjectRight Organisation DataController DataProcessor ConsentUnknown ConsentRequested ConsentRefused ConsentGiven
   RenewedConsentGiven ConsentExpired ConsentWithdrawn ConsentRevoked hasIdentifier hasDataSubject hasNotice hasProcess
   hasPurpose hasPersonalData hasProcessing hasDataSource hasLegalBasis hasStorageCondition hasLocation hasDuration
   hasDataController hasRecipient hasConsentControl isExercisedAt hasJurisdiction hasApplicableLaw hasRight hasEntity
   hasName hasConsentStatus isIndicatedAtTime isIndicatedBy hasIndicationMethod hasRecordOfActivity
   pd: TelephoneNumber Communication
   loc: EU
   eu-gdpr: A6-1-a A6-1-b A6-1-c A6-1-f A7-3 A15 A17 A20 A77
   legal-eu: law-GDPR
   dct: conformsTo identifier created modified language title description publisher
   skos: broader
   schema: contactPoint address email url ContactPoint PostalAddress streetAddress addressCountry recipient
   xsd: dateTime
   rdf: value`
    .split(/\s+/)
    .reduce<{ prefix: string; terms: string[] }>(
      ({ prefix, terms }, word) =>
        word.endsWith(':') ? { prefix: word, terms } : { prefix, terms: [...terms, `${prefix}${word}`] },
      { prefix: '', terms: [] },
    ).terms,
)

// A statement that would be lost in RDF (a term without a vocabulary, a relative name) is an error.
const SAFE = { safe: true }

async function person(t: Test) {
  const assent = await startAssent(t)
  const ada = assent.emulator.person({ name: 'Ada Example', phone: PHONE })
  const step = async (act: () => unknown) => {
    act()
    await assent.settle()
    assent.clock.advance(60_000)
  }
  const get = async (path: string) => {
    const answer = await fetch(assent.url + path, { headers: { authorization: 'Bearer sandbox-admin-key' } })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const contactId = async () =>
    (await assent.call('POST', '/v1/consents/lookup', { recipient: PHONE })).body.contact
  return { ...assent, ada, step, get, contactId }
}

async function whoSaidYesAndStop(t: Test) {
  const all = await person(t)
  await all.step(() => all.ada.text('START'))
  await all.step(() => all.ada.tap('latest', 'Yes, send them'))
  await all.step(() => all.ada.text('please stop'))
  return { ...all, id: await all.contactId() }
}

t.test('a receipt is JSON-LD whose every term exists, and which keeps all of its statements', async (t) => {
  const { get, id } = await whoSaidYesAndStop(t)
  const { text, headers } = await get(`/v1/contacts/${id}/receipt`)
  t.match(headers.get('content-type'), /^application\/ld\+json/)
  const receipt = JSON.parse(text)
  const nquads = await jsonld.toRDF(receipt, { format: 'application/n-quads', ...SAFE })
  t.ok(String(nquads).includes('<https://w3id.org/dpv#ConsentWithdrawn>'))

  const used = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value === 'string' && /^(dpv|pd|loc|eu-gdpr|legal-eu|dct|skos|schema|xsd|rdf):/.test(value))
      used.add(value)
    if (Array.isArray(value)) value.forEach(walk)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === '@context') continue
        if (!key.startsWith('@')) used.add(key)
        walk(inner)
      }
    }
  }
  walk(receipt)
  t.same(
    [...used].filter((term) => !TERMS.has(term)),
    [],
    'no term that the vocabulary lacks',
  )
  t.ok(used.size > 50)
})

t.test('a record has what ISO/IEC TS 27560 demands, and ends where the gate stands', async (t) => {
  const { get, id, send } = await whoSaidYesAndStop(t)
  const receipt = JSON.parse((await get(`/v1/contacts/${id}/receipt`)).text)
  const records = receipt['dpv:hasRecordOfActivity']
  t.equal(records.length, 2, 'one for each purpose')
  for (const record of records) {
    for (const field of [
      'dct:conformsTo',
      'dct:identifier',
      'dpv:hasIdentifier',
      'dpv:hasDataSubject',
      'dpv:hasNotice',
      'dpv:hasProcess',
      'dpv:hasEntity',
      'dpv:hasConsentStatus',
    ])
      t.ok(record[field], field)
    const [process] = record['dpv:hasProcess']
    for (const field of [
      'dpv:hasPurpose',
      'dpv:hasPersonalData',
      'dpv:hasDataController',
      'dpv:hasStorageCondition',
      'dpv:hasJurisdiction',
      'dpv:hasRecipient',
      'dpv:hasConsentControl',
      'dpv:hasRight',
    ])
      t.ok(process[field], field)
    for (const entity of record['dpv:hasEntity'])
      t.ok(entity['dpv:hasName'] && entity['schema:contactPoint'] && entity['schema:address'])
    const statuses = record['dpv:hasConsentStatus']
    t.same(
      statuses.map((s: Record<string, unknown>) => [s['@type']].flat()[0]),
      ['dpv:ConsentRequested', 'dpv:ConsentGiven', 'dpv:ConsentWithdrawn'],
    )
    for (const status of statuses) {
      t.match(status['dpv:isIndicatedAtTime'], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      t.ok(status['dpv:isIndicatedBy'] && status['dpv:hasIndicationMethod'] && status['dpv:hasDuration'])
    }
  }
  t.equal(
    (await send({ to: PHONE, type: 'text', text: { body: 'x' } })).body.error.consent.reason,
    'withdrawn',
  )
})

t.test('neither receipt, page nor table holds a number, a name or what was written', async (t) => {
  const { get, id } = await whoSaidYesAndStop(t)
  for (const as of ['json', 'html']) {
    const { text } = await get(`/v1/contacts/${id}/receipt?as=${as}`)
    for (const secret of ['2025550101', 'Ada Example', 'please stop', 'wamid'])
      t.notOk(text.includes(secret), `${as}: ${secret}`)
  }
})

t.test('a consent that ended with its time is told as expired', async (t) => {
  const { get, contactId, ada, step, clock } = await person(t)
  await step(() => ada.text('START'))
  await step(() => ada.tap('latest', 'Yes, send them'))
  const id = await contactId()
  const types = async () => {
    const [record] = JSON.parse((await get(`/v1/contacts/${id}/receipt`)).text)['dpv:hasRecordOfActivity']
    return record['dpv:hasConsentStatus'].map((s: Record<string, unknown>) => [s['@type']].flat()[0])
  }
  t.same(await types(), ['dpv:ConsentRequested', 'dpv:ConsentGiven'])
  clock.advance(750 * 86_400_000)
  t.same(await types(), ['dpv:ConsentRequested', 'dpv:ConsentGiven', 'dpv:ConsentExpired'])
})

t.test('the page shows the notice in full and loads, frames and runs nothing', async (t) => {
  const { get, id, pool } = await whoSaidYesAndStop(t)
  const { text, headers } = await get(`/v1/contacts/${id}/receipt?as=html`)
  const { rows } = await pool.query<{ content: string; hash: string }>(
    `select content, encode(hash, 'hex') as hash from notices order by created_at limit 1`,
  )
  t.ok(text.includes(rows[0]?.hash ?? '-'))
  t.ok(text.includes(rows[0]?.content.split('\n')[0]?.replaceAll('&', '&amp;') ?? '-'))
  t.match(headers.get('content-security-policy'), /^default-src 'none'/)
  t.notMatch(text, /<script|<img|<link|<iframe|javascript:/i)
})

t.test(
  'a signed receipt is genuine as long as one of the published keys has signed it, and not with a byte changed',
  async (t) => {
    const { get, id } = await whoSaidYesAndStop(t)
    const jws = (await get(`/v1/contacts/${id}/receipt?as=jws`)).text
    const published = JSON.parse((await get('/.well-known/jwks.json')).text)
    const receipt = (await verifyReceipt(jws, published)) as Record<string, unknown>
    t.equal(receipt['@type'], 'dpv:ConsentReceipt')

    const [head = '', body = '', signature = ''] = jws.split('.')
    const forged = Buffer.from(body, 'base64url').toString().replace('ConsentWithdrawn', 'ConsentGiven')
    await t.rejects(
      verifyReceipt([head, Buffer.from(forged).toString('base64url'), signature].join('.'), published),
    )

    const [before, after] = [['an-older-identity-key'], ['a-newer-identity-key', 'an-older-identity-key']]
    const old = await signReceipt(before, { a: 1 })
    t.same(await verifyReceipt(old, await receiptKeys(after)), { a: 1 }, 'also after the key was rotated')
    await t.rejects(verifyReceipt(old, await receiptKeys(['a-newer-identity-key'])), /not in the set/)
    t.notOk(JSON.stringify(await receiptKeys(after)).includes('"d"'), 'no private part is published')
  },
)

t.test('verify-receipt checks a file offline and says so in words and exit code', async (t) => {
  const dir = t.testdir({})
  const files = [join(dir, 'receipt.jws'), join(dir, 'keys.json')] as const
  await writeFile(files[0], await signReceipt(['an-identity-key'], { '@type': 'dpv:ConsentReceipt' }))
  await writeFile(files[1], JSON.stringify(await receiptKeys(['an-identity-key'])))
  const command = join(import.meta.dirname, '../../../src/cli/verify-receipt.js')
  const good = await run(process.execPath, [command, ...files])
  t.match(good, { stderr: /^genuine/, stdout: /dpv:ConsentReceipt/ })
  await writeFile(files[1], JSON.stringify(await receiptKeys(['another-identity-key'])))
  await t.rejects(run(process.execPath, [command, ...files]), { code: 1, stderr: /not genuine/ })
  await t.rejects(run(process.execPath, [command]), { code: 2, stderr: /Usage/ })
})

t.test('records of many come as JSON-LD or as a table that no spreadsheet runs', async (t) => {
  const { id, url } = await whoSaidYesAndStop(t)
  const post = (body: object) =>
    fetch(`${url}/v1/records`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox-admin-key', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const unknown = '00000000-0000-4000-8000-000000000000'
  const records = (await (await post({ contacts: [id, unknown] })).json()) as unknown[]
  t.equal(records.length, 2, 'whom nobody knows is left out')
  const csv = await (await post({ contacts: [id], as: 'csv' })).text()
  const [header, ...lines] = csv.trimEnd().split('\r\n')
  t.match(header, /^contact,purpose,channel,status,/)
  t.match(lines, [
    new RegExp(`^${id},offers,whatsapp,withdrawn,`),
    new RegExp(`^${id},orders,whatsapp,withdrawn,`),
  ])
  t.equal((await post({ contacts: [] })).status, 400)
})

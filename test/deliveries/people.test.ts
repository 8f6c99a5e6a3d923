import t from 'tap'
import { concerning, forwardLetter } from '../../src/deliveries/forward.js'
import { openLetter } from '../../src/deliveries/letters.js'
import { numbersOf, peopleOf } from '../../src/deliveries/people.js'
import { fixture, fixtureNames } from '../helpers/fixtures.js'

const KEY = 'a key for hashes'
const about = (field: string, value: object) => ({
  entry: [
    {
      changes: [
        {
          field,
          value: { metadata: { display_phone_number: '+49 30 23125000', phone_number_id: '1' }, ...value },
        },
      ],
    },
  ],
})
const ada = (value: object) => peopleOf(KEY, about('messages', value))

t.test('a person has one hash, wherever and however Meta names them', async (t) => {
  const [hash] = ada({ messages: [{ from: '12025550101' }] })
  t.match(hash, /^[\w-]{22}$/)
  for (const value of [
    { statuses: [{ recipient_id: '12025550101' }] },
    { user_preferences: [{ wa_id: '+1 202 555 0101' }] },
    { message_echoes: [{ from: '493023125000', to: '12025550101' }] },
    { calls: [{ from: '12025550101', to: '493023125000' }] },
    { contacts: [{ wa_id: '12025550101' }] },
    { messages: [{ type: 'invented tomorrow', from: '12025550101' }] },
    { messages: [{ type: 'system', system: { wa_id: '12025550101' } }] },
  ])
    t.same(ada(value), [hash], JSON.stringify(value))
  const [id] = ada({ messages: [{ from_user_id: 'US.20250101aa' }] })
  t.same(ada({ statuses: [{ recipient_id: '12025550101', recipient_user_id: 'US.20250101aa' }] }), [hash, id])
  t.same(
    ada({ user_id_update: [{ user_id: { previous: 'US.20250101aa', current: 'US.20250102bb' } }] })[0],
    id,
  )
  t.not(peopleOf('another key', about('messages', { messages: [{ from: '12025550101' }] }))[0], hash)
})

t.test('nobody is found where nobody is named, whatever the body is', async (t) => {
  for (const body of [null, 1, 'text', [], {}, { entry: {} }, { entry: [null, { changes: [null, {}] }] }])
    t.same([peopleOf(KEY, body), [...numbersOf(body)]], [[], []])
  t.same(ada({ messages: [{ type: 'contacts', contacts: [{ phones: [{ wa_id: '12025550102' }] }] }] }), [])
  t.same([...numbersOf(about('messages', {}))], ['1'])
})

t.test('of every fixture that names somebody, the letter is in somebody’s line', async (t) => {
  const naming = /"(?:wa_id|from|recipient_id|from_user_id|recipient_user_id|user_id)":/
  for (const name of fixtureNames) {
    const body = fixture(name)
    if (naming.test(JSON.stringify(body))) t.ok(peopleOf(KEY, body).length > 0, name)
  }
})

t.test('a letter opens to the bytes that were sealed', async (t) => {
  const raw = Buffer.from('{"a":\n"\u0000é"}')
  const received = { raw, signature: 'sha256=ab', contentType: 'application/json', json: {} }
  const chat = { name: 'chat', url: 'https://chat.example/', secret: null }
  const letter = forwardLetter([KEY], [chat], received, new Date())
  if (letter === null) return t.fail('no letter')
  t.same(openLetter(['newer', KEY], letter.payload, null), {
    body: raw,
    signature: 'sha256=ab',
    contentType: 'application/json',
    event: '',
  })
  t.throws(() => openLetter(['newer'], letter.payload, null))
  t.equal(concerning([KEY], letter, ['c1', 'c1', 'c2']).people.length, 2)
  t.equal(forwardLetter([KEY], [], received, new Date()), null)
})

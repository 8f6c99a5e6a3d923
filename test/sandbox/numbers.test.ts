// What the emulated Graph API tells of the business's numbers and profile.

import t from 'tap'
import { call, NUMBER, startWorld } from './world.js'

t.test('a number is told with the usual fields, or with those asked for', async (t) => {
  const { emulator } = await startWorld(t)
  const usual = (await call(emulator, `/v25.0/${NUMBER.phoneNumberId}`)).json
  t.match(usual, {
    id: NUMBER.phoneNumberId,
    display_phone_number: NUMBER.displayPhoneNumber,
    quality_rating: 'GREEN',
    throughput: { level: 'STANDARD' },
  })
  t.notOk('status' in usual)
  const facts = emulator.facts.get(NUMBER.phoneNumberId)
  if (facts) facts.throughput = { level: 'HIGH' }
  t.same((await call(emulator, `/v25.0/${NUMBER.phoneNumberId}?fields=throughput,status`)).json, {
    id: NUMBER.phoneNumberId,
    throughput: { level: 'HIGH' },
    status: 'CONNECTED',
  })
  t.match(await call(emulator, `/v25.0/${NUMBER.phoneNumberId}?fields=id,fortune`), {
    status: 400,
    json: { error: { code: 100 } },
  })
})

t.test('an account lists its numbers, and a number has a profile', async (t) => {
  const { emulator } = await startWorld(t)
  const path = `/v25.0/${NUMBER.businessAccountId}/phone_numbers?fields=id,display_phone_number`
  t.same((await call(emulator, path)).json.data, [
    { id: NUMBER.phoneNumberId, display_phone_number: NUMBER.displayPhoneNumber },
  ])
  t.match((await call(emulator, '/v25.0/1/phone_numbers')).json, { error: { error_subcode: 33 } })
  const profile = `/v25.0/${NUMBER.phoneNumberId}/whatsapp_business_profile`
  t.same((await call(emulator, profile)).json, { data: [{ messaging_product: 'whatsapp' }] })
  t.match((await call(emulator, `${profile}?fields=vertical,websites`)).json, {
    data: [{ vertical: 'RETAIL', websites: [String] }],
  })
  t.match((await call(emulator, `${profile}?fields=fortune`)).json, { error: { code: 100 } })
  t.match((await call(emulator, '/v25.0/1/whatsapp_business_profile')).json, { error: { code: 100 } })
})

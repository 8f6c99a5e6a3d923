import { readFileSync } from 'node:fs'
import t from 'tap'
import { readConfig, SANDBOX } from '../src/config.js'

const REAL = {
  WHATSAPP_ACCESS_TOKEN: 'a-real-access-token',
  WHATSAPP_APP_SECRET: 'app-secret-one,app-secret-two',
  WHATSAPP_VERIFY_TOKEN: 'a-verify-token',
  POLICY_FILE: 'policy.yaml',
  ADMIN_API_KEY: 'an-admin-key',
  IDENTITY_KEY: 'an-identity-key',
}

t.test('without any setting it is the sandbox, on loopback, with the values that it prints', async (t) => {
  t.match(readConfig({}), {
    sandbox: true,
    host: '127.0.0.1',
    port: 3000,
    adminKey: SANDBOX.adminKey,
    apiUrl: undefined,
  })
  t.match(readConfig({ WHATSAPP_ACCESS_TOKEN: '' }), { sandbox: true }, 'empty is absent')
  t.throws(() => readConfig({ HOST: '0.0.0.0' }), /HOST: sandbox mode listens on loopback only/)
})

t.test('with a token everything else must be there, and every missing name is listed', async (t) => {
  t.match(readConfig(REAL), {
    sandbox: false,
    apiUrl: 'https://graph.facebook.com',
    appSecrets: ['app-secret-one', 'app-secret-two'],
  })
  try {
    readConfig({ WHATSAPP_ACCESS_TOKEN: 'a-real-access-token', PORT: '99999', LOG_LEVEL: 'loud' })
    t.fail('started')
  } catch (error) {
    for (const name of ['PORT', 'LOG_LEVEL', ...Object.keys(REAL).slice(1)])
      t.match((error as Error).message, new RegExp(`- ${name}:`))
  }
})

t.test('a printed sandbox value is never a secret', async (t) => {
  t.throws(() => readConfig({ ...REAL, ADMIN_API_KEY: SANDBOX.adminKey }), /ADMIN_API_KEY: a printed value/)
  t.throws(
    () => readConfig({ ...REAL, WHATSAPP_APP_SECRET: `fine-secret,${SANDBOX.appSecret}` }),
    /WHATSAPP_APP_SECRET: a printed/,
  )
})

t.test('no message of a wrong setting repeats its value', async (t) => {
  try {
    readConfig({ ...REAL, ADMIN_API_KEY: 'tiny', DATABASE_URL: 'mysql://user:hunter22@host/db' })
    t.fail('started')
  } catch (error) {
    t.notMatch((error as Error).message, /tiny|hunter22/)
  }
})

t.test('the example names every setting', async (t) => {
  const example = readFileSync('.env.example', 'utf8')
  for (const name of [
    'PORT',
    'HOST',
    'DATABASE_URL',
    'WHATSAPP_API_URL',
    'WHATSAPP_API_VERSION',
    'TRUSTED_PROXIES',
    'LOG_LEVEL',
    ...Object.keys(REAL),
  ]) {
    t.match(example, new RegExp(`^${name}=`, 'm'))
  }
})

t.test('trusted proxies are addresses and ranges, and nothing else', async (t) => {
  t.same(readConfig({}).trustedProxies, [])
  t.same(readConfig({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies, ['10.0.0.0/8', '::1'])
  for (const wrong of ['everybody', '10.0.0.0/8,', 'true', '10.0.0.0/99'])
    t.throws(() => readConfig({ TRUSTED_PROXIES: wrong }), /TRUSTED_PROXIES/, wrong)
})

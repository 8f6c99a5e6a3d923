// Drives the built server with real settings, as an operator would run it: a Postgres, a Graph API elsewhere, no
// sandbox. Usage: node build/test/release.js DIRECTORY, where the directory holds dist/, migrations/ and node_modules/.
// Prints one line per step and exits 1 when any fails.

import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { startEmbeddedPostgres } from '../src/db/embedded.js'
import { startEmulator } from '../src/sandbox/emulator.js'
import { samplePolicy, samplePolicyText } from './helpers/policy.js'

const directory = path.resolve(process.argv[2] ?? '.')
const scratch = mkdtempSync(path.join(os.tmpdir(), 'assent-release-'))
let passed = 0
let failed = 0

async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    passed += 1
    console.log(`ok - ${name}`)
  } catch (error) {
    failed += 1
    console.log(`not ok - ${name}\n${error instanceof Error ? error.stack : String(error)}`)
  }
}

const freePort = async () => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const secrets = { token: 'release-meta-token', app: 'release-app-secret', key: 'release-admin-key' }
const postgres = await startEmbeddedPostgres({ dir: scratch, log: () => {}, settings: { fsync: 'off' } })
const emulator = await startEmulator({
  accessToken: secrets.token,
  appSecret: secrets.app,
  webhookUrl: `${url}/webhook`,
  numbers: samplePolicy.numbers,
})
writeFileSync(
  path.join(scratch, 'policy.yaml'),
  samplePolicyText.replace('Acme Outdoor GmbH', 'Release Test Ltd'),
)
const env = {
  PATH: process.env.PATH,
  PORT: String(port),
  DATABASE_URL: postgres.url,
  WHATSAPP_ACCESS_TOKEN: secrets.token,
  WHATSAPP_API_URL: emulator.url,
  WHATSAPP_APP_SECRET: secrets.app,
  WHATSAPP_VERIFY_TOKEN: 'release-verify-token',
  POLICY_FILE: path.join(scratch, 'policy.yaml'),
  ADMIN_API_KEY: secrets.key,
  IDENTITY_KEY: 'release-identity-key',
}

/** Runs a program of the release; answers its exit code, output so far, and how to stop it. */
function run(program: string, environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [program], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  return { child, exit, output: () => output }
}

const ada = emulator.person({ name: 'Ada', phone: '+12025550101' })
const send = async () => {
  const answer = await fetch(`${url}/v26.0/106540352242922/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      messaging_product: 'whatsapp',
      to: '+12025550101',
      type: 'text',
      text: { body: 'Sale' },
    }),
  })
  return { status: answer.status, body: await answer.json() }
}
const heard = (text: string) => ada.chat.some((b) => b.from === 'business' && b.text?.includes(text))

try {
  await step('without its settings the server names every one that is missing', async () => {
    const server = run('dist/server.js', { PATH: process.env.PATH, WHATSAPP_ACCESS_TOKEN: secrets.token })
    assert.equal(await server.exit, 1)
    for (const name of [
      'WHATSAPP_APP_SECRET',
      'WHATSAPP_VERIFY_TOKEN',
      'POLICY_FILE',
      'ADMIN_API_KEY',
      'IDENTITY_KEY',
    ]) {
      assert.match(server.output(), new RegExp(name))
    }
  })
  await step('on an empty database the server says how to migrate it', async () => {
    const server = run('dist/server.js', env)
    assert.equal(await server.exit, 1)
    assert.match(server.output(), /npm run migrate/)
  })
  await step('the migration runs from the release', async () => {
    assert.equal(await run('dist/cli/migrate.js', env).exit, 0)
  })
  const server = run('dist/server.js', env)
  await step('the server becomes ready', async () => {
    const deadline = Date.now() + 20_000
    for (;;) {
      const ready = await fetch(`${url}/readyz`).then(
        (r) => r.ok,
        () => false,
      )
      if (ready) return
      assert.equal(server.child.exitCode, null, server.output())
      assert.ok(Date.now() < deadline, server.output())
    }
  })
  await step('nothing of the sandbox is there', async () => {
    for (const route of ['/', '/sandbox/people', '/sandbox/stream', '/sandbox/app.js']) {
      assert.equal((await fetch(url + route)).status, 404, route)
    }
  })
  await step('before any yes a send is refused', async () => {
    const { status, body } = await send()
    assert.equal(status, 400)
    assert.equal(body.error.consent.reason, 'no_consent')
  })
  await step('START is answered with the notice', async () => {
    ada.text('START')
    await emulator.until(() => heard('Do you agree?'))
  })
  await step('a tap on Yes is confirmed', async () => {
    ada.tap('latest', 'Yes, send them')
    await emulator.until(() => heard('You are on the list'))
  })
  await step('now a send arrives', async () => {
    const { status, body } = await send()
    assert.equal(status, 200, JSON.stringify(body))
    await emulator.until(() => heard('Sale'))
  })
  await step('STOP is confirmed once', async () => {
    ada.text('STOP')
    await emulator.until(() => heard('you are unsubscribed'))
  })
  await step('and the next send is refused as 131050', async () => {
    const { status, body } = await send()
    assert.equal(status, 400)
    assert.equal(body.error.code, 131050)
    assert.equal(body.error.consent.reason, 'withdrawn')
  })
  await step('on SIGTERM the server closes by itself', async () => {
    server.child.kill('SIGTERM')
    assert.equal(await server.exit, 0, server.output())
  })
  await step('its log holds no number, text or token', async () => {
    assert.doesNotMatch(server.output(), /2025550101|Sale|START|release-(meta|app|admin|verify|identity)/)
  })
  if (server.child.exitCode === null) server.child.kill('SIGKILL')
} finally {
  await emulator.close()
  await postgres.stop()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

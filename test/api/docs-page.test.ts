import { chromium } from 'playwright-core'
import t from 'tap'
import { startAssent } from '../helpers/assent.js'
import { ARGS, found, skip } from '../helpers/browser.js'
import { startSandbox } from '../helpers/sandbox.js'

t.test(
  'the page loads nothing from anybody else, and the browser is told to allow nothing else',
  async (t) => {
    const { app } = await startAssent(t)
    const page = await app.inject('/docs')
    t.match(page.headers, {
      'content-type': /^text\/html/,
      'content-security-policy': /^default-src 'none'; script-src 'self';/,
      'x-content-type-options': 'nosniff',
    })
    t.notMatch(page.body, /https?:\/\//)
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file)
    t.ok(files.length >= 4)
    for (const file of files) t.equal((await app.inject(file)).statusCode, 200, file)
    // Swagger UI would otherwise show the document to a validator on the web.
    t.match((await app.inject('/docs/static/swagger-initializer.js')).body, /validatorUrl: null/)
  },
)

t.test('the page shows every route in a real browser, and an example runs from it', { skip }, async (t) => {
  const { url } = await startSandbox(t)
  const browser = await chromium.launch({ executablePath: found ?? '', args: ARGS })
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } })
  page.setDefaultTimeout(20_000)
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.message))
  page.on('console', (line) => {
    if (line.type() === 'error') trouble.push(line.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      trouble.push('a request to another host')
  })
  await page.goto(`${url}/docs`)
  const check = page.locator('#operations-consents-postV1ConsentsCheck')
  await check.waitFor()
  t.ok((await page.locator('.opblock').count()) >= 20)
  await page.locator('.btn.authorize').first().click()
  await page.locator('.auth-container input').fill('sandbox-admin-key')
  await page.locator('.auth-btn-wrapper .authorize').click()
  await page.locator('.btn-done').click()
  await check.locator('.opblock-summary-control').click()
  await check.getByRole('button', { name: 'Try it out' }).click()
  await check.getByRole('button', { name: 'Execute' }).click()
  await check.locator('.live-responses-table .response .response-col_status', { hasText: '200' }).waitFor()
  t.match(await check.locator('.live-responses-table').textContent(), /no_consent/)
  t.same(trouble, [])
})

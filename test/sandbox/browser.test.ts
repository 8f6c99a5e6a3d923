// The whole product in a real browser: a person says yes, gets a message, says stop, and gets nothing more.

import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Emulator } from '../../src/sandbox/emulator.js'
import { ARGS, found, skip } from '../helpers/browser.js'
import { startSandbox } from '../helpers/sandbox.js'

type Screen = { width: number; height: number }

async function open(t: Test, screen: Screen): Promise<{ page: Page; emulator: Emulator; trouble: string[] }> {
  const { url, emulator } = await startSandbox(t)
  const browser: Browser = await chromium.launch({ executablePath: found ?? '', args: ARGS })
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: screen })
  page.setDefaultTimeout(20_000)
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.message))
  page.on('console', (line) => {
    // A refused send is a 400 on purpose; what else the browser complains of (a blocked style, a 404) is a fault.
    if (line.type() === 'error' && !line.text().includes('400')) trouble.push(line.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) trouble.push('a request to another host')
  })
  await page.goto(url)
  await page.getByRole('tab', { name: /Ada/ }).waitFor()
  return { page, emulator, trouble }
}

const types = (page: Page) =>
  page.locator('#ledger li').evaluateAll((lines) => lines.map((line) => line.getAttribute('data-type')))

t.test('yes opens the door and stop closes it', { skip }, async (t) => {
  const { page, emulator, trouble } = await open(t, { width: 1280, height: 900 })
  const ada = emulator.people[0]
  if (!ada) throw new Error('the first person is missing')
  const chat = page.getByRole('log', { name: 'Messages' })
  const offers = page.locator('#purposes [data-purpose="offers"]')

  await page.getByRole('button', { name: 'Run it' }).click()
  await page.getByText('HTTP 400').waitFor()
  t.match(await page.locator('#answer').textContent(), /131950/, 'nobody was asked, so nothing may be sent')

  await page.getByRole('button', { name: 'START', exact: true }).click()
  await chat.getByRole('button', { name: 'Yes, send them' }).click()
  await offers.and(page.locator('[data-status="given"]')).waitFor()
  await page.waitForFunction(() => document.querySelectorAll('#log .theirs').length === 2)
  t.ok(
    await chat.getByRole('button', { name: 'Yes, send them', pressed: true }).isVisible(),
    'it looks tapped',
  )

  await page.getByRole('button', { name: 'Run it' }).click()
  await page.getByText('HTTP 200').waitFor()
  await chat.getByText('Hello Ada', { exact: false }).waitFor()
  t.match(await page.locator('#answer').textContent(), /wamid\./)

  await page.getByRole('textbox', { name: 'Message' }).fill('STOP')
  await page.keyboard.press('Enter')
  await offers.and(page.locator('[data-status="withdrawn"]')).waitFor()
  const stop = ada.chat.findIndex((bubble) => bubble.text === 'STOP')
  const after = () => ada.chat.slice(stop + 1).filter((bubble) => bubble.from === 'business')
  await emulator.until(() => after().length > 0 && emulator.pending === 0)

  await page.getByRole('button', { name: 'Run it' }).click()
  await page.getByText('HTTP 400').waitFor()
  t.match(await page.locator('#verdict').textContent(), /withdrawn/)
  t.match(await page.locator('#answer').textContent(), /"code": 131050/)
  t.equal(after().length, 1, 'exactly one confirmation, and nothing else')
  t.equal(await page.locator('#log [data-id]').count(), ada.chat.length, 'the screen shows what was sent')

  const ledger = await types(page)
  t.same([...new Set(ledger)].reverse(), ['requested', 'given', 'withdrawn'], 'newest first')
  t.same(trouble, [])
})

t.test('somebody without a phone plays the same part, on a phone, by keyboard', { skip }, async (t) => {
  const { page, emulator, trouble } = await open(t, { width: 360, height: 740 })
  const mei = emulator.people[2]
  await page.getByRole('tab', { name: /Ada/ }).press('ArrowLeft')
  await page.getByRole('tab', { name: /Mei/, selected: true }).waitFor()
  t.match(await page.locator('#curl').textContent(), `"recipient": "${mei?.userId}"`)

  await page.getByRole('textbox', { name: 'Message' }).fill('START')
  await page.keyboard.press('Enter')
  await page.locator('#log .theirs .choices button').first().press('Enter')
  await page.locator('#purposes [data-purpose="offers"][data-status="given"]').waitFor()
  await page.getByRole('button', { name: 'Run it' }).press('Enter')
  await page.getByText('HTTP 200').waitFor()
  t.match(emulator.messagesTo(mei?.userId ?? '').at(-1)?.body, { recipient: mei?.userId })

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  t.equal(overflow, 0, 'nothing is wider than 360 pixels')
  const nameless = await page
    .locator('button, input, textarea')
    .evaluateAll((all) =>
      all
        .filter(
          (x) =>
            !x.textContent?.trim() &&
            !x.getAttribute('aria-label') &&
            !(x as HTMLInputElement).labels?.length,
        )
        .map((x) => x.outerHTML),
    )
  t.same(nameless, [], 'every control has a name')
  t.same(trouble, [])
})

t.test('files, places, cards and reactions show as what they are', { skip }, async (t) => {
  const { page, emulator, trouble } = await open(t, { width: 360, height: 740 })
  const ada = emulator.people[0]
  if (!ada) throw new Error('the first person is missing')
  const mine = ada.caption('my contract', { media: 'document' })
  const link = 'https://shop.example/invoice.pdf'
  for (const message of [
    { type: 'document', document: { link, filename: 'invoice.pdf', caption: 'Your invoice' } },
    {
      type: 'location',
      location: { latitude: 52.5, longitude: 13.4, name: 'Shop', address: 'Musterstraße 1' },
    },
    {
      type: 'contacts',
      contacts: [{ name: { formatted_name: 'Service' }, phones: [{ phone: '+12025550199' }] }],
    },
    { type: 'reaction', reaction: { message_id: mine, emoji: '👍' } },
  ]) {
    const answer = await fetch(`${emulator.url}/106540352242922/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox-access-token', 'content-type': 'application/json' },
      body: JSON.stringify({ messaging_product: 'whatsapp', to: ada.phone, ...message }),
    })
    t.equal(answer.status, 200, message.type)
  }
  const chat = page.getByRole('log', { name: 'Messages' })
  await chat.getByText('Service').waitFor()
  t.same(await chat.locator('.attached').allTextContents(), [
    'Documentapplication/pdf',
    'invoice.pdfDocument',
    'ShopMusterstraße 1',
    'Service+12025550199',
  ])
  await chat.locator('.reaction', { hasText: '👍' }).waitFor()
  t.same(trouble, [])
})

// A real browser for tests, where there is one.

import { existsSync } from 'node:fs'

/** Where a browser is; undefined when there is none. */
export const found = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== undefined && existsSync(path))
/** Why a test in a browser is skipped; false when it is not. */
export const skip = found
  ? false
  : 'no Chromium: apt-get install chromium, or set CHROME_PATH to a Chrome or Chromium'

export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

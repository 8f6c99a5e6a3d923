// The whole product as `npm start` runs it, on a database of the test's own.

import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { readConfig } from '../../src/config.js'
import type { Emulator } from '../../src/sandbox/emulator.js'
import { type Assent, type Surroundings, start } from '../../src/start.js'
import { testDatabase } from './database.js'

export async function startSandbox(
  t: Test,
  around: Partial<Surroundings> = {},
): Promise<Pick<Assent, 'app' | 'url' | 'databaseUrl'> & { emulator: Emulator }> {
  const database = await testDatabase(t)
  const config = readConfig({ PORT: '0', DATABASE_URL: database.url, LOG_LEVEL: 'silent' })
  const readFile = (file: string) => readFileSync(file, 'utf8')
  const assent = await start(config, { dataDir: '', readFile, ...around })
  t.teardown(() => assent.close())
  if (assent.emulator === undefined) throw new Error('sandbox mode runs without its emulator')
  return { app: assent.app, url: assent.url, databaseUrl: database.url, emulator: assent.emulator }
}

// The process: environment → configuration → dependencies → listen → graceful close. The only file, with the commands
// in cli/, that touches process.*.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import closeWithGrace from 'close-with-grace'
import { ConfigError, readConfig } from './config.js'
import { describeError } from './errors.js'
import { PolicyError } from './policy.js'
import { start } from './start.js'

// Shorter than the 30 seconds after which orchestrators kill.
const CLOSE_WITHIN_MS = 20_000

try {
  const config = readConfig(process.env)
  const assent = await start(config, {
    ...(await prettyOnATerminal()),
    dataDir: path.resolve('.data'),
    readFile: (file) => readFileSync(file, 'utf8'),
    secretOf: (variable) => process.env[variable],
  })
  closeWithGrace({ delay: CLOSE_WITHIN_MS, logger: false }, async ({ err, signal }) => {
    if (err) assent.app.log.error({ err }, 'closing after an error')
    else assent.app.log.info(`closing after ${signal ?? 'request'}`)
    await assent.close()
  })
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
  // Whatever was half started must not keep a process alive that nobody can use.
  setTimeout(() => process.exit(1), 1_000).unref()
}

/** Log lines for eyes at a terminal, JSON for everything else. */
async function prettyOnATerminal() {
  if (!process.stdout.isTTY) return {}
  const pretty = await import('pino-pretty').catch(() => null)
  if (pretty === null) return {}
  const options = { ignore: 'pid,hostname,reqId', translateTime: 'HH:MM:ss', singleLine: true, sync: true }
  return { logStream: pretty.default(options) }
}

/** What went wrong, in words for whoever started the program. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof PolicyError) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return 'The port is taken by another program. Stop it, or choose another port with PORT=3001.'
  }
  if (error instanceof Error && 'explained' in error) return error.message
  return `Assent could not start: ${error instanceof Error ? error.message : ''}\n${JSON.stringify(describeError(error), null, 2)}`
}

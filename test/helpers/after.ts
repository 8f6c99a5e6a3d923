// tap runs this after all tests; a test file that runs by itself does so too, with its own process number.

import process from 'node:process'
import { closeServer } from './server.js'

await closeServer(Number(process.argv[2] ?? process.ppid))
process.exit(0)

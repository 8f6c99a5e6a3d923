// tap runs this before all tests; a test file that runs by itself does so too, with its own process number.

import process from 'node:process'
import { openServer } from './server.js'

await openServer(Number(process.argv[2] ?? process.ppid))
process.exit(0)

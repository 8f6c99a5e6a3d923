// `npm run -s verify-receipt -- RECEIPT KEYS`: checks a signed receipt with the published keys, offline, and prints it.
// Exit code 0: signed by one of the keys; 1: not; 2: it could not look.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { verifyReceipt } from '../consent/receipts/sign.js'

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) })

const [receiptFile, keysFile] = process.argv.slice(2)
if (receiptFile === undefined || keysFile === undefined) {
  console.error(
    'Usage: npm run -s verify-receipt -- RECEIPT.jws KEYS.json (keys: GET /.well-known/jwks.json)',
  )
  process.exit(2)
}
try {
  const jws = readFileSync(receiptFile, 'utf8')
  const keys = keySet.parse(JSON.parse(readFileSync(keysFile, 'utf8')))
  const receipt = await verifyReceipt(jws, keys).catch((error: unknown) => {
    console.error(`not genuine: ${error instanceof Error ? error.message : 'unknown'}`)
    process.exit(1)
  })
  console.error('genuine')
  console.log(JSON.stringify(receipt, null, 2))
} catch {
  console.error('The receipt or the keys cannot be read.')
  process.exit(2)
}

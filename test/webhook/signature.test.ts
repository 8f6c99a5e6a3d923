import { createHmac } from 'node:crypto'
import t from 'tap'
import { verifySignature } from '../../src/webhook/signature.js'

const body = Buffer.from('{"text":"caf\\u00e9 \\ud83d\\uded1 a\\/b"}')
const sign = (secret: string, bytes: Buffer = body) =>
  `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`

t.test('a body signed with any of the secrets is accepted, as raw bytes', async (t) => {
  t.equal(verifySignature(body, sign('new-secret'), ['new-secret']), true)
  t.equal(verifySignature(body, sign('old-secret'), ['new-secret', 'old-secret']), true, 'while rotating')
  t.equal(
    verifySignature(body, sign('new-secret').toUpperCase().replace('SHA256', 'sha256'), ['new-secret']),
    true,
  )
})

t.test('everything else is refused and throws nothing', async (t) => {
  const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())))
  t.equal(verifySignature(rewritten, sign('s3cret-one'), ['s3cret-one']), false, 'the same JSON written anew')
  const changed = Buffer.from(body)
  changed[3] = 120
  t.equal(verifySignature(changed, sign('s3cret-one'), ['s3cret-one']), false, 'one byte changed')
  for (const header of [
    undefined,
    '',
    'sha256=',
    'sha256=zz',
    `sha256=${'0'.repeat(63)}`,
    `sha256=${'0'.repeat(65)}`,
    `sha1=${'0'.repeat(40)}`,
    sign('other-secret'),
    [sign('s3cret-one')],
  ]) {
    t.equal(verifySignature(body, header, ['s3cret-one']), false, String(header))
  }
})

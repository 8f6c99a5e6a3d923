import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { checkedForm } from '../../src/passing/form.js'

const BOUNDARY = 'xYz-1'

/** What comes out of the check when a form comes in pieces of the given sizes; the problem when it is refused. */
async function check(form: Buffer, sizes: readonly number[] = [form.length], largest = 1e6) {
  const pieces: Buffer[] = []
  for (let at = 0, n = 0; at < form.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    pieces.push(form.subarray(at, at + size))
    at += size
  }
  const out: Buffer[] = []
  try {
    for await (const chunk of Readable.from(pieces).pipe(checkedForm(BOUNDARY, largest))) out.push(chunk)
  } catch (error: any) {
    return { passed: Buffer.concat(out), problem: error.issues?.[0]?.message ?? error.code }
  }
  return { passed: Buffer.concat(out) }
}

const part = (header: string, content: string | Buffer) =>
  Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\n${header}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
const field = (name: string, content: string | Buffer = 'x') =>
  part(`Content-Disposition: form-data; name="${name}"`, content)
const whole = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)])

t.test('a form of any content, in pieces of any size, comes out as it came in', async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
    fc
      .array(fc.constantFrom('\r', '\n', '\r\n', '-', '--', '--xYz-', 'xYz-1', 'a', '\0'), { maxLength: 30 })
      .map((bits) => Buffer.from(bits.join('')))
      .filter((bytes) => !bytes.includes(`--${BOUNDARY}`)),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      async (files, sizes) => {
        const parts = files.map((bytes) =>
          part(
            'Content-Disposition: form-data; name="file"; filename="a b.pdf"\r\nContent-Type: application/pdf',
            bytes,
          ),
        )
        const form = whole(field('messaging_product', 'whatsapp'), ...parts)
        const { passed, problem } = await check(form, sizes)
        return problem === undefined && passed.equals(form)
      },
    ),
    { numRuns: 300 },
  )
})

t.test('what the clients write is a form', async (t) => {
  for (const header of [
    'Content-Disposition: form-data; name="file"; filename="ünï 图.png"\r\nContent-Type: image/png',
    'content-type: image/png\r\ncontent-disposition: form-data; name="file"; filename="blob"',
    'Content-Disposition: form-data; name="file"; filename="a"; filename*=UTF-8\'\'%e2%82%ac',
    'Content-Disposition: form-data; name="type"',
    'Content-Disposition: form-data;name="upload_strategy"',
  ]) {
    const form = whole(part(header, 'x'))
    t.same(await check(form), { passed: form }, header)
  }
  const { headers, body } = new Response(
    (() => {
      const data = new FormData()
      data.set('messaging_product', 'whatsapp')
      data.set('file', new Blob(['%PDF'], { type: 'application/pdf' }), 'bill "1".pdf')
      return data
    })(),
  )
  const boundary = /boundary=(.*)$/.exec(headers.get('content-type') ?? '')?.[1] ?? ''
  const out: Buffer[] = []
  for await (const chunk of Readable.fromWeb(body as never).pipe(checkedForm(boundary, 1e6))) out.push(chunk)
  t.match(Buffer.concat(out).toString(), /bill %221%22\.pdf/)
})

t.test(
  'a form that holds more than an upload is refused before that leaves, in pieces of any size',
  async (t) => {
    const file = part('Content-Disposition: form-data; name="file"; filename="a.pdf"', 'content')
    const cases: [string, Buffer, RegExp][] = [
      [
        'a batch of further requests',
        whole(file, field('batch', '[{"method":"POST"}]')),
        /field that is not one of/,
      ],
      ['another token', whole(field('access_token'), file), /field that is not one of/],
      ['another method', whole(field('method', 'DELETE'), file), /field that is not one of/],
      ['a name in capitals', whole(field('BATCH'), file), /not known|not one of/],
      ['a name with brackets', whole(field('batch[0]'), file), /not known/],
      [
        'a name twice',
        whole(part('Content-Disposition: form-data; name="file"; name="batch"', 'x')),
        /not known/,
      ],
      [
        'a name behind an escaped quote',
        whole(part('Content-Disposition: form-data; name="file"; filename="a\\"; name=batch"', 'x')),
        /not known/,
      ],
      ['a name without quotes', whole(part('Content-Disposition: form-data; name=batch', 'x')), /not known/],
      [
        'an encoded name',
        whole(part("Content-Disposition: form-data; name*=UTF-8''batch", 'x')),
        /not known/,
      ],
      [
        'a header twice',
        whole(
          part(
            'Content-Disposition: form-data; name="file"\r\nContent-Disposition: form-data; name="batch"',
            'x',
          ),
        ),
        /not known/,
      ],
      [
        'a folded header',
        whole(part('Content-Disposition: form-data; name="file"\r\n ; name="batch"', 'x')),
        /not known/,
      ],
      [
        'a header behind a bare line feed',
        whole(
          part(
            'Content-Disposition: form-data; name="file"; filename="a\nContent-Disposition: form-data; name=batch"',
            'x',
          ),
        ),
        /not known/,
      ],
      [
        'another header',
        whole(part('Content-Disposition: form-data; name="file"\r\nX-Name: batch', 'x')),
        /not known/,
      ],
      ['no header', whole(part('', 'x')), /not known|well-formed|header/],
      [
        'a part behind a bare line feed',
        whole(
          part(
            'Content-Disposition: form-data; name="file"',
            `x\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="batch"\r\n\r\n[]`,
          ),
        ),
        /boundary within a part/,
      ],
      ['something before the form', Buffer.concat([Buffer.from('x\r\n'), whole(file)]), /does not begin/],
      ['something after the form', Buffer.concat([whole(file), field('batch')]), /goes on after its end/],
      ['a form without an end', file, /ends before its end/],
      ['nothing', Buffer.alloc(0), /ends before its end/],
      [
        'a longer boundary',
        Buffer.from(whole(file).toString().replace('--xYz-1\r\n', '--xYz-1x\r\n')),
        /well-formed/,
      ],
      [
        'an endless header',
        whole(part(`Content-Disposition: form-data; name="file"; filename="${'a'.repeat(5000)}"`, 'x')),
        /too long a header/,
      ],
    ]
    for (const [name, form, problem] of cases) {
      for (const sizes of [[form.length || 1], [1], [7, 2]]) {
        const result = await check(form, sizes)
        t.match(result.problem, problem, `${name}, in pieces of ${sizes}`)
        t.notMatch(result.passed.toString(), /name="?batch|access_token|DELETE/, 'and it has not left')
      }
    }
    t.match(await check(whole(file), [10], 50), { problem: 'BODY_TOO_LARGE' })
  },
)

// A multipart form on its way to Meta, passed on byte for byte while its field names are read.
// Promise kept: an upload holds an upload. Graph takes its own parameters (`batch`, `access_token`, `method`) from form
// fields on any path, so one of them inside the form would be a send that nobody has judged.

import { Transform, type TransformCallback } from 'node:stream'
import { problem } from '../errors.js'

const FIELDS = new Set(['messaging_product', 'file', 'type', 'upload_strategy'])
// A backslash or quote within a file's name ends the name for some readers and not for others.
const DISPOSITION =
  /^content-disposition: *form-data; *name="([a-z_]+)"(?:; *filename="[^"\\\p{Cc}]*")?(?:; *filename\*=[\w!#$&+.^`|~%'-]+)?$/iu
const OTHER_HEADER = /^content-(?:type|length|transfer-encoding): *[^\p{Cc}]*$/iu
const LARGEST_PART_HEADER = 4096

/**
 * @param boundary as the Content-Type says
 * @param largest bytes of the whole form
 */
export function checkedForm(boundary: string, largest: number): Transform {
  const mark = Buffer.from(`--${boundary}`)
  const lineEnd = Buffer.from('\r\n')
  let rest: Buffer = Buffer.alloc(0)
  let state: 'start' | 'content' | 'mark' | 'header' | 'end' = 'start'
  let size = 0

  /** Moves on as far as the bytes that have come allow; answers those that may leave. */
  function* steps(): Generator<Buffer> {
    for (;;) {
      switch (state) {
        case 'start':
          if (rest.length < mark.length) return
          if (!rest.subarray(0, mark.length).equals(mark)) throw refused('does not begin with its boundary')
          yield take(mark.length)
          state = 'mark'
          break
        case 'content': {
          const at = rest.indexOf(mark)
          if (at < 0) {
            // What may turn out to be the beginning of a line end and a mark has to wait.
            yield take(Math.max(0, rest.length - mark.length - 1))
            return
          }
          // Readers that split lines at a bare line feed would see a part here that others do not.
          if (at < 2 || !rest.subarray(at - 2, at).equals(lineEnd)) {
            throw refused('holds its boundary within a part')
          }
          yield take(at + mark.length)
          state = 'mark'
          break
        }
        case 'mark': {
          if (rest.length < 2) return
          const two = rest.subarray(0, 2)
          if (!two.equals(lineEnd) && two.toString() !== '--') throw refused('is not well-formed')
          state = two.equals(lineEnd) ? 'header' : 'end'
          yield take(2)
          break
        }
        case 'header': {
          const end = rest.indexOf('\r\n\r\n')
          if (end > LARGEST_PART_HEADER || (end < 0 && rest.length > LARGEST_PART_HEADER)) {
            throw refused('has a part with too long a header')
          }
          if (end < 0) return
          checkHeader(rest.subarray(0, end).toString('utf8'))
          // The blank line's end stays: an empty part's mark follows it directly.
          yield take(end + 2)
          state = 'content'
          break
        }
        case 'end':
          if (rest.length > 2 || !lineEnd.subarray(0, rest.length).equals(rest)) {
            throw refused('goes on after its end')
          }
          return
      }
    }
  }

  function take(length: number): Buffer {
    const taken = rest.subarray(0, length)
    rest = rest.subarray(length)
    return taken
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      size += chunk.length
      if (size > largest) return done(problem('BODY_TOO_LARGE'))
      rest = Buffer.concat([rest, chunk])
      try {
        // Nothing of a piece leaves before the whole of it was looked at.
        for (const piece of [...steps()]) this.push(piece)
        done()
      } catch (error) {
        done(error instanceof Error ? error : new Error('unreadable form'))
      }
    },
    flush(done: TransformCallback) {
      if (state !== 'end') return done(refused('ends before its end'))
      done(null, rest)
    },
  })
}

function checkHeader(header: string): void {
  const [disposition, ...others] = header.split('\r\n').sort((a, b) => rank(a) - rank(b))
  const field = DISPOSITION.exec(disposition ?? '')?.[1]
  if (field === undefined || !others.every((line) => OTHER_HEADER.test(line))) {
    throw refused('has a part with a header that is not known')
  }
  if (!FIELDS.has(field)) throw refused(`has a field that is not one of ${[...FIELDS].join(', ')}`)
}

const rank = (line: string) => (/^content-disposition:/i.test(line) ? 0 : 1)

const refused = (what: string) =>
  problem('REQUEST_INVALID', [{ field: 'body', message: `The form ${what}.` }])

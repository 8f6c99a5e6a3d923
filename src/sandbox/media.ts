// The files of the emulated WhatsApp: what a business has uploaded and what people have sent.
// Promise kept: a file comes back byte for byte until it is deleted; memory is bounded, so the oldest files are
// forgotten first, as Meta forgets them after 30 days.

import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { GraphProblem } from './graph-errors.js'

export type MediaFile = {
  readonly id: string
  readonly phoneNumberId: string
  readonly mimeType: string
  readonly bytes: Buffer
  /** hex */
  readonly sha256: string
}

export type MediaStore = {
  /** keeps a file and drops the oldest while there are too many bytes */
  add(phoneNumberId: string, mimeType: string, bytes: Buffer): MediaFile
  find(id: string): MediaFile | undefined
  remove(id: string): boolean
  /** the query of a download address that holds for five minutes from `now` */
  pass(id: string, now: Date): URLSearchParams
  /** the file that a download address leads to; undefined when it is forged, too old or gone */
  admit(pass: URLSearchParams, now: Date): MediaFile | undefined
}

/** Bytes in memory over all files. */
export const MEDIA_ROOM = 8 * 1024 * 1024

const MB = 1024 * 1024
const DOCUMENTS = [
  'text/plain',
  'application/pdf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
]
const AUDIO = ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg']

/** Meta's limits per type of file, in bytes (Cloud API, "Supported media types"). */
const LARGEST: ReadonlyMap<string, number> = new Map([
  ...['image/jpeg', 'image/png'].map((type) => [type, 5 * MB] as const),
  ['image/webp', 500 * 1024],
  ...[...AUDIO, 'video/mp4', 'video/3gpp'].map((type) => [type, 16 * MB] as const),
  ...DOCUMENTS.map((type) => [type, 100 * MB] as const),
])

/** What is wrong with a file that somebody wants to upload; undefined when it may come in. */
export function refusalOf(mimeType: string, size: number): GraphProblem | undefined {
  const largest = LARGEST.get(mimeType)
  if (largest === undefined) {
    return { code: 100, details: `file must be of one of these types: ${[...LARGEST.keys()].join(', ')}` }
  }
  if (size > largest) return { code: 131053, details: `file: larger than ${largest} bytes` }
  if (size > MEDIA_ROOM)
    return { code: 131053, details: `file: the emulator keeps at most ${MEDIA_ROOM} bytes` }
  return undefined
}

// Meta's own download addresses end after five minutes.
const PASS_MS = 5 * 60_000

/** An empty store. */
export function createMedia(): MediaStore {
  const files = new Map<string, MediaFile>()
  const secret = randomBytes(32)
  let held = 0
  const seal = (id: string, until: string) =>
    createHash('sha256').update(secret).update(`${id} ${until}`).digest('base64url')
  const remove = (id: string) => {
    held -= files.get(id)?.bytes.length ?? 0
    return files.delete(id)
  }
  return {
    add(phoneNumberId, mimeType, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const file: MediaFile = { id: newMediaId(), phoneNumberId, mimeType, bytes, sha256 }
      files.set(file.id, file)
      held += bytes.length
      for (const id of files.keys()) {
        if (held <= MEDIA_ROOM) break
        remove(id)
      }
      return file
    },
    find: (id) => files.get(id),
    remove,
    pass(id, now) {
      const ext = String(Math.floor((now.getTime() + PASS_MS) / 1000))
      return new URLSearchParams({ mid: id, ext, hash: seal(id, ext) })
    },
    admit(pass, now) {
      const [id = '', ext = ''] = [pass.get('mid') ?? '', pass.get('ext') ?? '']
      const valid = pass.get('hash') === seal(id, ext) && Number(ext) * 1000 >= now.getTime()
      return valid ? files.get(id) : undefined
    },
  }
}

// Sixteen digits, as Meta's.
function newMediaId(): string {
  return `1${Array.from({ length: 15 }, () => randomInt(10)).join('')}`
}

// The files that people of the sandbox send when nobody says which: the smallest of their kind.

/** Kind of message → its type and bytes. */
export const SAMPLE_FILES = {
  image: { mimeType: 'image/jpeg', bytes: onePixel() },
  video: { mimeType: 'video/mp4', bytes: Buffer.from('\0\0\0\x14ftypisom\0\0\0\0isom', 'latin1') },
  document: { mimeType: 'application/pdf', bytes: onePage() },
} as const

function onePixel(): Buffer {
  return Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP////////////////////////////////////////////////////////' +
      '//////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAA' +
      'AAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
    'base64',
  )
}

function onePage(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>',
  ]
  const body = objects.map((object, n) => `${n + 1} 0 obj ${object} endobj\n`).join('')
  return Buffer.from(`%PDF-1.4\n${body}trailer << /Root 1 0 R >>\n%%EOF\n`)
}

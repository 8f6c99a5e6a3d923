// What a message carries besides words: a file, a place, contact cards. Nothing is loaded: the page shows what came, and
// what it is called.

import { el, icon } from './dom.js'

const PICTURE = 'M3 4.500h14v11H3zM3 13l4-4 3 3 2.500-2.500L17 13.500M12.500 7.500h.010'
const FILM = 'M3 4.500h14v11H3zM8.500 7.500v5l4-2.500z'
const SOUND = 'M10 3v9a2.500 2.500 0 1 1-2-2.450M10 3c.500 2.500 3 3 4.500 3.500'
const PAGE = 'M5 2.500h6.500L15 6v11.500H5zM11.500 2.500V6H15M7.500 10h5M7.500 13h5'
const STICKER = 'M10 2.500A7.500 7.500 0 1 0 17.500 10L10 2.500zM10 2.500V8a2 2 0 0 0 2 2h5.500'
const PIN =
  'M10 17.500S4.500 12 4.500 8a5.500 5.500 0 0 1 11 0c0 4-5.500 9.500-5.500 9.500zM10 9.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3z'
const PERSON = 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 16.500c.500-3 2.500-4.500 6-4.500s5.500 1.500 6 4.500'

const FILES = {
  image: [PICTURE, 'Picture'],
  video: [FILM, 'Video'],
  audio: [SOUND, 'Audio'],
  document: [PAGE, 'Document'],
  sticker: [STICKER, 'Sticker'],
}

/** A box for each thing that a message carries; none for a message of words alone. */
export function attached({ media, place, cards }) {
  const boxes = []
  if (media) {
    const [path, name] = FILES[media.kind] ?? [PAGE, media.kind]
    boxes.push(box(path, media.filename ?? name, media.filename ? name : media.mimeType))
  }
  if (place) {
    const { name, address, latitude, longitude } = place
    boxes.push(box(PIN, name ?? 'Location', address ?? `${latitude}, ${longitude}`))
  }
  for (const { name, phones } of cards ?? []) boxes.push(box(PERSON, name, phones.join(', ') || 'Contact'))
  return boxes
}

function box(path, title, more) {
  return el(
    'div',
    { class: 'attached' },
    icon(path, { width: 20, height: 20 }),
    el('strong', { dir: 'auto' }, title),
    more ? el('span', { dir: 'auto' }, more) : null,
  )
}

// Building elements, and WhatsApp's text marks. Text only ever becomes text nodes: nothing written in a chat can
// become markup.

/**
 * Makes an element. Keys of `props` that begin with `on` are listeners, `class` and anything with a dash are
 * attributes, the rest are properties; null children are left out.
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else if (key === 'class' || key === 'role' || key.includes('-')) element.setAttribute(key, value)
    else element[key] = value
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined))
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

/** A line drawing from one path. */
export function icon(path, { width = 16, height = 16, label } = {}) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.setAttribute('width', String(width))
  svg.setAttribute('height', String(height))
  if (label) {
    svg.setAttribute('role', 'img')
    svg.setAttribute('aria-label', label)
  } else svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(SVG, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

// A mark counts at the edge of a word only, so that snake_case and 2*3*4 stay as they are.
const MARKS = new RegExp(
  [
    String.raw`(?<link>https?:\/\/[^\s]+)`,
    '```(?<code>[^`]+)```',
    String.raw`(?<![\p{L}\p{N}*])\*(?=\S)(?<bold>[^*\n]*[^*\s])\*(?![\p{L}\p{N}*])`,
    String.raw`(?<![\p{L}\p{N}_])_(?=\S)(?<italic>[^_\n]*[^_\s])_(?![\p{L}\p{N}_])`,
    String.raw`(?<![\p{L}\p{N}~])~(?=\S)(?<strike>[^~\n]*[^~\s])~(?![\p{L}\p{N}~])`,
  ].join('|'),
  'gu',
)
const TAGS = { bold: 'strong', italic: 'em', strike: 's' }

/** Nodes for a text with *bold*, _italic_, ~strike~ and ```code```. Links look like links and lead nowhere. */
export function formatted(text) {
  const nodes = []
  let from = 0
  for (const match of text.matchAll(MARKS)) {
    if (match.index > from) nodes.push(text.slice(from, match.index))
    const { link, code } = match.groups
    if (link) nodes.push(el('span', { class: 'link' }, link))
    else if (code) nodes.push(el('code', {}, code))
    for (const [mark, tag] of Object.entries(TAGS)) {
      if (match.groups[mark]) nodes.push(el(tag, {}, ...formatted(match.groups[mark])))
    }
    from = match.index + match[0].length
  }
  if (from < text.length) nodes.push(text.slice(from))
  return nodes
}

/** Hours and minutes, as the person's own settings write them. */
export function clockTime(iso) {
  return new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}

/** Calls the sandbox; throws an Error whose message can be shown. */
export async function ask(path, body) {
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`)
  return answer
}

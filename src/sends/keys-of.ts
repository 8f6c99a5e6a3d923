// Every key of a JSON text, as it is written: which object it stands in, and whether that object has it already.
// JSON.parse keeps the last of two equal keys and says nothing (RFC 8259 section 4: "unpredictable"), so what we read
// could be another message than the one that Meta reads from the same bytes.

export type Key = {
  name: string
  /** The key under which the object stands that holds this one; null in the outermost object. */
  parent: string | null
  /** 1 in the outermost object; arrays count too. */
  depth: number
  /** This object has a key of the same name before. */
  repeated: boolean
  /** Where its value begins, white space included. */
  valueAt: number
}

type Level = { names: Set<string>; parent: string | null; last: string | null }

/**
 * Reads the keys of a JSON text, in one pass and in the order in which they are written.
 * @param json a text that JSON.parse takes; what it refuses has no keys worth reading
 * @param deepest objects and arrays within each other
 * @returns null when the text is nested deeper than that
 */
export function keysOf(json: string, deepest: number): Key[] | null {
  const keys: Key[] = []
  const levels: Level[] = []
  let text = ''
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '"': {
        const end = endOfString(json, at)
        text = json.slice(at, end)
        at = end - 1
        break
      }
      case '{':
      case '[':
        if (levels.length === deepest) return null
        levels.push({ names: new Set(), parent: levels.at(-1)?.last ?? null, last: null })
        break
      case '}':
      case ']':
        levels.pop()
        break
      case ':': {
        // In valid JSON a colon outside of strings follows a key and nothing else.
        const level = levels.at(-1)
        if (level === undefined) break
        const name: string = JSON.parse(text)
        const repeated = level.names.has(name)
        keys.push({ name, parent: level.parent, depth: levels.length, repeated, valueAt: at + 1 })
        level.names.add(name)
        level.last = name
        break
      }
    }
  }
  return keys
}

/** The place after the closing quote of the string that opens at `from`. */
function endOfString(json: string, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

// The names of everything that an object of a client can do, so that "it has no such function" is looked up and not
// believed.

/** `part.name` for every function of each part, its own and its class's. */
export function functionsOf(parts: Readonly<Record<string, object>>): string[] {
  return Object.entries(parts).flatMap(([part, object]) => {
    const names = [...Object.keys(object), ...Object.getOwnPropertyNames(Object.getPrototypeOf(object))]
    return names
      .filter((name) => name !== 'constructor' && typeof Reflect.get(object, name) === 'function')
      .map((name) => `${part}.${name}`)
  })
}

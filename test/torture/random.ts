// Chance from a seed. Every stream has a name, so that one more draw in one place changes nothing in another.

import { createHash } from 'node:crypto'

export type Random = {
  /** In [0, 1). */
  (): number
  /** A whole number, both ends included. */
  int(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
  /** In a new order. */
  shuffle<T>(list: readonly T[]): T[]
}

/** mulberry32, by Tommy Ettinger (public domain): 32 bits of state, good enough to choose who speaks next. */
export function randomOf(seed: number, ...name: (string | number)[]): Random {
  let state = createHash('sha256')
    .update([seed, ...name].join('\0'))
    .digest()
    .readUInt32LE()
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return Object.assign(next, {
    int,
    chance: (probability: number) => next() < probability,
    pick: <T>(list: readonly [T, ...T[]]): T => list[int(0, list.length - 1)] ?? list[0],
    shuffle: <T>(list: readonly T[]): T[] =>
      list
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
  })
}

export type Pauses = { chance: number; longestMs: number }

/** How long to wait at one of a process's gaps: mostly not at all, sometimes a little, now and then very long. */
export function pauseOf(random: Random, { chance, longestMs }: Pauses): number {
  if (!random.chance(chance)) return 0
  return Math.round(longestMs * (random.chance(0.6) ? random() * 0.1 : random()))
}

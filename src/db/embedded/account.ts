// Which account of the machine runs the embedded Postgres, and how a command is run as that account.
// Postgres refuses to run as root: a hole in it would then own the machine. When we are root we step down
// to an ordinary account, otherwise we stay who we are. What an account may reach is tried, never computed
// from modes, because ACLs, mounts and security modules have their say too.

import { execFile } from 'node:child_process'
import { lchown, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { explained } from './explained.js'

export type Account = { name: string; uid: number; gid: number }

/** Nothing of our own environment reaches Postgres: a stray PGPORT or LANG would change what it does. */
const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/',
  LC_ALL: 'C',
  TZ: 'UTC',
  SystemRoot: process.env.SystemRoot,
}

/**
 * The account to step down to, or undefined when this process is not root and stays itself. `owner` is who
 * owns the cluster, when there is one: nobody else can run it. initdb wants a name in the passwd file, so
 * the accounts come from there: `postgres`, or `nobody`, which every system has.
 */
export async function accountToRunAs(owner?: { uid: number; gid: number }): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map(parseAccount)
  if (owner && owner.uid !== 0) {
    return accounts.find((a) => a?.uid === owner.uid) ?? { ...owner, name: `${owner.uid}` }
  }
  const account = accounts.find((a) => a?.name === 'postgres') ?? accounts.find((a) => a?.name === 'nobody')
  if (account) return account
  throw explained('Postgres may not run as root, and there is no user postgres or nobody. Set DATABASE_URL')
}

function parseAccount(line: string): Account | undefined {
  const [name, , uid, gid] = line.split(':')
  return name && uid && gid ? { name, uid: Number(uid), gid: Number(gid) } : undefined
}

/** Options for starting a process as `account`. The working directory is one that everybody may enter. */
export function processOptions(account: Account | undefined) {
  const ids = account ? { uid: account.uid, gid: account.gid } : {}
  return { ...ids, cwd: '/', env: environment, windowsHide: true }
}

/** Runs a command to its end, at most `timeout` ms. `output` holds what it printed, or why it did not run. */
export function runAs(
  account: Account | undefined,
  command: string,
  args: string[],
  timeout: number,
): Promise<{ ok: boolean; output: string }> {
  const options = { ...processOptions(account), timeout, killSignal: 'SIGKILL' as const }
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const why = error?.killed ? `no end after ${timeout / 1000} s` : (error?.message ?? '')
      resolve({
        ok: !error,
        output: [stdout, stderr, why]
          .map((s) => s.trim())
          .filter(Boolean)
          .join('\n'),
      })
    })
  })
}

/** Whether the account gets into the directory, through all its ancestors. */
export async function canEnter(account: Account, directory: string): Promise<boolean> {
  return (await runAs(account, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], 10_000)).ok
}

/** Gives a whole tree to the account. Links are not followed: the tree may hold one that points elsewhere. */
export async function giveTo(account: Account, path: string): Promise<void> {
  await lchown(path, account.uid, account.gid)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) await giveTo(account, child)
    else await lchown(child, account.uid, account.gid)
  }
}

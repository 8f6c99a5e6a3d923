// Where the embedded Postgres lives, and what it does when that place is half made, somebody else's, or closed to
// the account that runs it.

import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { accountToRunAs } from '../../src/db/embedded/account.js'
import { installedBinaries, runnableBinaries } from '../../src/db/embedded/binaries.js'
import { startEmbeddedPostgres } from '../../src/db/embedded.js'
import { directory, end, inProcess, rows, SETTINGS, start, started, until } from '../helpers/embedded.js'

const isRoot = process.getuid?.() === 0

t.test('a half-made cluster does not block', async (t) => {
  const dir = await directory(t)
  const { child } = inProcess(t, dir)
  await until(async () => {
    const half = (await fs.readdir(dir)).find((name) => name.startsWith('postgres.new-'))
    return half !== undefined && (await fs.readdir(join(dir, half, 'data')).catch(() => [])).length > 0
  })
  await end(child, 'SIGKILL')
  t.match(await fs.readdir(dir), [/^postgres\.new-/])

  const next = await started(t, dir)
  t.strictSame(await rows(next.url, 'select 1 as one'), [{ one: 1 }])
  t.strictSame(await fs.readdir(dir), ['postgres'])
})

t.test('a copy of the directory is a database of its own', async (t) => {
  const dir = await directory(t)
  const original = await start(dir)
  await rows(original.url, 'create table kept ()')
  await original.stop()
  const copy = await directory(t)
  await fs.cp(join(dir, 'postgres'), join(copy, 'postgres'), { recursive: true })
  await fs.chmod(join(copy, 'postgres/data'), 0o755)

  const both = [await started(t, dir), await started(t, copy)]
  for (const { url } of both) t.strictSame(await rows(url, 'select * from kept'), [])
  t.not(both[0]?.url, both[1]?.url)
})

t.test(
  'what is no database of Assent, or one of another Postgres, is refused and left as it is',
  async (t) => {
    const dir = await directory(t)
    await fs.mkdir(join(dir, 'postgres'))
    await fs.writeFile(join(dir, 'postgres/diary'), 'dear diary')
    await t.rejects(start(dir), {
      message: /holds something else than a database of Assent/,
      explained: true,
    })
    t.strictSame(await fs.readdir(join(dir, 'postgres')), ['diary'])

    const other = await directory(t)
    await fs.mkdir(join(other, 'postgres/data'), { recursive: true })
    await fs.writeFile(join(other, 'postgres/data/PG_VERSION'), '9\n')
    await t.rejects(start(other), { message: /was made by Postgres 9, installed is \d+\..*DATABASE_URL/ })
    t.strictSame(await fs.readdir(join(other, 'postgres/data')), ['PG_VERSION'])
  },
)

t.test('a place that cannot be written to is named in the error', async (t) => {
  const file = join(await directory(t), 'file')
  await fs.writeFile(file, '')
  await t.rejects(start(join(file, '.data')), {
    message: /No database can be kept in .*ENOTDIR.*DATABASE_URL/,
  })
})

t.test(
  'binaries without their library links, or where the account may not go, are mended or copied',
  async (t) => {
    const account = await accountToRunAs()
    const native = join(await directory(t, 0o700), 'native')
    await fs.cp((await installedBinaries()).native, native, { recursive: true, verbatimSymlinks: true })
    const links = await fs.readdir(join(native, 'lib'), { withFileTypes: true })
    for (const link of links.filter((entry) => entry.isSymbolicLink()))
      await fs.rm(join(native, 'lib', link.name))
    const shelf = await directory(t)
    const runnable = await runnableBinaries({ native, release: '18-test' }, account, async () => shelf)
    t.equal(runnable, isRoot ? join(shelf, 'postgres-18-test/native') : native)
    t.ok((await fs.lstat(join(runnable, 'lib/libpq.so.5'))).isSymbolicLink())
  },
)

t.test('root can run it from a directory nobody else may enter', { skip: !isRoot }, async (t) => {
  const dir = await directory(t, 0o700)
  const lines: string[] = []
  const first = await startEmbeddedPostgres({ dir, log: (line) => lines.push(line), settings: SETTINGS })
  const outside = await fs.readlink(join(dir, 'postgres'))
  t.teardown(() => fs.rm(outside, { recursive: true, force: true }))
  t.match(lines.join('\n'), outside, 'and says where the data is')
  await rows(first.url, 'create table kept ()')
  await first.stop()

  const second = await start(dir)
  t.strictSame(await rows(second.url, 'select * from kept'), [])
  await second.stop()

  await fs.rm(join(dir, 'postgres'))
  const anew = await start(dir)
  const elsewhere = await fs.readlink(join(dir, 'postgres'))
  t.teardown(() => fs.rm(elsewhere, { recursive: true, force: true }))
  await t.rejects(
    rows(anew.url, 'select * from kept'),
    { code: '42P01' },
    'who deletes the directory begins anew',
  )
  await anew.stop()
  t.ok(await fs.stat(outside), 'but data outside is never deleted')
})

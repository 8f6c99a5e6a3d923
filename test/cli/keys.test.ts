import { execFile } from 'node:child_process'
import t, { type Test } from 'tap'
import { listKeys } from '../../src/keys/issue.js'
import { isKey } from '../../src/keys/key.js'
import { buildAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { bearer } from '../helpers/keys.js'

type Outcome = { code: number; out: string; said: string }

/** The command on a database of its own. */
async function command(t: Test) {
  const { url, pool } = await testDatabase(t)
  const run = (...args: string[]) =>
    new Promise<Outcome>((resolve) => {
      const env = { PATH: process.env.PATH, DATABASE_URL: url }
      execFile(process.execPath, ['build/src/cli/keys.js', ...args], { env }, (error, out, said) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, said }),
      )
    })
  return { pool, run }
}

t.test('a key made by command works, and standard output holds the key and nothing else', async (t) => {
  const { pool, run } = await command(t)
  const made = await run('make', '--name', 'Shop', '--scopes', 'send,consents:read', '--days', '90')
  t.equal(made.code, 0, made.said)
  const key = made.out.trim()
  t.ok(isKey(key), 'one line, ready for a vault')
  t.match(made.said, /for Shop: send, consents:read\. It is not shown again/)
  t.notMatch(made.said, key.slice(12))
  const [record] = await listKeys(pool)
  t.match(record, { name: 'Shop', scopes: ['send', 'consents:read'], requestsPerMinute: null })
  t.equal((record?.expiresAt?.getTime() ?? 0) - (record?.createdAt.getTime() ?? 0), 90 * 86_400_000)
  const { app } = await buildAssent(t, pool)
  const check = {
    method: 'POST',
    url: '/v1/consents/check',
    payload: { recipients: ['+12025550101'] },
  } as const
  t.equal((await app.inject({ ...check, headers: bearer(key) })).statusCode, 200)

  const listed = await run('list')
  t.match(listed.out, new RegExp(`^${record?.id}\t${key.slice(0, 11)}…\tworks\t`))
  t.notMatch(listed.out, key.slice(12))

  const rotated = await run('rotate', record?.id ?? '', '--grace-hours', '0')
  t.ok(isKey(rotated.out.trim()), rotated.said)
  const revoked = await run('revoke', (await listKeys(pool))[0]?.id ?? '')
  t.equal(revoked.code, 0, revoked.said)
  const after = (await run('list')).out.trim().split('\n')
  t.same(after.map((line) => line.split('\t')[2]).sort(), ['ended', 'revoked'])
})

t.test('a mistake is told in words, and nothing is made', async (t) => {
  const { pool, run } = await command(t)
  const unknown = '01935a4c-7d00-7000-8000-000000000001'
  const cases: [string[], RegExp][] = [
    [[], /^Usage:/],
    [['make', '--scopes', 'send'], /--name/],
    [['make', '--name', 'Shop'], /--scopes: any of send/],
    [['make', '--name', 'Shop', '--scopes', 'send,everything'], /--scopes: any of send/],
    [['make', '--name', 'Shop', '--scopes', 'send', '--days', 'soon'], /--days takes a whole number/],
    [['make', '--name', 'Shop', '--scopes', 'send', '--admin'], /Unknown option '--admin'/],
    [['rotate'], /by its id/],
    [['rotate', unknown], /No key has this id/],
    [['revoke', unknown], /No key has this id/],
  ]
  for (const [args, words] of cases) {
    const { code, out, said } = await run(...args)
    t.match(said, words, args.join(' '))
    t.same({ code, out }, { code: 2, out: '' })
    t.notMatch(said, /\n {4}at /)
  }
  t.equal((await listKeys(pool)).length, 0)
})

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { LIMIT_TABLE } from '../../src/api/openapi.js'
import { REASONS } from '../../src/consent/verdict.js'
import { CATALOGUE } from '../../src/errors.js'
import { SCOPES } from '../../src/keys/key.js'

const readme = readFileSync('README.md', 'utf8')
const sources = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(`test/${file}`, 'utf8'))
  .join('\n')

t.test('every promise of the README names a test that exists', async (t) => {
  const promises = readme.split('\n').filter((line) => /^\| G\d+ \|/.test(line))
  t.ok(promises.length >= 9)
  for (const line of promises) {
    const names = [...(line.split(' | ').at(-1) ?? '').matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '')
    t.ok(names.length > 0, line.slice(0, 40))
    for (const name of names) t.ok(sources.includes(`'${name}'`), name)
  }
})

t.test('every error code, every reason and every setting is in the README', async (t) => {
  for (const name of [...Object.keys(CATALOGUE), ...REASONS]) t.ok(readme.includes(`\`${name}\``), name)
  for (const [, name = ''] of readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=/gm)) {
    if (name !== 'POSTGRES_PASSWORD') t.ok(readme.includes(`\`${name}\``), name)
  }
})

t.test('every limit and every scope is in the README as it is set', async (t) => {
  for (const [what, limit] of LIMIT_TABLE) t.ok(readme.includes(`| ${what} | ${limit} |`), what)
  for (const scope of SCOPES) t.ok(readme.includes(`| \`${scope}\` |`), scope)
})

// `npm run -s keys -- list | make --name NAME --scopes A,B | rotate ID | revoke ID`: the keys of DATABASE_URL. A key that
// is made goes to standard output, once and alone, so that it can go straight into a vault; all talk goes to the other.

import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import { createPool, sqlState } from '../db/client.js'
import { type Issued, listKeys, makeKey, revokeKey, rotateKey } from '../keys/issue.js'
import { type ApiKey, endOf, SCOPES, type Scope } from '../keys/key.js'

const USAGE = `Usage:
  npm run -s keys -- list
  npm run -s keys -- make --name NAME --scopes ${SCOPES.join(',')} [--days N] [--per-minute N]
  npm run -s keys -- rotate ID [--grace-hours N]     the old key works for 24 hours more, or N
  npm run -s keys -- revoke ID`

/** Something that whoever typed it can mend. */
class Mistake extends Error {}

const url = process.env.DATABASE_URL
if (!url) {
  console.error('Set DATABASE_URL to the database whose keys this is about.')
  process.exit(2)
}
const pool = createPool(url, { max: 1 })
const now = new Date()
const random = { newId: () => uuidv7(), newSecret: () => randomBytes(32) }

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      scopes: { type: 'string' },
      days: { type: 'string' },
      'per-minute': { type: 'string' },
      'grace-hours': { type: 'string', default: '24' },
    },
  })
  const [command, id] = positionals
  switch (command) {
    case 'list':
      for (const key of await listKeys(pool)) console.log(line(key))
      break
    case 'make': {
      const days = numberOf('--days', values.days)
      const wanted = {
        name: values.name?.trim() || mistake('--name says whose key it is'),
        scopes: scopesOf(values.scopes ?? ''),
        requestsPerMinute: numberOf('--per-minute', values['per-minute']),
        expiresAt: days === null ? null : new Date(now.getTime() + days * 86_400_000),
      }
      show(await makeKey(pool, wanted, now, random))
      break
    }
    case 'rotate': {
      const hours =
        values['grace-hours'] === '0' ? 0 : (numberOf('--grace-hours', values['grace-hours']) ?? 24)
      const rotated = await rotateKey(pool, idOf(id), hours * 3_600_000, now, random)
      if (rotated.outcome === 'unknown') mistake('No key has this id.')
      if (rotated.outcome === 'ended') mistake('This key has ended or was rotated before: make a new one.')
      if (rotated.outcome === 'rotated') show(rotated.issued)
      console.error(`The old key works for ${hours} hours more.`)
      break
    }
    case 'revoke':
      if ((await revokeKey(pool, idOf(id), now)) === null) mistake('No key has this id.')
      console.error('Revoked. Within five seconds no replica takes it any more.')
      break
    default:
      mistake(USAGE)
  }
} catch (error) {
  const state = sqlState(error)
  // What is no mistake may hold values (of arguments, of rows): only Postgres' code is told.
  const isOurs = error instanceof Mistake || (error instanceof TypeError && 'code' in error)
  console.error(isOurs ? error.message : `This did not work: Postgres says ${state ?? 'nothing, it is away'}`)
  process.exitCode = 2
} finally {
  await pool.end()
}

function mistake(words: string): never {
  throw new Mistake(words)
}

function show({ key, record }: Issued): void {
  console.log(key)
  console.error(`Key ${record.id} for ${record.name}: ${record.scopes.join(', ')}. It is not shown again.`)
}

function line(key: ApiKey): string {
  const end = endOf(key, now)
  const state = end === 'KEY_REVOKED' ? 'revoked' : end === 'KEY_EXPIRED' ? 'ended' : 'works'
  const used = key.lastUsedAt?.toISOString() ?? 'never used'
  return [key.id, `${key.hint}…`, state, key.scopes.join(','), used, key.name].join('\t')
}

function scopesOf(list: string): Scope[] {
  const known = SCOPES.filter((scope) => list.split(',').some((given) => given.trim() === scope))
  const given = new Set(list.split(',').map((scope) => scope.trim()))
  return known.length > 0 && known.length === given.size
    ? known
    : mistake(`--scopes: any of ${SCOPES.join(',')}`)
}

function numberOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  return /^[1-9]\d{0,7}$/.test(text) ? Number(text) : mistake(`${option} takes a whole number`)
}

function idOf(id: string | undefined): string {
  return id !== undefined && /^[0-9a-f-]{36}$/i.test(id)
    ? id
    : mistake('Name the key by its id; `list` shows it.')
}

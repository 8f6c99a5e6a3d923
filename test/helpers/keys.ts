// Keys for tests, made as the program makes them.

import { randomBytes, randomUUID } from 'node:crypto'
import { type Issued, makeKey, type Wanted } from '../../src/keys/issue.js'
import type { Scope } from '../../src/keys/key.js'
import type { TestAssent } from './assent.js'

export const random = { newId: () => randomUUID(), newSecret: () => randomBytes(32) }

export function keyWith(
  { pool, clock }: Pick<TestAssent, 'pool' | 'clock'>,
  scopes: readonly Scope[],
  more: Partial<Wanted> = {},
): Promise<Issued> {
  return makeKey(
    pool,
    { name: 'Shop', scopes, requestsPerMinute: null, expiresAt: null, ...more },
    clock(),
    random,
  )
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

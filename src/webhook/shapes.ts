// What all readers of webhook bodies share: ids and times as Meta writes them, and the names of what is not understood.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { OtherUpdate } from './payload.js'

// Longer ids than Meta's own (BSUID ≤ 135, wamid ≤ ~150) do not fit an index; they stay distinguishable by digest.
const LONGEST_ID = 256

/** An id as opaque text that Postgres can hold and index: no U+0000, no endless length, nothing rejected. */
export function opaque(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const id = String(value).replaceAll('\0', '\uFFFD').toWellFormed()
  if (id === '') return undefined
  return id.length <= LONGEST_ID ? id : `${id.slice(0, 128)}#${digest(id).toString('hex')}`
}

export const id = z.unknown().transform(opaque).optional()
export const loose = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape)

/** Unix seconds as text or number; null for anything that is no moment between 2009 and 2100. */
export function readTime(value: unknown): Date | null {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !(seconds >= 1_230_768_000 && seconds < 4_102_444_800)) return null
  return new Date(Math.floor(seconds) * 1000)
}

export const ignored = (what: string, raw: unknown): OtherUpdate => other('ignored', what, raw)
export const malformed = (what: string, raw: unknown): OtherUpdate => other('malformed', what, raw)
const other = (kind: OtherUpdate['kind'], what: string, raw: unknown): OtherUpdate => ({
  kind,
  key: digest(`${kind}\0${what}\0${JSON.stringify(raw)}`),
  at: null,
  what: shapeName(what),
})

/** The name of a shape, safe to store and to show: letters, digits and a little punctuation, at most 64. */
export const shapeName = (name: string) => name.replace(/[^\w:.-]/g, '?').slice(0, 64)

export const digest = (text: string) => createHash('sha256').update(text).digest()

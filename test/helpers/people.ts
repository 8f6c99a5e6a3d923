// Webhooks about people who are named in any way, and what an observer from outside can see of them.

import type { Test } from 'tap'
import { hashEvent, readEvents } from '../../src/consent/ledger.js'
import { buildAssent, makeClock, type TestAssent } from './assent.js'
import { testDatabase } from './database.js'
import { fixture } from './fixtures.js'

/** WhatsApp's time of all fixtures. */
export const FIXTURE_TIME = 1795000000
export const SALE = { type: 'text', text: { body: 'Two days of sale' } }

/** The person whom the fixtures about identity speak of, before and after a change. */
export const BEA = { phone: '+12025550140', userId: 'US.20250140aa', parent: 'US.ENT.20250140aa' }
export const LATER = { phone: '+12025550141', userId: 'US.20250141bb', parent: 'US.ENT.20250141bb' }

/** Assent, ten minutes before what the fixtures tell of; a second replica on the same database if wanted. */
export async function startBefore(t: Test): Promise<TestAssent & { replica(): Promise<TestAssent> }> {
  const { pool } = await testDatabase(t)
  const clock = makeClock(new Date((FIXTURE_TIME - 600) * 1000))
  await pool.query('select create_partitions($1)', [clock()])
  const assent = await buildAssent(t, pool, { clock })
  for (const { phone, userId } of [BEA, LATER]) assent.emulator.person({ name: 'Bea', phone, userId })
  return { ...assent, replica: () => buildAssent(t, pool, { clock }) }
}

/** Says START and taps "yes" on the card, as whoever is named so. */
export async function subscribe(assent: TestAssent, named: Named = NAMED): Promise<void> {
  await assent.deliver(says('START', named, assent.clock()))
  await assent.settle()
  assent.clock.advance(1_000)
  const { rows } = await assent.pool.query(
    `select reply ->> 'ref' as ref from sends where kind in ('card', 'again') order by id desc limit 1`,
  )
  const body = says('', named, assent.clock()) as ReturnType<typeof fixture>
  const [message] = body.entry[0].changes[0].value.messages
  const tap = { id: `assent:yes:${rows[0].ref}`, title: 'Yes' }
  Object.assign(message, { type: 'interactive', interactive: { type: 'button_reply', button_reply: tap } })
  await assent.deliver(body)
  await assent.settle()
  assent.clock.advance(1_000)
}

export type Named = { from?: string; from_user_id?: string; from_parent_user_id?: string }
/** Bea as a message names her. */
export const NAMED: Named = { from: BEA.phone.slice(1), from_user_id: BEA.userId }
let count = 0

/** A text message from somebody, at a moment of the test's clock or at `seconds` after the fixtures' time. */
export function says(words: string, named: Named, at: Date, contacts: object[] = []): unknown {
  const body = fixture('text-stop')
  Object.assign(body.entry[0].changes[0].value, {
    contacts,
    messages: [
      {
        ...named,
        id: `wamid.PEOPLE.${++count}`,
        timestamp: String(Math.floor(at.getTime() / 1000)),
        type: 'text',
        text: { body: words },
      },
    ],
  })
  return body
}

/** A status of a message, with whatever it says of its recipient. */
export function status(recipient: object, at: Date, wamid = `wamid.PEOPLE.OUT.${++count}`): unknown {
  const body = fixture('status-sent-links')
  const timestamp = String(Math.floor(at.getTime() / 1000))
  Object.assign(body.entry[0].changes[0].value, {
    contacts: [],
    statuses: [{ id: wamid, status: 'delivered', timestamp, ...recipient }],
  })
  return body
}

/** The n-th (0–29) of many people with the story of the fixtures, before and after, so that one database does for all. */
export function cast(n: number) {
  const [first, second] = [100 + 2 * n, 101 + 2 * n].map((number) => `0${number}`)
  const put = (text: string) =>
    text
      .replaceAll('0140', 'first')
      .replaceAll('0141', second ?? '')
      .replaceAll('first', first ?? '')
      .replaceAll('wamid.FIX', `wamid.FIX.${n}`)
  const one = (who: typeof BEA) => {
    const [phone, userId] = [put(who.phone), put(who.userId)]
    return { phone, userId, named: { from: phone.slice(1), from_user_id: userId } }
  }
  return {
    before: one(BEA),
    after: one(LATER),
    tells: (name: string) => JSON.parse(put(JSON.stringify(fixture(name)))),
  }
}

/** What the gate says to a caller: `sent` when it let the message through, or the reason of the refusal. */
export async function reason(assent: TestAssent, to: string): Promise<string> {
  const address = /^[A-Z]{2}\./.test(to) ? { recipient: to } : { to }
  const { body } = await assent.send({ ...address, ...SALE })
  return body.error?.consent?.reason ?? 'sent'
}

/** The contact that a recipient leads to at present. */
export async function contactOf(assent: TestAssent, recipient: string): Promise<string | null> {
  return (await assent.call('POST', '/v1/consents/lookup', { recipient })).body.contact
}

/** Every chain in the database, line by line, and the heads on the contacts. */
export async function chainsVerify(t: Test, { pool }: Pick<TestAssent, 'pool'>): Promise<void> {
  const { rows } = await pool.query('select id, head_seq, head_hash from contacts')
  const ledgers = await readEvents(
    pool,
    rows.map((r) => r.id),
  )
  for (const { id, head_seq, head_hash } of rows) {
    let previous: Buffer | null = null
    const lines = ledgers.get(id) ?? []
    for (const [i, { hash, ...line }] of lines.entries()) {
      t.same(hashEvent(line), hash)
      t.same(line.prevHash, previous)
      t.equal(line.seq, i + 1)
      previous = hash
    }
    t.equal(head_seq, lines.length)
    t.same(head_hash, previous)
  }
}

// What it costs to keep who is who.

import pg from 'pg'
import t from 'tap'
import type { fixture } from '../helpers/fixtures.js'
import { BEA, says, startBefore, status, subscribe } from '../helpers/people.js'

const PHONE = BEA.phone.slice(1)

t.test(
  'a status whose link is known costs one statement, a body of a thousand as many as a body of one',
  async (t) => {
    const assent = await startBefore(t)
    await subscribe(assent)
    const known = { recipient_id: PHONE, recipient_user_id: BEA.userId }
    const count = async (body: unknown) => {
      const names: string[] = []
      const query = pg.Client.prototype.query
      pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
        names.push(String((args[0] as { name?: string }).name ?? args[0]))
        return Reflect.apply(query, this, args)
      } as typeof query
      t.equal(await assent.deliver(body), 200)
      pg.Client.prototype.query = query
      return names
    }
    const { rows } = await assent.pool.query('select wamid from sends where wamid is not null limit 1')
    t.same(await count(status(known, assent.clock(), rows[0].wamid)), [
      'begin',
      'sends_statuses',
      'identifiers_find',
      'commit',
    ])
    // People known by half, all of whom one body makes whole: five hundred merges.
    const half = (from: number, n: number) =>
      Array.from({ length: n }, (_, i) => ({
        phone: `4477009${String(from + i).padStart(5, '0')}`,
        id: `GB.${from + i}`,
      }))
    const told = async (people: { phone: string; id: string }[]) => {
      const meet = says('', {}, assent.clock()) as ReturnType<typeof fixture>
      const [message] = meet.entry[0].changes[0].value.messages
      meet.entry[0].changes[0].value.messages = people.flatMap(({ phone, id }) => [
        { ...message, id: `w.${phone}`, from: phone, text: { body: 'STOP' } },
        { ...message, id: `w.${id}`, from_user_id: id, text: { body: 'START' } },
      ])
      await assent.deliver(meet)
      const both = status({}, assent.clock()) as ReturnType<typeof fixture>
      const [one] = both.entry[0].changes[0].value.statuses
      both.entry[0].changes[0].value.statuses = people.map(({ phone, id }) => ({
        ...one,
        id: `wamid.${id}`,
        recipient_id: phone,
        recipient_user_id: id,
      }))
      return count(both)
    }
    const few = await told(half(0, 2))
    const many = await told(half(100, 500))
    t.same(many, few)
    t.ok(many.length <= 16, `${many.length}: ${many}`)
    t.equal((await assent.pool.query('select from merges')).rowCount, 502)
  },
)

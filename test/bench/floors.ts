// What Assent is measured against, in the same run: a ceiling that does everything but the database, and the obvious
// handler that most people would write, one transaction per event.

import Fastify, { type FastifyInstance } from 'fastify'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { type MessageUpdate, readUpdates, type StatusUpdate } from '../../src/webhook/payload.js'
import { verifySignature } from '../../src/webhook/signature.js'

type Work = (body: Buffer) => Promise<void>

async function webhook(secret: string, work: Work): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, bodyLimit: 4 * 1024 * 1024 })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post('/webhook', async (request, reply) => {
    const body = request.body as Buffer
    if (!verifySignature(body, request.headers['x-hub-signature-256'], [secret]))
      return reply.code(401).send()
    await work(body)
    return 'OK'
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

/** Signature and JSON, no database. */
export const ceiling = (secret: string) => webhook(secret, async (body) => void JSON.parse(body.toString()))

/** One transaction per update. */
export const naive = (secret: string, pool: pg.Pool) =>
  webhook(secret, async (body) => {
    for (const update of readUpdates(JSON.parse(body.toString()))) {
      if (update.kind === 'status') await oneStatus(pool, update)
      if (update.kind === 'message') await oneMessage(pool, update)
    }
  })

async function oneStatus(pool: pg.Pool, update: StatusUpdate): Promise<void> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    const { rows } = await tx.query('select id from sends where wamid = $1 for update', [update.wamid])
    if (rows[0]) {
      const column = { sent: 'sent_at', delivered: 'delivered_at', read: 'read_at', failed: 'failed_at' }[
        update.status
      ]
      await tx.query(`update sends set ${column} = $2 where id = $1`, [rows[0].id, update.at])
    }
    await tx.query('commit')
  } finally {
    tx.release()
  }
}

async function oneMessage(pool: pg.Pool, update: MessageUpdate): Promise<void> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    const seen = await tx.query(
      `insert into inbound (occurred_on, key, kind, outcome, received_at) values ($1, $2, 'message:text', 'taken', now())
       on conflict do nothing returning key`,
      [update.at, update.key],
    )
    if (seen.rowCount === 1) {
      const phone = update.identity.phone
      const known = await tx.query(
        `select contact_id from identifiers where value = $1 and kind = 'phone' and valid_to is null`,
        [phone],
      )
      let contact = known.rows[0]?.contact_id
      if (!contact) {
        contact = uuidv7()
        await tx.query('insert into contacts (id, created_at) values ($1, now())', [contact])
        await tx.query(
          `insert into identifiers (value, kind, contact_id, source, valid_from) values ($1, 'phone', $2, 'bench', now())
           on conflict do nothing`,
          [phone, contact],
        )
      }
      await tx.query('select states from contacts where id = $1 for update', [contact])
      await tx.query('update contacts set windows = $2 where id = $1', [
        contact,
        JSON.stringify({ [update.phoneNumberId]: update.at }),
      ])
    }
    await tx.query('commit')
  } finally {
    tx.release()
  }
}

type Recipient = { to: string }

async function sendRoute(work: (to: string) => Promise<boolean>): Promise<FastifyInstance> {
  const app = Fastify({ logger: false })
  app.post<{ Body: Recipient }>('/v26.0/:id/messages', async (request, reply) =>
    (await work(request.body.to))
      ? { messages: [{ id: 'x' }] }
      : reply.code(400).send({ error: { code: 131050 } }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

/** Parses and refuses, no database. */
export const gateCeiling = () => sendRoute(async () => false)

/** Contact, newest event, decision on record: the obvious transaction. */
export const gateNaive = (pool: pg.Pool) =>
  sendRoute(async (to) => {
    const tx = await pool.connect()
    try {
      await tx.query('begin')
      const found = await tx.query(
        `select c.id from contacts c join identifiers i on i.contact_id = c.id
          where i.value = $1 and i.kind = 'phone' and i.valid_to is null for update of c`,
        [to.replace('+', '')],
      )
      const contact = found.rows[0]?.id ?? null
      const newest = await tx.query(
        'select type from consent_events where contact_id = $1 order by occurred_at desc, seq desc limit 1',
        [contact],
      )
      const allowed = newest.rows[0]?.type === 'given'
      await tx.query(
        `insert into sends (id, created_at, contact_id, phone_number_id, kind, status, reason)
         values ($1, now(), $2, '1', 'naive', $3, 'withdrawn')`,
        [uuidv7(), contact, allowed ? 'sending' : 'refused'],
      )
      await tx.query('commit')
      return allowed
    } finally {
      tx.release()
    }
  })

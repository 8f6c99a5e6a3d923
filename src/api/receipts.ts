// Proof to hand out: the receipt of one person as JSON-LD, signed, or as a page; records of many as JSON-LD or CSV; and the
// keys that the signatures are checked with, which are public.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { v4 as uuidv4 } from 'uuid'
import { z } from 'zod'
import { receiptPage } from '../consent/receipts/page.js'
import { consentReceipt } from '../consent/receipts/receipt.js'
import { consentRecord } from '../consent/receipts/record.js'
import { receiptKeys, signReceipt } from '../consent/receipts/sign.js'
import { readSubjects } from '../consent/receipts/subject.js'
import { recordsTable } from '../consent/receipts/table.js'
import type { Executor } from '../db/client.js'
import { problem } from '../errors.js'
import { LIMITS } from '../limits.js'
import type { Policy } from '../policy.js'

export type ReceiptRoutesDeps = {
  pool: Executor
  policy: Policy
  identityKeys: readonly string[]
  clock: () => Date
}

export const receiptRoutes: FastifyPluginAsyncZod<ReceiptRoutesDeps> = async (app, deps) => {
  const { pool, policy, identityKeys, clock } = deps
  const config = { errors: 'problem', scope: 'staff' } as const
  const receipts = z.string().meta({ description: 'As asked for: JSON-LD, its signed form (JWS), or a page' })
  const records = z.string().meta({ description: 'As asked for: JSON-LD or CSV' })

  app.get(
    '/v1/contacts/:id/receipt',
    {
      config: { ...config, documented: { response: { 200: receipts } } },
      schema: {
        summary:
          'The receipt of one person: JSON-LD (ISO/IEC TS 27560 in DPV), the same signed, or a page to print',
        params: z.object({ id: z.uuid().meta({ examples: ['01935a4c-7d00-7000-8000-0000000c0de1'] }) }),
        querystring: z.strictObject({
          as: z.enum(['json', 'jws', 'html']).default('json').meta({
            description: 'json: JSON-LD; jws: the same, signed; html: a page to read and print',
          }),
        }),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const now = clock()
      const subject = (await readSubjects(pool, [id], policy, now)).get(id)
      if (subject === undefined) throw problem('CONTACT_UNKNOWN')
      if (request.query.as === 'html') {
        const { html, headers } = receiptPage(subject, policy, now)
        return reply.headers(headers).send(html)
      }
      const receipt = consentReceipt(subject, policy, uuidv4(), now)
      if (request.query.as === 'json') return reply.type('application/ld+json').send(JSON.stringify(receipt))
      return reply.type('application/jose').send(await signReceipt(identityKeys, receipt))
    },
  )

  app.post(
    '/v1/records',
    {
      config: { ...config, documented: { response: { 200: records } } },
      schema: {
        summary: 'The consent records of up to 1,000 people, as JSON-LD or CSV',
        body: z
          .strictObject({
            contacts: z.array(z.uuid()).min(1).max(LIMITS.batch),
            as: z.enum(['json', 'csv']).default('json'),
          })
          .meta({ examples: [{ contacts: ['01935a4c-7d00-7000-8000-0000000c0de1'] }] }),
      },
    },
    async (request, reply) => {
      const { contacts, as } = request.body
      const subjects = await readSubjects(pool, contacts, policy, clock())
      if (as === 'csv') return reply.type('text/csv; charset=utf-8').send(recordsTable(subjects.values()))
      const records = [...subjects.values()].flatMap(({ contact, histories, notices }) =>
        histories.map((history) => consentRecord(contact, history, notices, policy)),
      )
      return reply.type('application/ld+json').send(JSON.stringify(records))
    },
  )
}

/** Public: whoever was handed a receipt can check it. */
export const receiptKeyRoutes: FastifyPluginAsyncZod<Pick<ReceiptRoutesDeps, 'identityKeys'>> = async (
  app,
  deps,
) => {
  const keys = await receiptKeys(deps.identityKeys)
  const config = {
    errors: 'problem',
    documented: { response: { 200: z.string().meta({ description: 'A JSON Web Key Set (RFC 7517)' }) } },
  } as const
  const schema = { summary: 'The public keys that receipts are signed with' }
  app.get('/.well-known/jwks.json', { config, schema }, async (_request, reply) =>
    reply
      .type('application/jwk-set+json')
      .header('cache-control', 'public, max-age=3600')
      .send(JSON.stringify(keys)),
  )
}

// Proof for whoever asks: one person's chain verified on the spot, and the anchors to keep elsewhere. Reads one snapshot
// and changes nothing.

import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type pg from 'pg'
import { z } from 'zod'
import { anchorLine, exportAnchors } from '../consent/anchors.js'
import { audit, inSnapshot } from '../consent/audit.js'
import type { Finding } from '../consent/verify.js'
import { problem } from '../errors.js'
import type { Policy } from '../policy.js'

const verifiedSchema = z.object({
  contact: z.string(),
  events: z.int(),
  valid: z.boolean(),
  /** What is wrong first; what follows from it is not listed. */
  findings: z.array(z.object({ seq: z.int().nullable(), kind: z.string(), detail: z.string() })),
})

const anchorLines = {
  description: 'One anchor a line, as JSON',
  content: { 'application/x-ndjson': { schema: z.string() } },
}

export const ledgerRoutes: FastifyPluginAsyncZod<{ pool: pg.Pool; policy: Policy }> = async (
  app,
  { pool, policy },
) => {
  const config = { errors: 'problem', scope: 'staff' } as const

  app.get(
    '/v1/ledger/verify',
    {
      config,
      schema: {
        summary: 'Verify the chain of one person on the spot',
        querystring: z.strictObject({
          contact: z
            .uuid()
            .toLowerCase()
            .meta({ examples: ['01935a4c-7d00-7000-8000-0000000c0de1'] }),
        }),
        response: { 200: verifiedSchema },
      },
    },
    async (request) => {
      const { contact } = request.query
      const found: Finding[] = []
      const done = await inSnapshot(pool, (tx) =>
        audit(tx, { contact, policy, onFinding: (finding) => found.push(finding) }),
      )
      // A contact that was deleted is still known by what is left of it.
      if (done.contacts === 0) throw problem('CONTACT_UNKNOWN')
      const findings = found.map(({ seq, kind, detail }) => ({ seq, kind, detail }))
      return { contact, events: done.events, valid: findings.length === 0, findings }
    },
  )

  app.get(
    '/v1/ledger/anchors',
    {
      config: { ...config, documented: { response: { 200: anchorLines } } },
      schema: {
        summary: 'The anchors, to keep where nobody who can change the database can change them',
        querystring: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }),
      },
    },
    async (request, reply) => {
      reply.type('application/x-ndjson; charset=utf-8')
      return reply.send(Readable.from(lines(exportAnchors(pool, request.query.after))))
    },
  )
}

async function* lines(anchors: ReturnType<typeof exportAnchors>): AsyncGenerator<string> {
  for await (const anchor of anchors) yield anchorLine(anchor)
}

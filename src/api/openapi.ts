// The document behind /docs: OpenAPI 3.1, made from the zod schemas that the routes check with. A route is documented by
// its `schema` with a summary; what it needs to be called and how it refuses follows from its `config`. A route that reads
// its own bytes says in `config.documented` what nobody checks for it. test/api/docs.test.ts finds whatever is missing.

import swagger, { type SwaggerTransform } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import type { z } from 'zod'
import { CATALOGUE } from '../errors.js'
import { SCOPES } from '../keys/key.js'
import { BELIEVED_MS } from '../keys/ring.js'
import { LIMITS } from '../limits.js'
import { scopesOf } from './authentication.js'
import { routeName } from './route-name.js'

export type Answer = z.ZodType | { description: string; content: Record<string, { schema: z.ZodType }> }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the documentation says of a route beyond its `schema`; nothing is checked or written by it. */
    documented?: {
      params?: z.ZodType
      querystring?: z.ZodType
      headers?: z.ZodType
      body?: z.ZodType
      /** Of the body; JSON when absent. */
      consumes?: string[]
      response?: Record<number, Answer>
    }
  }
}

/** Call it before any route is registered. */
export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Assent', version: 'v1', description: DESCRIPTION },
      servers: [{ url: '/' }],
      // The order of the page; what is not here comes after it.
      tags: 'WhatsApp Cloud API,consents,decisions,contacts,events,ledger,refusals,templates,deliveries,keys,webhook,operations'
        .split(',')
        .map((name) => ({ name })),
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key of this gateway' } },
        schemas: { Problem: PROBLEM, GraphError: GRAPH_ERROR },
      },
    },
    transform,
    transformObject: jsonSchemaTransformObject,
  })
}

const transform: SwaggerTransform = (document) => {
  const { schema, url, route } = document
  const { config } = route
  const stated = { ...schema, ...config?.documented }
  const shown = jsonSchemaTransform({ ...document, schema: stated } as never)
  if (shown.schema?.hide) return shown
  const scopes = scopesOf(config)
  const needs =
    scopes.length > 0 ? `Scope: ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.` : 'No key.'
  const { description, response, ...rest } = shown.schema ?? {}
  return {
    url: shown.url,
    schema: {
      operationId: operationId(String(route.method), url),
      tags: [tagOf(url, config?.errors)],
      ...rest,
      description: [description, needs].filter((words) => words !== undefined).join('\n\n'),
      security: scopes.map((scope) => ({ key: [scope] })),
      response: { ...described(response), ...refusals(config?.errors) },
    } as never,
  }
}

/** Answers without words of their own are what was asked for. */
function described(response: unknown): Record<string, object> {
  return Object.fromEntries(
    Object.entries((response ?? { 200: {} }) as Record<string, object>).map(([status, schema]) => [
      status,
      { description: 'What was asked for', ...schema },
    ]),
  )
}

/** What every route of a shape may answer, whatever it does. */
function refusals(shape: 'problem' | 'graph' | 'bare' | undefined): Record<string, object> {
  if (shape !== 'problem' && shape !== 'graph') return {}
  const [type, name] =
    shape === 'problem' ? ['application/problem+json', 'Problem'] : ['application/json', 'GraphError']
  const content = { [type]: { schema: { $ref: `#/components/schemas/${name}` } } }
  return {
    '4XX': { description: 'Refused; the code says why and what to do', content },
    '5XX': { description: 'Not done, or not surely done; the code says which', content },
  }
}

function tagOf(url: string, shape: string | undefined): string {
  if (shape === 'graph') return 'WhatsApp Cloud API'
  return /^\/v1\/([a-z]+)/.exec(url)?.[1] ?? (url === '/webhook' ? 'webhook' : 'operations')
}

/** `POST /v1/keys/:id/rotate` → `postV1KeysIdRotate` */
function operationId(method: string, url: string): string {
  const words = routeName(url).split(/[^A-Za-z0-9]+/)
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('')
}

const text = (description: string) => ({ type: 'string', description }) as const

const PROBLEM: OpenAPIV3_1.SchemaObject = {
  type: 'object',
  description: 'Problem details (RFC 9457)',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance'],
  properties: {
    type: text('`urn:assent:error:` and the code'),
    title: text('The error in two or three words'),
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(CATALOGUE) },
    detail: text('What to do'),
    instance: text('The request id, which finds it in the log'),
    issues: {
      type: 'array',
      description: 'Each field that is wrong',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

const GRAPH_ERROR: OpenAPIV3_1.SchemaObject = {
  type: 'object',
  description: 'Meta’s error envelope',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'code'],
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        code: { type: 'integer', description: 'Meta’s code; 131950 is ours' },
        error_data: {
          type: 'object',
          properties: { messaging_product: { type: 'string' }, details: { type: 'string' } },
        },
        consent: {
          type: 'object',
          description: 'Of a refusal by the gate: its reason, for machines',
          properties: {
            reason: { type: 'string' },
            purpose: { type: 'string' },
            contact: { type: ['string', 'null'] },
            event: { type: ['string', 'null'] },
            since: { type: ['string', 'null'] },
            send: { type: 'string' },
          },
        },
        fbtrace_id: text('The request id'),
      },
    },
  },
}

const kib = (bytes: number) => (bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`)
const seconds = (ms: number) => `${ms / 1000} s`
const count = (n: number) => n.toLocaleString('en')

/** What is limited, and to what; the README has the same table, and a test compares them. */
export const LIMIT_TABLE: readonly (readonly [string, string])[] = [
  ['body on `/v1`', kib(LIMITS.bodyBytes)],
  ['body of a send', kib(LIMITS.sendBodyBytes)],
  ['body of `POST /v1/messages`', kib(LIMITS.queueBodyBytes)],
  ['body of a webhook', kib(LIMITS.webhookBodyBytes)],
  ['recipients of one `POST /v1/consents/check`', count(LIMITS.batch)],
  ['messages of one `POST /v1/messages`', count(LIMITS.batch)],
  ['headers', kib(LIMITS.headerBytes)],
  ['path and query', kib(LIMITS.urlBytes)],
  ['time for the headers to arrive', seconds(LIMITS.headersMs)],
  ['time for a whole request to arrive', seconds(LIMITS.requestMs)],
  ['silence on a connection', seconds(LIMITS.silenceMs)],
  ['idle connection between requests', seconds(LIMITS.keepAliveMs)],
  ['requests a minute with one key, unless it has its own limit', count(LIMITS.requestsPerMinute)],
  ['requests a minute without a good key, from one address', count(LIMITS.failuresPerMinute)],
]

const rows = (lines: readonly (readonly string[])[]) =>
  lines.map((line) => `| ${line.join(' | ')} |`).join('\n')

const DESCRIPTION = `Nobody who has not said yes gets a message. Every route but the webhook and those of operators wants
\`Authorization: Bearer <key>\`, with a key that holds its scope: ${SCOPES.map((s) => `\`${s}\``).join(', ')} (\`admin\`
holds all). A revoked key opens nothing after ${seconds(BELIEVED_MS)}.

## Limits

| what | at most |
| --- | --- |
${rows(LIMIT_TABLE)}

Requests are counted on each replica by itself. Answers carry \`ratelimit-limit\`, \`ratelimit-remaining\` and
\`ratelimit-reset\` (seconds), and a refusal \`retry-after\`. The webhook is never limited in number.

## Errors

On \`/v1\` errors are problem details with a \`code\`:

| code | status | what to do |
| --- | --- | --- |
${rows(Object.entries(CATALOGUE).map(([code, [status, title, detail]]) => [`\`${code}\``, `${status}`, (detail || title).replaceAll('<', '&lt;')]))}

On Graph paths the same errors come in Meta's envelope: 190 for a missing, unknown, revoked or expired key (401), 10 for a
missing scope (403), 80007 for too many requests (400, because clients throw the code away at 429), 100 for an invalid
request, 131016 when the database is away.
`

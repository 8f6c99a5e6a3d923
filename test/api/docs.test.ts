import t, { type Test } from 'tap'
import { LIMIT_TABLE } from '../../src/api/openapi.js'
import { routeName } from '../../src/api/route-name.js'
import { CATALOGUE } from '../../src/errors.js'
import { signedBody } from '../../src/sandbox/signed-body.js'
import { buildAssent, startAssent } from '../helpers/assent.js'
import { testDatabase } from '../helpers/database.js'
import { bearer, keyWith } from '../helpers/keys.js'
import { samplePolicy } from '../helpers/policy.js'
import { routesOf } from '../helpers/routes.js'
import { startSandbox } from '../helpers/sandbox.js'

/** What is not in the document, and why. Nothing else may be hidden. */
const HIDDEN: [string, RegExp][] = [
  ['the documentation itself', /^\/docs(\/.*)?$/],
  ['the pages of sandbox mode', /^\/(sandbox\/.*)?$/],
]

const NUMBER = '106540352242922'
/** The id of a file in the document's examples. */
const MEDIA = '1013859600285441'

type Parameter = { name: string; in: string; required: boolean; schema: unknown; example?: unknown }
type Media = { schema: object; example?: unknown; examples?: Record<string, { value: unknown }> }
type Operation = {
  operationId: string
  summary?: string
  description: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { description: string; content?: Record<string, Media> }>
}
type Document = {
  openapi: string
  info: { title: string; version: string; description: string }
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, { properties: Record<string, { enum?: string[] }> }>
    securitySchemes: object
  }
}

const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method,
      operation,
      name: `${method} ${path}`,
    })),
  )

t.test(
  'no route is missing from the document, and every one says what it is for and what it answers',
  async (t) => {
    const { made, routes } = await routesOf(() => startSandbox(t))
    const document = (await (await fetch(`${made.url}/docs/json`)).json()) as Document
    t.ok(routes.length > 30, 'the pages of the sandbox are among the routes')
    const documented = new Set(operationsOf(document).map(({ name }) => name))
    for (const { method, url, schema } of routes) {
      const name = `${String(method).toLowerCase()} ${routeName(url).replace(/:(\w+)/g, '{$1}')}`
      const hidden = HIDDEN.some(([, paths]) => paths.test(url))
      t.equal(documented.delete(name), !hidden, hidden ? `${name} is hidden` : `${name} is documented`)
      if (!hidden) t.notOk(schema && 'hide' in schema && schema.hide, `${name} must not hide`)
    }
    t.same([...documented], [], 'and nothing is documented that is not there')
    for (const { name, operation } of operationsOf(document)) {
      t.match(operation.summary, /^[A-Z].{8,}[^.]$/, `${name} has a summary`)
      const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
      t.ok(success.length > 0, `${name} has an answer`)
      for (const [status, { content }] of success) {
        for (const { schema } of Object.values(content ?? {})) {
          t.ok(
            status === '204' || 'type' in schema || 'anyOf' in schema || '$ref' in schema,
            `${name} says what it answers`,
          )
        }
      }
    }
  },
)

t.test('the document is OpenAPI 3.1 in its structure', async (t) => {
  const { url } = await startAssent(t)
  const document = (await (await fetch(`${url}/docs/json`)).json()) as Document
  t.match(document, {
    openapi: /^3\.1\.\d+$/,
    info: { title: 'Assent', version: String, description: String },
  })
  const operations = operationsOf(document)
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
  for (const { name, path, method, operation } of operations) {
    t.match(path, /^\/[^:?*(]*$/, name)
    t.match(method, /^(get|put|post|delete|options|head|patch|trace)$/)
    const { parameters = [], requestBody, responses, security } = operation
    const inPath = parameters.filter((parameter) => parameter.in === 'path')
    t.same(
      inPath.map((parameter) => parameter.name).sort(),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter).sort(),
      `${name} describes the parameters of its path`,
    )
    for (const parameter of parameters) {
      t.match(parameter, { name: String, in: /^(path|query|header|cookie)$/, schema: Object }, name)
      if (parameter.in === 'path') t.equal(parameter.required, true)
    }
    t.equal(new Set(parameters.map((p) => `${p.in} ${p.name}`)).size, parameters.length)
    if (requestBody) t.ok(Object.keys(requestBody.content).length > 0, name)
    t.notOk(method === 'get' && requestBody, `${name} has no body`)
    for (const [status, response] of Object.entries(responses)) {
      t.match(status, /^([1-5]\d\d|[1-5]XX|default)$/, name)
      t.match(response.description, /^.{2,}/, `${name} describes ${status}`)
    }
    for (const scheme of security.flatMap((one) => Object.keys(one)))
      t.ok(scheme in document.components.securitySchemes)
    t.equal(security.length > 0, /Scope: /.test(operation.description), `${name} says its scope`)
  }
  let schemas = 0
  walk(document, (node) => {
    if (typeof node.$ref === 'string') {
      const target = node.$ref
        .split('/')
        .slice(1)
        .reduce<any>((at, part) => at?.[part], document)
      t.ok(target, `${node.$ref} leads somewhere`)
    }
    if (
      typeof node.type !== 'string' ||
      !('properties' in node || /^(string|integer|array)$/.test(node.type))
    )
      return
    schemas += 1
    t.notOk('nullable' in node, 'no word of OpenAPI 3.0')
    for (const name of (node.required as string[] | undefined) ?? [])
      if (node.properties) t.ok(name in (node.properties as object), `${name} is required and described`)
  })
  t.ok(schemas > 50)
})

function walk(node: unknown, visit: (node: Record<string, unknown>) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) visit(node as Record<string, unknown>)
  for (const value of Object.values(node)) walk(value, visit)
}

t.test('every error code, every scope and every limit is in the document', async (t) => {
  const { url } = await startAssent(t)
  const document = (await (await fetch(`${url}/docs/json`)).json()) as Document
  const { description } = document.info
  const codes = Object.keys(CATALOGUE)
  t.same(document.components.schemas.Problem?.properties.code?.enum, codes)
  for (const code of codes)
    t.match(description, `| \`${code}\` | ${CATALOGUE[code as keyof typeof CATALOGUE][0]} |`)
  for (const [what, limit] of LIMIT_TABLE) t.match(description, `| ${what} | ${limit} |`)
  for (const { name, operation } of operationsOf(document)) {
    const refusals = Object.keys(operation.responses).filter((status) => /^[45]XX$/.test(status))
    if (operation.security.length > 0) t.same(refusals, ['4XX', '5XX'], name)
  }
})

/** An app in which every id of the document's examples is somebody's, and the person of the examples has said yes. */
async function withExamples(t: Test) {
  const { pool } = await testDatabase(t)
  const purposes = new Map(
    [...samplePolicy.purposes].map(([id, purpose]) => [
      id,
      { ...purpose, frequency: { atMost: 1_000, per: 'day' as const } },
    ]),
  )
  const assent = await buildAssent(t, pool, { policy: { ...samplePolicy, purposes } })
  const ada = assent.emulator.person({ name: 'Ada', phone: '+12025550101' })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  const now = assent.clock()
  const [contact, event] = ['01935a4c-7d00-7000-8000-0000000c0de1', '01935a4c-7d00-7000-8000-0000000e7e01']
  await pool.query('insert into contacts (id, created_at) values ($1, $2)', [contact, now])
  await pool.query(
    `insert into consent_events (contact_id, seq, id, type, channel, scope, occurred_at, recorded_at, source, method,
       actor, source_key, evidence_digest, hash)
     values ($1, 1, $2, 'withdrawn', 'whatsapp', '{*}', $3, $3, 'chat', 'text', 'person', 'k', 'd', 'h')`,
    [contact, event, now],
  )
  const { record } = await keyWith(assent, ['send'])
  await pool.query(`update api_keys set id = '01935a4c-7d00-7000-8000-00000000c0de' where id = $1`, [
    record.id,
  ])
  return assent
}

t.test('every example of the document runs', async (t) => {
  const { app, config, emulator, url: base } = await withExamples(t)
  const document = (await app.inject('/docs/json')).json() as Document
  let sent = 0
  for (const { name, path, method, operation } of operationsOf(document)) {
    const { parameters = [], requestBody } = operation
    const filled = (where: string) =>
      parameters
        .filter((p) => p.in === where && (p.required || p.example !== undefined))
        .map((p) => [p.name, String(p.example ?? (p.schema as { enum?: string[] }).enum?.[0])] as const)
    for (const [parameter, value] of [...filled('path'), ...filled('query')])
      t.not(value, 'undefined', `${name} has an example of ${parameter}`)
    // Meta gives files their ids, and a deletion is an example too.
    const file = emulator.media.add(NUMBER, 'text/plain', Buffer.from('Opening hours'))
    const url = filled('path').reduce(
      (at, [parameter, value]) => at.replace(`{${parameter}}`, value === MEDIA ? file.id : value),
      path,
    )
    const [[type, media] = []] = Object.entries(requestBody?.content ?? {})
    const bodies = media === undefined ? [undefined] : examplesOf(media)
    t.not(bodies.length, 0, `${name} has an example`)
    for (const body of bodies) {
      sent += 1
      const headers: Record<string, string> = operation.security.length > 0 ? bearer(config.adminKey) : {}
      if (parameters.some((p) => p.name === 'x-hub-signature-256'))
        headers['x-hub-signature-256'] = signedBody(body, config.appSecrets[0] ?? '').signature
      // A form's content type names its boundary, which is the form's to say.
      if (type === 'application/json') headers['content-type'] = type
      const query = new URLSearchParams(filled('query').map((pair) => [...pair]))
      const answered = await fetch(`${base}${url}?${query}`, {
        method: method.toUpperCase(),
        headers,
        ...(body === undefined
          ? {}
          : { body: type === 'multipart/form-data' ? formOf(body) : JSON.stringify(body) }),
      })
      const answer = { statusCode: answered.status, body: await answered.text() }
      // What an example's id would have to be made for is not there; the route must have looked for it.
      const unknown = answer.statusCode === 404 && /"code":"(?!NOT_FOUND")\w+"/.test(answer.body)
      t.ok(answer.statusCode < 300 || unknown, `${name}: ${answer.statusCode} ${answer.body.slice(0, 300)}`)
      t.ok(unknown || `${answer.statusCode}` in operation.responses, `${name} documents ${answer.statusCode}`)
    }
  }
  t.ok(sent >= 20, `${sent} examples`)
})

/** Its file is what it holds under `file`. */
function formOf(example: unknown): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(example as Record<string, string>))
    form.set(name, name === 'file' ? new Blob([value], { type: 'text/plain' }) : value)
  return form
}

function examplesOf({ example, examples = {} }: Media): unknown[] {
  return [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)]
}

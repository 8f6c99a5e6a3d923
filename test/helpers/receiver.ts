// A receiver of webhooks on a real socket: a system that had Meta's before, or one that is told of consents.

import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { type Policy, readPolicy } from '../../src/policy.js'
import type { TestAssent } from './assent.js'
import { samplePolicyText } from './policy.js'

export type Got = { body: Buffer; headers: IncomingHttpHeaders; answered: number | 'hung' }

export type Receiver = {
  url: string
  /** Every request, in the order of their ends. */
  all: Got[]
  /** Bodies that were answered 2xx, in that order. */
  readonly taken: Buffer[]
  /** Requests under way. */
  under: Set<Buffer>
}

/** What it answers to the n-th request; never, for `hang`. */
export type Behaviour = (body: Buffer, n: number) => number | 'hang' | Promise<number | 'hang'>

export async function startReceiver(t: Test, behave: Behaviour = () => 200): Promise<Receiver> {
  const all: Got[] = []
  const under = new Set<Buffer>()
  let n = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    under.add(body)
    const answer = await behave(body, n++)
    under.delete(body)
    all.push({ body, headers: request.headers, answered: answer === 'hang' ? 'hung' : answer })
    if (answer === 'hang') return
    response.writeHead(answer, answer >= 300 && answer < 400 ? { location: '/elsewhere' } : {}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    all,
    under,
    get taken() {
      return all.flatMap(({ answered, body }) =>
        answered !== 'hung' && answered >= 200 && answered < 300 ? [body] : [],
      )
    },
  }
}

export const SECRET = 'whsec_c2l4dGVlbiBieXRlcyBhbmQgbW9yZSBvZiB0aGVt'
export const OLD_SECRET = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgYmVmb3JlIGl0IHdhcw=='
const SECRETS: Record<string, string> = {
  CRM_SECRET: 'a secret of the crm',
  EVENTS_SECRET: `${SECRET}, ${OLD_SECRET}`,
}
export const CRM_SECRET = 'a secret of the crm'

type Target = { name: string; url: string } & Record<string, unknown>
type Targets = { forward?: Target[]; events?: Target[] }

/** The sample policy with receivers on loopback. */
export function policyWith(targets: Targets): Policy {
  return readPolicy(policyText(targets), TEXT_LANGUAGES, true, secretOf)
}

export const secretOf = (name: string): string | undefined => SECRETS[name]

export function policyText({ forward = [], events = [] }: Targets): string {
  const here = (targets: Target[]) => JSON.stringify(targets.map((t) => ({ ...t, private: true })))
  const told = events.map((target) => ({ secret: 'EVENTS_SECRET', ...target }))
  return `${samplePolicyText}\nforward: ${here(forward)}\nevents: ${here(told)}\n`
}

/** The number of the n-th person, as Meta writes it. */
export const phone = (n: number): string => `1202555${String(100 + n).padStart(4, '0')}`

/** The words of a webhook of one text message. */
export const wordsOf = (body: Buffer): string =>
  JSON.parse(body.toString()).entry[0].changes[0].value.messages[0].text.body

export const words = (bodies: Buffer[]): string[] => bodies.map(wordsOf)

/** Of messages like "ann 1": what each person said, in the order in which it was taken. */
export function byPerson({ taken }: Receiver): Record<string, string[]> {
  const said: Record<string, string[]> = {}
  for (const body of taken) {
    const [who = '', what = ''] = wordsOf(body).split(' ')
    said[who] = [...(said[who] ?? []), what]
  }
  return said
}

/** How much is kept for receivers. */
export async function left({
  pool,
}: Pick<TestAssent, 'pool'>): Promise<{ letters: number; deliveries: number }> {
  const { rows } = await pool.query(
    'select (select count(*)::int from letters) as letters, (select count(*)::int from deliveries) as deliveries',
  )
  return rows[0]
}

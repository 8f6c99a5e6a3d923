// The contract that every client is held to: pointed at the gateway by its own setting and nothing else, it says what it
// says and hears what it hears as if Meta had answered. A client's file lists only how that client says things.

import t, { type Test } from 'tap'
import { SANDBOX } from '../../src/config.js'
import type { RecordedRequest } from '../../src/sandbox/world.js'
import { CALL_NAMES, type CallName, type Calls, SCRIPT } from './calls.js'
import { type Exchange, type Line, openLine } from './line.js'
import { NEVER_ASKED, type Stage, setTheStage, TO } from './stage.js'

/** Where a client is pointed, and what it sends there. */
export type Gateway = { url: string; key: string; phoneNumberId: string }

/** What a client's user learns of a call that failed. */
export type Failure = { type: string; code: number | undefined; details: string | undefined }

export type Client = {
  /** its name on npm */
  name: string
  /** sets the client up as its documentation says, for that gateway */
  connect(gateway: Gateway): Partial<Calls>
  /** calls that the client has no function for → what such a function would be called */
  cannot: Partial<Record<CallName, RegExp>>
  /** the names of all its functions */
  functions(): string[]
  /** makes a call that must fail and reads, as a user of the client would, what went wrong */
  failure(call: () => Promise<unknown>): Promise<Failure>
  /** what the gateway needs in its environment for this client */
  env?: Record<string, string>
}

type Row = [call: string, answer: string]

// Calls whose answer names an address: the gateway puts its own there, so it cannot be Meta's bytes.
const READDRESSED: ReadonlySet<CallName> = new Set(['look up a file', 'download a file'])
// The gateway looks whether an id is that of a file before it deletes what the id names.
const LOOKED_AT_FIRST: ReadonlySet<CallName> = new Set(['delete a file'])
const OURS = /,"biz_opaque_callback_data":"[0-9a-f-]{36}"(?=\}\s*$)/

/** Runs everything against one client, and prints what was answered. */
export function holdToContract(client: Client): void {
  t.test(client.name, async (t) => {
    const rows: Row[] = []
    const stage = await setTheStage(t, client.env)
    const line = await openLine(t, stage.assent.url)
    const { phoneNumberId } = stage
    const gateway = { url: line.url, key: SANDBOX.adminKey, phoneNumberId }
    const calls = client.connect(gateway)

    await t.test(`${client.name} has these functions and no others`, async (t) => {
      t.same(CALL_NAMES.filter((name) => !calls[name]).sort(), Object.keys(client.cannot).sort())
      for (const [name, pattern] of Object.entries(client.cannot)) {
        t.same(
          client.functions().filter((fn) => pattern.test(fn)),
          [],
          `no function to ${name}`,
        )
      }
      t.ok(client.functions().length > 5, 'and its functions are really looked at')
    })

    for (const name of CALL_NAMES) {
      if (!calls[name]) {
        rows.push([name, 'the client has no such call'])
        continue
      }
      await t.test(`${client.name}: ${name}`, async (t) => {
        const overheard = listen(line, stage)
        await play(t, name, calls, stage)
        const { exchanges, requests } = overheard()
        t.ok(exchanges.length > 0 && requests.length > 0, 'it went over the line, and on to Meta')
        const looks = LOOKED_AT_FIRST.has(name) ? requests.filter(({ method }) => method === 'GET') : []
        const passed = requests.filter((request) => !looks.includes(request))
        if (!READDRESSED.has(name)) sameOnBothSides(t, exchanges, passed)
        rows.push([name, exchanges.map(answerOf).join(', ')])
      })
    }
    await failures(t, client, calls, { stage, line, gateway, rows })
    await t.test(`${client.name}: the client holds the gateway’s key, Meta sees Meta’s token`, async (t) => {
      const ours = line.exchanges.filter(({ headers }) => headers.authorization !== `Bearer ${WRONG_KEY}`)
      for (const { headers } of ours) t.equal(headers.authorization, `Bearer ${gateway.key}`)
      const all = Buffer.concat(line.exchanges.flatMap(({ body, answer }) => [body, answer]))
      t.notOk(all.includes(SANDBOX.accessToken), 'Meta’s token is in no answer')
      t.notOk(
        stage.assent.emulator.requests.some(({ answer }) => answer === 401),
        'Meta knew the token of every request',
      )
      const direct = await fetch(`${stage.assent.emulator.url}/${phoneNumberId}`, {
        headers: { authorization: `Bearer ${gateway.key}` },
      })
      t.equal(direct.status, 401, 'at Meta the gateway’s key opens nothing')
    })
    for (const [call, answer] of rows) t.comment(`${client.name} | ${call} | ${answer}`)
  })
}

function play<Name extends CallName>(t: Test, name: Name, calls: Partial<Calls>, stage: Stage) {
  const call = calls[name]
  if (call === undefined) throw new Error(`no such call: ${name}`)
  return SCRIPT[name](t, call, stage)
}

/** What goes over the line and arrives at Meta from now on. */
function listen({ exchanges }: Line, { assent }: Stage) {
  const [said, arrived] = [exchanges.length, assent.emulator.requests.length]
  return () => ({
    exchanges: exchanges.slice(said),
    requests: assent.emulator.requests.slice(arrived),
  })
}

/** Request for request: path, query and body as the client wrote them, answer and status as Meta gave them. */
function sameOnBothSides(t: Test, exchanges: Exchange[], requests: RecordedRequest[]) {
  t.equal(requests.length, exchanges.length, 'one request to Meta for each of the client’s')
  for (const [n, { method, target, headers, body, status, answer }] of exchanges.entries()) {
    const arrived = requests[n]
    const [path, query] = target.split('?')
    t.equal(`${arrived?.method} ${arrived?.path}`, `${method} ${path}`)
    t.same(arrived?.query, Object.fromEntries(new URLSearchParams(query)))
    if (body.length > 0) t.equal(arrived?.headers['content-type'], headers['content-type'])
    const isSend = method === 'POST' && !body.includes('"status":"read"') && path?.endsWith('/messages')
    const came = arrived?.bodyBytes?.toString('latin1') ?? ''
    const own = body.includes('"biz_opaque_callback_data"')
    t.equal(isSend && !own ? came.replace(OURS, '') : came, body.toString('latin1'), 'byte for byte')
    t.equal(
      OURS.test(came),
      isSend && !own,
      'callback data is ours on a send that has none, and nowhere else',
    )
    t.equal(status, arrived?.answer)
    t.same(answer, arrived?.answerBytes, 'and the answer too')
  }
}

const WRONG_KEY = 'not-a-key-of-this-gateway'

type Trial = { stage: Stage; line: Line; gateway: Gateway; rows: Row[] }

/** Everything that can be answered instead of a yes arrives as the client's own error, with the code kept. */
async function failures(t: Test, client: Client, calls: Partial<Calls>, trial: Trial) {
  const { stage, line, gateway, rows } = trial
  const { assent, ada } = stage
  const text = (to: string, by = calls) => client.failure(async () => by['send a text']?.(to, 'Sale'))
  const expect = async (t: Test, what: string, failed: Promise<Failure>, code: number, details: RegExp) => {
    const failure = await failed
    t.match(failure, { code, details, type: String })
    rows.push([what, `${line.exchanges.at(-1)?.status} ${failure.type} ${failure.code}`])
  }
  const atMeta = () => assent.emulator.requests.length

  await t.test(
    `${client.name}: Meta’s own errors arrive as they are, and nothing is sent twice`,
    async (t) => {
      for (const [code, httpStatus] of [
        [131026, 400],
        [132001, 404],
        [130429, 400],
        [131000, 500],
        [2, 503],
      ] as const) {
        const before = atMeta()
        assent.emulator.faults.failSends({ code, httpStatus })
        await expect(t, `Meta says ${code}`, text(TO), code, /a fault on request/)
        t.equal(atMeta(), before + 1, 'the client asks once')
        t.equal(line.exchanges.at(-1)?.status, httpStatus)
        t.same(line.exchanges.at(-1)?.answer, assent.emulator.requests.at(-1)?.answerBytes)
      }
    },
  )

  await t.test(`${client.name}: a refusal of ours is an error that says why`, async (t) => {
    const before = atMeta()
    await expect(t, 'nobody has said yes', text(NEVER_ASKED), 131950, /has not said yes/)
    ada.text('STOP')
    await assent.settle()
    const after = atMeta()
    await expect(t, 'the person said stop', text(TO), 131050, /withdrawn/)
    t.equal(atMeta(), after, 'nothing of it reached Meta')
    t.equal(after, before + 1, 'but the confirmation of the stop')
    t.equal(line.exchanges.at(-1)?.status, 400)
  })

  await t.test(`${client.name}: a wrong key is told as Meta tells a wrong token`, async (t) => {
    const stranger = client.connect({ ...gateway, key: WRONG_KEY })
    await expect(t, 'the key is wrong', text(TO, stranger), 190, /key/i)
  })
}

/** The answer in two words. */
function answerOf({ status, answer }: Exchange): string {
  const told = read(answer)
  const words = ['messages', 'success', 'id', 'data'].find((name) => Object.hasOwn(told, name))
  return `${status} ${words ?? `${answer.length} bytes`}`
}

function read(answer: Buffer): object {
  try {
    return JSON.parse(answer.toString())
  } catch {
    return {}
  }
}

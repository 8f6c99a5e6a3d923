// Servers broken on purpose, to prove that the torture would notice. Each breakage rewrites one of the product's own
// statements on its way to Postgres (or lets its HTTP client repeat itself); the product knows nothing of them. One that
// finds nothing left to break throws, so that a renamed statement cannot make the proof hollow.

import type pg from 'pg'
import type { Graph } from '../../src/whatsapp/graph.js'

type Rewrite = { statement: string; from: string; to: string }
type Broken = {
  /** Which assertion of verdict.ts has to catch it. */
  caughtBy: string
  rewrite?: Rewrite[]
  repeat?: true
  /** Share of the transactions whose commit is thrown away, although everybody is told that it went well. */
  forget?: number
}

const BREAKAGES = {
  'a gate that reads the state without the lock': {
    caughtBy: 'a',
    rewrite: [
      { statement: 'gate', from: 'for no key update of c', to: '' },
      // Takes its time, as a busy database does: the reservation is visible only when the statement ends.
      { statement: 'gate', from: 'select v.id as', to: 'select pg_sleep(random() * 0.4)::text, v.id as' },
    ],
  },
  'a stop that does not wait for the wire': {
    caughtBy: 'a',
    rewrite: [{ statement: 'sends_on_the_wire', from: `status = 'sending'`, to: `status = 'nowhere'` }],
  },
  'a confirmation that does not wait for the wire': {
    caughtBy: 'b',
    rewrite: [{ statement: 'replies_claim', from: `$5::uuid) then 'wait'`, to: `$5::uuid) then 'go'` }],
  },
  'a stop that is confirmed twice': {
    caughtBy: 'c',
    rewrite: [
      {
        statement: 'replies_queue',
        from: 'select id, $2,',
        to: 'select unnest(array[id, (left(id::text, 24) || right(md5(id::text), 12))::uuid]), $2,',
      },
    ],
  },
  'a send that does not name its yes': {
    caughtBy: 'd',
    rewrite: [{ statement: 'gate', from: `(v.state ->> 'event')::uuid end,`, to: 'v.id end,' }],
  },
  'a client that repeats a request by itself': { caughtBy: 'e', repeat: true },
  'a 200 before the commit': { caughtBy: 'f', forget: 0.2 },
} as const satisfies Record<string, Broken>

export type Breakage = keyof typeof BREAKAGES
export const breakages = Object.keys(BREAKAGES) as Breakage[]
export const caughtBy = (breakage: Breakage): string => BREAKAGES[breakage].caughtBy

/** Lets `current` decide, query by query, how the pool's statements are spoilt. */
export function breakPool(pool: pg.Pool, current: () => Breakage | null): void {
  pool.on('connect', (client) => {
    const query: (...args: unknown[]) => unknown = client.query.bind(client)
    const broken = (first: unknown, ...rest: unknown[]) => query(spoil(first, current()), ...rest)
    Object.assign(client, { query: broken })
  })
}

function spoil(first: unknown, breakage: Breakage | null): unknown {
  if (breakage === null) return first
  const broken: Broken = BREAKAGES[breakage]
  if (first === 'commit') return Math.random() < (broken.forget ?? 0) ? 'rollback' : first
  if (typeof first !== 'object' || first === null || !('name' in first) || !('text' in first)) return first
  const mine = broken.rewrite?.filter((r) => r.statement === first.name) ?? []
  if (mine.length === 0) return first
  let text = String(first.text)
  for (const { from, to } of mine) {
    if (text.split(from).length !== 2) throw new Error(`must stand in the statement once: ${from}`)
    text = text.replace(from, () => to)
  }
  return { ...first, text, name: `${first.name}: ${breakage}`.slice(0, 63) }
}

/** The same for the way to Graph. */
export function breakGraph(graph: Graph, current: () => Breakage | null): Graph {
  return {
    ...graph,
    async post(...args) {
      const breakage = current()
      const broken: Broken | null = breakage && BREAKAGES[breakage]
      if (broken?.repeat) await graph.post(...args)
      return graph.post(...args)
    },
  }
}

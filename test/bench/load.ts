// The load of one measurement, in a process of its own so that client and server do not share an event loop. Gets its
// orders over IPC, sends every request once, answers with the latencies, ends.

import { Pool } from 'undici'

export type Order = {
  url: string
  path: string
  concurrency: number
  requests: { headers: Record<string, string>; body: string }[]
}
export type Report = { seconds: number; statuses: Record<string, number>; latencies: number[] }

process.once('message', async (order: Order) => {
  const pool = new Pool(order.url, { connections: order.concurrency, pipelining: 1 })
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  let next = 0
  const worker = async () => {
    for (let i = next++; i < order.requests.length; i = next++) {
      const { headers, body } = order.requests[i] ?? { headers: {}, body: '' }
      const begun = performance.now()
      const answer = await pool.request({ method: 'POST', path: order.path, headers, body })
      await answer.body.dump()
      latencies.push(performance.now() - begun)
      statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: order.concurrency }, worker))
  const report: Report = { seconds: (performance.now() - begun) / 1000, statuses, latencies }
  await pool.close()
  process.send?.(report, () => process.disconnect())
})

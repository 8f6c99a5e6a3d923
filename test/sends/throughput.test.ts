import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createPool } from '../../src/db/client.js'
import { leaseTime } from '../../src/sends/number-pace.js'
import { createThroughput, type Throughput } from '../../src/sends/throughput.js'
import { testDatabase } from '../helpers/database.js'

const NUMBER = '106540352242922'

/** A clock that jumps from one thing that is due to the next. */
function virtualTime() {
  let now = 0
  let due: { at: number; ring: () => void }[] = []
  const time = {
    now: () => now,
    after(ms: number, ring: () => void) {
      const timer = { at: now + ms, ring }
      due.push(timer)
      return () => {
        due = due.filter((other) => other !== timer)
      }
    },
  }
  /** Until nothing is due any more. */
  async function run(): Promise<void> {
    for (;;) {
      // What was promised is done before time goes on.
      await turn()
      const next = due.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) return
      due = due.filter((other) => other !== next)
      now = Math.max(now, next.at)
      next.ring()
    }
  }
  return { time, run }
}

/** Replicas that share one number's row, which answers after `latencyMs`. */
function replicas(count: number, perSecond: number, latencyMs: () => number) {
  const { time, run } = virtualTime()
  let tat = Number.NEGATIVE_INFINITY
  let leases = 0
  const wait = (ms: number) => new Promise<void>((then) => time.after(ms, then))
  const lease = async (_: string, ms: number) => {
    leases += 1
    await wait(latencyMs())
    const begins = Math.max(tat, time.now())
    tat = begins + ms
    const answer = begins - time.now()
    await wait(latencyMs())
    return answer
  }
  const rates = new Map([[NUMBER, perSecond]])
  const all = Array.from({ length: count }, () => createThroughput({ lease, rates, time }))
  return { all, time, run, leases: () => leases }
}

const mostWithin = (times: number[], ms: number) => {
  const sorted = times.toSorted((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= ms) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

t.test('over any second two replicas send no more than the rate and two leases’ worth', async (t) => {
  const arrival = fc.record({
    at: fc.integer({ min: 0, max: 2_500 }),
    replica: fc.nat(1),
    who: fc.constantFrom<'direct' | 'queued'>('direct', 'queued'),
    // The gate takes its time, and refuses some.
    gateMs: fc.nat(30),
    refused: fc.boolean(),
    burst: fc.integer({ min: 1, max: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 7, 20, 80, 250),
      fc.array(arrival, { maxLength: 60 }),
      fc.array(fc.nat(20), { minLength: 1, maxLength: 20 }),
      async (perSecond, arrivals, latencies) => {
        let asked = 0
        const { all, time, run } = replicas(2, perSecond, () => latencies[asked++ % latencies.length] ?? 0)
        const sent: number[] = []
        for (const { at, replica, who, gateMs, refused, burst } of arrivals) {
          const throughput = all[replica] as Throughput
          time.after(at, () => {
            for (let i = 0; i < burst; i++) {
              void throughput.turn(NUMBER, who).then((got) => {
                if (!got.granted) return
                const granted = time.now()
                time.after(gateMs, () =>
                  refused ? throughput.giveBack(NUMBER, got) : void sent.push(granted),
                )
              })
            }
          })
        }
        await run()
        const lease = Math.max(1, Math.floor(perSecond * 0.05))
        return mostWithin(sent, 1_000) <= perSecond + 2 * lease
      },
    ),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('a busy number is used to the full, by some twenty leases a second', async (t) => {
  for (const perSecond of [80, 1_000]) {
    const { all, time, run, leases } = replicas(1, perSecond, () => 2)
    const [throughput] = all as [Throughput]
    const sent: number[] = []
    const more = () => {
      void throughput.turn(NUMBER, 'queued').then((got) => {
        if (got.granted) sent.push(time.now())
        if (time.now() < 5_000) more()
      })
    }
    for (let i = 0; i < 16; i++) more()
    await run()
    const rate = sent.length / (Math.max(...sent) / 1_000)
    t.ok(rate > perSecond * 0.95 && rate < perSecond * 1.05, `${rate} of ${perSecond}`)
    t.ok(leases() / 5 < 25, `${leases() / 5} leases a second`)
  }
})

t.test('a direct send goes ahead of all queued ones, and gives up after a second', async (t) => {
  const { all, time, run } = replicas(1, 10, () => 1)
  const [throughput] = all as [Throughput]
  const order: string[] = []
  for (let i = 0; i < 5; i++) void throughput.turn(NUMBER, 'queued').then(() => order.push('queued'))
  time.after(5, () => {
    void throughput.turn(NUMBER, 'direct').then((got) => order.push(`direct ${got.granted}`))
  })
  await run()
  t.equal(order.indexOf('direct true'), 1, 'after the one that had its turn already')

  const slow = replicas(1, 1, () => 1)
  const [one] = slow.all as [Throughput]
  const answers: [number, boolean][] = []
  for (let i = 0; i < 3; i++) {
    void one.turn(NUMBER, 'direct').then((got) => answers.push([slow.time.now(), got.granted]))
  }
  await slow.run()
  t.same(
    answers.map(([, granted]) => granted),
    [true, false, false],
  )
  t.equal(answers.at(-1)?.[0], 1_000)
})

t.test(
  'queued sends that find a long line are put off, one behind the other at the pace of the number',
  async (t) => {
    const { all, time, run } = replicas(1, 10, () => 1)
    const [throughput] = all as [Throughput]
    const putOff: number[] = []
    for (let i = 0; i < 60; i++) {
      void throughput.turn(NUMBER, 'queued').then((got) => {
        if (!got.granted) putOff.push(time.now() + got.retryMs)
      })
    }
    await run()
    t.ok(putOff.length >= 44)
    t.ok(mostWithin(putOff, 1_000) <= 11, 'ten a second')
  },
)

t.test('a reply never waits: the others wait for it', async (t) => {
  const { all, time, run } = replicas(1, 10, () => 1)
  const [throughput] = all as [Throughput]
  const times: number[] = []
  for (let i = 0; i < 3; i++) void throughput.turn(NUMBER, 'direct').then(() => times.push(time.now()))
  for (let i = 0; i < 5; i++) throughput.push(NUMBER)
  await run()
  t.ok((times[1] ?? 0) >= 590, `${times}: five tenths of a second were the replies’`)
})

t.test('what is given back serves the next one, and turns that nobody uses lapse', async (t) => {
  const { all, time, run, leases } = replicas(1, 80, () => 1)
  const [throughput] = all as [Throughput]
  const sent: number[] = []
  let refused = 0
  // A hundred at a time are refused for a second; then as many are let through.
  const ask = () => {
    void throughput.turn(NUMBER, 'direct').then((got) => {
      if (!got.granted) return
      if (time.now() >= 1_000) return void sent.push(time.now())
      refused += 1
      time.after(3, () => {
        throughput.giveBack(NUMBER, got)
        ask()
      })
    })
  }
  for (let i = 0; i < 100; i++) ask()
  await run()
  t.ok(refused > 400, `${refused} refusals in a second, at 80 sends a second`)
  t.ok(mostWithin(sent, 1_000) <= 88, `${mostWithin(sent, 1_000)} afterwards`)
  const before = leases()
  time.after(200, () => void throughput.turn(NUMBER, 'direct'))
  await run()
  t.equal(leases(), before + 1, 'the ones left over are gone')
})

t.test('a turn is not handed on beyond its lease', async (t) => {
  const { all, time, run, leases } = replicas(1, 80, () => 1)
  const [throughput] = all as [Throughput]
  const got: number[] = []
  const first = throughput.turn(NUMBER, 'direct')
  for (let i = 0; i < 2; i++) void throughput.turn(NUMBER, 'direct').then(() => got.push(time.now()))
  void first.then((granted) => {
    time.after(30, () => {
      if (granted.granted) throughput.giveBack(NUMBER, granted)
      void throughput.turn(NUMBER, 'direct')
    })
  })
  await run()
  t.ok((got[1] ?? 0) < 30, 'another lease has begun meanwhile')
  t.equal(leases(), 3, 'the next one has to lease its own')
})

t.test('“too fast” halves the rate for a minute, and a hundred at once halve it once', async (t) => {
  const { all, time, run } = replicas(1, 80, () => 1)
  const [throughput] = all as [Throughput]
  const sent: number[] = []
  const more = () => {
    void throughput.turn(NUMBER, 'queued').then((got) => {
      if (got.granted) sent.push(time.now())
      if (time.now() < 70_000) time.after(0, more)
    })
  }
  for (let i = 0; i < 4; i++) more()
  time.after(2_000, () => {
    for (let i = 0; i < 100; i++) throughput.slowDown(NUMBER)
  })
  await run()
  const within = (from: number, to: number) => sent.filter((at) => at >= from && at < to).length
  t.ok(Math.abs(within(1_000, 2_000) - 80) <= 8)
  t.ok(Math.abs(within(10_000, 11_000) - 40) <= 4, `${within(10_000, 11_000)}`)
  t.ok(Math.abs(within(64_000, 65_000) - 80) <= 8, `${within(64_000, 65_000)}`)
})

t.test('two replicas lease from one row, one after the other, by the clock of the database', async (t) => {
  const { url, pool } = await testDatabase(t)
  const other = createPool(url)
  t.teardown(() => other.end())
  const begins = [
    await leaseTime(pool, NUMBER, 60_000),
    await leaseTime(other, NUMBER, 60_000),
    await leaseTime(pool, NUMBER, 60_000),
    await leaseTime(pool, '1', 60_000),
  ]
  for (const [i, expected] of [0, 60_000, 120_000, 0].entries()) {
    t.ok(Math.abs((begins[i] ?? Number.NaN) - expected) < 5_000, `${begins[i]}`)
  }
})

t.test('without the database nobody gets a turn, and with it everybody again', async (t) => {
  let away = true
  const throughput = createThroughput({
    lease: () => (away ? Promise.reject(new Error('away')) : Promise.resolve(0)),
    rates: new Map(),
  })
  throughput.push(NUMBER)
  await t.rejects(throughput.turn(NUMBER, 'direct'), /away/)
  away = false
  t.match(await throughput.turn(NUMBER, 'direct'), { granted: true })
})

import t from 'tap'
import { afterFailure, DEAD_AFTER_MS, HEALTHY, isResting, nextAttempt } from '../../src/deliveries/pauses.js'

const NOW = new Date('2026-11-23T12:00:00Z')
const seconds = (at: Date | null) => at && (at.getTime() - NOW.getTime()) / 1_000
const middle = () => 0.5

t.test('a letter waits longer each time, and is dead after seven days', async (t) => {
  const pauses = Array.from({ length: 11 }, (_, n) =>
    seconds(nextAttempt({ since: NOW, attempts: n + 1 }, 500, NOW, middle)),
  )
  t.same(pauses, [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800, 28_800])
  t.equal(
    seconds(nextAttempt({ since: NOW, attempts: 9 }, null, NOW, middle)),
    600,
    'but not for an absent receiver',
  )
  t.equal(seconds(nextAttempt({ since: NOW, attempts: 1 }, 500, NOW, () => 0)), 4)
  t.equal(seconds(nextAttempt({ since: NOW, attempts: 1 }, 500, NOW, () => 0.75)), 5.5)
  const old = (ms: number) => ({ since: new Date(NOW.getTime() - ms), attempts: 30 })
  t.ok(nextAttempt(old(DEAD_AFTER_MS - 1), 500, NOW, middle))
  t.equal(nextAttempt(old(DEAD_AFTER_MS), 500, NOW, middle), null)
})

t.test('a receiver that fails again and again is given a rest, sooner when it is away', async (t) => {
  const fail = (times: number, status: number | null) => {
    let health = HEALTHY
    for (let i = 0; i < times; i++) health = afterFailure(health, status, NOW, middle)
    return health
  }
  t.notOk(isResting(fail(9, 500), NOW))
  t.equal(seconds(fail(10, 500).restUntil), 10)
  t.notOk(isResting(fail(2, null), NOW))
  t.equal(seconds(fail(3, null).restUntil), 10)
  t.same(fail(3, 503), fail(30, 503), 'what was under way when the rest began counts for nothing')
  const rests: (number | null)[] = []
  let health = fail(3, null)
  for (let i = 0; i < 6; i++) {
    const end = health.restUntil ?? NOW
    health = afterFailure(health, null, end, middle)
    rests.push(((health.restUntil?.getTime() ?? 0) - end.getTime()) / 1_000)
  }
  t.same(rests, [30, 60, 120, 300, 300, 300])
  t.equal(seconds(fail(1, 410).restUntil), 86_400)
})

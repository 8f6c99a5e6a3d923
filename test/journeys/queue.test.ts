import t from 'tap'
import { soak } from '../bench/soak.js'
import { testDatabase } from '../helpers/database.js'

t.test(
  'G3 of a hundred queued messages none reaches a person whose stop was answered in the middle',
  async (t) => {
    const { pool } = await testDatabase(t)
    const soaked = await soak(pool, {
      people: 20,
      messages: 100,
      // Slowly enough that most are still queued when the stops come.
      perSecond: 30,
      withinMs: 40_000,
      log: (line) => t.comment(line),
    })
    t.equal(soaked.stopped, 2)
    t.equal(soaked.after, 0)
    t.equal(soaked.confirmed, 2, 'each stop is confirmed once')
    t.equal(soaked.left, 0)
    const { accepted = 0, 'refused withdrawn': refused = 0, ...others } = soaked.statuses
    t.same(others, {})
    t.ok(refused > 0, 'some were still to come')
    t.equal(accepted + refused, 100)
    t.equal(soaked.arrived, accepted)
  },
)

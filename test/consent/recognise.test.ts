import fc from 'fast-check'
import t from 'tap'
import { currentOf, type Identity, identifiersOf, makeDirectory } from '../../src/consent/directory.js'
import type { Sighting } from '../../src/consent/plan.js'
import { recognise } from '../../src/consent/recognise.js'

const at = (second: number) => new Date(Date.UTC(2026, 10, 1) + second * 1000)

/** A directory that learns one sighting after the other, as the database does. */
function observer() {
  const directory = makeDirectory([])
  let ids = 0
  const merged: string[] = []
  return {
    directory,
    merged,
    see(...sightings: Sighting[]) {
      const plan = recognise(directory, sightings, () => `contact-${String(++ids).padStart(4, '0')}`)
      for (const link of plan.opened) link.id ??= String(++ids)
      merged.push(...plan.merges.map((m) => m.merged))
      return plan
    },
  }
}

const sighting = (second: number, identity: Identity, more: Partial<Sighting> = {}): Sighting => ({
  identity,
  at: at(second),
  source: 'test',
  ...more,
})

t.test('ids are told by their pattern, wherever they stand', async (t) => {
  t.match(identifiersOf({ phone: 'US.1a', bsuid: 'US.1a' }), [{ kind: 'bsuid', value: 'US.1a' }])
  t.match(identifiersOf({ bsuid: 'US.ENT.1a' }), [{ kind: 'parent_bsuid' }])
  t.match(identifiersOf({ parentBsuid: 'CA.1a' }), [{ kind: 'parent_bsuid' }], 'a parent without its mark')
  t.match(identifiersOf({ phone: '551199999999' }), [{ value: '5511999999999', address: '551199999999' }])
  t.match(identifiersOf({ username: '@kfisher' }), [{ kind: 'username', value: 'kfisher' }])
  t.match(identifiersOf({ phone: 'foo_bar' }), [{ kind: 'phone', value: 'foo_bar' }])
})

t.test('a status of one name makes nobody of a stranger; a pair does', async (t) => {
  const { see } = observer()
  t.same(see(sighting(0, { phone: '12025550101' }, { about: 'known' })).owners, [[]])
  t.equal(see(sighting(0, { phone: '12025550101', bsuid: 'US.1' }, { about: 'anybody' })).fresh.size, 1)
})

t.test(
  'the contact that a send was for is the one that its status names, unless an id speaks against it',
  async (t) => {
    const { see, directory } = observer()
    const [[ada = ''] = []] = see(sighting(0, { phone: '12025550101' })).owners
    see(sighting(5, { phone: '12025550199', bsuid: 'US.1' }, { hint: ada, about: 'known' }))
    t.same(
      currentOf(directory, ada, 'phone').map((l) => l.value),
      ['12025550101', '12025550199'],
    )
    const [[bob = ''] = []] = see(sighting(6, { phone: '12025550102', bsuid: 'US.2' })).owners
    see(sighting(7, { phone: '12025550102', bsuid: 'US.2' }, { hint: ada }))
    t.not(bob, ada)
    t.same(
      currentOf(directory, bob, 'bsuid').map((l) => l.value),
      ['US.2'],
    )
  },
)

t.test('a username names nobody: it can be given up and taken', async (t) => {
  const { see, directory } = observer()
  const [[ada = ''] = []] = see(sighting(0, { bsuid: 'US.1', username: 'nice' })).owners
  const [[bob = ''] = []] = see(sighting(5, { bsuid: 'US.2', username: 'nice' })).owners
  t.not(ada, bob)
  t.equal(currentOf(directory, ada, 'username').length, 0)
  t.equal(currentOf(directory, bob, 'username').length, 1)
  see(sighting(3, { bsuid: 'US.1', username: 'nice' }))
  t.equal(currentOf(directory, bob, 'username').length, 1, 'what comes late does not take it back')
})

// A small world as it really is: people move between a few numbers, one holder at a time, and every move makes a new
// BSUID. What webhooks tell of it may come in any order and any number of times.
const PEOPLE = 3
const NUMBERS = ['12025550101', '12025550102', '12025550103', '12025550104']
type Told = { person: number; sighting: Sighting }
const world = fc
  .array(
    fc.record({
      person: fc.integer({ min: 0, max: PEOPLE - 1 }),
      move: fc.option(fc.integer({ min: 0, max: NUMBERS.length - 1 }), { freq: 2 }),
      shown: fc.boolean(),
      told: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((steps) => {
    const holder = new Map<number, number>()
    const where = new Map<number, number>()
    const moves = new Map<number, number>()
    const told: Told[] = []
    const named = (person: number): Identity => {
      const number = where.get(person)
      const phone = number === undefined ? undefined : NUMBERS[number]
      const bsuid = `US.${person}x${moves.get(person) ?? 0}`
      return phone === undefined ? { bsuid } : { phone, bsuid }
    }
    steps.forEach(({ person, move, shown, told: announced }, i) => {
      const second = (i + 1) * 10
      if (move !== null && !holder.has(move)) {
        const previous = named(person)
        const old = where.get(person)
        if (old !== undefined) holder.delete(old)
        holder.set(move, person)
        where.set(person, move)
        moves.set(person, (moves.get(person) ?? 0) + 1)
        if (announced) told.push({ person, sighting: sighting(second, named(person), { previous }) })
      }
      const { phone, bsuid = '' } = named(person)
      const identity: Identity = shown && phone !== undefined ? { phone, bsuid } : { bsuid }
      told.push({ person, sighting: sighting(second + 5, identity) })
    })
    return { told, now: [...where].map(([person, number]) => ({ person, phone: NUMBERS[number] ?? '' })) }
  })
const ordered = world.chain(({ told, now }) =>
  fc.record({
    told: fc.constant(told),
    now: fc.constant(now),
    order: fc
      .tuple(fc.shuffledSubarray(told, { minLength: told.length }), fc.subarray(told))
      .map((x) => x.flat()),
  }),
)

t.test('in no order of arrival do two people become one', async () => {
  fc.assert(
    fc.property(ordered, ({ order }) => {
      const { see, directory } = observer()
      for (const { sighting } of order) see(structuredClone(sighting))
      return [...directory.byOwner.values()].every(
        (links) => new Set([...links].flatMap((l) => (l.kind === 'bsuid' ? [l.value[3]] : []))).size <= 1,
      )
    }),
    { numRuns: 3000 },
  )
})

t.test('no number is ever two people’s, and none belongs to somebody who was merged', async () => {
  fc.assert(
    fc.property(ordered, ({ order }) => {
      const { see, directory, merged } = observer()
      for (const { sighting } of order) see(structuredClone(sighting))
      const current = [...directory.byName.values()].map((links) => links.filter((l) => l.to === null))
      return (
        current.every((links) => links.length <= 1) && !current.flat().some((l) => merged.includes(l.owner))
      )
    }),
    { numRuns: 3000 },
  )
})

t.test('a number leads to nobody but whoever was seen with it last, in any order of arrival', async () => {
  fc.assert(
    fc.property(ordered, ({ told, order }) => {
      const { see, directory } = observer()
      for (const { sighting } of order) see(structuredClone(sighting))
      return NUMBERS.every((phone) => {
        const last = told
          .filter(({ sighting: s }) => s.identity.phone === phone || s.previous?.phone === phone)
          .at(-1)
        const link = (directory.byName.get(`phone\0${phone}`) ?? []).find((l) => l.to === null)
        if (link === undefined || last === undefined) return true
        const ids = [...(directory.byOwner.get(link.owner) ?? [])].filter((l) => l.kind === 'bsuid')
        return ids.every((l) => l.value[3] === String(last.person))
      })
    }),
    { numRuns: 3000 },
  )
})

t.test('hearing the same things again changes nothing', async () => {
  fc.assert(
    fc.property(ordered, ({ told }) => {
      const { see } = observer()
      for (const { sighting } of told) see(structuredClone(sighting))
      return told.every(({ sighting }) => {
        const plan = see(structuredClone(sighting))
        return plan.ended.length + plan.opened.length + plan.merges.length + plan.inheritances.length === 0
      })
    }),
    { numRuns: 2000 },
  )
})

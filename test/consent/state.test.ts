import fc from 'fast-check'
import t from 'tap'
import { EVENT_TYPES, type FoldEvent, fold, foldFingerprint, type States } from '../../src/consent/state.js'
import { verdict } from '../../src/consent/verdict.js'

const PURPOSES = [
  { id: 'offers', category: 'marketing' as const, basis: 'consent' as const },
  { id: 'orders', category: 'utility' as const, basis: 'consent' as const },
]
const at = (second: number) => new Date(Date.UTC(2026, 10, 1) + second * 1000)
let count = 0
const event = (type: FoldEvent['type'], second: number, more: Partial<FoldEvent> = {}): FoldEvent => ({
  id: `e${String(++count).padStart(6, '0')}`,
  type,
  channel: 'whatsapp',
  scope: ['offers', 'orders'],
  occurredAt: at(second),
  actor: 'person',
  source: 'chat',
  request: null,
  validUntil: null,
  ...more,
})
const status = (states: States, purpose = 'offers') => states.whatsapp?.[purpose]?.status ?? 'none'
const asked = (second: number) => event('requested', second, { validUntil: at(second + 86_400) })
const yes = (second: number, request: FoldEvent, more: Partial<FoldEvent> = {}) =>
  event('given', second, { request: request.id, validUntil: at(second + 60 * 86_400), ...more })

t.test('a yes counts only for the newest request, and only before it lapses', async (t) => {
  const first = asked(0)
  const second = asked(10)
  t.equal(status(fold([first], PURPOSES)), 'requested')
  t.equal(status(fold([first, yes(5, first)], PURPOSES)), 'given')
  t.equal(status(fold([first, second, yes(20, first)], PURPOSES)), 'requested', 'an older card gives nothing')
  t.equal(status(fold([first, yes(86_400, first)], PURPOSES)), 'given', 'at 24 hours exactly')
  t.equal(status(fold([first, yes(86_401, first)], PURPOSES)), 'requested', 'one second later')
})

t.test('a withdrawal voids the card that was shown before it', async (t) => {
  const card = asked(0)
  t.equal(status(fold([card, event('withdrawn', 5), yes(10, card)], PURPOSES)), 'withdrawn')
})

t.test('equal times go to the withdrawal, whichever came first', async (t) => {
  const card = asked(0)
  const given = yes(7, card)
  const stop = event('withdrawn', 7)
  t.equal(status(fold([card, given, stop], PURPOSES)), 'withdrawn')
  t.equal(status(fold([stop, given, card], PURPOSES)), 'withdrawn')
})

t.test('a late older yes never undoes a newer stop', async (t) => {
  const card = asked(0)
  t.equal(status(fold([event('withdrawn', 30), card, yes(10, card)], PURPOSES)), 'withdrawn')
})

t.test('only the person undoes their own stop', async (t) => {
  const stop = event('withdrawn', 0)
  for (const type of ['given', 'imported', 'resumed'] as const) {
    t.equal(
      status(fold([stop, event(type, 10, { actor: 'api' })], PURPOSES)),
      'withdrawn',
      `${type} by the API`,
    )
  }
  t.equal(status(fold([event('refused', 0), event('imported', 10, { actor: 'api' })], PURPOSES)), 'refused')
  const card = asked(20)
  t.equal(status(fold([stop, card, yes(21, card)], PURPOSES)), 'given', 'by a yes to a new card')
})

t.test('being asked again changes nothing for somebody who has answered', async (t) => {
  const card = asked(0)
  const again = asked(10)
  t.equal(status(fold([card, yes(5, card), again], PURPOSES)), 'given')
  t.equal(status(fold([event('withdrawn', 0), again], PURPOSES)), 'withdrawn')
  t.equal(fold([event('withdrawn', 0), again], PURPOSES).whatsapp?.offers?.pending?.request, again.id)
})

t.test('WhatsApp’s own switch stops marketing only, and its resume lifts only what it stopped', async (t) => {
  const card = asked(0)
  const given = yes(1, card)
  const off = event('withdrawn', 5, { source: 'in_app', scope: ['category:marketing'] })
  const on = event('resumed', 9, { source: 'in_app', scope: ['category:marketing'] })
  const stopped = fold([card, given, off], PURPOSES)
  t.equal(status(stopped), 'withdrawn')
  t.equal(status(stopped, 'orders'), 'given')
  t.equal(status(fold([card, given, off, on], PURPOSES)), 'given')
  t.equal(
    status(fold([card, given, event('withdrawn', 6), off, on], PURPOSES)),
    'withdrawn',
    'a typed STOP stays',
  )
})

t.test('a pause holds until the person says to keep the messages', async (t) => {
  const card = asked(0)
  const paused = event('paused', 5, { scope: ['category:marketing'] })
  const keep = event('resumed', 6, { scope: ['category:marketing'] })
  t.equal(status(fold([card, yes(1, card), paused], PURPOSES)), 'paused')
  t.equal(status(fold([card, yes(1, card), paused], PURPOSES), 'orders'), 'given')
  t.equal(status(fold([card, yes(1, card), paused, keep], PURPOSES)), 'given')
})

t.test('consent for another channel never opens WhatsApp', async (t) => {
  t.equal(status(fold([event('imported', 0, { actor: 'api', channel: 'sms' })], PURPOSES)), 'none')
})

t.test('a policy with other categories or purposes has another fingerprint', async (t) => {
  const same = foldFingerprint([...PURPOSES].reverse())
  t.equal(foldFingerprint(PURPOSES), same, 'the order in the file does not matter')
  t.not(
    foldFingerprint([
      { id: 'offers', category: 'utility', basis: 'consent' },
      { id: 'orders', category: 'utility', basis: 'consent' },
    ]),
    same,
  )
})

// Any ledger: a few requests, statements that may or may not answer them, from all sources, with equal times.
const history = fc
  .array(
    fc.record({
      type: fc.constantFrom(...EVENT_TYPES),
      second: fc.integer({ min: 0, max: 12 }),
      scope: fc.constantFrom(['*'], ['offers'], ['orders'], ['offers', 'orders'], ['category:marketing']),
      actor: fc.constantFrom('person', 'person', 'api', 'assent'),
      source: fc.constantFrom('chat', 'chat', 'in_app', 'api'),
      answers: fc.integer({ min: -1, max: 8 }),
    }),
    { maxLength: 14 },
  )
  .map((drafts) => {
    const ids = drafts.map((_, i) => `id-${i}`)
    return drafts.map((d, i) =>
      event(d.type, d.second, {
        id: ids[i] ?? '',
        scope: d.scope,
        actor: d.actor,
        source: d.source,
        request: ids[d.answers] ?? null,
        validUntil: at(d.second + 100),
      }),
    )
  })

t.test('any order and any duplicates fold to the same state', async () => {
  fc.assert(
    fc.property(
      history.chain((events) =>
        fc.tuple(
          fc.constant(events),
          fc.shuffledSubarray(events, { minLength: events.length }),
          fc.subarray(events),
        ),
      ),
      ([events, shuffled, repeated]) => {
        const expected = JSON.stringify(fold(events, PURPOSES))
        return JSON.stringify(fold([...shuffled, ...repeated], PURPOSES)) === expected
      },
    ),
    { numRuns: 2000 },
  )
})

t.test('whatever came before, the newest withdrawal by the person refuses', async () => {
  fc.assert(
    fc.property(history, fc.constantFrom(['*'], ['offers']), (events, scope) => {
      const stop = event('withdrawn', 12, { id: 'zzz', scope })
      const state = fold([...events, stop], PURPOSES).whatsapp?.offers
      return verdict(state, at(13)).allowed === false && state?.status === 'withdrawn'
    }),
    { numRuns: 2000 },
  )
})

t.test('without an event that gives consent nothing is ever allowed', async () => {
  fc.assert(
    fc.property(history, (events) => {
      const silent = events.filter((e) => e.type !== 'given' && e.type !== 'imported')
      return PURPOSES.every(({ id }) => !verdict(fold(silent, PURPOSES).whatsapp?.[id], at(5)).allowed)
    }),
    { numRuns: 2000 },
  )
})

t.test('a yes by anybody but the person never allows after the person’s stop', async () => {
  fc.assert(
    fc.property(history, (events) => {
      const stop = event('withdrawn', 5, { id: 'stop', scope: ['*'] })
      const later = events.map(
        (e): FoldEvent => ({ ...e, actor: 'api', occurredAt: new Date(e.occurredAt.getTime() + 20_000) }),
      )
      return PURPOSES.every(
        ({ id }) => !verdict(fold([stop, ...later], PURPOSES).whatsapp?.[id], at(40)).allowed,
      )
    }),
    { numRuns: 2000 },
  )
})

t.test('consent ends on its date', async (t) => {
  const card = asked(0)
  const state = fold([card, yes(1, card)], PURPOSES).whatsapp?.offers
  t.equal(verdict(state, at(60 * 86_400)).allowed, true)
  t.match(verdict(state, at(60 * 86_400 + 1)), { allowed: false, reason: 'expired' })
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { type FoldEvent, fold } from '../../src/consent/state.js'
import { decide } from '../../src/conversation/decide.js'
import { STANDINGS, type Standing } from '../../src/conversation/flows.js'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { type Person, Turn } from '../../src/conversation/turn.js'
import type { Understanding } from '../../src/language/classify.js'
import { readPolicy } from '../../src/policy.js'

const policy = readPolicy(readFileSync('src/sandbox/policy.yaml', 'utf8'), TEXT_LANGUAGES, true)
const moment = (second: number) => new Date(Date.UTC(2026, 10, 23, 9, 0, second))
const event = (type: FoldEvent['type'], second: number, scope: string[]): FoldEvent => ({
  id: `${type}-${second}`,
  type,
  channel: 'whatsapp',
  scope,
  occurredAt: moment(second),
  actor: 'person',
  source: 'chat',
  request: null,
  validUntil: type === 'requested' || type === 'given' ? moment(86_400) : null,
})
const both = ['offers', 'orders']

/** Somebody of each standing. */
const PEOPLE: Readonly<Record<Standing, FoldEvent[]>> = {
  new: [],
  asked: [event('requested', 1, both)],
  some: [event('given', 1, ['orders'])],
  all: [event('given', 1, both)],
  paused: [event('given', 1, both), event('paused', 2, ['category:marketing'])],
  left: [event('given', 1, both), event('withdrawn', 2, ['*'])],
}
const personOf = (standing: Standing): Person => ({
  states: fold(PEOPLE[standing], policy.purposes.values()),
  events: PEOPLE[standing],
  language: null,
})

// The flows of the page, cell by cell: what is written to the ledger, and what is answered. `–` is nothing.
const FLOWS: Record<string, Record<Standing, string>> = {
  opt_in: {
    new: 'requested card',
    asked: 'requested card',
    some: 'requested card',
    all: '– already',
    paused: 'requested card',
    left: 'requested again',
  },
  opt_out: {
    new: 'withdrawn stopped',
    asked: 'withdrawn stopped',
    some: 'withdrawn stopped',
    all: 'withdrawn stopped',
    paused: 'withdrawn stopped',
    left: 'withdrawn –',
  },
  unsure: {
    new: 'paused unsure',
    asked: 'paused unsure',
    some: 'paused unsure',
    all: 'paused unsure',
    paused: 'paused –',
    left: 'paused –',
  },
  yes: { new: '– –', asked: 'given done', some: '– –', all: '– –', paused: 'withdrawn stopped', left: '– –' },
  no: { new: '– –', asked: 'refused refused', some: '– –', all: '– –', paused: 'resumed kept', left: '– –' },
  topics: {
    new: 'requested card',
    asked: '– topics',
    some: 'requested topics',
    all: 'requested topics',
    paused: 'requested topics',
    left: 'requested again',
  },
  help: { new: '– help', asked: '– help', some: '– help', all: '– help', paused: '– help', left: '– help' },
  receipt: {
    new: '– receipt',
    asked: '– receipt',
    some: '– receipt',
    all: '– receipt',
    paused: '– receipt',
    left: '– receipt',
  },
  minor: {
    new: 'withdrawn minor',
    asked: 'withdrawn minor',
    some: 'withdrawn minor',
    all: 'withdrawn minor',
    paused: 'withdrawn minor',
    left: 'withdrawn –',
  },
  other: { new: '– –', asked: '– –', some: '– –', all: '– –', paused: '– –', left: '– –' },
}

const understood = (said: string): Understanding => ({
  intent: said === 'unsure' ? 'opt_out' : (said as Understanding['intent']),
  confidence: said === 'unsure' ? 'unsure' : 'certain',
  language: 'en',
  rule: 'test',
})

t.test('what is said by whom has the effect that the page says', async (t) => {
  for (const [said, cells] of Object.entries(FLOWS)) {
    for (const standing of STANDINGS) {
      const heard = { by: 'text', understanding: understood(said) } as const
      let n = 0
      const { events, reply } = decide(heard, personOf(standing), moment(60), policy, () => `new-${++n}`)
      const done = `${events.map((e) => e.type).join('+') || '–'} ${reply?.kind ?? '–'}`
      t.equal(done, cells[standing], `${said} by ${standing}`)
    }
  }
})

t.test('every standing is recognised', async (t) => {
  for (const standing of STANDINGS) {
    t.equal(new Turn(personOf(standing), moment(60), policy, () => 'x', 'en').standing(), standing)
  }
})

t.test('whoever has left is never asked anything they did not ask for', async (t) => {
  const refused = [event('refused', 1, both)]
  const people = {
    left: personOf('left'),
    refused: { states: fold(refused, policy.purposes.values()), events: refused, language: null },
  }
  for (const said of Object.keys(FLOWS).filter((s) => s !== 'opt_in' && s !== 'topics')) {
    for (const [who, person] of Object.entries(people)) {
      const heard = { by: 'text', understanding: understood(said) } as const
      const { reply } = decide(heard, person, moment(60), policy, () => 'x')
      const wanted = said === 'help' || said === 'receipt' ? said : undefined
      t.equal(reply?.kind, wanted, `${said} by one who has ${who}`)
    }
  }
})

t.test('a stop after a no is confirmed only if it voids a card that was shown since', async (t) => {
  const events = [event('refused', 1, both), event('requested', 2, both)]
  const person = { states: fold(events, policy.purposes.values()), events, language: null }
  const heard = { by: 'text', understanding: understood('opt_out') } as const
  t.equal(decide(heard, person, moment(60), policy, () => 'x').reply?.kind, 'stopped')
})

// Somebody who changes their mind all day: START, yes, some messages, STOP, in cycles that are drawn from the seed before
// anything happens. Stops travel beside everything else and overtake it; START and yes wait until the one before was
// taken in, as people do who read the answer first.

import { setTimeout as wait } from 'node:timers/promises'
import { clockOf, type Pace, stamp } from './clock.js'
import type { Witness } from './graph.js'
import type { Meta, Statement } from './meta.js'
import type { Random } from './random.js'

/** `offset`: seconds on WhatsApp's clock from the statement that it travels beside. */
type Beside = { offset: -1 | 0 | 1; delayMs: number } | null

export type Cycle = {
  idleMs: number
  talks: boolean
  /** Whether START carries the same second as the last statement, whatever that was. */
  sameSecond: boolean
  besideStart: Beside
  answer: 'tap' | 'type' | 'tap an old card' | 'none'
  besideYes: Beside
  sends: { delayMs: number; replica: number; named: boolean }[]
  stop: { delayMs: number; copies: number; together: boolean; waits: boolean } | null
  /** Sends fired the moment the stop is answered. */
  sendsAfter: number
  stopsAgain: boolean
  words: { start: string; yes: string; stops: [string, string, string, string] }
}

export const STOPS = [
  'STOP',
  'stop',
  'Stop.',
  'unsubscribe',
  'please stop',
  'Please stop messaging me',
  'leave me alone',
  'STOPP',
  'Abmelden',
  'BAJA',
  '取消訂閱',
  'do not contact me again',
] as const
export const STARTS = ['START', 'Start', 'start'] as const
export const YESSES = ['yes', 'Yes', 'YES', 'ok'] as const

/** @param haste how close together everything is: 1 for a day's mixture, 0 for a chain of narrow escapes */
export function planCycle(random: Random, haste: number): Cycle {
  const beside = (probability: number): Beside =>
    random.chance(probability * haste)
      ? { offset: random.pick([-1, 0, 1]), delayMs: random.chance(0.5) ? 0 : random.int(0, 400) }
      : null
  return {
    idleMs: random.int(0, Math.round(400 * haste)),
    talks: random.chance(0.15 * haste),
    sameSecond: random.chance(0.1 * haste),
    besideStart: beside(0.15),
    answer: random.chance(0.06 * haste)
      ? 'none'
      : random.chance(0.06 * haste)
        ? 'tap an old card'
        : random.pick(['tap', 'type']),
    besideYes: beside(0.15),
    sends: Array.from({ length: random.int(1, 5) }, () => ({
      delayMs: random.int(0, 600),
      replica: random.int(0, 1),
      named: random.chance(0.5),
    })),
    stop: random.chance(1 - 0.12 * haste)
      ? {
          delayMs: random.int(0, 700),
          copies: random.chance(0.4) ? random.int(1, 3) : 0,
          together: random.chance(0.25),
          waits: random.chance(0.6),
        }
      : null,
    sendsAfter: random.int(0, 2),
    stopsAgain: random.chance(0.2 * haste),
    words: {
      start: random.pick(STARTS),
      yes: random.pick(YESSES),
      stops: [random.pick(STOPS), random.pick(STOPS), random.pick(STOPS), random.pick(STOPS)],
    },
  }
}

// Ahead of the servers' clocks by more than this, a person rests: from five minutes on a time counts as broken.
const AHEAD_SECONDS = 60

/** `patienceMs`: how long somebody who wrote START looks for the card before they do something else. */
export type World = { meta: Meta; witness: Witness; pace: Pace; patienceMs: number }

/** Lives one cycle after the other until `over()`. Resolves when nothing the person waits for is left. */
export async function live(
  phone: string,
  plan: () => Cycle,
  { meta, witness, pace, patienceMs }: World,
  over: () => boolean,
): Promise<void> {
  const clock = clockOf(pace)
  const seconds = () => Math.floor(clock().getTime() / 1000)
  const loose: Promise<unknown>[] = []
  let serial = 0
  // START and yes never share a second among themselves: which of two questions is the newer one would be chance.
  let asked = 0
  let last = 0
  // Whoever is on the list gets no card, and whoever has written STOP beside START perhaps none.
  let listed = false

  const statement = (said: Statement['said'], at: number, words: string, ref?: string): Statement => {
    last = Math.max(last, at)
    return {
      phone,
      wamid: `wamid.in.${phone}.${++serial}`,
      seconds: at,
      said,
      ...(ref === undefined ? {} : { ref }),
      content:
        ref === undefined
          ? { type: 'text', text: { body: words } }
          : {
              type: 'interactive',
              interactive: { type: 'button_reply', button_reply: { id: `assent:yes:${ref}`, title: words } },
            },
      firstSentAt: stamp(),
      answeredAt: null,
    }
  }
  const stop = (
    at: number,
    words: string,
    delayMs: number,
    options: { together?: boolean; copies?: number },
  ) => wait(delayMs).then(() => meta.say(statement('stop', at, words), options))
  const stopBeside = (beside: Beside, at: number, words: string) => {
    if (beside) loose.push(stop(at + beside.offset, words, beside.delayMs, {}))
  }

  while (!over()) {
    const { words, ...cycle } = plan()
    await wait(cycle.idleMs)
    while (last - seconds() > AHEAD_SECONDS) await wait(500)
    if (cycle.talks)
      await meta.say(statement('talk', Math.max(last, seconds()), 'When do you open on Sunday?'))

    const cards = witness.cardsOf(phone).length
    const startAt = Math.max(asked + 1, last + (cycle.sameSecond ? 0 : 1), seconds())
    stopBeside(cycle.besideStart, startAt, words.stops[0])
    const start = statement('start', startAt, words.start)
    asked = startAt
    await meta.say(start, { copies: cycle.talks ? 1 : 0 })
    const shown = await witness.untilCard(phone, cards, listed || cycle.besideStart ? 1_000 : patienceMs)

    if (shown && cycle.answer !== 'none') {
      const seen = witness.cardsOf(phone)
      const card = cycle.answer === 'tap an old card' ? seen[0] : seen.at(-1)
      // Two seconds on, so that a stop fits in between.
      const yesAt = Math.max(asked + 2, last + 1, seconds())
      stopBeside(cycle.besideYes, yesAt, words.stops[1])
      const yes = statement('yes', yesAt, words.yes, cycle.answer === 'type' ? undefined : card?.ref)
      asked = yesAt
      listed = true
      await meta.say(yes, { copies: cycle.stopsAgain ? 1 : 0 })
    }

    for (const { delayMs, replica, named } of cycle.sends) {
      loose.push(wait(delayMs).then(() => meta.send(phone, replica, named)))
    }
    if (cycle.stop) {
      listed = false
      const { delayMs, copies, together, waits } = cycle.stop
      const stopAt = Math.max(last, seconds())
      const stopping = stop(stopAt, words.stops[2], delayMs, { copies, together }).then(() => {
        for (let n = 0; n < cycle.sendsAfter; n++) loose.push(meta.send(phone, n % 2, false))
      })
      loose.push(stopping)
      if (waits) await stopping
      else await wait(delayMs)
      if (cycle.stopsAgain) loose.push(stop(Math.max(last, stopAt), words.stops[3], 0, {}))
    }
  }
  // What is loose may add to it.
  for (let done = 0; done < loose.length; done = loose.length) await Promise.all(loose)
}

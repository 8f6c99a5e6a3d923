// How fast a business number sends: never more than Meta takes from it, on all replicas together. Each replica leases
// turns from the number's one row in Postgres, as many as it can use within 50 ms, and gives them out in memory; so the
// row is locked some twenty times a second, whatever the rate. Promise kept: over any second no more turns than the rate
// and two leases' worth. Our own replies, confirmations of stops above all, never wait: they push the time on instead.
// Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput (80 messages a second, up
// to 1,000, else error 130429).

/** The most that is leased at a time, and how long a lease is good for: what is not used by then lapses. */
const LEASE_MS = 50
/** A direct send waits this long for its turn; it must be through before the reservation's two seconds are even begun. */
const DIRECT_WAITS_MS = 1_000
/** Queued sends wait in their jobs only if their turn comes as soon as this, or, where others were faster, twice. */
const QUEUED_WAIT_MS = 500
const SLOW_FOR_MS = 60_000
/** A hundred answers that say "too fast" at once say it once. */
const SLOW_AGAIN_AFTER_MS = 1_000
const SLOWEST = 8

export const DEFAULT_PER_SECOND = 80

/** A turn is good `until` a moment of this process's clock; `retryMs`: when one is likely to be free. */
export type Turn = { granted: true; until: number } | { granted: false; retryMs: number }
export type GrantedTurn = Extract<Turn, { granted: true }>

export type Throughput = {
  /**
   * Waits for the number's turn: a direct send at most a second, ahead of all queued ones.
   * @throws when the database is away
   */
  turn(phoneNumberId: string, who: 'direct' | 'queued'): Promise<Turn>
  /** A turn that was not used after all, because the gate refused: the next one takes it. */
  giveBack(phoneNumberId: string, turn: GrantedTurn): void
  /** One of our own replies leaves now: it does not wait, the others wait for it. */
  push(phoneNumberId: string): void
  /** Meta said that it was too fast (130429): half the rate for a minute. */
  slowDown(phoneNumberId: string): void
  /** What the number may send from now on, messages a second. */
  setRate(phoneNumberId: string, perSecond: number): void
}

export type ThroughputDeps = {
  /**
   * Moves the number's time on by `ms` for all replicas.
   * @returns how many milliseconds from now the time so taken begins; 0 or less: it has begun
   */
  lease: (phoneNumberId: string, ms: number) => Promise<number>
  rates: ReadonlyMap<string, number>
  /** Milliseconds of a clock that only goes forward, and a way to wait on it. Absent: this process's. */
  time?: { now(): number; after(ms: number, then: () => void): () => void }
}

type Waiter = { grant: (turn: Turn) => void; fail: (error: unknown) => void }
type Lane = {
  perSecond: number
  slowed: { by: number; at: number }
  /** Turns at hand, and until when. */
  left: number
  until: number
  /** Turns of the lease at hand that were used, and how many to lease next. */
  used: number
  size: number
  /** Replies that have left ahead of their turn. */
  owed: number
  leasing: boolean
  direct: Waiter[]
  queued: Waiter[]
  /** Where the line of those that were put off ends. */
  lineEnds: number
}

export function createThroughput({ lease, rates, time = realTime }: ThroughputDeps): Throughput {
  const lanes = new Map<string, Lane>()
  const laneOf = (number: string): Lane => {
    const known = lanes.get(number)
    if (known !== undefined) return known
    const lane: Lane = {
      perSecond: rates.get(number) ?? DEFAULT_PER_SECOND,
      slowed: { by: 1, at: Number.NEGATIVE_INFINITY },
      left: 0,
      until: 0,
      used: 0,
      size: 1,
      owed: 0,
      leasing: false,
      direct: [],
      queued: [],
      lineEnds: 0,
    }
    lanes.set(number, lane)
    return lane
  }

  const rateOf = ({ perSecond, slowed }: Lane) =>
    time.now() - slowed.at < SLOW_FOR_MS ? perSecond / slowed.by : perSecond
  const atHand = (lane: Lane) => lane.left > 0 && time.now() < lane.until
  const use = (lane: Lane): GrantedTurn => {
    lane.left -= 1
    lane.used += 1
    return { granted: true, until: lane.until }
  }

  function handOut(lane: Lane): void {
    while (lane.left > 0) {
      const next = lane.direct.shift() ?? lane.queued.shift()
      if (next === undefined) return
      next.grant(use(lane))
    }
  }

  /** Leases until nobody waits; one lease at a time, so that those who come meanwhile share the next one. */
  async function serve(number: string, lane: Lane): Promise<void> {
    if (lane.leasing) return
    lane.leasing = true
    try {
      while (lane.direct.length + lane.queued.length + lane.owed > 0) {
        const rate = rateOf(lane)
        const { owed } = lane
        const waiting = lane.direct.length + lane.queued.length
        const turns = waiting === 0 ? 0 : leaseSize(lane, waiting, rate)
        lane.owed = 0
        const asked = time.now()
        const begins = (await lease(number, ((turns + owed) * 1000) / rate)) + (owed * 1000) / rate
        if (turns === 0) continue
        if (begins > 0) await new Promise<void>((then) => time.after(begins, then))
        Object.assign(lane, { left: turns, used: 0, until: asked + Math.max(begins, 0) + LEASE_MS })
        handOut(lane)
      }
    } catch (error) {
      for (const { fail } of [...lane.direct.splice(0), ...lane.queued.splice(0)]) fail(error)
    } finally {
      lane.leasing = false
    }
  }

  /** As many as wait; more if the last ones did not last, so that a busy replica does not ask for every single send. */
  function leaseSize(lane: Lane, waiting: number, rate: number): number {
    const ranOut = lane.left === 0 && time.now() < lane.until
    lane.size = ranOut ? lane.size * 2 : Math.max(lane.used, 1)
    const most = Math.max(1, Math.floor((rate * LEASE_MS) / 1000))
    lane.size = Math.min(Math.max(lane.size, waiting), most)
    return lane.size
  }

  return {
    async turn(number, who) {
      const lane = laneOf(number)
      const line = lane[who]
      if (line.length === 0 && atHand(lane)) return use(lane)
      if (who === 'queued' && line.length >= (rateOf(lane) * QUEUED_WAIT_MS) / 1000) return putOff(lane)
      return new Promise<Turn>((resolve, reject) => {
        const stop = time.after(who === 'direct' ? DIRECT_WAITS_MS : 2 * QUEUED_WAIT_MS, () => {
          line.splice(line.indexOf(waiter), 1)
          resolve(putOff(lane))
        })
        const waiter: Waiter = {
          grant: (turn) => {
            stop()
            resolve(turn)
          },
          fail: (error) => {
            stop()
            reject(error)
          },
        }
        line.push(waiter)
        void serve(number, lane)
      })
    },
    giveBack(number, turn) {
      const lane = laneOf(number)
      // Only while its lease is at hand: handed on from lease to lease, turns would pile up.
      if (turn.until !== lane.until || time.now() >= turn.until) return
      lane.left += 1
      lane.used -= 1
      handOut(lane)
    },
    push(number) {
      const lane = laneOf(number)
      if (atHand(lane)) {
        use(lane)
      } else {
        lane.owed += 1
        void serve(number, lane)
      }
    },
    slowDown(number) {
      const lane = laneOf(number)
      const ago = time.now() - lane.slowed.at
      if (ago < SLOW_AGAIN_AFTER_MS) return
      const by = ago < SLOW_FOR_MS ? Math.min(lane.slowed.by * 2, SLOWEST) : 2
      lane.slowed = { by, at: time.now() }
    },
    setRate(number, perSecond) {
      laneOf(number).perSecond = perSecond
    },
  }

  /** One behind the other, at the pace of the number: so that they come back when there is room and not all at once. */
  function putOff(lane: Lane): Turn {
    const now = time.now()
    lane.lineEnds = Math.max(lane.lineEnds, now + QUEUED_WAIT_MS) + 1000 / rateOf(lane)
    return { granted: false, retryMs: Math.ceil(lane.lineEnds - now) }
  }
}

const realTime = {
  now: () => performance.now(),
  after: (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}

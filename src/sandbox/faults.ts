// What can go wrong between a business and Meta, on request.
// Promise kept: each fault is one that happens in production (errors, silence, cut connections, duplicated, late and
// reordered webhooks), and a shuffle with the same seed is the same shuffle.

export type SendFault =
  | { kind: 'fail'; code: number; httpStatus?: number }
  /** never answers, or answers after `afterMs` */
  | { kind: 'hang'; accepted: boolean; afterMs?: number }
  /** cuts the connection instead of answering */
  | { kind: 'drop'; accepted: boolean }

export type Order = 'reverse' | { seed: number }

export type Faults = {
  /** the next `times` sends are answered with a Graph error and go nowhere */
  failSends(fault: { code: number; httpStatus?: number; times?: number }): void
  /** the next `times` sends get no answer in time; `accepted` (default) says the message goes out all the same */
  hangSends(fault?: { afterMs?: number; accepted?: boolean; times?: number }): void
  /** the connection of the next `times` sends is cut; `accepted` (default false) as above */
  dropSends(fault?: { accepted?: boolean; times?: number }): void
  /** every webhook is posted `copies` times at once; 1 is normal */
  duplicateWebhooks(copies: number): void
  /** webhooks are held for a moment (or until `flush`) and released in another order; null is normal */
  reorderWebhooks(order: Order | null): void
  /** every webhook leaves this much later; without effect in manual delivery */
  delayWebhooks(ms: number): void
  /** sends work again */
  clearSends(): void
  clear(): void
  /** the fault for the send that arrives now, and one less to come */
  takeSendFault(): SendFault | undefined
  readonly copies: number
  readonly order: Order | null
  readonly delayMs: number
  /** sends still to be broken */
  readonly sendFaults: readonly SendFault[]
}

/** No fault at first. */
export function createFaults(): Faults {
  let sends: SendFault[] = []
  let webhooks: { copies: number; order: Order | null; delayMs: number } = {
    copies: 1,
    order: null,
    delayMs: 0,
  }
  const add = (fault: SendFault, times = 1) => sends.push(...Array.from({ length: times }, () => fault))
  return {
    failSends: ({ times, ...fault }) => void add({ kind: 'fail', ...fault }, times),
    hangSends: ({ times, ...fault } = {}) => void add({ kind: 'hang', accepted: true, ...fault }, times),
    dropSends: ({ times, ...fault } = {}) => void add({ kind: 'drop', accepted: false, ...fault }, times),
    duplicateWebhooks(copies) {
      webhooks.copies = Math.max(1, Math.floor(copies))
    },
    reorderWebhooks(order) {
      webhooks.order = order
    },
    delayWebhooks(ms) {
      webhooks.delayMs = ms
    },
    clearSends() {
      sends = []
    },
    clear() {
      sends = []
      webhooks = { copies: 1, order: null, delayMs: 0 }
    },
    takeSendFault: () => sends.shift(),
    get copies() {
      return webhooks.copies
    },
    get order() {
      return webhooks.order
    },
    get delayMs() {
      return webhooks.delayMs
    },
    get sendFaults() {
      return sends
    },
  }
}

/** `items` in the order that a fault asks for; a new array. */
export function ordered<T>(items: readonly T[], order: Order | null): T[] {
  if (order === null) return [...items]
  if (order === 'reverse') return items.toReversed()
  const random = mulberry32(order.seed)
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const [a, b] = [shuffled[last], shuffled[other]] as [T, T]
    shuffled[last] = b
    shuffled[other] = a
  }
  return shuffled
}

// A generator of 32 bits of state: enough to shuffle a queue, and the same on every machine.
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

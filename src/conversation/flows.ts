// The conversation as a table: who somebody is at this moment, what they say or tap, and what we do about it. It is meant
// to be read beside the flows F1–F13 of ARCHITECTURE.md; turn.ts does what a cell says.

/**
 * Where a person stands. The first that is true: `paused` (may want to stop), `asked` (a shown request is open), `all`
 * (every topic is given), `some`, `left` (withdrawn or refused), `new`.
 */
export const STANDINGS = ['new', 'asked', 'some', 'all', 'paused', 'left'] as const
export type Standing = (typeof STANDINGS)[number]

export type Said =
  | 'start'
  | 'stop'
  | 'maybe stop'
  | 'yes'
  | 'no'
  | 'topics'
  | 'help'
  | 'receipt'
  | 'my data'
  | 'erase'
  | 'child'
  | 'complaint'
  | 'talk'

/**
 * `ask` shows the request, `leave` ends what was said, `pause` stops and asks which (both go on record always and answer
 * only if they changed something), `accept` and `refuse` answer the open request, `keep` lifts a pause, `choose` shows the
 * topics, `protect` is a `leave` that tells a child why.
 */
export type Effect =
  | 'ask'
  | 'already'
  | 'leave'
  | 'pause'
  | 'accept'
  | 'refuse'
  | 'keep'
  | 'choose'
  | 'help'
  | 'receipt'
  | 'protect'
  | 'nothing'

const always = (effect: Effect): Readonly<Record<Standing, Effect>> => ({
  new: effect,
  asked: effect,
  some: effect,
  all: effect,
  paused: effect,
  left: effect,
})
const answers = (asked: Effect, paused: Effect) => ({ ...always('nothing'), asked, paused })

export const WORDS: Readonly<Record<Said, Readonly<Record<Standing, Effect>>>> = {
  start: { ...always('ask'), all: 'already' },
  stop: always('leave'),
  'maybe stop': always('pause'),
  yes: answers('accept', 'leave'),
  no: answers('refuse', 'keep'),
  topics: { ...always('choose'), new: 'ask', left: 'ask' },
  help: always('help'),
  receipt: always('receipt'),
  'my data': always('help'),
  erase: always('leave'),
  child: always('protect'),
  complaint: always('help'),
  talk: always('nothing'),
}

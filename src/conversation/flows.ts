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
 * `ask` shows the request, `leave` ends what was said and confirms once, `note` puts on record and is silent, `pause`
 * stops and asks which, `accept` and `refuse` answer the open request, `keep` lifts a pause, `choose` shows the topics.
 */
export type Effect =
  | 'ask'
  | 'already'
  | 'leave'
  | 'note'
  | 'pause'
  | 'note pause'
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
  stop: { ...always('leave'), left: 'note' },
  'maybe stop': { ...always('pause'), paused: 'note pause', left: 'note pause' },
  yes: answers('accept', 'leave'),
  no: answers('refuse', 'keep'),
  topics: { ...always('choose'), new: 'ask', left: 'ask' },
  help: always('help'),
  receipt: always('receipt'),
  'my data': always('help'),
  erase: { ...always('leave'), left: 'note' },
  child: { ...always('protect'), left: 'note' },
  complaint: always('help'),
  talk: always('nothing'),
}

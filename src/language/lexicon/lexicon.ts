// The shape of one language's word list. A lexicon is data: a native speaker who does not program can read it, mend it
// and add to it. What a rule is called here is stored as evidence with every decision, so names stay as they are.
//
// How to write a pattern
//   stop sending me         these words, one after the other. Case, accents, punctuation and width do not matter
//   stop|quit texting       one of the words on each side of the bar
//   do_not|don't text       an underscore joins words into one entry
//   [please] stop           words in square brackets may be missing
//   ( no more | enough of ) one of several wordings; bars between wordings stand free
//   {me}                    any entry of the list of that name under `words`
//   ..3                     up to three words of any kind (letters, in Chinese)
//   werbe*  *liste          a word that begins or ends like this
//   =dừng                   exactly these accents
//   ^ stop    stop $        at the beginning or the end of a clause; polite words do not count, commas end a clause
//   !you never stop         not right after one of these words
//   cancel order !updates   not right before one of these words
//
// In Chinese every letter counts as a word and spaces mean nothing: 不要|別 [再] 傳 is 不要傳, 不要再傳, 別傳, 別再傳.

/** The name of a rule → its patterns. */
export type Rules = Readonly<Record<string, readonly string[]>>

/** What is understood from a whole message or a clause of it. */
export type Topic =
  | 'opt_out'
  | 'opt_in'
  | 'help'
  | 'data_access'
  | 'erasure'
  | 'receipt'
  | 'topics'
  | 'minor'
  | 'complaint'
  | 'yes'
  | 'no'

export type Lexicon = {
  /** BCP 47. */
  readonly language: string
  /** Lists that patterns refer to as {name}: entries between bars, each a word or several. May refer to each other. */
  readonly words: Readonly<Record<string, string>>
  /**
   * Patterns for a whole message. `yes` and `no` count only while a question is open. `opt_in` is the closed list of
   * what starts a subscription: nothing outside it ever does.
   */
  readonly keywords: Readonly<Partial<Record<Topic, readonly string[]>>>
  /** Everyday words that stop only as the whole message, and only after we asked back. */
  readonly weak: readonly string[]
  /** Patterns for a clause anywhere in a message. */
  readonly phrases: Readonly<Partial<Record<Exclude<Topic, 'opt_in' | 'yes' | 'no'>, Rules>>>
  /** Sounds like a stop and may be none: everything pauses and we ask. Swallows the phrases inside it. */
  readonly unsure: Rules
  /** Looks like a stop and is none: takes its words away from the phrases that share one with it. */
  readonly guards: Rules
  /** Things that are ordered, booked or paid: where a message names one, "Cancel." in it means that thing. */
  readonly things: string
  /** Greetings, thanks and fillers that change nothing at either end of a message. */
  readonly politeness: string
  /** Words that begin a new clause, such as "but". */
  readonly breaks: string
  /** One of these anywhere, and nothing in the message starts a subscription. */
  readonly negations: string
  readonly scope: {
    /** Stops what rests on a contract as well. */
    readonly everything: string
    readonly marketing: string
    /** Patterns: the person wants order updates to go on. */
    readonly keep: readonly string[]
  }
  /** A word → its misspellings: reviewed, none of them a word of its own. */
  readonly typos: Readonly<Record<string, string>>
  /** Other ways to write a letter: [['ö', 'oe']]. */
  readonly spellings: readonly (readonly [string, string])[]
  /** Beginnings of lines that are not the person's words, and end the message: signatures, legal footers. */
  readonly footers: readonly string[]
}

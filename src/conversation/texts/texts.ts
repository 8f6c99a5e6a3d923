// What we answer, in every language we can answer in. Promise kept: a language is here with all its messages or not at
// all, because the type leaves nothing out, and every message is neutral: no offer, no regret, no second question.

import type { Purpose } from '../../policy.js'
import { ar } from './ar.js'
import { bn } from './bn.js'
import { de } from './de.js'
import { en } from './en.js'
import { es } from './es.js'
import { fa } from './fa.js'
import { fr } from './fr.js'
import { he } from './he.js'
import { hi } from './hi.js'
import { hiLatn } from './hi-Latn.js'
import { id } from './id.js'
import { it } from './it.js'
import { ja } from './ja.js'
import { ko } from './ko.js'
import { ms } from './ms.js'
import { nl } from './nl.js'
import { pl } from './pl.js'
import { ptBR } from './pt-BR.js'
import { ru } from './ru.js'
import { sw } from './sw.js'
import { th } from './th.js'
import { tr } from './tr.js'
import { uk } from './uk.js'
import { ur } from './ur.js'
import { vi } from './vi.js'
import { yue } from './yue.js'
import { zhHans } from './zh-Hans.js'
import { zhHant } from './zh-Hant.js'

/** Forms by the language's own plural rule (Intl.PluralRules); {n} is the number. */
type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>

/** What a tap asks for → the title of its button, top to bottom. */
type Buttons<Action extends string> = Readonly<Record<Action, string>>
type Ask = { readonly body: string; readonly buttons: Buttons<'yes' | 'topics' | 'no'> }
type Subscribed = { readonly body: string; readonly buttons: Buttons<'topics' | 'stop'> }
type Body = { readonly body: string }

/**
 * The texts of one language. Placeholders: {business} {topics} {frequency} {privacy} {contact}, {subscribed} for topics
 * with their frequencies, {terms} for the block of that name, and {stop} {start} {choose} {receipt} for the words that
 * people can send. WhatsApp shows `*…*` in bold. Every text can be replaced in the policy file, under `texts`.
 */
export type Texts = {
  /** BCP 47. */
  readonly language: string
  /** Words we tell people to send; the lexicon of the language must understand them. */
  readonly words: {
    readonly stop: string
    readonly start: string
    readonly choose: string
    readonly receipt: string
  }
  readonly separator: { readonly topics: string; readonly frequencies: string; readonly colon: string }
  /** A topic with its frequency: {topic} and {frequency}. */
  readonly subscription: string
  readonly frequency: Readonly<Record<Purpose['frequency']['per'], Plural>>
  /** What every request for consent says before the answer (R4, GDPR Art. 7(3) and 13). */
  readonly terms: string
  /** F1: the request for consent. */
  readonly card: Ask
  /** F6: the request to somebody who had left. */
  readonly again: Ask
  /** F12: the request before a consent ends on {date}. */
  readonly renewal: Ask
  readonly done: Subscribed
  readonly already: Subscribed
  readonly help: { readonly body: string; readonly buttons: Buttons<'stop' | 'topics'> }
  /** F5. */
  readonly unsure: { readonly body: string; readonly buttons: Buttons<'stop_yes' | 'stop_no'> }
  /** F3. */
  readonly topics: {
    readonly body: string
    readonly footer: string
    readonly open: string
    readonly given: string
    readonly stop_all: string
  }
  /** F4: the one confirmation; {topics} are those that ended. `more` stands above the buttons, if there are any. */
  readonly stopped: {
    readonly body: string
    readonly more: string
    readonly buttons: Buttons<'stop_all' | 'keep' | 'undo'>
  }
  /** After "keep order updates": {topics} are those that go on. */
  readonly narrowed: Body
  readonly kept: Body
  readonly refused: Body
  /** F10: a child has been taken off the list. */
  readonly minor: Body
  /** RECEIPT: {lines} are one line a topic, {proof} names the newest entry of the record. */
  readonly receipt: {
    readonly body: string
    /** {topic} {date} {until} */
    readonly given: string
    /** {topic} {date} */
    readonly ended: string
    /** {topic}: asked, or paused, and not answered. */
    readonly open: string
    /** {topic} */
    readonly never: string
  }
}

const ALL: ReadonlyMap<string, Texts> = new Map(
  [
    en,
    es,
    ptBR,
    fr,
    de,
    it,
    nl,
    pl,
    ru,
    uk,
    tr,
    ar,
    he,
    fa,
    hi,
    hiLatn,
    bn,
    ur,
    id,
    ms,
    zhHant,
    yue,
    zhHans,
    ja,
    ko,
    vi,
    th,
    sw,
  ].map((texts) => [texts.language, texts]),
)

export const TEXT_LANGUAGES: readonly string[] = [...ALL.keys()]

/** Exact, else by ever shorter prefix (`de-AT` is answered in `de`), else nothing. */
export function textsFor(language: string): Texts | undefined {
  const parts = language.split('-')
  for (let length = parts.length; length > 0; length -= 1) {
    const texts = ALL.get(parts.slice(0, length).join('-'))
    if (texts) return texts
  }
  return undefined
}

// Messages without a word: emoji and question marks. A sign alone never starts anything; a stop sign pauses and asks,
// and a thumb is an answer only where a question waits for one.

import type { Context, Understanding } from './classify.js'

const STOP = new Set('🛑⛔🚫✋📵🙅')
const YES = new Set('👍👌✅🆗✔☑')
const NO = new Set('👎❌✖')
/** Unicode hangs these on a gesture; they say nothing. */
const SILENT = new Set('♂♀')

/** Whether an emoji contradicts a yes. */
export function isNoSign(emoji: string): boolean {
  return STOP.has(emoji) || NO.has(emoji)
}

/**
 * @param text normalised, without a letter or digit
 * @param emoji of the text
 */
export function fromSigns(
  text: string,
  emoji: readonly string[],
  { question, languages }: Context,
): Understanding {
  const language = languages[0] ?? 'und'
  const signs = emoji.filter((sign) => !SILENT.has(sign))
  const result = (intent: Understanding['intent'], confidence: Understanding['confidence'], name: string) =>
    ({ intent, confidence, language, rule: `und.sign.${name}` }) as const
  if (text.includes('?') && /^[\s?¿]+$/.test(text)) return result('help', 'certain', 'question-mark')
  if (question === 'consent' && signs.some(isNoSign)) return result('no', 'certain', 'no')
  if (signs.some((sign) => STOP.has(sign))) {
    return result('opt_out', question === 'stop' ? 'likely' : 'unsure', 'stop')
  }
  if (question && signs.length > 0) {
    if (signs.every((sign) => YES.has(sign))) return result('yes', 'certain', 'yes')
    if (signs.every((sign) => NO.has(sign))) return result('no', 'certain', 'no')
  }
  return { intent: 'other', confidence: 'certain', language, rule: 'none' }
}

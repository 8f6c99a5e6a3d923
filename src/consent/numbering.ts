// Countries in which one subscriber is written in several ways that all reach them, WhatsApp's `wa_id` included. What
// it keeps: every form of a number becomes one, so a stop under one form holds under all. Where a rule would need a
// guess it does not apply; the pair of number asked for and `wa_id` in Graph's answer joins such forms later.

import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/**
 * One form per subscriber, of digits as E.164 has them without `+`. Numbers of other countries stay as they are.
 *
 * - Brazil (Anatel, Resolução 553/2010, carried out 2012–2016): mobile numbers got a ninth digit, 9, in front. Accounts
 *   from before still have a `wa_id` without it. Only 6–9 can begin an old mobile number; 2–5 are fixed lines.
 * - Mexico (IFT, Plan Técnico Fundamental de Numeración, in force since 2019-08-03): ten digits everywhere; the mobile
 *   `1` after 52 and the prefixes 01, 044 and 045 are gone, but live on in `wa_id` and in address books.
 * - Argentina (Resolución SC 46/1997, Plan Fundamental de Numeración Nacional): the ten national digits are unique;
 *   9 after 54 and 15 after the area code only say "mobile", abroad and at home.
 */
export function oneForm(digits: string): string {
  if (digits.startsWith('55')) return digits.replace(/^55([1-9]\d)([6-9]\d{7})$/, '55$19$2')
  if (digits.startsWith('52')) return digits.replace(/^52(?:1|01|044|045)([2-9]\d{9})$/, '52$1')
  if (digits.startsWith('54')) return argentina(digits)
  return digits
}

function argentina(digits: string): string {
  const national = digits.slice(2).replace(/^0(?=\d{10,13}$)/, '')
  const without9 = national.replace(/^9(?=(?:\d{10}|\d{12})$)/, '')
  // Twelve digits hold a 15; where the area code ends in front of it is for the numbering plan to say.
  const plain =
    without9.length === 12
      ? (parsePhoneNumberFromString(`+54${without9}`)
          ?.number.slice(3)
          .replace(/^9(?=\d{10}$)/, '') ?? without9)
      : without9
  return plain.length === 10 ? `54${plain}` : digits
}

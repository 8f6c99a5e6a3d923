// Where a person may be, as far as their number or id tells: the time zones of the countries that it can belong to. A
// guess that is too wide keeps quiet a little longer, one that is too narrow wakes people.

import { getCountry } from 'countries-and-timezones'
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { isPhone, type Recipient } from './recipient.js'

/**
 * The IANA time zones in which a person may be; never none.
 * @param businessNumber in E.164: whoever cannot be placed is taken to live where the business does
 */
export function zonesOf(recipient: Recipient, businessNumber: string): readonly string[] {
  const value = recipient.kind === 'phone' ? `+${recipient.value}` : recipient.value
  const zones = zonesOfCountries(recipient.kind === 'phone' ? countriesOf(value) : [value.slice(0, 2)])
  if (zones.length > 0) return zones
  const home = zonesOfCountries(countriesOf(businessNumber))
  return home.length > 0 ? home : ['UTC']
}

/** The country of a number, else all that share its calling code. */
function countriesOf(number: string): readonly string[] {
  if (!isPhone(number.slice(1))) return []
  const parsed = parsePhoneNumberFromString(number)
  if (parsed === undefined) return []
  const { country, countryCallingCode } = parsed
  return country === undefined ? (sharing.get(countryCallingCode) ?? []) : [country]
}

const sharing = new Map<string, string[]>()
for (const country of getCountries()) {
  const code = getCountryCallingCode(country)
  sharing.set(code, [...(sharing.get(code) ?? []), country])
}

function zonesOfCountries(countries: readonly string[]): readonly string[] {
  return [...new Set(countries.flatMap((country) => getCountry(country)?.timezones ?? []))]
}

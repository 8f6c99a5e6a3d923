// Where a receiver may be. Promise kept: unless its setting says `private: true`, nothing is ever sent into a private
// network: not by an address in the URL, which stops the start, and not by a name that resolves to one, which is looked
// at after every resolution and is the very answer that the connection uses, so that DNS rebinding does not help.
// Ranges: IANA's special-purpose registries (RFC 6890); only what is globally reachable unicast passes.

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import ipaddr from 'ipaddr.js'

// Global unicast is this block alone (RFC 4291, 2.4); everything else of IPv6 is special or embeds an IPv4 address.
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]
// Azure's platform services answer every virtual machine on this address of the public range.
const PLATFORM = new Set(['168.63.129.16'])

/** Whether an IP address (v4, v6, v4 within v6) is out on the public internet. Anything unreadable is not. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const ip = ipaddr.process(address)
  if (ip.range() !== 'unicast' || PLATFORM.has(ip.toString())) return false
  return ip.kind() === 'ipv4' || (ip as ipaddr.IPv6).match(GLOBAL_IPV6)
}

/**
 * Why a receiver's URL cannot be used as it is written; null when it can. Names are judged when they are resolved.
 * @param isPrivate whether the setting allows private networks
 */
export function urlProblem(text: string, isPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'must be a URL'
  const { protocol, hostname, username, password } = new URL(text)
  if (protocol !== 'https:' && !(isPrivate && protocol === 'http:'))
    return 'must be an https:// URL (http:// only with `private: true`)'
  if (username !== '' || password !== '') return 'must hold no user name and no password'
  if (isPrivate) return null
  const host = hostname.replace(/^\[|\]$/g, '')
  const isLocalName = /(^|\.)localhost\.?$/.test(host)
  // The parser of URLs has already turned 0x7f.1 and 2130706433 into 127.0.0.1.
  if (isLocalName || (ipaddr.isValid(host) && !isPublicAddress(host)))
    return 'leads into a private network; add `private: true` if that is meant'
  return null
}

type Answer = (error: Error | null, address: string | LookupAddress[], family?: number) => void
type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  answer: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

/** The code of the error when a name leads into a private network. */
export const PRIVATE_ADDRESS = 'ADDRESS_PRIVATE'

/**
 * A lookup for sockets that refuses a name as soon as one of its addresses is not public.
 * @param resolve for tests; the system's resolver otherwise
 */
export function publicLookup(resolve: Resolve = lookup) {
  return (hostname: string, options: LookupOptions, answer: Answer): void =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return answer(error, [])
      const [first] = addresses
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address)))
        return answer(Object.assign(new Error('leads into a private network'), { code: PRIVATE_ADDRESS }), [])
      return options.all ? answer(null, addresses) : answer(null, first.address, first.family)
    })
}

// Which addresses Meta's token may be sent to. An address comes from Meta's own answer, never from a caller; it is
// checked all the same, so that no answer makes the gateway ask elsewhere, or in private networks (SSRF).

const HOSTS = ['fbsbx.com', 'fbcdn.net', 'whatsapp.net', 'facebook.com']

/** @param apiUrl the configured Graph API, whose own origin counts as well (the emulated one) */
export function isMediaUrl(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, hostname, origin, username, password } = new URL(url)
  if (username !== '' || password !== '') return false
  if (origin === new URL(apiUrl).origin) return true
  // `host` is `hostname` only without a port.
  return protocol === 'https:' && host === hostname && HOSTS.some((h) => host === h || host.endsWith(`.${h}`))
}

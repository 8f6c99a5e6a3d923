// The customer service window: whoever writes to a business number may be answered from that number in any form for 24
// hours; afterwards Meta lets only templates through, and refuses the rest with 131047. One window per business number.
// Everything that the person sends opens it, a reaction included (Meta: "messages you"); see `opensWindow` in
// webhook/payload.ts. A window that Meta sees otherwise costs an error of Meta's, never a message that nobody wanted.
// Source: https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows

export const WINDOW_MS = 24 * 3_600_000

/** A person's last message to each business number: phone number ID → ISO 8601, WhatsApp's clock. */
export type Windows = Record<string, string>

/** A message must be newer than this for its window to be open. */
export const windowFloor = (now: Date): Date => new Date(now.getTime() - WINDOW_MS)

/**
 * Since when the window is closed.
 * @param heardAt the person's last message to the business number; null when they never wrote to it
 * @returns null while it is open; `{ since: null }` when it never was
 */
export function closedWindow(heardAt: Date | null, now: Date): { since: Date | null } | null {
  if (heardAt === null) return { since: null }
  return heardAt > windowFloor(now) ? null : { since: new Date(heardAt.getTime() + WINDOW_MS) }
}

/** The newest time per number. */
export function newestPerNumber(all: readonly Record<string, string>[]): Record<string, string> {
  const newest: Record<string, string> = {}
  for (const [number, time] of all.flatMap((times) => Object.entries(times))) {
    const known = newest[number]
    if (known === undefined || Date.parse(time) > Date.parse(known)) newest[number] = time
  }
  return newest
}

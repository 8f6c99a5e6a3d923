// What our buttons and rows carry: what a tap asks for, and the event it answers (R5), which is unguessable. Never the
// person, and never anything that typing could imitate (R54).

/** `topic` and `topic_off` name a purpose. */
const ACTIONS = [
  'yes',
  'topics',
  'no',
  'topic',
  'topic_off',
  'stop',
  'stop_all',
  'stop_yes',
  'stop_no',
  'keep',
  'undo',
] as const
export type Action = (typeof ACTIONS)[number]

export type Tap = { action: Action; ref: string; purpose?: string }

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const BUTTON_ID = new RegExp(`^assent:([a-z_]{1,16}):(${UUID})(?::([a-z][a-z0-9_]{0,39}))?$`)

/** @param purpose for `topic` and `topic_off` only */
export function buttonId(action: Action, ref: string, purpose?: string): string {
  return `assent:${action}:${ref}${purpose === undefined ? '' : `:${purpose}`}`
}

/** The inverse of `buttonId`; null for anything else, whoever made it. */
export function readButtonId(id: string): Tap | null {
  const [, name, ref, purpose] = BUTTON_ID.exec(id) ?? []
  const action = ACTIONS.find((a) => a === name)
  const namesTopic = action === 'topic' || action === 'topic_off'
  if (!action || ref === undefined || namesTopic !== (purpose !== undefined)) return null
  return { action, ref, ...(purpose !== undefined && { purpose }) }
}

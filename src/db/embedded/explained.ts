/**
 * An error whose message is all that whoever starts the program needs: what is wrong and what to do about it. The
 * property `explained` says so to whoever prints it.
 */
export function explained(message: string, details: { cause?: unknown; code?: string } = {}): Error {
  const { cause, ...rest } = details
  return Object.assign(new Error(message, { cause }), { explained: true, ...rest })
}

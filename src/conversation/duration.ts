// Calendar durations of the policy (P24M, P1Y, P90D), added in UTC.

/** `at` plus an ISO 8601 duration of years, months or days; 31 January plus one month is the last of February. */
export function addDuration(at: Date, duration: string): Date {
  const match = /^P(\d+)([YMD])$/.exec(duration)
  if (match === null) throw new RangeError(`not a duration of years, months or days: ${duration}`)
  const amount = Number(match[1])
  const end = new Date(at)
  if (match[2] === 'D') {
    end.setUTCDate(end.getUTCDate() + amount)
    return end
  }
  const day = end.getUTCDate()
  end.setUTCDate(1)
  end.setUTCMonth(end.getUTCMonth() + amount * (match[2] === 'Y' ? 12 : 1))
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate()
  end.setUTCDate(Math.min(day, lastDay))
  return end
}

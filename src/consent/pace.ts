// How fast one person may be written to from one business number. Meta takes one message in 6 seconds and lends a burst
// of up to 45 on what comes later; beyond that it answers 131056 and, repeated, thinks less of the number. Promise kept:
// exact on any number of replicas, because the account lies on the contact's row, which every sender locks.
// It is the generic cell rate algorithm (ITU-T I.371): one time per pair, until which messages are paid for.
// Source: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits

const INTERVAL_S = 6
const BURST = 45
/** How far ahead of now a message may be paid for, and still leave. */
const AHEAD_S = INTERVAL_S * (BURST - 1)

// Pieces of SQL, for the gate's statement and that of our own replies. Arguments are expressions.

/** Until when messages are paid for: never before now. */
export const paidUntilSql = (pace: string, number: string, now: string): string =>
  `greatest((${pace} ->> ${number})::timestamptz, ${now}::timestamptz)`

/** Whether one more message would be too fast. */
export const tooFastSql = (paidUntil: string, now: string): string =>
  `${paidUntil} > ${now}::timestamptz + interval '${AHEAD_S} seconds'`

/** The column after one more message. What was never held back (a confirmation of a stop) owes no more than a burst. */
export const paidSql = (pace: string, number: string, paidUntil: string, now: string): string =>
  `${pace} || jsonb_build_object(${number}::text, least(${paidUntil} + interval '${INTERVAL_S} seconds',
     ${now}::timestamptz + interval '${AHEAD_S + INTERVAL_S} seconds'))`

/** When the next message may leave. */
export const nextAt = (paidUntil: Date): Date => new Date(paidUntil.getTime() - AHEAD_S * 1000)

// What a business number may send, as Meta has it: 80 messages a second, 1,000 after an upgrade that Meta makes by
// itself. Read at start; a number that does not tell keeps the default.
// Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput

import { z } from 'zod'
import type { Graph } from './graph.js'

const PER_SECOND = { STANDARD: 80, HIGH: 1_000 } as const

const answerSchema = z.looseObject({ throughput: z.looseObject({ level: z.enum(['STANDARD', 'HIGH']) }) })

/** Messages a second; null when Meta does not say, or cannot be reached. Never rejects. */
export async function readThroughput(
  graph: Graph,
  version: string,
  phoneNumberId: string,
): Promise<number | null> {
  const answer = await graph.request({ method: 'GET', version, path: `${phoneNumberId}?fields=throughput` })
  if (answer.outcome !== 'answered' || answer.status !== 200) return null
  try {
    const { data } = answerSchema.safeParse(JSON.parse(answer.body.toString()))
    return data === undefined ? null : PER_SECOND[data.throughput.level]
  } catch {
    return null
  }
}

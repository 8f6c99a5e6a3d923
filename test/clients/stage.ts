// Where clients and applications are tried: a gateway on a socket, an emulated WhatsApp behind it, and three people.

import type { Test } from 'tap'
import { TEXT_LANGUAGES } from '../../src/conversation/texts/texts.js'
import { readPolicy } from '../../src/policy.js'
import type { Person } from '../../src/sandbox/person.js'
import { startAssent, type TestAssent } from '../helpers/assent.js'
import { samplePolicyText } from '../helpers/policy.js'

export type Stage = {
  assent: TestAssent
  phoneNumberId: string
  businessAccountId: string
  /** said yes to everything and has just written */
  ada: Person
  /** the id of what Ada wrote */
  heard: string
}

/** Ada's number. */
export const TO = '+12025550101'
/** Bruno's, whom nobody has asked. */
export const NEVER_ASKED = '+447700900123'

// A client sends some tens of messages to one person within a second of the test's clock.
const ROOMY = samplePolicyText.replaceAll(/atMost: \d+/g, 'atMost: 1000')

/** @param env what the gateway needs in its environment */
export async function setTheStage(t: Test, env: Record<string, string> = {}): Promise<Stage> {
  const policy = readPolicy(ROOMY, TEXT_LANGUAGES, true)
  const { phoneNumberId = '', businessAccountId = '' } = policy.numbers[0] ?? {}
  const assent = await startAssent(t, { policy, env })
  const ada = assent.emulator.person({ name: 'Ada', phone: TO })
  assent.emulator.person({ name: 'Bruno', phone: NEVER_ASKED })
  ada.text('START')
  await assent.settle()
  assent.clock.advance(1_000)
  ada.tap('latest', 'Yes, send them')
  await assent.settle()
  assent.clock.advance(1_000)
  const heard = ada.text('hello')
  await assent.settle()
  return { assent, phoneNumberId, businessAccountId, ada, heard }
}

// `npm run -s classify`: try any sentence. One JSON object with `text` a line on stdin, one verdict a line on stdout, with
// the time it took in microseconds. Optional beside `text`: `question` ('consent' or 'stop': what we asked last) and
// `languages` (those of the policy).

import { createInterface } from 'node:readline'
import { z } from 'zod'
import { classify } from '../language/classify.js'
import { LEXICONS } from '../language/languages.js'
import { warmUp } from '../language/warm-up.js'

const Line = z.object({
  text: z.string(),
  question: z.enum(['consent', 'stop']).nullish(),
  languages: z.array(z.string()).optional(),
})
const ALL = LEXICONS.map(({ language }) => language)

warmUp()

let number = 0
for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  number += 1
  if (line.trim() === '') continue
  const read = Line.safeParse(json(line))
  if (!read.success) {
    console.log(JSON.stringify({ error: `line ${number} is no JSON object with "text"` }))
    process.exitCode = 1
    continue
  }
  const { text, question = null, languages = ALL } = read.data
  const began = process.hrtime.bigint()
  const verdict = classify(text, { question, languages })
  const micros = Number((process.hrtime.bigint() - began) / 1000n)
  console.log(JSON.stringify({ ...verdict, micros }))
}

function json(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

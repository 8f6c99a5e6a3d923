// `npm run eval:language FILE`: how well labelled messages are understood, per language and in all, and every miss with
// the rule that made it. A line is {"text","lang","intent","kind","ambiguous"}; only unambiguous ones are scored, an
// ambiguous one is well answered by its label or by a question. Exit code 1 if anything started that should not have.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { classify, type Understanding } from '../language/classify.js'
import { LEXICONS } from '../language/languages.js'
import { warmUp } from '../language/warm-up.js'

const Line = z.object({ text: z.string(), lang: z.string(), intent: z.string(), ambiguous: z.boolean() })
type Scored = z.infer<typeof Line> & { got: Understanding; micros: number }

const file = process.argv[2]
if (!file) {
  console.error('Usage: npm run eval:language FILE   (one labelled message a line, as JSON)')
  process.exit(2)
}
const languages = LEXICONS.map(({ language }) => language)
warmUp()

const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line): Scored => {
    const read = Line.parse(JSON.parse(line))
    const began = process.hrtime.bigint()
    const got = classify(read.text, { languages })
    return { ...read, got, micros: Number((process.hrtime.bigint() - began) / 1000n) }
  })

console.log(`${lines.length} lines, ${lines.filter((l) => !l.ambiguous).length} of them unambiguous\n`)
console.log(
  row(['', 'stops', 'found', 'others', 'false stop', 'false start', 'data p/r', 'erasure p/r', 'asked']),
)
for (const language of [...new Set(lines.map((line) => line.lang))].sort()) {
  table(
    language,
    lines.filter((line) => line.lang === language),
  )
}
table('all', lines)

const times = lines.map((line) => line.micros).sort((a, b) => a - b)
const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(`\ntime: median ${at(0.5)} µs, p99 ${at(0.99)} µs, slowest ${at(1)} µs`)

const misses = lines.filter(isMiss)
console.log(`\n${misses.length} misses${misses.length > 0 ? ' (label → answer, rule)' : ''}`)
for (const { text, lang, intent, ambiguous, got } of misses) {
  console.log(
    `${lang}  ${intent}${ambiguous ? ' (ambiguous)' : ''} → ${got.intent} ${got.confidence}, ${got.rule}  ${JSON.stringify(text)}`,
  )
}
if (lines.some((line) => line.got.intent === 'opt_in' && line.intent !== 'opt_in')) process.exitCode = 1

/** What the product does: an unsure stop pauses and asks. */
function answer({ intent, confidence }: Understanding): string {
  return intent === 'opt_out' && confidence === 'unsure' ? 'ask' : intent
}

function isMiss({ intent, ambiguous, got }: Scored): boolean {
  const said = answer(got)
  if (said === intent || (intent === 'opt_out' && said === 'erasure')) return false
  if (intent === 'erasure' && said === 'opt_out') return !ambiguous
  return !(ambiguous && said === 'ask')
}

function table(name: string, of: readonly Scored[]): void {
  const clear = of.filter((line) => !line.ambiguous)
  const stops = clear.filter((line) => line.intent === 'opt_out')
  const others = clear.filter((line) => line.intent !== 'opt_out' && line.intent !== 'erasure')
  const found = stops.filter((line) => ['opt_out', 'erasure'].includes(answer(line.got)))
  const falseStops = others.filter((line) => answer(line.got) === 'opt_out')
  const falseStarts = of.filter((line) => line.got.intent === 'opt_in' && line.intent !== 'opt_in')
  const asked = clear.filter((line) => answer(line.got) === 'ask')
  console.log(
    row([
      name,
      `${stops.length}`,
      percent(found.length, stops.length),
      `${others.length}`,
      `${falseStops.length} ${percent(falseStops.length, others.length)}`,
      `${falseStarts.length}`,
      precisionRecall(clear, 'data_access'),
      precisionRecall(clear, 'erasure'),
      `${asked.length}`,
    ]),
  )
}

function precisionRecall(of: readonly Scored[], intent: string): string {
  const labelled = of.filter((line) => line.intent === intent)
  const said = of.filter((line) => answer(line.got) === intent)
  const right = said.filter((line) => line.intent === intent).length
  return `${percent(right, said.length)} / ${percent(right, labelled.length)}`
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`
}

function row(cells: readonly string[]): string {
  const widths = [8, 6, 8, 7, 12, 12, 18, 18, 6]
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
    .join(' ')
}

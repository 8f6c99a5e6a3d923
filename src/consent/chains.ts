// Reads chains out of the database for verifying: contacts, lines with their evidence, anchored heads and stray evidence as
// one stream in the order of contacts. Promise kept: a contact of which only something is left, whatever it is, is seen.

import pg from 'pg'
import { dateOf, LINE_COLUMNS, readLine } from './canonical.js'
import { copyRows, hexOf, intOf, maybe, type Row, startOf, textOf, uuidOf } from './copy.js'
import type { Chain, Line } from './verify.js'

// What a row is; each kind has columns of its own, null in the others, and all have `contact_id` and `seq`.
const [HEAD, LINE, STRAY, LEAF] = ['head', 'line', 'stray', 'leaf']
const OTHER_COLUMNS = [
  { column: 'what', kind: 'text' },
  { column: 'hash', kind: 'bytea' },
  { column: 'kept', kind: 'boolean' },
  { column: 'states', kind: 'text' },
  { column: 'folded_with', kind: 'text' },
  { column: 'anchor_id', kind: 'int4' },
]
const COLUMNS = [...LINE_COLUMNS, ...OTHER_COLUMNS]

const place = (column: string) => COLUMNS.findIndex((c) => c.column === column)
const at = {
  contact: place('contact_id'),
  seq: place('seq'),
  prev: place('prev_hash'),
  id: place('id'),
  occurredAt: place('occurred_at'),
  request: place('request'),
  validUntil: place('valid_until'),
  what: place('what'),
  hash: place('hash'),
  kept: place('kept'),
  states: place('states'),
  foldedWith: place('folded_with'),
  anchor: place('anchor_id'),
}

type Columns = Record<string, string>

const rowsOf = (columns: Columns, from: string) =>
  `(select ${COLUMNS.map(({ column, kind }) => `(${columns[column] ?? 'null'})::${kind} as ${column}`).join(', ')}
      from ${from})`
const own = (table: string, ...columns: string[]): Columns =>
  Object.fromEntries(columns.map((column) => [column, `${table}.${column}`]))

const HEADS = rowsOf(
  {
    what: `'${HEAD}'`,
    contact_id: 'c.id',
    seq: 'c.head_seq',
    hash: 'c.head_hash',
    states: 'c.states',
    // A person made of several contacts is folded over all their ledgers, which are not side by side here.
    folded_with: `case when c.merged_into is null and c.id not in (
      select merged_into from contacts where merged_into is not null) then c.folded_with end`,
  },
  'contacts c order by c.id',
)
const LINES = rowsOf(
  {
    ...own('e', ...LINE_COLUMNS.map(({ column }) => column), 'hash'),
    what: `'${LINE}'`,
    // Postgres' own digest over salt and body as they are: a person's words need not leave the database to be verified.
    // Evidence that is not there was erased.
    kept: `coalesce(pg_catalog.sha256(v.salt || convert_to(v.body, 'UTF8')) = e.evidence_digest, v.seq is null)`,
  },
  'consent_events e left join evidence v using (contact_id, seq) order by e.contact_id, e.seq',
)
const STRAYS = rowsOf(
  { ...own('v', 'contact_id', 'seq'), what: `'${STRAY}'` },
  `evidence v where not exists (select from consent_events e where e.contact_id = v.contact_id and e.seq = v.seq)
     order by v.contact_id, v.seq`,
)
const LEAVES = rowsOf(
  { ...own('l', 'contact_id', 'seq', 'hash', 'anchor_id'), what: `'${LEAF}'` },
  'anchor_leaves l order by l.contact_id, l.seq',
)
// Each part is in order already, so that they are only merged; it is not sorted as a whole.
const ALL = `select * from (${[HEADS, LINES, STRAYS, LEAVES].join(' union all ')}) as known`

/**
 * Passes every chain on, by ascending contact, however little of it is left.
 * @param contact only this one's; nothing is passed on when there is nothing of it
 */
export async function readChains(
  tx: pg.ClientBase,
  contact: string | null,
  pass: (chain: Chain) => void,
): Promise<void> {
  const wanted = contact === null ? '' : ` where contact_id = ${pg.escapeLiteral(contact)}::uuid`
  let chain: Chain | null = null
  const end = () => {
    if (chain === null) return
    // Reading them in this order is what a plan happens to do; it is promised by none.
    chain.lines.sort((a, b) => a.seq - b.seq)
    pass(chain)
  }
  await copyRows(tx, `${ALL}${wanted} order by contact_id`, (row) => {
    const contactId = uuidOf(row, at.contact)
    if (contactId !== chain?.contactId) {
      end()
      chain = { contactId, head: null, lines: [], strays: [], leaves: [] }
    }
    take(chain, row)
  })
  end()
}

function take(chain: Chain, row: Row): void {
  const seq = intOf(row, at.seq)
  const what = textOf(row, at.what)
  if (what === LINE) chain.lines.push(lineOf(row, seq))
  else if (what === STRAY) chain.strays.push(seq)
  else if (what === LEAF) chain.leaves.push({ seq, hash: hexOf(row, at.hash), anchor: intOf(row, at.anchor) })
  else
    chain.head = {
      seq,
      hash: maybe(hexOf, row, at.hash),
      states: textOf(row, at.states),
      foldedWith: textOf(row, at.foldedWith),
    }
}

function lineOf(row: Row, seq: number): Line {
  const { words, canonical } = readLine(row)
  const { type, channel, scope, actor, source, notice } = words
  const id = uuidOf(row, at.id)
  const request = maybe(uuidOf, row, at.request)
  const occurredAt = dateOf(row, at.occurredAt)
  const validUntil = maybe(dateOf, row, at.validUntil)
  return {
    canonical,
    seq,
    hash: hexOf(row, at.hash),
    prev: maybe(hexOf, row, at.prev),
    notice,
    evidenceKept: row.bytes[startOf(row, at.kept)] === 1,
    event: { id, type, channel, scope, occurredAt, actor, source, request, validUntil },
  }
}

// What the service knows about the person: the state of each purpose and the ledger, as it answers them. Fields may be
// missing; what is not known is not shown.

import { clockTime, el } from './dom.js'

const STATES = {
  given: ['✓', 'Given', 'Messages may be sent.'],
  requested: ['?', 'Requested', 'Asked, not answered. Nothing is sent.'],
  refused: ['✕', 'Refused', 'Said no. Nothing is sent.'],
  withdrawn: ['✕', 'Withdrawn', 'Said stop. Nothing is sent.'],
  paused: ['‖', 'Paused', 'Nothing is sent for now.'],
  expired: ['○', 'Expired', 'Too old. Nothing is sent.'],
  revoked: ['○', 'Revoked', 'Ended by the business. Nothing is sent.'],
  none: ['○', 'None', 'Never asked. Nothing is sent.'],
}

/** One row for each purpose of the policy, whether or not the person ever spoke of it. */
export function renderConsents(list, { consents }, purposes) {
  const states = consents?.states?.whatsapp ?? {}
  list.replaceChildren(
    ...purposes.map(({ id, category, title }) => {
      const state = states[id] ?? {}
      const [sign, word, meaning] = STATES[state.status ?? 'none'] ?? ['•', String(state.status), '']
      const since = state.since ? `since ${when(state.since)}` : ''
      return el(
        'li',
        { 'data-purpose': id, 'data-status': state.status ?? 'none' },
        el(
          'div',
          {},
          el('strong', { dir: 'auto' }, titleOf(title, id)),
          el('small', {}, `${id} · ${category}`),
        ),
        el('div', { class: 'state' }, chip(state.status ?? 'none', sign, word), el('small', {}, since)),
        el('p', {}, consents === null ? 'The service cannot be asked right now.' : meaning),
        state.pending ? el('p', {}, 'Asked again, not answered yet.') : null,
      )
    }),
  )
}

/** Keeps the ledger's list in step; `news` hears about events that were not there before. */
export function createLedger(list, news) {
  let owner = ''
  const shown = new Map()
  return function update({ person, ledger }, purposes) {
    const fresh = person.id !== owner
    if (fresh) {
      shown.clear()
      owner = person.id
      list.replaceChildren()
      news.textContent = ''
    }
    if (ledger.length === 0 && shown.size === 0) {
      list.replaceChildren(el('li', { class: 'empty' }, 'Nothing is recorded about this person yet.'))
      return
    }
    list.querySelector('.empty')?.remove()
    const current = new Set(ledger.map((event) => event.id))
    for (const [id, item] of shown) {
      if (current.has(id)) continue
      item.remove()
      shown.delete(id)
    }
    for (const event of ledger) {
      if (shown.has(event.id)) continue
      const item = line(event, purposes)
      if (!fresh) {
        item.classList.add('new')
        news.textContent = `Recorded: ${event.type}, ${scopeOf(event, purposes)}`
      }
      shown.set(event.id, item)
      list.prepend(item)
    }
  }
}

function line(event, purposes) {
  const { type = 'event', occurredAt, source, method, rule, actor, hash, seq } = event
  const how = [actor, source, method, rule].filter((part) => typeof part === 'string' && part !== '')
  const [sign = '•'] = STATES[type] ?? []
  return el(
    'li',
    { 'data-type': type },
    chip(type, sign, type),
    el('span', { class: 'scope', dir: 'auto' }, scopeOf(event, purposes)),
    el('small', { class: 'how' }, [...new Set(how)].join(' · ')),
    el(
      'span',
      { class: 'proof' },
      occurredAt ? el('time', { dateTime: occurredAt }, when(occurredAt, true)) : null,
      typeof hash === 'string'
        ? el(
            'code',
            { title: hash, 'aria-label': `hash ${hash.slice(0, 8)}` },
            `${seq ?? ''}#${hash.slice(0, 8)}`,
          )
        : null,
    ),
  )
}

function chip(status, sign, word) {
  return el(
    'span',
    { class: 'chip', 'data-status': status },
    el('span', { 'aria-hidden': 'true' }, sign),
    word,
  )
}

// A scope names purposes, a whole category, or everything.
function scopeOf({ scope = [], channel }, purposes) {
  const names = scope.map((id) => {
    if (id === '*') return 'Everything'
    const category = /^category:(.+)$/.exec(id)?.[1]
    return category ? `All ${category}` : titleOf(purposes.find((p) => p.id === id)?.title, id)
  })
  return `${names.join(', ')}${channel && channel !== 'whatsapp' ? ` (${channel})` : ''}`
}

// The page is in English; a policy without English titles shows its first.
function titleOf(title, id) {
  return title?.en ?? Object.values(title ?? {})[0] ?? id
}

function when(iso, precise = false) {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return String(iso)
  const time = precise ? date.toLocaleTimeString() : clockTime(iso)
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`
}

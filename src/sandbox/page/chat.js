// The chat: bubbles, ticks, buttons, lists. A bubble is made once and then only brought up to date, so that a screen
// reader hears each message one time.

import { attached } from './attached.js'
import { clockTime, el, formatted, icon } from './dom.js'

const ONE_TICK = 'M1.500 6 5 9.500 12 1.500'
const TWO_TICKS = 'M1 6l3.500 3.500 7-8M8 9.500l.500.500 7.500-8.500'
const REPLY = 'M6.500 3 2 7l4.500 4V8.300c4 0 6 1.200 7.500 4-.500-4.500-3-7-7.500-7.300z'
const LIST = 'M2 3.500h2M6.500 3.500H14M2 8h2M6.500 8H14M2 12.500h2M6.500 12.500H14'

/** @returns update(view) for one log element; `tap(messageId, buttonId)` is called for buttons and rows */
export function createChat(log, sheet, tap) {
  const shown = new Map()
  let owner = ''
  let lastDay = ''

  function update({ person, chat }, business) {
    const fresh = person.id !== owner
    // A whole chat that appears at once is not news: the log is announced only for what comes after.
    if (fresh) {
      log.setAttribute('aria-busy', 'true')
      shown.clear()
      lastDay = ''
      owner = person.id
      log.replaceChildren(intro(person, business))
    }
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80
    let added = false
    for (const bubble of chat) {
      let known = shown.get(bubble.id)
      if (!known) {
        added = true
        day(bubble.at)
        known = make(bubble, chat, business)
        shown.set(bubble.id, known)
        log.append(known.element)
      }
      known.update(bubble)
    }
    if (fresh || (added && (atEnd || chat.at(-1)?.from === 'person'))) log.scrollTop = log.scrollHeight
    if (fresh) requestAnimationFrame(() => log.removeAttribute('aria-busy'))
  }

  function day(at) {
    const date = new Date(at)
    const label = date.toDateString() === new Date().toDateString() ? 'Today' : date.toLocaleDateString()
    if (label === lastDay) return
    lastDay = label
    log.append(el('p', { class: 'day' }, label))
  }

  function make(bubble, chat, business) {
    const mine = bubble.from === 'person'
    const ticks = el('span', { class: 'ticks' })
    const meta = el(
      'span',
      { class: 'meta' },
      el('time', { dateTime: bubble.at }, clockTime(bubble.at)),
      ticks,
    )
    const foot = bubble.footer ? el('p', { class: 'foot', dir: 'auto' }, bubble.footer, meta) : null
    const choices = choicesOf(bubble)
    const reaction = el('span', { class: 'reaction', hidden: true })
    const body = el(
      'div',
      { class: 'bubble' },
      el('span', { class: 'sr' }, mine ? 'You: ' : `${business}: `),
      bubble.forwarded ? el('p', { class: 'forwarded' }, 'Forwarded') : null,
      quote(bubble, chat, business),
      bubble.header ? el('p', { class: 'head', dir: 'auto' }, ...formatted(bubble.header)) : null,
      ...attached(bubble),
      el('div', { class: 'text', dir: 'auto' }, ...formatted(bubble.text), foot ? null : meta),
      foot,
      reaction,
    )
    const element = el(
      'div',
      { class: `row ${mine ? 'mine' : 'theirs'}`, 'data-id': bubble.id },
      body,
      choices.box,
    )
    let tick = ''
    return {
      element,
      update(now) {
        const failed = now.statuses.find((s) => s.status === 'failed')
        if (failed && !element.classList.contains('lost')) {
          element.className = 'row lost'
          element.replaceChildren(el('p', {}, `A message did not arrive. ${failed.details} (${failed.code})`))
        }
        const state = now.seen ? 'read' : now.heard ? 'delivered' : 'sent'
        if (mine && state !== tick) {
          tick = state
          const paths = state === 'sent' ? ONE_TICK : TWO_TICKS
          ticks.replaceChildren(icon(paths, { width: 17, height: 12, label: state }))
          ticks.dataset.state = state
        }
        choices.update(now)
        reaction.textContent = now.reaction ?? ''
        reaction.hidden = !now.reaction
      },
    }
  }

  function choicesOf(bubble) {
    const buttons = new Map()
    const box = el('div', { class: 'choices' })
    for (const { id, title } of bubble.buttons ?? []) {
      const button = el('button', { type: 'button', dir: 'auto', onclick: () => tap(bubble.id, id) })
      button.append(icon(REPLY), title)
      buttons.set(id, button)
      box.append(button)
    }
    if (bubble.list) {
      const button = el('button', { type: 'button', dir: 'auto', 'aria-haspopup': 'dialog' })
      button.append(icon(LIST), bubble.list.label)
      button.addEventListener('click', () => openSheet(bubble))
      box.append(button)
    }
    if (bubble.link)
      box.append(el('p', { class: 'link', dir: 'auto', title: bubble.link.url }, bubble.link.label))
    return {
      box: box.childElementCount > 0 ? box : null,
      update({ tapped }) {
        for (const [id, button] of buttons) {
          button.classList.toggle('tapped', id === tapped)
          if (tapped) button.setAttribute('aria-pressed', String(id === tapped))
        }
      },
    }
  }

  function openSheet(bubble) {
    sheet.title.textContent = bubble.list.label
    sheet.rows.replaceChildren(
      ...bubble.list.sections.flatMap(({ title, rows }) => [
        ...(title ? [el('h4', { dir: 'auto' }, title)] : []),
        ...rows.map((row) =>
          el(
            'button',
            {
              type: 'button',
              class: 'list-row',
              dir: 'auto',
              onclick() {
                sheet.dialog.close()
                tap(bubble.id, row.id)
              },
            },
            el('span', {}, row.title),
            row.description ? el('small', {}, row.description) : null,
          ),
        ),
      ]),
    )
    sheet.dialog.showModal()
  }

  return { update }
}

function intro(person, business) {
  const known = person.phone ? 'your number' : 'your WhatsApp user id; you have no phone to show'
  return el(
    'p',
    { class: 'intro' },
    `You are ${person.name}. What you write goes to the webhook of ${business}, signed as Meta signs it, with ${known}.`,
  )
}

function quote(bubble, chat, business) {
  const quoted = chat.find((b) => b.id === bubble.replyTo)
  if (!quoted) return null
  return el(
    'div',
    { class: 'quote' },
    el('strong', {}, quoted.from === 'person' ? 'You' : business),
    el('span', { dir: 'auto' }, (quoted.text || quoted.kind).replaceAll(/[*_~]/g, '').slice(0, 90)),
  )
}

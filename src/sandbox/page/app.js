// The page: who one is, what the stream says changed, and the rest brought up to date.

import { createChat } from './chat.js'
import { createLedger, renderConsents } from './consents.js'
import { ask, el } from './dom.js'
import { createSends } from './sends.js'

const $ = (id) => document.getElementById(id)
let about = { business: { name: '' }, purposes: [], people: [] }
let current = ''
let stream = null
let refreshing = false
let again = false
let quiet

const chat = createChat(
  $('log'),
  { dialog: $('sheet'), title: $('sheet-title'), rows: $('sheet-rows') },
  (messageId, buttonId) => act('taps', { messageId, buttonId }),
)
const updateLedger = createLedger($('ledger'), $('ledger-news'))
const updateSends = createSends(
  {
    examples: $('examples'),
    curl: $('curl'),
    copy: $('copy'),
    run: $('run'),
    verdict: $('verdict'),
    answer: $('answer'),
  },
  () => refresh(),
)

/** Does something as the person on screen. */
async function act(what, body) {
  try {
    await ask(`/sandbox/people/${current}/${what}`, body)
    $('offline').hidden = true
  } catch (error) {
    trouble(error)
  }
}

function trouble(error) {
  $('offline').textContent =
    error instanceof TypeError ? 'The service does not answer. Trying again…' : error.message
  $('offline').hidden = false
}

/** Asks for the person's page; changes that arrive meanwhile cause exactly one more round. */
async function refresh() {
  if (refreshing) {
    again = true
    return
  }
  refreshing = true
  const asked = current
  try {
    const view = await ask(`/sandbox/people/${asked}`)
    $('offline').hidden = true
    if (asked === current) show(view)
  } catch (error) {
    trouble(error)
  }
  refreshing = false
  if (again || asked !== current) {
    again = false
    refresh()
  }
}

function show(view) {
  const { person } = view
  chat.update(view, about.business.name)
  renderConsents($('purposes'), view, about.purposes)
  updateLedger(view, about.purposes)
  updateSends(view)
  showFaults(view.faults)
  $('consents-title').textContent = `What ${person.name} agreed to`
  const typingFor = person.typingUntil - Date.now()
  clearTimeout(quiet)
  if (typingFor > 0) quiet = setTimeout(refresh, typingFor + 50)
  $('business-line').textContent =
    typingFor > 0
      ? 'typing…'
      : person.marketingStopped
        ? 'offers and announcements stopped'
        : `business account · ${about.business.number ?? ''}`
  $('stop-offers').disabled = person.marketingStopped
  $('resume-offers').disabled = !person.marketingStopped
}

/** Becomes somebody. The open stream is what makes their chat open, so messages are read while one looks. */
function become(id, { focus = false } = {}) {
  current = id
  history.replaceState(null, '', `#${id}`)
  for (const tab of $('people').children) {
    const selected = tab.dataset.id === id
    tab.setAttribute('aria-selected', String(selected))
    tab.tabIndex = selected ? 0 : -1
    if (selected && focus) tab.focus()
    if (selected) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  $('chat').setAttribute('aria-labelledby', `tab-${id}`)
  listen()
  refresh()
}

function listen() {
  stream?.close()
  stream = null
  if (document.hidden || !current) return
  stream = new EventSource(`/sandbox/stream?person=${current}`)
  stream.addEventListener('open', () => refresh())
  stream.addEventListener('change', (event) => {
    if (JSON.parse(event.data).person === current) refresh()
  })
  stream.addEventListener('error', () => trouble(new TypeError()))
}

function tabs() {
  $('people').replaceChildren(
    ...about.people.map(({ id, name, address }, n) =>
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${id}`,
          'data-id': id,
          'aria-controls': 'chat',
          onclick: () => become(id),
        },
        el(
          'span',
          { class: `avatar tone-${n % 6}`, 'aria-hidden': 'true' },
          [...name][0]?.toUpperCase() ?? '?',
        ),
        el('span', { class: 'tab-text' }, el('strong', { dir: 'auto' }, name), el('small', {}, address)),
      ),
    ),
  )
}

$('people').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (!step) return
  event.preventDefault()
  const at = about.people.findIndex((p) => p.id === current)
  const next = about.people.at((at + step) % about.people.length)
  if (next) become(next.id, { focus: true })
})

const field = $('say')
const grow = () => {
  field.style.height = 'auto'
  field.style.height = `${Math.min(field.scrollHeight, 120)}px`
}
field.addEventListener('input', grow)
field.addEventListener('keydown', (event) => {
  // While an input method composes (Chinese, Japanese …) Enter picks a word and sends nothing.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  $('composer').requestSubmit()
})
$('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = field.value.trim()
  if (text === '') return
  field.value = ''
  grow()
  act('messages', { text })
})
$('suggestions').addEventListener('click', (event) => {
  const text = event.target.closest('button')?.textContent
  if (text) act('messages', { text })
})

// What scrolls must be reachable without a mouse; not every browser sees to it.
for (const id of ['log', 'ledger', 'curl', 'answer']) $(id).tabIndex = 0

for (const [id, value] of [
  ['stop-offers', 'stop'],
  ['resume-offers', 'resume'],
]) {
  $(id).addEventListener('click', () => {
    $('menu').open = false
    act('preferences', { value })
  })
}
document.addEventListener('click', (event) => {
  if (!$('menu').contains(event.target)) $('menu').open = false
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') $('menu').open = false
})

$('sheet-close').addEventListener('click', () => $('sheet').close())
$('add').addEventListener('click', () => $('newcomer').showModal())
$('newcomer-cancel').addEventListener('click', () => $('newcomer').close())
$('newcomer-form').addEventListener('submit', async (event) => {
  event.preventDefault()
  $('newcomer-problem').textContent = ''
  try {
    const person = await ask('/sandbox/people', Object.fromEntries(new FormData(event.target)))
    about.people.push(person)
    event.target.reset()
    $('newcomer').close()
    tabs()
    become(person.id, { focus: true })
  } catch (error) {
    $('newcomer-problem').textContent = error.message
  }
})

function showFaults(faults) {
  for (const box of $('faults').querySelectorAll('input')) box.checked = Boolean(faults?.[box.value])
}
$('faults').addEventListener('change', async ({ target }) => {
  try {
    showFaults(await ask('/sandbox/faults', { fault: target.value, on: target.checked }))
  } catch (error) {
    trouble(error)
  }
})

document.addEventListener('visibilitychange', () => {
  listen()
  if (!document.hidden) refresh()
})

try {
  about = await ask('/sandbox/people')
  $('business-name').textContent = about.business.name
  $('business-initial').textContent = [...about.business.name][0] ?? ''
  showFaults(about.faults)
  tabs()
  const wanted = location.hash.slice(1)
  become(about.people.find((p) => p.id === wanted)?.id ?? about.people[0]?.id ?? '')
} catch (error) {
  trouble(error)
}

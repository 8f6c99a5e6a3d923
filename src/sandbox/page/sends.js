// The business's side: the exact request, run from a shell or from here, and what the service answered.

import { el } from './dom.js'

/** @returns update(view) that offers the sends to the person on screen */
export function createSends({ examples, curl, copy, run, verdict, answer }, ran) {
  let offered = []
  let chosen = ''
  let owner = ''

  function update({ person, sends }) {
    const known = offered.map((s) => s.id).join() === sends.map((s) => s.id).join()
    offered = sends
    if (!sends.some((s) => s.id === chosen)) chosen = sends[0]?.id ?? ''
    if (!known) {
      for (const old of examples.querySelectorAll('label')) old.remove()
      examples.append(...sends.map(segment))
    }
    if (person.id !== owner) {
      owner = person.id
      clear()
    }
    show()
  }

  function segment({ id, label, purpose }) {
    const choose = () => {
      chosen = id
      clear()
      show()
    }
    const input = el('input', {
      type: 'radio',
      name: 'example',
      value: id,
      checked: id === chosen,
      onchange: choose,
    })
    return el('label', { title: `purpose: ${purpose}` }, input, el('span', {}, label))
  }

  const current = () => offered.find((s) => s.id === chosen)

  function show() {
    const command = current()?.curl ?? ''
    if (curl.textContent !== command) curl.textContent = command
  }

  function clear() {
    answer.hidden = true
    verdict.replaceChildren()
  }

  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(curl.textContent)
      copy.textContent = 'Copied'
    } catch {
      getSelection().selectAllChildren(curl)
      copy.textContent = 'Selected: press Ctrl+C'
    }
    setTimeout(() => {
      copy.textContent = 'Copy'
    }, 1600)
  })

  run.addEventListener('click', async () => {
    const send = current()
    if (!send) return
    run.disabled = true
    verdict.replaceChildren('Sending…')
    try {
      const { method, path, headers, body } = send
      const response = await fetch(path, { method, headers, body: JSON.stringify(body) })
      const text = await response.text()
      show()
      report(response.status, parsed(text), text)
    } catch {
      report(0, null, 'no answer')
    }
    run.disabled = false
    ran()
  })

  function report(status, json, text) {
    const reason = json?.error?.consent?.reason
    const sentence =
      json?.error?.error_data?.details ??
      json?.error?.message ??
      (status === 200 ? 'Accepted: the ledger allows it.' : 'The service did not answer.')
    verdict.replaceChildren(
      el(
        'span',
        { class: 'http', 'data-ok': String(status === 200) },
        status ? `HTTP ${status}` : 'no answer',
      ),
      ...(reason ? [el('strong', {}, reason)] : []),
      el('span', {}, sentence),
    )
    answer.textContent = json ? JSON.stringify(json, null, 2) : text
    answer.hidden = false
    answer.scrollTop = 0
  }

  return update
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

// The receipt as a page to read and to print: what was agreed to, when, after reading which words, and how to change it.
// Pure. No script, no picture, nothing from anywhere else.

import { page, text } from '../../pages/page.js'
import { type Policy, titleOf } from '../../policy.js'
import type { History, Step } from './history.js'
import type { Subject } from './receipt.js'
import { EVENT_WORDS } from './terms.js'

const STATE_WORDS: Readonly<Record<History['state']['status'], string>> = {
  none: 'nothing said',
  requested: 'asked, not answered',
  given: 'agreed',
  refused: 'refused',
  withdrawn: 'withdrawn',
  paused: 'on hold',
  expired: 'expired',
  revoked: 'ended',
}

export function receiptPage({ contact, histories, notices }: Subject, policy: Policy, now: Date) {
  const { name, contact: address, address: street, privacyNotice } = policy.controller
  const language = policy.languages[0] ?? 'en'
  const shown = [
    ...new Set(histories.flatMap((h) => h.steps.flatMap((s) => s.event.notice?.toString('hex') ?? []))),
  ]
  const main = `<h1>Consent receipt</h1>
<p>${text(name)}, ${text(street)}, ${text(address)}. Privacy notice: <a href="${text(privacyNotice)}">${text(privacyNotice)}</a></p>
<p>Person <code>${text(contact)}</code>, as of <time datetime="${now.toISOString()}">${moment(now)}</time>.</p>
${histories.length === 0 ? '<p>Nothing is on record.</p>' : histories.map((h) => section(h, titleOf(h.purpose, language, policy))).join('\n')}
${shown.length === 0 ? '' : '<h2>The words that were shown</h2>'}
${shown
  .flatMap((hash) => notices.get(hash) ?? [])
  .map(
    (n) => `<blockquote lang="${text(n.language)}" dir="auto">${text(n.content)}</blockquote>
<p>SHA-256 <code>${n.hash}</code></p>`,
  )
  .join('\n')}
<h2>To change it</h2>
<p>Write <strong>STOP</strong>, <strong>START</strong>, <strong>MY DATA</strong> or <strong>DELETE MY DATA</strong>, or say it in your own words, in the same chat.</p>`
  return page({ language: 'en', title: 'Consent receipt', main })
}

function section({ purpose, channel, steps, state }: History, title: string): string {
  const { atMost, per } = purpose.frequency
  const until = state.status === 'given' && state.until ? `, until ${moment(new Date(state.until))}` : ''
  return `<h2>${text(title)}, by ${text(channel)}</h2>
<p><span class="state">${STATE_WORDS[state.status]}</span> since ${moment(new Date(state.since))}${until}. At most ${atMost} messages a ${per}.</p>
<table><thead><tr><th scope="col">When (UTC)</th><th scope="col">What</th><th scope="col">How</th></tr></thead>
<tbody>${steps.map(row).join('')}</tbody></table>`
}

const row = ({ event, status, at }: Step) =>
  `<tr><td><time datetime="${at.toISOString()}">${moment(at)}</time></td><td>${text(
    status === 'expired' ? EVENT_WORDS.expired : EVENT_WORDS[event.type],
  )}</td><td>${text([event.source, event.method].join(', '))}</td></tr>`

const moment = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')}`

// English.

import type { Texts } from './texts.js'

export const en: Texts = {
  language: 'en',
  words: { stop: 'STOP', start: 'START', choose: 'TOPICS', receipt: 'RECEIPT' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'at most 1 message a day', other: 'at most {n} messages a day' },
    week: { one: 'at most 1 message a week', other: 'at most {n} messages a week' },
    month: { one: 'at most 1 message a month', other: 'at most {n} messages a month' },
    year: { one: 'at most 1 message a year', other: 'at most {n} messages a year' },
  },
  terms: `• What: {topics}
• How often: {frequency}
• Cost: we charge nothing; your operator's data rates may apply
• Data used: your WhatsApp number or ID and your replies
• Stop any time: reply {stop}, tap Stop, or just tell us in your own words
• Saying no changes nothing about your orders

Privacy notice: {privacy}`,
  card: {
    body: `*{business}* would like to send you WhatsApp messages:

{terms}

Do you agree?`,
    buttons: {
      yes: 'Yes, send them',
      topics: 'Choose topics',
      no: 'No thanks',
    },
  },
  again: {
    body: `You asked to get messages from *{business}* again. You left the list earlier, so please confirm.

{terms}`,
    buttons: {
      yes: 'Yes, subscribe me',
      topics: 'Choose topics',
      no: 'No',
    },
  },
  renewal: {
    body: `What you agreed to get from *{business}* ends on {date}. If you want to go on, please say so; otherwise it ends by itself.

{terms}`,
    buttons: { yes: 'Yes, go on', topics: 'Choose topics', no: 'No thanks' },
  },
  done: {
    body: `Done. You are on the list for: {subscribed}.
We saved what we told you, your answer and the time as proof of your choice. Reply {receipt} for a copy.
Reply {stop} any time.`,
    buttons: {
      topics: 'Choose topics',
      stop: 'Stop',
    },
  },
  already: {
    body: `You are on the list for: {subscribed}.
Reply {stop} any time.`,
    buttons: {
      topics: 'Choose topics',
      stop: 'Stop',
    },
  },
  help: {
    body: `This is {business}.
• {stop} – no more messages
• {start} – subscribe
• {choose} – choose what you get
• {receipt} – what is on record
Frequency: {frequency}. Data rates may apply.
Questions, a copy of your data or its erasure: {contact}
Privacy: {privacy}`,
    buttons: {
      stop: 'Stop',
      topics: 'Choose topics',
    },
  },
  unsure: {
    body: `Just to be sure: do you want us to stop messaging you? Until you answer we will send you no offers.`,
    buttons: {
      stop_yes: 'Yes, stop',
      stop_no: 'No, keep them',
    },
  },
  topics: {
    body: `What would you like to get from *{business}*? Each tap adds a topic or takes it away.`,
    footer: 'Reply {stop} to unsubscribe',
    open: 'Choose topics',
    given: 'You get this. Tap to end it',
    stop_all: 'Stop everything',
  },
  stopped: {
    body: `{business}: you are unsubscribed. You will no longer get here: {topics}. This is the only confirmation.`,
    more: 'If you meant only some messages, tell us below. Nothing is sent unless you answer.',
    buttons: { stop_all: 'Stop everything', keep: 'Keep order updates', undo: 'Undo' },
  },
  narrowed: { body: `You still get: {topics}. Everything else is stopped. Reply {stop} to end these too.` },
  kept: { body: `Thank you. You stay on the list. Reply {stop} any time.` },
  refused: { body: `We will send you nothing. If you change your mind, reply {start}.` },
  minor: {
    body: `These messages are not meant for children. We have taken you off the list. A parent or guardian can write to {contact}.`,
  },
  receipt: {
    body: `*{business}*: what is on record for you on {date}

{lines}

Kept as proof: what we told you, your answer and the time. Proof: {proof}
Questions: {contact}
Privacy: {privacy}`,
    given: '• {topic}: yes since {date}, until {until}',
    ended: '• {topic}: no since {date}',
    open: '• {topic}: waits for your answer',
    never: '• {topic}: never agreed, nothing is sent',
  },
}

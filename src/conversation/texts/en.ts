// English.

import type { Texts } from './texts.js'

export const en: Texts = {
  language: 'en',
  words: { stop: 'STOP', start: 'START', choose: 'TOPICS' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: ['at most 1 message a day', 'at most {n} messages a day'],
    week: ['at most 1 message a week', 'at most {n} messages a week'],
    month: ['at most 1 message a month', 'at most {n} messages a month'],
    year: ['at most 1 message a year', 'at most {n} messages a year'],
  },
  card: {
    body: `*{business}* would like to send you WhatsApp messages:

• What: {topics}
• How often: {frequency}
• Cost: we charge nothing; your operator's data rates may apply
• Data used: your WhatsApp number or ID and your replies
• Stop any time: reply {stop}, tap Stop, or just tell us in your own words
• Saying no changes nothing about your orders

Privacy notice: {privacy}

Do you agree?`,
    buttons: [
      ['yes', 'Yes, send them'],
      ['topics', 'Choose topics'],
      ['no', 'No thanks'],
    ],
  },
  again: {
    body: `You asked to get messages from *{business}* again. You left the list earlier, so please confirm.

• What: {topics}
• How often: {frequency}
• Cost: we charge nothing; your operator's data rates may apply
• Data used: your WhatsApp number or ID and your replies
• Stop any time: reply {stop} or just tell us in your own words
• Saying no changes nothing about your orders

Privacy notice: {privacy}`,
    buttons: [
      ['yes', 'Yes, subscribe me'],
      ['topics', 'Choose topics'],
      ['no', 'No'],
    ],
  },
  done: {
    body: `Done. You are on the list for: {subscribed}.
We saved what we told you, your answer and the time as proof of your choice.
Reply {stop} any time.`,
    buttons: [
      ['topics', 'Choose topics'],
      ['stop', 'Stop'],
    ],
  },
  already: {
    body: `You are on the list for: {subscribed}.
Reply {stop} any time.`,
    buttons: [
      ['topics', 'Choose topics'],
      ['stop', 'Stop'],
    ],
  },
  help: {
    body: `This is {business}.
• {stop} – no more messages
• {start} – subscribe
• {choose} – choose what you get
Frequency: {frequency}. Data rates may apply.
Questions, a copy of your data or its erasure: {contact}
Privacy: {privacy}`,
    buttons: [
      ['stop', 'Stop'],
      ['topics', 'Choose topics'],
    ],
  },
  unsure: {
    body: `Just to be sure: do you want us to stop messaging you? Until you answer we will send you no offers.`,
    buttons: [
      ['stop_yes', 'Yes, stop'],
      ['stop_no', 'No, keep them'],
    ],
  },
  topics: {
    body: `What would you like to get from *{business}*? Each tap adds one topic.`,
    footer: 'Reply {stop} to unsubscribe',
    open: 'Choose topics',
    given: 'You get this',
    stop_all: 'Stop everything',
  },
  stopped: {
    body: `{business}: you are unsubscribed. You will get no more offers or news here. This is the only confirmation.`,
  },
  kept: { body: `Thank you. You stay on the list. Reply {stop} any time.` },
  refused: { body: `We will send you nothing. If you change your mind, reply {start}.` },
}

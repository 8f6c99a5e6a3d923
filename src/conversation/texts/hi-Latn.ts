// Hindi Roman lipi mein, "aap" ke saath, jaise chat mein likhi jaati hai.

import type { Texts } from './texts.js'

export const hiLatn: Texts = {
  language: 'hi-Latn',
  words: { stop: 'BAND KAREIN', start: 'SHURU KAREIN', choose: 'TOPIC', receipt: 'RASEED' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'din mein zyada se zyada {n} message', other: 'din mein zyada se zyada {n} message' },
    week: { one: 'hafte mein zyada se zyada {n} message', other: 'hafte mein zyada se zyada {n} message' },
    month: { one: 'mahine mein zyada se zyada {n} message', other: 'mahine mein zyada se zyada {n} message' },
    year: { one: 'saal mein zyada se zyada {n} message', other: 'saal mein zyada se zyada {n} message' },
  },
  terms: `• Kya: {topics}
• Kitni baar: {frequency}
• Kharch: hamari taraf se koi charge nahi; aapka operator data charge le sakta hai
• Kaun sa data: aapka WhatsApp number ya ID aur aapke jawab
• Kabhi bhi band karein: {stop} likh kar bhejein, "Band karein" dabayein ya apne shabdon mein bata dein
• Mana karne se aapke orders par koi asar nahi padta

Privacy notice: {privacy}`,
  card: {
    body: `*{business}* ki taraf se WhatsApp message bhejne ke liye aapki sehmati chahiye:

{terms}

Kya aap sehmat hain?`,
    buttons: {
      yes: 'Haan, sehmat hoon',
      topics: 'Topic select karein',
      no: 'Nahi, shukriya',
    },
  },
  again: {
    body: `*{business}* ke message phir se paane ki aapki request mili. Ye pehle band kiye gaye the, isliye kripya confirm karein.

{terms}`,
    buttons: {
      yes: 'Haan, shuru karein',
      topics: 'Topic select karein',
      no: 'Nahi',
    },
  },
  renewal: {
    body: `*{business}* ke message ke liye aapki sehmati {date} ko khatam ho rahi hai. Jaari rakhne ke liye jawab dein; jawab na milne par yeh apne aap khatam ho jayegi.

{terms}`,
    buttons: { yes: 'Haan, bhejiye', topics: 'Topic select karein', no: 'Nahi, shukriya' },
  },
  done: {
    body: `Ho gaya. Aapka subscription chalu hai: {subscribed}.
Aapke faisle ke saboot ke taur par hamari di gayi jankari, aapka jawab aur uska samay save kiya gaya hai. Copy ke liye {receipt} likh kar bhejein.
Band karne ke liye kabhi bhi {stop} likh kar bhejein.`,
    buttons: {
      topics: 'Topic select karein',
      stop: 'Band karein',
    },
  },
  already: {
    body: `Aapka subscription chalu hai: {subscribed}.
Band karne ke liye kabhi bhi {stop} likh kar bhejein.`,
    buttons: {
      topics: 'Topic select karein',
      stop: 'Band karein',
    },
  },
  help: {
    body: `Yeh {business} hai.
• {stop} – message aana band
• {start} – message aana shuru
• {choose} – message ke topic select karein
• {receipt} – record mein kya hai
Kitni baar: {frequency}. Data charge lag sakta hai.
Sawal, apne data ki copy ya use mitane ke liye: {contact}
Privacy: {privacy}`,
    buttons: {
      stop: 'Band karein',
      topics: 'Topic select karein',
    },
  },
  unsure: {
    body: `Sirf pakka karne ke liye: kya hum aapko message bhejna band kar dein? Aapka jawab milne tak hum koi offer nahi bhejenge.`,
    buttons: {
      stop_yes: 'Haan, band karein',
      stop_no: 'Jaari rakhein',
    },
  },
  topics: {
    body: `*{business}* se aapko kya bheja jaye? Har tap se ek topic judta ya hatta hai.`,
    footer: 'Band karne ke liye {stop} likh kar bhejein',
    open: 'Topic select karein',
    given: 'Chalu hai. Band karne ke liye tap karein',
    stop_all: 'Sab band karein',
  },
  stopped: {
    body: `{business}: aapka subscription band kar diya gaya hai. Ab yahan ye message nahi aayenge: {topics}. Confirmation ka yeh akela message hai.`,
    more: 'Agar sirf kuch message band karne the, to neeche batayein. Jawab ke bina kuch nahi bheja jayega.',
    buttons: { stop_all: 'Sab band karein', keep: 'Order update rakhein', undo: 'Undo karein' },
  },
  narrowed: {
    body: `Ye message aate rahenge: {topics}. Baaki sab band hain. Inhe bhi band karne ke liye {stop} likh kar bhejein.`,
  },
  kept: { body: `Shukriya. Subscription chalu hai. Band karne ke liye kabhi bhi {stop} likh kar bhejein.` },
  refused: { body: `Hum kuch nahi bhejenge. Mann badalne par {start} likh kar bhejein.` },
  minor: {
    body: `Ye message bachchon ke liye nahi hain. Yeh account list se hata diya gaya hai. Maa-baap ya guardian yahan likh sakte hain: {contact}`,
  },
  receipt: {
    body: `*{business}*: {date} ko aapke baare mein record mein kya hai

{lines}

Saboot ke taur par save: hamari di gayi jankari, aapka jawab aur uska samay. Saboot number: {proof}
Sawal: {contact}
Privacy: {privacy}`,
    given: '• {topic}: {date} se haan, {until} tak',
    ended: '• {topic}: {date} se nahi',
    open: '• {topic}: aapke jawab ka intezaar hai',
    never: '• {topic}: sehmati nahi di gayi, kuch nahi bheja jata',
  },
}

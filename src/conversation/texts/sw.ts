// Kiswahili, kwa nafsi ya pili umoja kama kampuni zinavyowaandikia wateja.

import type { Texts } from './texts.js'

export const sw: Texts = {
  language: 'sw',
  words: { stop: 'SITISHA', start: 'JISAJILI', choose: 'MADA', receipt: 'UTHIBITISHO' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'si zaidi ya ujumbe 1 kwa siku', other: 'si zaidi ya jumbe {n} kwa siku' },
    week: { one: 'si zaidi ya ujumbe 1 kwa wiki', other: 'si zaidi ya jumbe {n} kwa wiki' },
    month: { one: 'si zaidi ya ujumbe 1 kwa mwezi', other: 'si zaidi ya jumbe {n} kwa mwezi' },
    year: { one: 'si zaidi ya ujumbe 1 kwa mwaka', other: 'si zaidi ya jumbe {n} kwa mwaka' },
  },
  terms: `• Kuhusu: {topics}
• Mara ngapi: {frequency}
• Gharama: kwetu ni bure; mtandao wako wa simu unaweza kutoza data
• Taarifa zinazotumika: namba yako au utambulisho wako wa WhatsApp, na majibu yako
• Kusitisha wakati wowote: jibu {stop}, gusa “Sitisha” au tuambie kwa maneno yako
• Kukataa hakuathiri oda zako

Ilani ya faragha: {privacy}`,
  card: {
    body: `*{business}* inaomba ruhusa ya kukutumia ujumbe kwa WhatsApp:

{terms}

Je, unakubali?`,
    buttons: {
      yes: 'Ndiyo, nitumieni',
      topics: 'Chagua mada',
      no: 'Hapana, asante',
    },
  },
  again: {
    body: `Umeomba kupokea tena ujumbe kutoka *{business}*. Awali ulijiondoa, kwa hiyo tafadhali thibitisha.

{terms}`,
    buttons: {
      yes: 'Ndiyo, nathibitisha',
      topics: 'Chagua mada',
      no: 'Hapana',
    },
  },
  renewal: {
    body: `Ridhaa yako ya kupokea ujumbe kutoka *{business}* inaisha tarehe {date}. Ukitaka iendelee, tafadhali tujulishe; la sivyo itaisha yenyewe.

{terms}`,
    buttons: { yes: 'Ndiyo, nitumieni', topics: 'Chagua mada', no: 'Hapana, asante' },
  },
  done: {
    body: `Tayari. Umesajiliwa kupokea: {subscribed}.
Kama uthibitisho wa uamuzi wako, tumehifadhi maelezo tuliyokupa, jibu lako na muda. Jibu {receipt} kupata nakala.
Ukitaka kusitisha, jibu {stop} wakati wowote.`,
    buttons: {
      topics: 'Chagua mada',
      stop: 'Sitisha',
    },
  },
  already: {
    body: `Umesajiliwa kupokea: {subscribed}.
Ukitaka kusitisha, jibu {stop} wakati wowote.`,
    buttons: {
      topics: 'Chagua mada',
      stop: 'Sitisha',
    },
  },
  help: {
    body: `Hapa ni {business}.
• {stop} – kusitisha ujumbe
• {start} – kujisajili
• {choose} – kuchagua unachopokea
• {receipt} – kuona kilichohifadhiwa
Mara ngapi: {frequency}. Mtandao wako wa simu unaweza kutoza data.
Maswali, nakala ya taarifa zako au kuzifuta: {contact}
Faragha: {privacy}`,
    buttons: {
      stop: 'Sitisha',
      topics: 'Chagua mada',
    },
  },
  unsure: {
    body: `Ili kuhakikisha: je, ungependa tusitishe kukutumia ujumbe? Hadi utakapojibu, hatutakutumia ofa.`,
    buttons: {
      stop_yes: 'Ndiyo, sitisheni',
      stop_no: 'Hapana, endeleeni',
    },
  },
  topics: {
    body: `Ungependa kupokea nini kutoka *{business}*? Kila unapogusa, mada huongezwa au huondolewa.`,
    footer: 'Kujiondoa, jibu {stop}',
    open: 'Chagua mada',
    given: 'Unapokea mada hii. Gusa ili kuisitisha',
    stop_all: 'Sitisha ujumbe wote',
  },
  stopped: {
    body: `{business}: usajili wako umesitishwa. Hutapokea tena hapa: {topics}. Huu ndio uthibitisho pekee.`,
    more: 'Kama ulimaanisha baadhi ya ujumbe tu, tuambie hapa chini. Bila jibu lako, hatutatuma chochote.',
    buttons: { stop_all: 'Sitisha ujumbe wote', keep: 'Jumbe za oda tu', undo: 'Rudisha' },
  },
  narrowed: {
    body: `Utaendelea kupokea: {topics}. Mada nyingine zote zimesitishwa. Kusitisha hizi pia, jibu {stop}.`,
  },
  kept: { body: `Asante. Usajili wako unaendelea. Ukitaka kusitisha, jibu {stop} wakati wowote.` },
  refused: { body: `Hatutakutumia ujumbe. Ukibadilisha mawazo, jibu {start}.` },
  minor: {
    body: `Ujumbe huu haulengi watoto. Tumekuondoa kwenye orodha. Mzazi au mlezi anaweza kuandika kwa {contact}.`,
  },
  receipt: {
    body: `*{business}*: kumbukumbu ya ridhaa yako, tarehe {date}

{lines}

Tumehifadhi kama uthibitisho: maelezo tuliyokupa, jibu lako na muda. Namba ya kumbukumbu: {proof}
Maswali: {contact}
Faragha: {privacy}`,
    given: '• {topic}: ndiyo, tangu {date} hadi {until}',
    ended: '• {topic}: hapana, tangu {date}',
    open: '• {topic}: inasubiri jibu lako',
    never: '• {topic}: ridhaa haijatolewa, hatutumi ujumbe',
  },
}

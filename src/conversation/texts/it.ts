// Italiano, impersonale: né tu né Lei.

import type { Texts } from './texts.js'

export const it: Texts = {
  language: 'it',
  words: { stop: 'STOP', start: 'ISCRIZIONE', choose: 'ARGOMENTI', receipt: 'ATTESTAZIONE' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: {
      one: 'al massimo 1 messaggio al giorno',
      many: 'al massimo {n} di messaggi al giorno',
      other: 'al massimo {n} messaggi al giorno',
    },
    week: {
      one: 'al massimo 1 messaggio a settimana',
      many: 'al massimo {n} di messaggi a settimana',
      other: 'al massimo {n} messaggi a settimana',
    },
    month: {
      one: 'al massimo 1 messaggio al mese',
      many: 'al massimo {n} di messaggi al mese',
      other: 'al massimo {n} messaggi al mese',
    },
    year: {
      one: 'al massimo 1 messaggio all’anno',
      many: 'al massimo {n} di messaggi all’anno',
      other: 'al massimo {n} messaggi all’anno',
    },
  },
  terms: `• Contenuto: {topics}
• Frequenza: {frequency}
• Costo: nessuno da parte nostra; l’operatore può addebitare il traffico dati
• Dati usati: numero o identificativo WhatsApp e risposte ricevute
• Stop in qualsiasi momento: rispondere {stop}, toccare «Disiscrizione» o scriverlo con altre parole
• Un rifiuto non ha effetti sugli ordini

Informativa sulla privacy: {privacy}`,
  card: {
    body: `*{business}* chiede il consenso per inviare messaggi WhatsApp a questo account:

{terms}

D’accordo?`,
    buttons: {
      yes: 'Sì, accetto',
      topics: 'Scegli argomenti',
      no: 'No, grazie',
    },
  },
  again: {
    body: `Abbiamo ricevuto la richiesta di inviare di nuovo i messaggi di *{business}*. In precedenza c’era stata una disiscrizione, quindi serve una conferma.

{terms}`,
    buttons: {
      yes: 'Sì, confermo',
      topics: 'Scegli argomenti',
      no: 'No',
    },
  },
  renewal: {
    body: `Il consenso ai messaggi di *{business}* scade in data {date}. Per prolungarlo serve una conferma; senza risposta scade da solo.

{terms}`,
    buttons: { yes: 'Sì, confermo', topics: 'Scegli argomenti', no: 'No, grazie' },
  },
  done: {
    body: `Fatto. Iscrizione attiva per: {subscribed}.
Come prova della scelta abbiamo salvato le informazioni fornite, la risposta, la data e l’ora. Rispondendo {receipt} se ne riceve una copia.
Per terminare basta rispondere {stop} in qualsiasi momento.`,
    buttons: {
      topics: 'Scegli argomenti',
      stop: 'Disiscrizione',
    },
  },
  already: {
    body: `Iscrizione attiva per: {subscribed}.
Per terminare basta rispondere {stop} in qualsiasi momento.`,
    buttons: {
      topics: 'Scegli argomenti',
      stop: 'Disiscrizione',
    },
  },
  help: {
    body: `Qui {business}.
• {stop} – non ricevere più messaggi
• {start} – ricevere i messaggi
• {choose} – scegliere cosa ricevere
• {receipt} – vedere cosa risulta registrato
Frequenza: {frequency}. L’operatore può addebitare il traffico dati.
Domande, copia o cancellazione dei dati: {contact}
Privacy: {privacy}`,
    buttons: {
      stop: 'Disiscrizione',
      topics: 'Scegli argomenti',
    },
  },
  unsure: {
    body: `Per sicurezza: dobbiamo smettere di inviare messaggi? Fino alla risposta non invieremo offerte.`,
    buttons: {
      stop_yes: 'Sì, smettete',
      stop_no: 'No, continuate',
    },
  },
  topics: {
    body: `Cosa ricevere da *{business}*? Ogni tocco aggiunge o toglie un argomento.`,
    footer: 'Per la disiscrizione, rispondere {stop}',
    open: 'Scegli argomenti',
    given: 'Iscrizione attiva. Toccare per terminare',
    stop_all: 'Stop a tutto',
  },
  stopped: {
    body: `{business}: disiscrizione effettuata. Qui non arriveranno più messaggi su: {topics}. Questa è l’unica conferma.`,
    more: 'Se la richiesta riguardava solo una parte dei messaggi, si può indicare qui sotto. Senza risposta non invieremo messaggi.',
    buttons: { stop_all: 'Stop a tutto', keep: 'Solo ordini', undo: 'Ripristina' },
  },
  narrowed: {
    body: `Continuano ad arrivare: {topics}. Tutto il resto è terminato. Con {stop} termina anche questo.`,
  },
  kept: {
    body: `Grazie. L’iscrizione resta attiva. Per terminare basta rispondere {stop} in qualsiasi momento.`,
  },
  refused: { body: `Non invieremo messaggi. Per cambiare idea basta rispondere {start}.` },
  minor: {
    body: `Questi messaggi non sono destinati ai minori. Abbiamo disattivato l’iscrizione. Un genitore o tutore può scrivere a {contact}.`,
  },
  receipt: {
    body: `*{business}*: cosa risulta registrato in data {date}

{lines}

Conservato come prova: le informazioni fornite, la risposta, la data e l’ora. Riferimento: {proof}
Domande: {contact}
Privacy: {privacy}`,
    given: '• {topic}: sì, in data {date}; scadenza: {until}',
    ended: '• {topic}: no, in data {date}',
    open: '• {topic}: in attesa di risposta',
    never: '• {topic}: nessun consenso, nessun invio',
  },
}

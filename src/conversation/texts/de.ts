// Deutsch, in der Höflichkeitsform.

import type { Texts } from './texts.js'

export const de: Texts = {
  language: 'de',
  words: { stop: 'STOPP', start: 'START', choose: 'THEMEN', receipt: 'NACHWEIS' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'höchstens 1 Nachricht am Tag', other: 'höchstens {n} Nachrichten am Tag' },
    week: { one: 'höchstens 1 Nachricht pro Woche', other: 'höchstens {n} Nachrichten pro Woche' },
    month: { one: 'höchstens 1 Nachricht im Monat', other: 'höchstens {n} Nachrichten im Monat' },
    year: { one: 'höchstens 1 Nachricht im Jahr', other: 'höchstens {n} Nachrichten im Jahr' },
  },
  terms: `• Was: {topics}
• Wie oft: {frequency}
• Kosten: wir berechnen nichts; Ihr Anbieter kann Datenkosten berechnen
• Verwendete Daten: Ihre WhatsApp-Nummer oder -Kennung und Ihre Antworten
• Jederzeit beenden: mit {stop} antworten, auf „Stopp“ tippen oder es uns mit eigenen Worten sagen
• Ein Nein ändert nichts an Ihren Bestellungen

Datenschutzhinweise: {privacy}`,
  card: {
    body: `*{business}* möchte Ihnen WhatsApp-Nachrichten senden:

{terms}

Sind Sie einverstanden?`,
    buttons: {
      yes: 'Ja, bitte senden',
      topics: 'Themen wählen',
      no: 'Nein, danke',
    },
  },
  again: {
    body: `Sie möchten wieder Nachrichten von *{business}* erhalten. Sie hatten sich abgemeldet, bitte bestätigen Sie deshalb.

{terms}`,
    buttons: {
      yes: 'Ja, anmelden',
      topics: 'Themen wählen',
      no: 'Nein',
    },
  },
  renewal: {
    body: `Was Sie von *{business}* erhalten wollten, endet am {date}. Soll es weitergehen? Ohne Ihre Antwort endet es von selbst.

{terms}`,
    buttons: { yes: 'Ja, weiter', topics: 'Themen wählen', no: 'Nein, danke' },
  },
  done: {
    body: `Fertig. Sie sind angemeldet für: {subscribed}.
Als Nachweis Ihrer Entscheidung haben wir unseren Hinweis, Ihre Antwort und den Zeitpunkt gespeichert. Mit {receipt} bekommen Sie eine Kopie.
Antworten Sie jederzeit {stop}, um zu beenden.`,
    buttons: {
      topics: 'Themen wählen',
      stop: 'Stopp',
    },
  },
  already: {
    body: `Sie sind angemeldet für: {subscribed}.
Antworten Sie jederzeit {stop}, um zu beenden.`,
    buttons: {
      topics: 'Themen wählen',
      stop: 'Stopp',
    },
  },
  help: {
    body: `Hier ist {business}.
• {stop} – keine Nachrichten mehr
• {start} – anmelden
• {choose} – wählen, was Sie bekommen
• {receipt} – was gespeichert ist
Häufigkeit: {frequency}. Es können Datenkosten anfallen.
Fragen, Kopie oder Löschung Ihrer Daten: {contact}
Datenschutz: {privacy}`,
    buttons: {
      stop: 'Stopp',
      topics: 'Themen wählen',
    },
  },
  unsure: {
    body: `Nur um sicherzugehen: Möchten Sie, dass wir die Nachrichten beenden? Bis zu Ihrer Antwort senden wir Ihnen keine Angebote.`,
    buttons: {
      stop_yes: 'Ja, beenden',
      stop_no: 'Nein, weiter senden',
    },
  },
  topics: {
    body: `Was möchten Sie von *{business}* bekommen? Jedes Antippen nimmt ein Thema dazu oder heraus.`,
    footer: 'Mit {stop} melden Sie sich ab',
    open: 'Themen wählen',
    given: 'Bekommen Sie. Antippen beendet es',
    stop_all: 'Alles beenden',
  },
  stopped: {
    body: `{business}: Sie sind abgemeldet. Hier kommt nichts mehr zu: {topics}. Dies ist die einzige Bestätigung.`,
    more: 'Falls Sie nur einen Teil meinten, sagen Sie es uns unten. Ohne Antwort senden wir nichts.',
    buttons: { stop_all: 'Alles beenden', keep: 'Nur Bestellinfos', undo: 'Rückgängig' },
  },
  narrowed: {
    body: `Sie bekommen weiterhin: {topics}. Alles andere ist beendet. Antworten Sie {stop}, um auch das zu beenden.`,
  },
  kept: { body: `Danke. Sie bleiben angemeldet. Antworten Sie jederzeit {stop}, um zu beenden.` },
  refused: { body: `Wir senden Ihnen nichts. Falls Sie es sich anders überlegen, antworten Sie {start}.` },
  minor: {
    body: `Diese Nachrichten sind nicht für Kinder bestimmt. Wir haben dich von der Liste genommen. Eltern oder Sorgeberechtigte können an {contact} schreiben.`,
  },
  receipt: {
    body: `*{business}*: was am {date} zu Ihnen gespeichert ist

{lines}

Als Nachweis aufbewahrt: unser Hinweis, Ihre Antwort und der Zeitpunkt. Beleg: {proof}
Fragen: {contact}
Datenschutz: {privacy}`,
    given: '• {topic}: Ja seit {date}, bis {until}',
    ended: '• {topic}: Nein seit {date}',
    open: '• {topic}: wartet auf Ihre Antwort',
    never: '• {topic}: nie zugestimmt, es wird nichts gesendet',
  },
}

// Deutsch, in der Höflichkeitsform.

import type { Texts } from './texts.js'

export const de: Texts = {
  language: 'de',
  words: { stop: 'STOPP', start: 'START', choose: 'THEMEN' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: ['höchstens 1 Nachricht am Tag', 'höchstens {n} Nachrichten am Tag'],
    week: ['höchstens 1 Nachricht pro Woche', 'höchstens {n} Nachrichten pro Woche'],
    month: ['höchstens 1 Nachricht im Monat', 'höchstens {n} Nachrichten im Monat'],
    year: ['höchstens 1 Nachricht im Jahr', 'höchstens {n} Nachrichten im Jahr'],
  },
  card: {
    body: `*{business}* möchte Ihnen WhatsApp-Nachrichten senden:

• Was: {topics}
• Wie oft: {frequency}
• Kosten: wir berechnen nichts; Ihr Anbieter kann Datenkosten berechnen
• Verwendete Daten: Ihre WhatsApp-Nummer oder -Kennung und Ihre Antworten
• Jederzeit beenden: mit {stop} antworten, auf „Stopp“ tippen oder es uns mit eigenen Worten sagen
• Ein Nein ändert nichts an Ihren Bestellungen

Datenschutzhinweise: {privacy}

Sind Sie einverstanden?`,
    buttons: [
      ['yes', 'Ja, bitte senden'],
      ['topics', 'Themen wählen'],
      ['no', 'Nein, danke'],
    ],
  },
  again: {
    body: `Sie möchten wieder Nachrichten von *{business}* erhalten. Sie hatten sich abgemeldet, bitte bestätigen Sie deshalb.

• Was: {topics}
• Wie oft: {frequency}
• Kosten: wir berechnen nichts; Ihr Anbieter kann Datenkosten berechnen
• Verwendete Daten: Ihre WhatsApp-Nummer oder -Kennung und Ihre Antworten
• Jederzeit beenden: mit {stop} antworten oder es uns mit eigenen Worten sagen
• Ein Nein ändert nichts an Ihren Bestellungen

Datenschutzhinweise: {privacy}`,
    buttons: [
      ['yes', 'Ja, anmelden'],
      ['topics', 'Themen wählen'],
      ['no', 'Nein'],
    ],
  },
  done: {
    body: `Fertig. Sie sind angemeldet für: {subscribed}.
Als Nachweis Ihrer Entscheidung haben wir unseren Hinweis, Ihre Antwort und den Zeitpunkt gespeichert.
Antworten Sie jederzeit {stop}, um zu beenden.`,
    buttons: [
      ['topics', 'Themen wählen'],
      ['stop', 'Stopp'],
    ],
  },
  already: {
    body: `Sie sind angemeldet für: {subscribed}.
Antworten Sie jederzeit {stop}, um zu beenden.`,
    buttons: [
      ['topics', 'Themen wählen'],
      ['stop', 'Stopp'],
    ],
  },
  help: {
    body: `Hier ist {business}.
• {stop} – keine Nachrichten mehr
• {start} – anmelden
• {choose} – wählen, was Sie bekommen
Häufigkeit: {frequency}. Es können Datenkosten anfallen.
Fragen, Kopie oder Löschung Ihrer Daten: {contact}
Datenschutz: {privacy}`,
    buttons: [
      ['stop', 'Stopp'],
      ['topics', 'Themen wählen'],
    ],
  },
  unsure: {
    body: `Nur um sicherzugehen: Möchten Sie, dass wir die Nachrichten beenden? Bis zu Ihrer Antwort senden wir Ihnen keine Angebote.`,
    buttons: [
      ['stop_yes', 'Ja, beenden'],
      ['stop_no', 'Nein, weiter senden'],
    ],
  },
  topics: {
    body: `Was möchten Sie von *{business}* bekommen? Jedes Antippen nimmt ein Thema dazu.`,
    footer: 'Mit {stop} melden Sie sich ab',
    open: 'Themen wählen',
    given: 'Bekommen Sie',
    stop_all: 'Alles beenden',
  },
  stopped: {
    body: `{business}: Sie sind abgemeldet. Sie bekommen hier keine Angebote oder Neuigkeiten mehr. Dies ist die einzige Bestätigung.`,
  },
  kept: { body: `Danke. Sie bleiben angemeldet. Antworten Sie jederzeit {stop}, um zu beenden.` },
  refused: { body: `Wir senden Ihnen nichts. Falls Sie es sich anders überlegen, antworten Sie {start}.` },
}

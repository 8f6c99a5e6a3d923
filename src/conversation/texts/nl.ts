// Nederlands, zonder u of je.

import type { Texts } from './texts.js'

export const nl: Texts = {
  language: 'nl',
  words: { stop: 'STOP', start: 'AANMELDEN', choose: 'ONDERWERPEN', receipt: 'BEWIJS' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'maximaal 1 bericht per dag', other: 'maximaal {n} berichten per dag' },
    week: { one: 'maximaal 1 bericht per week', other: 'maximaal {n} berichten per week' },
    month: { one: 'maximaal 1 bericht per maand', other: 'maximaal {n} berichten per maand' },
    year: { one: 'maximaal 1 bericht per jaar', other: 'maximaal {n} berichten per jaar' },
  },
  terms: `• Wat: {topics}
• Hoe vaak: {frequency}
• Kosten: wij rekenen niets; de provider kan datakosten rekenen
• Gebruikte gegevens: WhatsApp-nummer of -ID en de antwoorden
• Stoppen kan altijd: stuur {stop}, tik op ‘Afmelden’ of zeg het in eigen woorden
• Weigeren verandert niets aan bestellingen

Privacyverklaring: {privacy}`,
  card: {
    body: `*{business}* wil hier graag WhatsApp-berichten sturen:

{terms}

Akkoord?`,
    buttons: {
      yes: 'Ja, akkoord',
      topics: 'Onderwerpen kiezen',
      no: 'Nee, bedankt',
    },
  },
  again: {
    body: `We hebben het verzoek ontvangen om weer berichten van *{business}* te sturen. Omdat er eerder een afmelding was, is een bevestiging nodig.

{terms}`,
    buttons: {
      yes: 'Ja, aanmelden',
      topics: 'Onderwerpen kiezen',
      no: 'Nee',
    },
  },
  renewal: {
    body: `De toestemming voor berichten van *{business}* loopt af op {date}. Verlengen? Zonder antwoord eindigt de toestemming vanzelf.

{terms}`,
    buttons: { yes: 'Ja, graag', topics: 'Onderwerpen kiezen', no: 'Nee, bedankt' },
  },
  done: {
    body: `Gelukt. De aanmelding is actief voor: {subscribed}.
Als bewijs van de keuze bewaren we onze uitleg, het antwoord en het tijdstip. Stuur {receipt} voor een kopie.
Stoppen kan altijd: stuur {stop}.`,
    buttons: {
      topics: 'Onderwerpen kiezen',
      stop: 'Afmelden',
    },
  },
  already: {
    body: `De aanmelding is actief voor: {subscribed}.
Stoppen kan altijd: stuur {stop}.`,
    buttons: {
      topics: 'Onderwerpen kiezen',
      stop: 'Afmelden',
    },
  },
  help: {
    body: `Dit is {business}.
• {stop} – geen berichten meer
• {start} – berichten ontvangen
• {choose} – kiezen welke berichten komen
• {receipt} – zien wat is vastgelegd
Frequentie: {frequency}. De provider kan datakosten rekenen.
Vragen, kopie of verwijdering van gegevens: {contact}
Privacy: {privacy}`,
    buttons: {
      stop: 'Afmelden',
      topics: 'Onderwerpen kiezen',
    },
  },
  unsure: {
    body: `Voor de zekerheid: moeten we stoppen met berichten sturen? Tot er een antwoord is, sturen we geen aanbiedingen.`,
    buttons: {
      stop_yes: 'Ja, stoppen',
      stop_no: 'Nee, blijf sturen',
    },
  },
  topics: {
    body: `Welke berichten mag *{business}* sturen? Elke tik voegt een onderwerp toe of haalt het weg.`,
    footer: 'Afmelden? Stuur {stop}',
    open: 'Onderwerpen kiezen',
    given: 'Aanmelding actief. Tik om te stoppen',
    stop_all: 'Alles stoppen',
  },
  stopped: {
    body: `{business}: de afmelding is verwerkt. Hier komt niets meer over: {topics}. Dit is de enige bevestiging.`,
    more: 'Ging het maar om een deel van de berichten? Geef het hieronder aan. Zonder antwoord sturen we niets.',
    buttons: { stop_all: 'Alles stoppen', keep: 'Alleen bestelinfo', undo: 'Ongedaan maken' },
  },
  narrowed: {
    body: `Deze berichten blijven komen: {topics}. Al het andere is gestopt. Stuur {stop} om ook deze te stoppen.`,
  },
  kept: { body: `Bedankt. De aanmelding blijft actief. Stoppen kan altijd: stuur {stop}.` },
  refused: { body: `We sturen niets. Van gedachten veranderd? Stuur dan {start}.` },
  minor: {
    body: `Deze berichten zijn niet bedoeld voor kinderen. We hebben de aanmelding beëindigd. Een ouder of voogd kan schrijven naar {contact}.`,
  },
  receipt: {
    body: `*{business}*: wat hier is vastgelegd, stand op {date}

{lines}

Bewaard als bewijs: onze uitleg, het antwoord en het tijdstip. Kenmerk: {proof}
Vragen: {contact}
Privacy: {privacy}`,
    given: '• {topic}: ja sinds {date}, tot {until}',
    ended: '• {topic}: nee sinds {date}',
    open: '• {topic}: wacht op antwoord',
    never: '• {topic}: geen toestemming, er wordt niets gestuurd',
  },
}

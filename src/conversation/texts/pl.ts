// Polski, na „Ty”, bez form rodzajowych.

import type { Texts } from './texts.js'

export const pl: Texts = {
  language: 'pl',
  words: { stop: 'STOP', start: 'START', choose: 'TEMATY', receipt: 'POTWIERDZENIE ZGODY' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: {
      one: 'maksymalnie 1 wiadomość dziennie',
      few: 'maksymalnie {n} wiadomości dziennie',
      many: 'maksymalnie {n} wiadomości dziennie',
      other: 'maksymalnie {n} wiadomości dziennie',
    },
    week: {
      one: 'maksymalnie 1 wiadomość tygodniowo',
      few: 'maksymalnie {n} wiadomości tygodniowo',
      many: 'maksymalnie {n} wiadomości tygodniowo',
      other: 'maksymalnie {n} wiadomości tygodniowo',
    },
    month: {
      one: 'maksymalnie 1 wiadomość miesięcznie',
      few: 'maksymalnie {n} wiadomości miesięcznie',
      many: 'maksymalnie {n} wiadomości miesięcznie',
      other: 'maksymalnie {n} wiadomości miesięcznie',
    },
    year: {
      one: 'maksymalnie 1 wiadomość rocznie',
      few: 'maksymalnie {n} wiadomości rocznie',
      many: 'maksymalnie {n} wiadomości rocznie',
      other: 'maksymalnie {n} wiadomości rocznie',
    },
  },
  terms: `• Tematy: {topics}
• Jak często: {frequency}
• Koszt: nie pobieramy opłat; operator może naliczyć opłatę za transmisję danych
• Wykorzystywane dane: Twój numer lub identyfikator WhatsApp i Twoje odpowiedzi
• Rezygnacja w każdej chwili: odpowiedz {stop}, dotknij „Rezygnuję” lub napisz to własnymi słowami
• Odmowa nie wpływa na Twoje zamówienia

Polityka prywatności: {privacy}`,
  card: {
    body: `*{business}* prosi o zgodę na wysyłanie Ci wiadomości WhatsApp:

{terms}

Czy wyrażasz zgodę?`,
    buttons: {
      yes: 'Tak, zgadzam się',
      topics: 'Wybierz tematy',
      no: 'Nie, dziękuję',
    },
  },
  again: {
    body: `*{business}*: otrzymaliśmy prośbę o ponowne wysyłanie wiadomości. Ponieważ wcześniej była rezygnacja, potrzebujemy potwierdzenia.

{terms}`,
    buttons: {
      yes: 'Tak, zapiszcie mnie',
      topics: 'Wybierz tematy',
      no: 'Nie',
    },
  },
  renewal: {
    body: `*{business}*: Twoja zgoda na wiadomości wygasa {date}. Aby ją przedłużyć, potrzebujemy potwierdzenia; bez odpowiedzi wygaśnie sama.

{terms}`,
    buttons: { yes: 'Tak, potwierdzam', topics: 'Wybierz tematy', no: 'Nie, dziękuję' },
  },
  done: {
    body: `Gotowe. Subskrypcja jest aktywna: {subscribed}.
Jako dowód Twojego wyboru zapisaliśmy nasze informacje, Twoją odpowiedź oraz datę i godzinę. Aby otrzymać kopię, odpowiedz {receipt}.
Rezygnacja jest możliwa w każdej chwili: odpowiedz {stop}.`,
    buttons: {
      topics: 'Wybierz tematy',
      stop: 'Rezygnuję',
    },
  },
  already: {
    body: `Subskrypcja jest aktywna: {subscribed}.
Rezygnacja jest możliwa w każdej chwili: odpowiedz {stop}.`,
    buttons: {
      topics: 'Wybierz tematy',
      stop: 'Rezygnuję',
    },
  },
  help: {
    body: `Tu {business}.
• {stop} – koniec wiadomości
• {start} – zapisanie się
• {choose} – wybór tematów
• {receipt} – podgląd zapisanych zgód
Częstotliwość: {frequency}. Operator może naliczyć opłatę za transmisję danych.
Pytania, kopia lub usunięcie danych: {contact}
Prywatność: {privacy}`,
    buttons: {
      stop: 'Rezygnuję',
      topics: 'Wybierz tematy',
    },
  },
  unsure: {
    body: `Dla pewności: czy mamy przestać wysyłać wiadomości? Do czasu odpowiedzi nie będziemy wysyłać ofert.`,
    buttons: {
      stop_yes: 'Tak, przestańcie',
      stop_no: 'Nie, kontynuujcie',
    },
  },
  topics: {
    body: `*{business}*: co chcesz otrzymywać? Każde dotknięcie dodaje lub usuwa temat.`,
    footer: 'Aby zrezygnować, odpowiedz {stop}',
    open: 'Wybierz tematy',
    given: 'Subskrypcja aktywna. Dotknij, aby zakończyć',
    stop_all: 'Wyłącz wszystko',
  },
  stopped: {
    body: `{business}: rezygnacja została przyjęta. Nie będą tu już przychodzić wiadomości na temat: {topics}. To jedyne potwierdzenie.`,
    more: 'Jeśli chodziło tylko o część wiadomości, zaznacz to poniżej. Bez odpowiedzi nie wyślemy wiadomości.',
    buttons: { stop_all: 'Wyłącz wszystko', keep: 'Tylko zamówienia', undo: 'Cofnij' },
  },
  narrowed: {
    body: `Nadal będą przychodzić: {topics}. Wszystko inne jest wyłączone. Aby wyłączyć także te wiadomości, odpowiedz {stop}.`,
  },
  kept: {
    body: `Dziękujemy. Subskrypcja pozostaje aktywna. Rezygnacja jest możliwa w każdej chwili: odpowiedz {stop}.`,
  },
  refused: { body: `Nie będziemy wysyłać wiadomości. W razie zmiany decyzji odpowiedz {start}.` },
  minor: {
    body: `Te wiadomości nie są przeznaczone dla dzieci. Subskrypcja została zakończona. Kontakt dla rodzica lub opiekuna: {contact}.`,
  },
  receipt: {
    body: `*{business}*: Twoje zgody, stan na {date}

{lines}

Przechowywane jako dowód: nasze informacje, Twoja odpowiedź oraz data i godzina. Numer: {proof}
Pytania: {contact}
Prywatność: {privacy}`,
    given: '• {topic}: tak od {date} do {until}',
    ended: '• {topic}: nie od {date}',
    open: '• {topic}: czeka na Twoją odpowiedź',
    never: '• {topic}: brak zgody, brak wysyłki',
  },
}

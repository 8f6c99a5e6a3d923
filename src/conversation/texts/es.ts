// Español, sin tú ni usted, para todos los países.

import type { Texts } from './texts.js'

export const es: Texts = {
  language: 'es',
  words: { stop: 'BAJA', start: 'ALTA', choose: 'TEMAS', receipt: 'COMPROBANTE' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'como máximo 1 mensaje al día', other: 'como máximo {n} mensajes al día' },
    week: { one: 'como máximo 1 mensaje a la semana', other: 'como máximo {n} mensajes a la semana' },
    month: { one: 'como máximo 1 mensaje al mes', other: 'como máximo {n} mensajes al mes' },
    year: { one: 'como máximo 1 mensaje al año', other: 'como máximo {n} mensajes al año' },
  },
  terms: `• Qué: {topics}
• Frecuencia: {frequency}
• Precio: nada de nuestra parte; el operador puede cobrar los datos
• Datos usados: el número o identificador de WhatsApp y las respuestas
• Baja en cualquier momento: responder {stop}, tocar «Baja» o decirlo con otras palabras
• Rechazarlo no cambia nada en los pedidos

Aviso de privacidad: {privacy}`,
  card: {
    body: `*{business}* pide permiso para enviar mensajes de WhatsApp a esta cuenta:

{terms}

¿De acuerdo?`,
    buttons: {
      yes: 'Sí, enviar',
      topics: 'Elegir temas',
      no: 'No, gracias',
    },
  },
  again: {
    body: `Hemos recibido la petición de volver a recibir mensajes de *{business}*. Como antes hubo una baja, falta confirmarlo.

{terms}`,
    buttons: {
      yes: 'Sí, suscribirme',
      topics: 'Elegir temas',
      no: 'No',
    },
  },
  renewal: {
    body: `El permiso para los mensajes de *{business}* termina el {date}. Para continuar hace falta una respuesta; sin ella termina por sí solo.

{terms}`,
    buttons: { yes: 'Sí, continuar', topics: 'Elegir temas', no: 'No, gracias' },
  },
  done: {
    body: `Listo. Suscripción activa a: {subscribed}.
Como prueba hemos guardado lo que explicamos, la respuesta y la hora. Con {receipt} llega una copia.
Para terminar, basta responder {stop} en cualquier momento.`,
    buttons: {
      topics: 'Elegir temas',
      stop: 'Baja',
    },
  },
  already: {
    body: `Suscripción activa a: {subscribed}.
Para terminar, basta responder {stop} en cualquier momento.`,
    buttons: {
      topics: 'Elegir temas',
      stop: 'Baja',
    },
  },
  help: {
    body: `Aquí {business}.
• {stop} – no recibir más mensajes
• {start} – suscribirse
• {choose} – elegir qué recibir
• {receipt} – qué consta aquí
Frecuencia: {frequency}. El operador puede cobrar los datos.
Preguntas, copia o borrado de los datos: {contact}
Privacidad: {privacy}`,
    buttons: {
      stop: 'Baja',
      topics: 'Elegir temas',
    },
  },
  unsure: {
    body: `Para estar seguros: ¿dejamos de enviar mensajes? Hasta recibir respuesta no enviaremos ofertas.`,
    buttons: {
      stop_yes: 'Sí, dejar de enviar',
      stop_no: 'No, seguir enviando',
    },
  },
  topics: {
    body: `¿Qué enviamos desde *{business}*? Cada toque añade o quita un tema.`,
    footer: 'Para la baja, responder {stop}',
    open: 'Elegir temas',
    given: 'Suscripción activa. Tocar para terminar',
    stop_all: 'Baja de todo',
  },
  stopped: {
    body: `{business}: la baja está hecha. Aquí ya no llegará nada sobre: {topics}. Esta es la única confirmación.`,
    more: 'Si era solo para una parte, se puede indicar abajo. Sin respuesta no enviamos nada.',
    buttons: { stop_all: 'Baja de todo', keep: 'Conservar pedidos', undo: 'Deshacer' },
  },
  narrowed: {
    body: `Siguen llegando: {topics}. Todo lo demás está de baja. Con {stop} termina también esto.`,
  },
  kept: {
    body: `Gracias. La suscripción sigue activa. Para terminar, basta responder {stop} en cualquier momento.`,
  },
  refused: { body: `No enviaremos nada. Para cambiar de idea, basta responder {start}.` },
  minor: {
    body: `Estos mensajes no son para menores de edad. Hemos hecho la baja. Madre, padre o tutor pueden escribir a {contact}.`,
  },
  receipt: {
    body: `*{business}*: lo que consta aquí el {date}

{lines}

Guardado como prueba: lo que explicamos, la respuesta y la hora. Referencia: {proof}
Preguntas: {contact}
Privacidad: {privacy}`,
    given: '• {topic}: sí desde el {date}, hasta el {until}',
    ended: '• {topic}: no desde el {date}',
    open: '• {topic}: a la espera de respuesta',
    never: '• {topic}: sin permiso, no se envía nada',
  },
}

// Español, sin tú ni usted, para todos los países.

import type { Texts } from './texts.js'

export const es: Texts = {
  language: 'es',
  words: { stop: 'BAJA', start: 'ALTA', choose: 'TEMAS' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: ['como máximo 1 mensaje al día', 'como máximo {n} mensajes al día'],
    week: ['como máximo 1 mensaje a la semana', 'como máximo {n} mensajes a la semana'],
    month: ['como máximo 1 mensaje al mes', 'como máximo {n} mensajes al mes'],
    year: ['como máximo 1 mensaje al año', 'como máximo {n} mensajes al año'],
  },
  card: {
    body: `*{business}* pide permiso para enviar mensajes de WhatsApp a esta cuenta:

• Qué: {topics}
• Frecuencia: {frequency}
• Precio: nada de nuestra parte; el operador puede cobrar los datos
• Datos usados: el número o identificador de WhatsApp y las respuestas
• Baja en cualquier momento: responder {stop}, tocar «Baja» o decirlo con otras palabras
• Rechazarlo no cambia nada en los pedidos

Aviso de privacidad: {privacy}

¿De acuerdo?`,
    buttons: [
      ['yes', 'Sí, enviar'],
      ['topics', 'Elegir temas'],
      ['no', 'No, gracias'],
    ],
  },
  again: {
    body: `Hemos recibido la petición de volver a recibir mensajes de *{business}*. Como antes hubo una baja, falta confirmarlo.

• Qué: {topics}
• Frecuencia: {frequency}
• Precio: nada de nuestra parte; el operador puede cobrar los datos
• Datos usados: el número o identificador de WhatsApp y las respuestas
• Baja en cualquier momento: responder {stop} o decirlo con otras palabras
• Rechazarlo no cambia nada en los pedidos

Aviso de privacidad: {privacy}`,
    buttons: [
      ['yes', 'Sí, suscribirme'],
      ['topics', 'Elegir temas'],
      ['no', 'No'],
    ],
  },
  done: {
    body: `Listo. Suscripción activa a: {subscribed}.
Como prueba hemos guardado lo que explicamos, la respuesta y la hora.
Para terminar, basta responder {stop} en cualquier momento.`,
    buttons: [
      ['topics', 'Elegir temas'],
      ['stop', 'Baja'],
    ],
  },
  already: {
    body: `Suscripción activa a: {subscribed}.
Para terminar, basta responder {stop} en cualquier momento.`,
    buttons: [
      ['topics', 'Elegir temas'],
      ['stop', 'Baja'],
    ],
  },
  help: {
    body: `Aquí {business}.
• {stop} – no recibir más mensajes
• {start} – suscribirse
• {choose} – elegir qué recibir
Frecuencia: {frequency}. El operador puede cobrar los datos.
Preguntas, copia o borrado de los datos: {contact}
Privacidad: {privacy}`,
    buttons: [
      ['stop', 'Baja'],
      ['topics', 'Elegir temas'],
    ],
  },
  unsure: {
    body: `Para estar seguros: ¿dejamos de enviar mensajes? Hasta recibir respuesta no enviaremos ofertas.`,
    buttons: [
      ['stop_yes', 'Sí, dejar de enviar'],
      ['stop_no', 'No, seguir enviando'],
    ],
  },
  topics: {
    body: `¿Qué enviamos desde *{business}*? Cada toque añade un tema.`,
    footer: 'Para la baja, responder {stop}',
    open: 'Elegir temas',
    given: 'Suscripción activa',
    stop_all: 'Baja de todo',
  },
  stopped: {
    body: `{business}: la baja está hecha. Aquí no llegarán más ofertas ni novedades. Esta es la única confirmación.`,
  },
  kept: {
    body: `Gracias. La suscripción sigue activa. Para terminar, basta responder {stop} en cualquier momento.`,
  },
  refused: { body: `No enviaremos nada. Para cambiar de idea, basta responder {start}.` },
}

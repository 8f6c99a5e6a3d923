// Português do Brasil, com «você», sem concordância de gênero com a pessoa.

import type { Texts } from './texts.js'

export const ptBR: Texts = {
  language: 'pt-BR',
  words: { stop: 'SAIR', start: 'INSCREVER', choose: 'ASSUNTOS', receipt: 'COMPROVANTE' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: {
      one: 'no máximo {n} mensagem por dia',
      many: 'no máximo {n} de mensagens por dia',
      other: 'no máximo {n} mensagens por dia',
    },
    week: {
      one: 'no máximo {n} mensagem por semana',
      many: 'no máximo {n} de mensagens por semana',
      other: 'no máximo {n} mensagens por semana',
    },
    month: {
      one: 'no máximo {n} mensagem por mês',
      many: 'no máximo {n} de mensagens por mês',
      other: 'no máximo {n} mensagens por mês',
    },
    year: {
      one: 'no máximo {n} mensagem por ano',
      many: 'no máximo {n} de mensagens por ano',
      other: 'no máximo {n} mensagens por ano',
    },
  },
  terms: `• O quê: {topics}
• Frequência: {frequency}
• Custo: sem cobrança da nossa parte; a operadora pode cobrar pelos dados móveis
• Dados usados: seu número ou identificador do WhatsApp e suas respostas
• Para parar a qualquer momento: responda {stop}, toque em “Sair” ou diga com suas palavras
• Recusar não muda nada nos seus pedidos

Aviso de privacidade: {privacy}`,
  card: {
    body: `*{business}* gostaria de enviar mensagens de WhatsApp para você:

{terms}

Você aceita?`,
    buttons: {
      yes: 'Sim, aceito',
      topics: 'Escolher assuntos',
      no: 'Não aceito',
    },
  },
  again: {
    body: `Você pediu para voltar a receber mensagens de *{business}*. Como você tinha saído da lista, é preciso confirmar.

{terms}`,
    buttons: {
      yes: 'Sim, quero receber',
      topics: 'Escolher assuntos',
      no: 'Não',
    },
  },
  renewal: {
    body: `Sua autorização para as mensagens de *{business}* termina em {date}. Para continuar, é preciso confirmar; sem resposta, ela termina automaticamente.

{terms}`,
    buttons: { yes: 'Sim, confirmo', topics: 'Escolher assuntos', no: 'Não quero' },
  },
  done: {
    body: `Pronto. Sua inscrição está ativa para: {subscribed}.
Como prova da sua escolha, guardamos o que informamos, sua resposta e o horário. Responda {receipt} para receber uma cópia.
Para sair a qualquer momento, responda {stop}.`,
    buttons: {
      topics: 'Escolher assuntos',
      stop: 'Sair',
    },
  },
  already: {
    body: `Sua inscrição está ativa para: {subscribed}.
Para sair a qualquer momento, responda {stop}.`,
    buttons: {
      topics: 'Escolher assuntos',
      stop: 'Sair',
    },
  },
  help: {
    body: `Você está falando com {business}.
• {stop} – parar de receber mensagens
• {start} – passar a receber mensagens
• {choose} – escolher o que receber
• {receipt} – ver o que está registrado
Frequência: {frequency}. A operadora pode cobrar pelos dados móveis.
Dúvidas, cópia ou exclusão dos seus dados: {contact}
Privacidade: {privacy}`,
    buttons: {
      stop: 'Sair',
      topics: 'Escolher assuntos',
    },
  },
  unsure: {
    body: `Só para confirmar: devemos parar de enviar mensagens? Até a sua resposta, não enviaremos ofertas.`,
    buttons: {
      stop_yes: 'Sim, podem parar',
      stop_no: 'Não, continuem',
    },
  },
  topics: {
    body: `O que você quer receber de *{business}*? Cada toque adiciona ou remove um assunto.`,
    footer: 'Para sair, responda {stop}',
    open: 'Escolher assuntos',
    given: 'Inscrição ativa. Toque para encerrar',
    stop_all: 'Parar tudo',
  },
  stopped: {
    body: `{business}: sua inscrição foi cancelada. Você não receberá mais aqui: {topics}. Esta é a única confirmação.`,
    more: 'Se era só para uma parte das mensagens, indique abaixo. Sem resposta, não enviaremos mensagens.',
    buttons: { stop_all: 'Parar tudo', keep: 'Só pedidos', undo: 'Desfazer' },
  },
  narrowed: {
    body: `Você continua recebendo: {topics}. Todo o resto foi cancelado. Responda {stop} para encerrar também estas mensagens.`,
  },
  kept: { body: `Agradecemos. Sua inscrição continua ativa. Para sair a qualquer momento, responda {stop}.` },
  refused: { body: `Não enviaremos mensagens. Se mudar de ideia, responda {start}.` },
  minor: {
    body: `Estas mensagens não são destinadas a crianças. Cancelamos a inscrição. Mãe, pai ou responsável pode escrever para {contact}.`,
  },
  receipt: {
    body: `*{business}*: o que está registrado sobre você em {date}

{lines}

Guardado como prova: o que informamos, sua resposta e o horário. Referência: {proof}
Dúvidas: {contact}
Privacidade: {privacy}`,
    given: '• {topic}: sim desde {date}, até {until}',
    ended: '• {topic}: não desde {date}',
    open: '• {topic}: aguardando sua resposta',
    never: '• {topic}: sem autorização, nada é enviado',
  },
}

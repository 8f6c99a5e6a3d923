// Français, avec « vous », sans accord en genre avec la personne.

import type { Texts } from './texts.js'

export const fr: Texts = {
  language: 'fr',
  words: { stop: 'STOP', start: 'INSCRIPTION', choose: 'THÈMES', receipt: 'JUSTIFICATIF' },
  separator: { topics: ', ', frequencies: ' ; ', colon: ' : ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: {
      one: '{n} message par jour au maximum',
      many: '{n} de messages par jour au maximum',
      other: '{n} messages par jour au maximum',
    },
    week: {
      one: '{n} message par semaine au maximum',
      many: '{n} de messages par semaine au maximum',
      other: '{n} messages par semaine au maximum',
    },
    month: {
      one: '{n} message par mois au maximum',
      many: '{n} de messages par mois au maximum',
      other: '{n} messages par mois au maximum',
    },
    year: {
      one: '{n} message par an au maximum',
      many: '{n} de messages par an au maximum',
      other: '{n} messages par an au maximum',
    },
  },
  terms: `• Contenu : {topics}
• Fréquence : {frequency}
• Prix : gratuit de notre part ; l’opérateur peut facturer les données
• Données utilisées : votre numéro ou identifiant WhatsApp et vos réponses
• Arrêt à tout moment : répondez {stop}, appuyez sur « Se désinscrire » ou dites-le avec vos mots
• Refuser ne change rien à vos commandes

Politique de confidentialité : {privacy}`,
  card: {
    body: `*{business}* souhaite vous envoyer des messages WhatsApp :

{terms}

Êtes-vous d’accord ?`,
    buttons: {
      yes: 'Oui, j’accepte',
      topics: 'Choisir les thèmes',
      no: 'Non merci',
    },
  },
  again: {
    body: `Vous avez demandé à recevoir à nouveau les messages de *{business}*. Vous aviez mis fin à votre inscription, une confirmation est donc nécessaire.

{terms}`,
    buttons: {
      yes: 'Oui, je m’inscris',
      topics: 'Choisir les thèmes',
      no: 'Non',
    },
  },
  renewal: {
    body: `Votre accord pour les messages de *{business}* prend fin le {date}. Pour le prolonger, merci de le confirmer ; sans réponse, il prendra fin de lui-même.

{terms}`,
    buttons: { yes: 'Oui, je confirme', topics: 'Choisir les thèmes', no: 'Non merci' },
  },
  done: {
    body: `C’est fait. Votre inscription est active pour : {subscribed}.
Comme preuve de votre choix, nous avons enregistré les informations données, votre réponse, la date et l’heure. Répondez {receipt} pour en recevoir une copie.
Répondez {stop} à tout moment pour arrêter.`,
    buttons: {
      topics: 'Choisir les thèmes',
      stop: 'Se désinscrire',
    },
  },
  already: {
    body: `Votre inscription est active pour : {subscribed}.
Répondez {stop} à tout moment pour arrêter.`,
    buttons: {
      topics: 'Choisir les thèmes',
      stop: 'Se désinscrire',
    },
  },
  help: {
    body: `Ici {business}.
• {stop} – ne plus recevoir de messages
• {start} – recevoir les messages
• {choose} – choisir ce que vous recevez
• {receipt} – voir ce qui est enregistré
Fréquence : {frequency}. L’opérateur peut facturer les données.
Questions, copie ou effacement de vos données : {contact}
Confidentialité : {privacy}`,
    buttons: {
      stop: 'Se désinscrire',
      topics: 'Choisir les thèmes',
    },
  },
  unsure: {
    body: `Pour bien comprendre : souhaitez-vous que nous arrêtions les messages ? Avant votre réponse, nous n’enverrons aucune offre.`,
    buttons: {
      stop_yes: 'Oui, arrêtez',
      stop_no: 'Non, continuez',
    },
  },
  topics: {
    body: `Que souhaitez-vous recevoir de *{business}* ? Chaque appui ajoute ou retire un thème.`,
    footer: 'Répondez {stop} pour vous désinscrire',
    open: 'Choisir les thèmes',
    given: 'Inscription active. Appuyez pour y mettre fin',
    stop_all: 'Tout arrêter',
  },
  stopped: {
    body: `{business} : votre désinscription est enregistrée. Vous ne recevrez plus ici : {topics}. Ceci est la seule confirmation.`,
    more: 'S’il s’agissait seulement d’une partie des messages, indiquez-le ci-dessous. Sans réponse, nous n’enverrons rien.',
    buttons: { stop_all: 'Tout arrêter', keep: 'Garder les commandes', undo: 'Rétablir' },
  },
  narrowed: {
    body: `Vous recevez toujours : {topics}. Tout le reste est arrêté. Répondez {stop} pour arrêter cela aussi.`,
  },
  kept: { body: `Merci. Votre inscription reste active. Répondez {stop} à tout moment pour arrêter.` },
  refused: { body: `Nous ne vous enverrons rien. Si vous changez d’avis, répondez {start}.` },
  minor: {
    body: `Ces messages ne sont pas destinés aux enfants. Nous avons mis fin à l’inscription. Un parent ou représentant légal peut écrire à {contact}.`,
  },
  receipt: {
    body: `*{business}* : ce qui est enregistré à votre sujet au {date}

{lines}

Conservés comme preuve : les informations données, votre réponse, la date et l’heure. Référence : {proof}
Questions : {contact}
Confidentialité : {privacy}`,
    given: '• {topic} : oui depuis le {date}, jusqu’au {until}',
    ended: '• {topic} : non depuis le {date}',
    open: '• {topic} : en attente de votre réponse',
    never: '• {topic} : aucun accord donné, rien n’est envoyé',
  },
}

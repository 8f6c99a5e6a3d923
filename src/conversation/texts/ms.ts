// Bahasa Melayu, dengan kata ganti “anda”.

import type { Texts } from './texts.js'

export const ms: Texts = {
  language: 'ms',
  words: { stop: 'BERHENTI', start: 'LANGGAN', choose: 'TOPIK', receipt: 'REKOD PERSETUJUAN' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { other: 'paling banyak {n} mesej sehari' },
    week: { other: 'paling banyak {n} mesej seminggu' },
    month: { other: 'paling banyak {n} mesej sebulan' },
    year: { other: 'paling banyak {n} mesej setahun' },
  },
  terms: `• Kandungan: {topics}
• Kekerapan: {frequency}
• Kos: kami tidak mengenakan bayaran; caj data operator anda mungkin dikenakan
• Data yang digunakan: nombor atau ID WhatsApp dan balasan anda
• Berhenti pada bila-bila masa: balas {stop}, tekan “Berhenti” atau beritahu kami dengan kata-kata sendiri
• Menolak tidak mengubah apa-apa pada pesanan anda

Notis privasi: {privacy}`,
  card: {
    body: `*{business}* ingin menghantar mesej WhatsApp kepada anda:

{terms}

Adakah anda bersetuju?`,
    buttons: {
      yes: 'Ya, setuju',
      topics: 'Pilih topik',
      no: 'Tidak, terima kasih',
    },
  },
  again: {
    body: `Anda meminta untuk menerima semula mesej daripada *{business}*. Sebelum ini anda telah berhenti melanggan, jadi sila sahkan.

{terms}`,
    buttons: {
      yes: 'Ya, langgan semula',
      topics: 'Pilih topik',
      no: 'Tidak',
    },
  },
  renewal: {
    body: `Persetujuan anda untuk menerima mesej daripada *{business}* tamat pada {date}. Jika ingin meneruskannya, sila beritahu kami; jika tidak, persetujuan ini tamat dengan sendirinya.

{terms}`,
    buttons: { yes: 'Ya, teruskan', topics: 'Pilih topik', no: 'Tidak, terima kasih' },
  },
  done: {
    body: `Selesai. Anda melanggan: {subscribed}.
Sebagai bukti pilihan anda, kami menyimpan maklumat yang kami berikan, jawapan anda dan masanya. Balas {receipt} untuk mendapatkan salinan.
Balas {stop} pada bila-bila masa untuk berhenti.`,
    buttons: {
      topics: 'Pilih topik',
      stop: 'Berhenti',
    },
  },
  already: {
    body: `Anda melanggan: {subscribed}.
Balas {stop} pada bila-bila masa untuk berhenti.`,
    buttons: {
      topics: 'Pilih topik',
      stop: 'Berhenti',
    },
  },
  help: {
    body: `Ini {business}.
• {stop} – berhenti menerima mesej
• {start} – melanggan
• {choose} – memilih kandungan
• {receipt} – melihat rekod anda
Kekerapan: {frequency}. Caj data mungkin dikenakan.
Pertanyaan, salinan atau pemadaman data anda: {contact}
Privasi: {privacy}`,
    buttons: {
      stop: 'Berhenti',
      topics: 'Pilih topik',
    },
  },
  unsure: {
    body: `Untuk kepastian: adakah anda mahu kami berhenti menghantar mesej? Sehingga anda menjawab, kami tidak akan menghantar tawaran.`,
    buttons: {
      stop_yes: 'Ya, hentikan',
      stop_no: 'Tidak, teruskan',
    },
  },
  topics: {
    body: `Apakah yang anda ingin terima daripada *{business}*? Setiap kali ditekan, satu topik ditambah atau dibuang.`,
    footer: 'Balas {stop} untuk berhenti melanggan',
    open: 'Pilih topik',
    given: 'Anda melanggan topik ini. Tekan untuk menamatkannya',
    stop_all: 'Hentikan semua',
  },
  stopped: {
    body: `{business}: langganan anda telah dihentikan. Anda tidak lagi menerima di sini: {topics}. Ini satu-satunya pengesahan.`,
    more: 'Jika maksud anda hanya sebahagian mesej, beritahu kami di bawah. Tanpa jawapan anda, tiada apa-apa dihantar.',
    buttons: { stop_all: 'Hentikan semua', keep: 'Info pesanan sahaja', undo: 'Buat asal' },
  },
  narrowed: {
    body: `Anda masih menerima: {topics}. Yang lain telah dihentikan. Balas {stop} untuk menamatkan ini juga.`,
  },
  kept: {
    body: `Terima kasih. Langganan anda kekal aktif. Balas {stop} pada bila-bila masa untuk berhenti.`,
  },
  refused: { body: `Kami tidak akan menghantar mesej. Jika anda berubah fikiran, balas {start}.` },
  minor: {
    body: `Mesej ini bukan untuk kanak-kanak. Langganan telah kami hentikan. Ibu bapa atau penjaga boleh menghubungi {contact}.`,
  },
  receipt: {
    body: `*{business}*: rekod persetujuan anda pada {date}

{lines}

Disimpan sebagai bukti: maklumat yang kami berikan, jawapan anda dan masanya. Nombor rekod: {proof}
Pertanyaan: {contact}
Privasi: {privacy}`,
    given: '• {topic}: ya sejak {date}, hingga {until}',
    ended: '• {topic}: tidak sejak {date}',
    open: '• {topic}: menunggu jawapan anda',
    never: '• {topic}: tidak pernah dipersetujui, tiada apa-apa dihantar',
  },
}

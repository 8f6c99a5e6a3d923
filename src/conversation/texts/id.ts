// Bahasa Indonesia, dengan sapaan “Anda”.

import type { Texts } from './texts.js'

export const id: Texts = {
  language: 'id',
  words: { stop: 'BERHENTI', start: 'LANGGANAN', choose: 'TOPIK', receipt: 'BUKTI PERSETUJUAN' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { other: 'maksimal {n} pesan per hari' },
    week: { other: 'maksimal {n} pesan per minggu' },
    month: { other: 'maksimal {n} pesan per bulan' },
    year: { other: 'maksimal {n} pesan per tahun' },
  },
  terms: `• Isi: {topics}
• Frekuensi: {frequency}
• Biaya: kami tidak memungut biaya; tarif data operator Anda mungkin berlaku
• Data yang digunakan: nomor atau ID WhatsApp dan balasan Anda
• Berhenti kapan saja: balas {stop}, ketuk “Berhenti”, atau sampaikan dengan kata-kata sendiri
• Menolak tidak mengubah apa pun pada pesanan Anda

Pemberitahuan privasi: {privacy}`,
  card: {
    body: `*{business}* ingin mengirim pesan WhatsApp kepada Anda:

{terms}

Apakah Anda setuju?`,
    buttons: {
      yes: 'Ya, setuju',
      topics: 'Pilih topik',
      no: 'Tidak, terima kasih',
    },
  },
  again: {
    body: `Anda meminta untuk kembali menerima pesan dari *{business}*. Sebelumnya Anda sudah berhenti, jadi mohon konfirmasi.

{terms}`,
    buttons: {
      yes: 'Ya, berlangganan',
      topics: 'Pilih topik',
      no: 'Tidak',
    },
  },
  renewal: {
    body: `Persetujuan Anda untuk menerima pesan dari *{business}* berakhir pada {date}. Jika ingin melanjutkan, mohon beri tahu kami; jika tidak, persetujuan berakhir dengan sendirinya.

{terms}`,
    buttons: { yes: 'Ya, lanjut', topics: 'Pilih topik', no: 'Tidak, terima kasih' },
  },
  done: {
    body: `Selesai. Anda berlangganan: {subscribed}.
Sebagai bukti pilihan Anda, kami menyimpan informasi yang kami sampaikan, jawaban Anda, dan waktunya. Balas {receipt} untuk mendapatkan salinannya.
Balas {stop} kapan saja untuk berhenti.`,
    buttons: {
      topics: 'Pilih topik',
      stop: 'Berhenti',
    },
  },
  already: {
    body: `Anda berlangganan: {subscribed}.
Balas {stop} kapan saja untuk berhenti.`,
    buttons: {
      topics: 'Pilih topik',
      stop: 'Berhenti',
    },
  },
  help: {
    body: `Ini {business}.
• {stop} – berhenti menerima pesan
• {start} – berlangganan
• {choose} – memilih yang ingin diterima
• {receipt} – melihat yang tercatat
Frekuensi: {frequency}. Tarif data mungkin berlaku.
Pertanyaan, salinan, atau penghapusan data Anda: {contact}
Privasi: {privacy}`,
    buttons: {
      stop: 'Berhenti',
      topics: 'Pilih topik',
    },
  },
  unsure: {
    body: `Untuk memastikan: apakah Anda ingin kami berhenti mengirim pesan? Sampai Anda menjawab, kami tidak mengirim penawaran.`,
    buttons: {
      stop_yes: 'Ya, hentikan',
      stop_no: 'Tidak, tetap kirim',
    },
  },
  topics: {
    body: `Apa yang ingin Anda terima dari *{business}*? Setiap ketukan menambah atau menghapus satu topik.`,
    footer: 'Balas {stop} untuk berhenti berlangganan',
    open: 'Pilih topik',
    given: 'Anda berlangganan. Ketuk untuk mengakhiri',
    stop_all: 'Hentikan semua',
  },
  stopped: {
    body: `{business}: langganan Anda dihentikan. Anda tidak lagi menerima di sini: {topics}. Ini satu-satunya konfirmasi.`,
    more: 'Jika maksud Anda hanya sebagian pesan, beri tahu kami di bawah. Tanpa jawaban Anda, tidak ada yang dikirim.',
    buttons: { stop_all: 'Hentikan semua', keep: 'Info pesanan saja', undo: 'Urungkan' },
  },
  narrowed: {
    body: `Anda tetap menerima: {topics}. Selain itu semuanya dihentikan. Balas {stop} untuk mengakhiri ini juga.`,
  },
  kept: { body: `Terima kasih. Langganan Anda tetap aktif. Balas {stop} kapan saja untuk berhenti.` },
  refused: { body: `Kami tidak akan mengirim pesan. Jika Anda berubah pikiran, balas {start}.` },
  minor: {
    body: `Pesan ini tidak ditujukan untuk anak-anak. Langganan sudah kami hentikan. Orang tua atau wali dapat menghubungi {contact}.`,
  },
  receipt: {
    body: `*{business}*: catatan persetujuan Anda per {date}

{lines}

Disimpan sebagai bukti: informasi yang kami sampaikan, jawaban Anda, dan waktunya. Nomor bukti: {proof}
Pertanyaan: {contact}
Privasi: {privacy}`,
    given: '• {topic}: ya sejak {date}, sampai {until}',
    ended: '• {topic}: tidak sejak {date}',
    open: '• {topic}: menunggu jawaban Anda',
    never: '• {topic}: belum pernah disetujui, tidak ada yang dikirim',
  },
}

// Türkçe, “siz” diye hitap ederek.

import type { Texts } from './texts.js'

export const tr: Texts = {
  language: 'tr',
  words: { stop: 'RET', start: 'KATIL', choose: 'KONULAR', receipt: 'İZİN KAYDI' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { one: 'günde en fazla 1 mesaj', other: 'günde en fazla {n} mesaj' },
    week: { one: 'haftada en fazla 1 mesaj', other: 'haftada en fazla {n} mesaj' },
    month: { one: 'ayda en fazla 1 mesaj', other: 'ayda en fazla {n} mesaj' },
    year: { one: 'yılda en fazla 1 mesaj', other: 'yılda en fazla {n} mesaj' },
  },
  terms: `• Konu: {topics}
• Sıklık: {frequency}
• Ücret: bizden ücretsiz; operatörünüz veri ücreti alabilir
• Kullanılan veriler: WhatsApp numaranız veya kullanıcı kimliğiniz ve yanıtlarınız
• İstediğiniz zaman durdurma: {stop} yazın, “Durdur” düğmesine dokunun veya kendi sözlerinizle belirtin
• Hayır demeniz siparişlerinizi etkilemez

Aydınlatma metni: {privacy}`,
  card: {
    body: `*{business}* size WhatsApp üzerinden mesaj göndermek istiyor:

{terms}

Kabul ediyor musunuz?`,
    buttons: {
      yes: 'Evet, gönderin',
      topics: 'Konuları seç',
      no: 'Hayır, teşekkürler',
    },
  },
  again: {
    body: `*{business}* mesajlarını yeniden almak istediğinizi belirttiniz. Daha önce listeden ayrıldığınız için lütfen onaylayın.

{terms}`,
    buttons: {
      yes: 'Evet, onaylıyorum',
      topics: 'Konuları seç',
      no: 'Hayır',
    },
  },
  renewal: {
    body: `*{business}* mesajları için verdiğiniz onay {date} tarihinde sona eriyor. Devam etmesini isterseniz lütfen belirtin; aksi hâlde kendiliğinden sona erer.

{terms}`,
    buttons: { yes: 'Evet, istiyorum', topics: 'Konuları seç', no: 'Hayır, teşekkürler' },
  },
  done: {
    body: `Tamam. Aboneliğiniz etkin: {subscribed}.
Tercihinizin kanıtı olarak size verdiğimiz bilgiyi, yanıtınızı ve zamanı kaydettik. Bir kopyası için {receipt} yazın.
Durdurmak için istediğiniz zaman {stop} yazın.`,
    buttons: {
      topics: 'Konuları seç',
      stop: 'Durdur',
    },
  },
  already: {
    body: `Aboneliğiniz etkin: {subscribed}.
Durdurmak için istediğiniz zaman {stop} yazın.`,
    buttons: {
      topics: 'Konuları seç',
      stop: 'Durdur',
    },
  },
  help: {
    body: `Burası {business}.
• {stop} – mesajları durdurma
• {start} – abone olma
• {choose} – alacağınız konuları seçme
• {receipt} – kayıtlı olanı görme
Sıklık: {frequency}. Operatörünüz veri ücreti alabilir.
Sorular, verilerinizin kopyası veya silinmesi: {contact}
Gizlilik: {privacy}`,
    buttons: {
      stop: 'Durdur',
      topics: 'Konuları seç',
    },
  },
  unsure: {
    body: `Emin olmak için soruyoruz: Size mesaj göndermeyi durduralım mı? Yanıtınıza kadar kampanya mesajı göndermeyeceğiz.`,
    buttons: {
      stop_yes: 'Evet, durdurun',
      stop_no: 'Hayır, devam etsin',
    },
  },
  topics: {
    body: `*{business}* mesajlarından hangilerini almak istersiniz? Her dokunuş bir konuyu ekler veya çıkarır.`,
    footer: 'Abonelikten çıkmak için {stop} yazın',
    open: 'Konuları seç',
    given: 'Abonelik etkin. Sona erdirmek için dokunun',
    stop_all: 'Tüm mesajları durdur',
  },
  stopped: {
    body: `{business}: aboneliğiniz sona erdi. Buradan artık şu konularda mesaj almayacaksınız: {topics}. Bu, tek teyit mesajıdır.`,
    more: 'Yalnızca bazı mesajları kastettiyseniz aşağıdan belirtin. Yanıtlamazsanız hiçbir şey gönderilmez.',
    buttons: { stop_all: 'Tüm mesajları durdur', keep: 'Siparişler kalsın', undo: 'Geri al' },
  },
  narrowed: {
    body: `Şu konularda mesaj almaya devam edeceksiniz: {topics}. Diğerleri durduruldu. Bunları da durdurmak için {stop} yazın.`,
  },
  kept: {
    body: `Teşekkürler. Aboneliğiniz devam ediyor. Durdurmak için istediğiniz zaman {stop} yazın.`,
  },
  refused: { body: `Size mesaj göndermeyeceğiz. Fikriniz değişirse {start} yazın.` },
  minor: {
    body: `Bu mesajlar çocuklara yönelik değildir. Aboneliği sona erdirdik. Bir ebeveyn veya vasi şuraya yazabilir: {contact}`,
  },
  receipt: {
    body: `*{business}*: {date} itibarıyla kayıtlı tercihleriniz

{lines}

Kanıt olarak saklananlar: size verdiğimiz bilgi, yanıtınız ve zaman. Kayıt numarası: {proof}
Sorular: {contact}
Gizlilik: {privacy}`,
    given: '• {topic}: evet, {date} tarihinden {until} tarihine kadar',
    ended: '• {topic}: hayır, {date} tarihinden beri',
    open: '• {topic}: yanıtınız bekleniyor',
    never: '• {topic}: onay verilmedi, mesaj gönderilmez',
  },
}

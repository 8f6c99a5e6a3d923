// The labels of the ready-made opt-out button that WhatsApp Manager puts on marketing templates, in the template's
// language. A tap comes back as the label and nothing else. `seen` were observed in webhooks or on Meta's pages; the
// others are translations that a native reader, and Meta's own wording, should confirm.

const SEEN = ['Stop promotions', 'Parar promoções', 'Остановить рекламу']
const TRANSLATED = [
  'Detener promociones',
  'Werbung stoppen',
  'Arrêter les promotions',
  'Interrompi promozioni',
  'Promoties stoppen',
  'Zatrzymaj promocje',
  'Зупинити рекламу',
  'Promosyonları durdur',
  'إيقاف العروض الترويجية',
  'הפסקת מבצעים',
  'توقف تبلیغات',
  'प्रमोशन रोकें',
  'প্রচার বন্ধ করুন',
  'پروموشنز بند کریں',
  'Hentikan promosi',
  '停止推廣',
  '停止推广',
  'プロモーションを停止',
  '프로모션 중지',
  'Dừng khuyến mãi',
  'หยุดโปรโมชัน',
  'Acha matangazo',
]

const LABELS = new Set([...SEEN, ...TRANSLATED].map(bare))

/** Whether a template button's label is WhatsApp's own "Stop promotions", in any of its languages. */
export function isStopPromotions(label: string): boolean {
  return LABELS.has(bare(label))
}

function bare(label: string): string {
  return label.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

// 繁體中文。

import type { Texts } from './texts.js'

export const zhHant: Texts = {
  language: 'zh-Hant',
  words: { stop: '退訂', start: '訂閱', choose: '主題' },
  separator: { topics: '、', frequencies: '；', colon: '：' },
  subscription: '{topic}（{frequency}）',
  frequency: {
    day: ['每天最多 1 則', '每天最多 {n} 則'],
    week: ['每週最多 1 則', '每週最多 {n} 則'],
    month: ['每月最多 1 則', '每月最多 {n} 則'],
    year: ['每年最多 1 則', '每年最多 {n} 則'],
  },
  card: {
    body: `*{business}* 想透過 WhatsApp 傳訊息給您：

• 內容：{topics}
• 頻率：{frequency}
• 費用：我們不收費；電信業者可能收取數據費
• 使用資料：您的 WhatsApp 號碼或識別碼與您的回覆
• 隨時退出：回覆「{stop}」、按「停止」，或用您自己的話告訴我們
• 拒絕不影響您的訂單

隱私權聲明：{privacy}

您同意嗎？`,
    buttons: [
      ['yes', '同意接收'],
      ['topics', '選擇主題'],
      ['no', '不用了'],
    ],
  },
  again: {
    body: `您要求重新接收 *{business}* 的訊息。由於您之前已退訂，請再次確認。

• 內容：{topics}
• 頻率：{frequency}
• 費用：我們不收費；電信業者可能收取數據費
• 使用資料：您的 WhatsApp 號碼或識別碼與您的回覆
• 隨時退出：回覆「{stop}」，或用您自己的話告訴我們
• 拒絕不影響您的訂單

隱私權聲明：{privacy}`,
    buttons: [
      ['yes', '是，重新訂閱'],
      ['topics', '選擇主題'],
      ['no', '不要'],
    ],
  },
  done: {
    body: `已完成。您將收到：{subscribed}。
我們已保存告知內容、您的答覆與時間作為證明。
隨時回覆「{stop}」即可停止。`,
    buttons: [
      ['topics', '選擇主題'],
      ['stop', '停止'],
    ],
  },
  already: {
    body: `您目前訂閱：{subscribed}。
隨時回覆「{stop}」即可停止。`,
    buttons: [
      ['topics', '選擇主題'],
      ['stop', '停止'],
    ],
  },
  help: {
    body: `這裡是 {business}。
• {stop} – 停止訊息
• {start} – 開始接收
• {choose} – 選擇內容
頻率：{frequency}。可能產生數據費。
問題、索取或刪除您的資料：{contact}
隱私權：{privacy}`,
    buttons: [
      ['stop', '停止'],
      ['topics', '選擇主題'],
    ],
  },
  unsure: {
    body: `想確認一下：您是要我們停止傳訊息嗎？在您回覆之前，我們不會傳送任何優惠。`,
    buttons: [
      ['stop_yes', '是，停止'],
      ['stop_no', '不，繼續'],
    ],
  },
  topics: {
    body: `您想從 *{business}* 收到什麼？每按一次即加入一個主題。`,
    footer: '回覆「{stop}」停止接收',
    open: '選擇主題',
    given: '已訂閱',
    stop_all: '全部停止',
  },
  stopped: {
    body: `{business}：您已退訂，不會再收到優惠或消息。這是唯一一則確認訊息。`,
  },
  kept: { body: `謝謝您。您的訂閱保持不變。隨時回覆「{stop}」即可停止。` },
  refused: { body: `我們不會傳送任何訊息。若您改變心意，請回覆「{start}」。` },
}

// 繁體中文。

import type { Texts } from './texts.js'

export const zhHant: Texts = {
  language: 'zh-Hant',
  words: { stop: '退訂', start: '訂閱', choose: '主題', receipt: '憑證' },
  separator: { topics: '、', frequencies: '；', colon: '：' },
  subscription: '{topic}（{frequency}）',
  frequency: {
    day: { other: '每天最多 {n} 則' },
    week: { other: '每週最多 {n} 則' },
    month: { other: '每月最多 {n} 則' },
    year: { other: '每年最多 {n} 則' },
  },
  terms: `• 內容：{topics}
• 頻率：{frequency}
• 費用：我們不收費；電信業者可能收取數據費
• 使用資料：您的 WhatsApp 號碼或識別碼與您的回覆
• 隨時退出：回覆「{stop}」、按「停止」，或用您自己的話告訴我們
• 拒絕不影響您的訂單

隱私權聲明：{privacy}`,
  card: {
    body: `*{business}* 想透過 WhatsApp 傳訊息給您：

{terms}

您同意嗎？`,
    buttons: {
      yes: '同意接收',
      topics: '選擇主題',
      no: '不用了',
    },
  },
  again: {
    body: `您要求重新接收 *{business}* 的訊息。由於您之前已退訂，請再次確認。

{terms}`,
    buttons: {
      yes: '是，重新訂閱',
      topics: '選擇主題',
      no: '不要',
    },
  },
  renewal: {
    body: `您同意接收 *{business}* 的訊息，期限至 {date}。若想繼續，請告訴我們；未回覆則自動結束。

{terms}`,
    buttons: { yes: '是，繼續', topics: '選擇主題', no: '不用了' },
  },
  done: {
    body: `已完成。您將收到：{subscribed}。
我們已保存告知內容、您的答覆與時間作為證明。回覆「{receipt}」可索取副本。
隨時回覆「{stop}」即可停止。`,
    buttons: {
      topics: '選擇主題',
      stop: '停止',
    },
  },
  already: {
    body: `您目前訂閱：{subscribed}。
隨時回覆「{stop}」即可停止。`,
    buttons: {
      topics: '選擇主題',
      stop: '停止',
    },
  },
  help: {
    body: `這裡是 {business}。
• {stop} – 停止訊息
• {start} – 開始接收
• {choose} – 選擇內容
• {receipt} – 查看紀錄
頻率：{frequency}。可能產生數據費。
問題、索取或刪除您的資料：{contact}
隱私權：{privacy}`,
    buttons: {
      stop: '停止',
      topics: '選擇主題',
    },
  },
  unsure: {
    body: `想確認一下：您是要我們停止傳訊息嗎？在您回覆之前，我們不會傳送任何優惠。`,
    buttons: {
      stop_yes: '是，停止',
      stop_no: '不，繼續',
    },
  },
  topics: {
    body: `您想從 *{business}* 收到什麼？每按一次即加入或移除一個主題。`,
    footer: '回覆「{stop}」停止接收',
    open: '選擇主題',
    given: '已訂閱，按一下即停止',
    stop_all: '全部停止',
  },
  stopped: {
    body: `{business}：您已退訂，這裡不會再傳送：{topics}。這是唯一一則確認訊息。`,
    more: '若您只想停止部分訊息，請在下方告訴我們；未回覆則不會傳送任何訊息。',
    buttons: { stop_all: '全部停止', keep: '保留訂單通知', undo: '復原' },
  },
  narrowed: { body: `您會繼續收到：{topics}。其他都已停止。回覆「{stop}」可一併停止。` },
  kept: { body: `謝謝您。您的訂閱保持不變。隨時回覆「{stop}」即可停止。` },
  refused: { body: `我們不會傳送任何訊息。若您改變心意，請回覆「{start}」。` },
  minor: {
    body: `這些訊息並非提供給未成年人。我們已將您移出名單。家長或監護人可來信 {contact}。`,
  },
  receipt: {
    body: `*{business}*：{date} 的紀錄

{lines}

作為證明保存：告知內容、您的答覆與時間。憑證號：{proof}
聯絡：{contact}
隱私權：{privacy}`,
    given: '• {topic}：{date} 起同意，至 {until}',
    ended: '• {topic}：{date} 起不同意',
    open: '• {topic}：等待您的答覆',
    never: '• {topic}：未曾同意，不傳送',
  },
}

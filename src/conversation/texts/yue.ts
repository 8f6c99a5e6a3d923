// 粵語（香港書面粵語），用「你」。

import type { Texts } from './texts.js'

export const yue: Texts = {
  language: 'yue',
  words: { stop: '退訂', start: '我想訂閱', choose: '揀主題', receipt: '同意紀錄' },
  separator: { topics: '、', frequencies: '；', colon: '：' },
  subscription: '{topic}（{frequency}）',
  frequency: {
    day: { other: '每日最多 {n} 個訊息' },
    week: { other: '每星期最多 {n} 個訊息' },
    month: { other: '每個月最多 {n} 個訊息' },
    year: { other: '每年最多 {n} 個訊息' },
  },
  terms: `• 內容：{topics}
• 頻率：{frequency}
• 收費：我哋唔收費；電訊商可能會收數據費
• 會用到嘅資料：你嘅 WhatsApp 號碼或者識別碼，同埋你嘅回覆
• 隨時停止：回覆「{stop}」、撳「退訂」，或者用自己嘅講法話我哋知
• 拒絕唔會影響你嘅訂單

私隱聲明：{privacy}`,
  card: {
    body: `*{business}* 想用 WhatsApp 傳訊息畀你：

{terms}

你同唔同意？`,
    buttons: {
      yes: '好，同意',
      topics: '揀主題',
      no: '唔使喇',
    },
  },
  again: {
    body: `你話想再收 *{business}* 嘅訊息。因為你之前退訂咗，請你再確認一次。

{terms}`,
    buttons: {
      yes: '重新訂閱',
      topics: '揀主題',
      no: '唔使喇',
    },
  },
  renewal: {
    body: `你同意收 *{business}* 嘅訊息，期限到 {date}。同唔同意繼續收？冇回覆嘅話，到期會自動停止。

{terms}`,
    buttons: { yes: '好，同意', topics: '揀主題', no: '唔使喇' },
  },
  done: {
    body: `已完成。你會收到：{subscribed}。
我哋已儲存向你講過嘅內容、你嘅答覆同時間，作為證明。想要副本，請回覆「{receipt}」。
想停止，隨時回覆「{stop}」。`,
    buttons: {
      topics: '揀主題',
      stop: '退訂',
    },
  },
  already: {
    body: `你而家訂閱緊：{subscribed}。
想停止接收訊息，隨時回覆「{stop}」就得。`,
    buttons: {
      topics: '揀主題',
      stop: '退訂',
    },
  },
  help: {
    body: `呢度係 {business}。
• {stop} – 停止收訊息
• {start} – 開始收訊息
• {choose} – 揀想收嘅內容
• {receipt} – 睇返紀錄
頻率：{frequency}。電訊商可能會收數據費。
查詢、索取或者刪除你嘅資料：{contact}
私隱：{privacy}`,
    buttons: {
      stop: '退訂',
      topics: '揀主題',
    },
  },
  unsure: {
    body: `想確認一下：你係咪想我哋停止傳訊息？未收到你答覆之前，我哋唔會傳任何優惠。`,
    buttons: {
      stop_yes: '係，停止',
      stop_no: '唔好停',
    },
  },
  topics: {
    body: `你想收 *{business}* 嘅咩訊息？每撳一下，就會加入或者移除一個主題。`,
    footer: '回覆「{stop}」就會停止',
    open: '揀主題',
    given: '訂閱緊，撳一下就會停止',
    stop_all: '全部停止',
  },
  stopped: {
    body: `{business}：已經退訂，呢度唔會再傳：{topics}。呢個係唯一一個確認訊息。`,
    more: '如果你講緊嘅只係部分訊息，請喺下面話我哋知；冇回覆就唔會傳。',
    buttons: { stop_all: '全部停止', keep: '保留訂單通知', undo: '復原' },
  },
  narrowed: { body: `你會繼續收到：{topics}。其他已經全部停止。回覆「{stop}」可以一併停止。` },
  kept: { body: `多謝你。你嘅訂閱維持不變。想停止，隨時回覆「{stop}」。` },
  refused: { body: `我哋唔會傳任何訊息。如果你改變主意，請回覆「{start}」。` },
  minor: {
    body: `呢啲訊息唔係畀未成年人士嘅。我哋已經將呢個帳戶移出名單。家長或者監護人可以聯絡：{contact}`,
  },
  receipt: {
    body: `*{business}*：截至 {date}嘅紀錄

{lines}

保存嚟做證明：我哋講過嘅內容、你嘅答覆同時間。證明編號：{proof}
查詢：{contact}
私隱：{privacy}`,
    given: '• {topic}：{date}起同意，到 {until}',
    ended: '• {topic}：{date}起唔同意',
    open: '• {topic}：等緊你答覆',
    never: '• {topic}：未同意過，唔會傳',
  },
}

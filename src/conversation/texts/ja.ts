// 日本語、丁寧語。

import type { Texts } from './texts.js'

export const ja: Texts = {
  language: 'ja',
  words: { stop: '配信停止', start: '登録', choose: 'トピック', receipt: '同意記録' },
  separator: { topics: '、', frequencies: '／', colon: '：' },
  subscription: '{topic}（{frequency}）',
  frequency: {
    day: { other: '1日{n}件まで' },
    week: { other: '週{n}件まで' },
    month: { other: '月{n}件まで' },
    year: { other: '年{n}件まで' },
  },
  terms: `• 内容：{topics}
• 頻度：{frequency}
• 料金：無料（通信会社のデータ通信料がかかる場合があります）
• 利用する情報：WhatsAppの電話番号またはID、返信の内容
• 停止方法：「{stop}」と返信、停止ボタンをタップ、またはご自身の言葉でいつでもお知らせください
• お断りいただいても、ご注文に変わりはありません

プライバシーポリシー：{privacy}`,
  card: {
    body: `*{business}* からのWhatsAppメッセージの配信について、同意をお伺いします。

{terms}

配信に同意しますか？`,
    buttons: {
      yes: '同意する',
      topics: 'トピックを選ぶ',
      no: '同意しない',
    },
  },
  again: {
    body: `*{business}* からの配信を再び受け取るご希望をいただきました。以前に配信を停止されているため、確認をお願いします。

{terms}`,
    buttons: {
      yes: 'はい、登録する',
      topics: 'トピックを選ぶ',
      no: 'いいえ',
    },
  },
  renewal: {
    body: `*{business}* からの配信への同意は{date}に終了します。引き続き配信を希望しますか？ご返信がない場合は、そのまま終了します。

{terms}`,
    buttons: { yes: 'はい、希望します', topics: 'トピックを選ぶ', no: '希望しません' },
  },
  done: {
    body: `完了しました。登録中の配信：{subscribed}
お伝えした内容、ご回答、日時を証明として保存しました。控えが必要な場合は「{receipt}」と返信してください。
「{stop}」と返信すると、いつでも停止できます。`,
    buttons: {
      topics: 'トピックを選ぶ',
      stop: '配信停止',
    },
  },
  already: {
    body: `登録中の配信：{subscribed}
「{stop}」と返信すると、いつでも停止できます。`,
    buttons: {
      topics: 'トピックを選ぶ',
      stop: '配信停止',
    },
  },
  help: {
    body: `{business} です。
• {stop} – 配信を停止する
• {start} – 配信に登録する
• {choose} – 受け取る内容を選ぶ
• {receipt} – 記録を確認する
頻度：{frequency}。データ通信料がかかる場合があります。
お問い合わせ、データの控え・削除：{contact}
プライバシー：{privacy}`,
    buttons: {
      stop: '配信停止',
      topics: 'トピックを選ぶ',
    },
  },
  unsure: {
    body: `念のため確認します。メッセージの配信を停止しますか？ご回答をいただくまで、セールスのご案内はお送りしません。`,
    buttons: {
      stop_yes: 'はい、停止します',
      stop_no: 'いいえ、続けてください',
    },
  },
  topics: {
    body: `*{business}* から受け取る内容をお選びください。タップするたびに、トピックを追加または解除します。`,
    footer: '「{stop}」と返信すると停止します',
    open: 'トピックを選ぶ',
    given: '配信中。タップすると停止します',
    stop_all: 'すべて停止',
  },
  stopped: {
    body: `{business}：配信を停止しました。今後こちらには届きません：{topics}。確認のご連絡はこの1通のみです。`,
    more: '一部のみの停止をご希望の場合は、下からお選びください。ご回答がなければ何もお送りしません。',
    buttons: { stop_all: 'すべて停止', keep: '注文の連絡は受け取る', undo: '元に戻す' },
  },
  narrowed: {
    body: `引き続きお届けする内容：{topics}。その他はすべて停止しました。「{stop}」と返信すると、こちらも停止します。`,
  },
  kept: { body: `ありがとうございます。配信を続けます。「{stop}」と返信すると、いつでも停止できます。` },
  refused: { body: `メッセージはお送りしません。お気持ちが変わりましたら「{start}」と返信してください。` },
  minor: {
    body: `このメッセージはお子さま向けではありません。配信の登録を解除しました。保護者の方のお問い合わせ先：{contact}`,
  },
  receipt: {
    body: `*{business}*：{date}時点の記録

{lines}

証明として保存：お伝えした内容、ご回答、日時。証明番号：{proof}
お問い合わせ：{contact}
プライバシー：{privacy}`,
    given: '• {topic}：{date}に同意、{until}まで',
    ended: '• {topic}：{date}から同意なし',
    open: '• {topic}：ご回答待ち',
    never: '• {topic}：同意の記録なし、配信なし',
  },
}

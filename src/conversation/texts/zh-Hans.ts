// 简体中文（大陆用语），用“您”。

import type { Texts } from './texts.js'

export const zhHans: Texts = {
  language: 'zh-Hans',
  words: { stop: '退订', start: '订阅', choose: '主题', receipt: '凭证' },
  separator: { topics: '、', frequencies: '；', colon: '：' },
  subscription: '{topic}（{frequency}）',
  frequency: {
    day: { other: '每天最多 {n} 条' },
    week: { other: '每周最多 {n} 条' },
    month: { other: '每月最多 {n} 条' },
    year: { other: '每年最多 {n} 条' },
  },
  terms: `• 内容：{topics}
• 频率：{frequency}
• 费用：我们不收费；运营商可能收取流量费
• 使用的信息：您的 WhatsApp 号码或账号标识，以及您的回复
• 随时退订：回复“{stop}”、点击“退订”，或用您自己的话告诉我们
• 拒绝不影响您的订单

隐私政策：{privacy}`,
  card: {
    body: `*{business}* 想通过 WhatsApp 给您发送消息：

{terms}

您同意吗？`,
    buttons: {
      yes: '同意接收',
      topics: '选择主题',
      no: '不用了',
    },
  },
  again: {
    body: `您要求重新接收 *{business}* 的消息。由于您之前已退订，请再次确认。

{terms}`,
    buttons: {
      yes: '是，重新订阅',
      topics: '选择主题',
      no: '不用了',
    },
  },
  renewal: {
    body: `您同意接收 *{business}* 的消息，有效期至 {date}。是否继续接收？如未回复，到期将自动停止。

{terms}`,
    buttons: { yes: '是，继续', topics: '选择主题', no: '不用了' },
  },
  done: {
    body: `已完成。您将收到：{subscribed}。
我们已保存告知内容、您的答复和时间，作为证明。回复“{receipt}”可获取副本。
回复“{stop}”可随时退订。`,
    buttons: {
      topics: '选择主题',
      stop: '退订',
    },
  },
  already: {
    body: `您目前已订阅的内容：{subscribed}。
如需停止接收，可随时回复“{stop}”。`,
    buttons: {
      topics: '选择主题',
      stop: '退订',
    },
  },
  help: {
    body: `这里是 {business}。
• {stop} – 停止接收消息
• {start} – 订阅消息
• {choose} – 选择接收内容
• {receipt} – 查看记录
频率：{frequency}。运营商可能收取流量费。
咨询、获取或删除您的个人信息：{contact}
隐私政策：{privacy}`,
    buttons: {
      stop: '退订',
      topics: '选择主题',
    },
  },
  unsure: {
    body: `想确认一下：您希望我们停止发送消息吗？在您答复之前，我们不会发送任何优惠信息。`,
    buttons: {
      stop_yes: '是，停止',
      stop_no: '不，继续',
    },
  },
  topics: {
    body: `您想从 *{business}* 收到哪些内容？每点一次，即可添加或移除一个主题。`,
    footer: '回复“{stop}”停止接收',
    open: '选择主题',
    given: '已订阅，点击即可停止',
    stop_all: '全部退订',
  },
  stopped: {
    body: `{business}：您已退订，这里不会再发送：{topics}。这是唯一一条确认消息。`,
    more: '如果您指的只是部分消息，请在下方告诉我们；未回复则不会发送。',
    buttons: { stop_all: '全部退订', keep: '保留订单通知', undo: '撤销' },
  },
  narrowed: { body: `您会继续收到：{topics}。其他内容已全部停止。回复“{stop}”可一并停止。` },
  kept: { body: `谢谢您。您的订阅保持不变。回复“{stop}”可随时退订。` },
  refused: { body: `我们不会给您发送任何消息。如果您改变主意，请回复“{start}”。` },
  minor: {
    body: `这些消息不面向未成年人。我们已将此账号移出名单。家长或监护人可联系：{contact}`,
  },
  receipt: {
    body: `*{business}*：截至 {date}的记录

{lines}

作为证明保存：告知内容、您的答复和时间。凭证编号：{proof}
联系：{contact}
隐私政策：{privacy}`,
    given: '• {topic}：{date}起同意，至 {until}',
    ended: '• {topic}：{date}起不同意',
    open: '• {topic}：等待您的答复',
    never: '• {topic}：未曾同意，不发送',
  },
}

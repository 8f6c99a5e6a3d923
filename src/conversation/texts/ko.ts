// 한국어, 높임말(합니다체). 회사 이름이나 답장할 말에 조사가 붙지 않도록 쓴다.

import type { Texts } from './texts.js'

export const ko: Texts = {
  language: 'ko',
  words: { stop: '수신거부', start: '구독', choose: '주제', receipt: '동의내역' },
  separator: { topics: ', ', frequencies: ' / ', colon: ': ' },
  subscription: '{topic}({frequency})',
  frequency: {
    day: { other: '하루 최대 {n}건' },
    week: { other: '주 최대 {n}건' },
    month: { other: '월 최대 {n}건' },
    year: { other: '연 최대 {n}건' },
  },
  terms: `• 내용: {topics}
• 빈도: {frequency}
• 비용: 무료이며, 통신사 데이터 요금이 발생할 수 있습니다
• 이용하는 정보: WhatsApp 번호 또는 ID, 답장 내용
• 수신 중단: 언제든지 ‘{stop}’ 답장, ‘수신거부’ 버튼 또는 편하신 표현으로 알려 주세요
• 거절하셔도 주문은 그대로 진행됩니다

개인정보 처리방침: {privacy}`,
  card: {
    body: `*{business}* WhatsApp 메시지 수신 동의 요청입니다.

{terms}

메시지 수신에 동의하십니까?`,
    buttons: {
      yes: '네, 동의합니다',
      topics: '주제 선택',
      no: '아니요, 괜찮습니다',
    },
  },
  again: {
    body: `*{business}* 메시지를 다시 받겠다고 요청하셨습니다. 이전에 수신을 거부하셨으므로 확인이 필요합니다.

{terms}`,
    buttons: {
      yes: '네, 구독합니다',
      topics: '주제 선택',
      no: '아니요',
    },
  },
  renewal: {
    body: `*{business}* 메시지 수신 동의 기간이 {date}에 끝납니다. 계속 받으시려면 동의해 주세요. 답장이 없으면 자동으로 종료됩니다.

{terms}`,
    buttons: { yes: '네, 동의합니다', topics: '주제 선택', no: '아니요, 괜찮습니다' },
  },
  done: {
    body: `완료되었습니다. 구독 중인 내용: {subscribed}
안내한 내용, 고객님의 답변과 시각을 동의의 증빙으로 저장했습니다. 사본 요청: ‘{receipt}’ 답장
수신 중단: 언제든지 ‘{stop}’ 답장`,
    buttons: {
      topics: '주제 선택',
      stop: '수신거부',
    },
  },
  already: {
    body: `현재 구독 중인 내용: {subscribed}
메시지 수신 중단: 언제든지 ‘{stop}’ 답장`,
    buttons: {
      topics: '주제 선택',
      stop: '수신거부',
    },
  },
  help: {
    body: `{business}입니다.
• {stop} – 메시지 수신 중단
• {start} – 메시지 구독
• {choose} – 받을 내용 선택
• {receipt} – 저장된 동의 기록 확인
빈도: {frequency}. 통신사 데이터 요금이 발생할 수 있습니다.
문의, 개인정보 사본 또는 삭제 요청: {contact}
개인정보 처리방침: {privacy}`,
    buttons: {
      stop: '수신거부',
      topics: '주제 선택',
    },
  },
  unsure: {
    body: `확인 부탁드립니다. 메시지 발송을 중단할까요? 답변을 주실 때까지 혜택 안내는 보내지 않습니다.`,
    buttons: {
      stop_yes: '네, 중단해 주세요',
      stop_no: '아니요, 계속 받겠습니다',
    },
  },
  topics: {
    body: `*{business}* 메시지 중 받으실 내용을 선택해 주세요. 누를 때마다 주제가 추가되거나 해제됩니다.`,
    footer: '수신 중단: ‘{stop}’ 답장',
    open: '주제 선택',
    given: '구독 중입니다. 누르면 중단됩니다',
    stop_all: '모두 수신거부',
  },
  stopped: {
    body: `{business}: 수신거부가 처리되었습니다. 앞으로 이곳으로 보내지 않는 내용: {topics}. 확인 메시지는 이번 한 번만 보내 드립니다.`,
    more: '일부만 중단하려면 아래에서 선택해 주세요. 답변이 없으면 아무것도 보내지 않습니다.',
    buttons: { stop_all: '모두 수신거부', keep: '주문 알림만 받기', undo: '되돌리기' },
  },
  narrowed: {
    body: `계속 받으시는 내용: {topics}. 그 외에는 모두 중단되었습니다. 이 내용도 중단하려면 ‘{stop}’ 답장을 보내 주세요.`,
  },
  kept: { body: `감사합니다. 구독이 유지됩니다. 메시지 수신 중단: 언제든지 ‘{stop}’ 답장` },
  refused: { body: `메시지를 보내지 않겠습니다. 생각이 바뀌시면 ‘{start}’ 답장을 보내 주세요.` },
  minor: {
    body: `어린이를 위한 메시지가 아니므로 수신 목록에서 삭제했습니다. 보호자 문의: {contact}`,
  },
  receipt: {
    body: `*{business}*: {date} 기준 동의 기록

{lines}

증빙으로 보관: 안내한 내용, 고객님의 답변과 시각. 증빙 번호: {proof}
문의: {contact}
개인정보 처리방침: {privacy}`,
    given: '• {topic}: {date} 동의, {until}까지',
    ended: '• {topic}: {date}부터 미동의',
    open: '• {topic}: 답변 대기 중',
    never: '• {topic}: 동의 이력 없음, 발송하지 않음',
  },
}

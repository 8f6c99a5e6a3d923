// Tiếng Việt, xưng “chúng tôi”, gọi “bạn”.

import type { Texts } from './texts.js'

export const vi: Texts = {
  language: 'vi',
  words: { stop: 'NGỪNG', start: 'ĐĂNG KÝ', choose: 'CHỦ ĐỀ', receipt: 'BIÊN NHẬN' },
  separator: { topics: ', ', frequencies: '; ', colon: ': ' },
  subscription: '{topic} ({frequency})',
  frequency: {
    day: { other: 'tối đa {n} tin mỗi ngày' },
    week: { other: 'tối đa {n} tin mỗi tuần' },
    month: { other: 'tối đa {n} tin mỗi tháng' },
    year: { other: 'tối đa {n} tin mỗi năm' },
  },
  terms: `• Nội dung: {topics}
• Tần suất: {frequency}
• Chi phí: chúng tôi không thu phí; nhà mạng có thể tính cước dữ liệu
• Dữ liệu được dùng: số hoặc ID WhatsApp và các câu trả lời của bạn
• Ngừng bất cứ lúc nào: trả lời {stop}, nhấn “Ngừng nhận tin” hoặc nhắn cho chúng tôi theo cách của bạn
• Việc từ chối không ảnh hưởng đến đơn hàng của bạn

Thông báo về quyền riêng tư: {privacy}`,
  card: {
    body: `*{business}* muốn gửi tin nhắn WhatsApp cho bạn:

{terms}

Bạn có đồng ý không?`,
    buttons: {
      yes: 'Đồng ý nhận tin',
      topics: 'Chọn chủ đề',
      no: 'Không, cảm ơn',
    },
  },
  again: {
    body: `Bạn đã yêu cầu nhận lại tin nhắn từ *{business}*. Trước đây bạn đã hủy đăng ký, vì vậy vui lòng xác nhận.

{terms}`,
    buttons: {
      yes: 'Đồng ý nhận lại',
      topics: 'Chọn chủ đề',
      no: 'Không',
    },
  },
  renewal: {
    body: `Sự đồng ý nhận tin của bạn với *{business}* sẽ kết thúc vào ngày {date}. Nếu muốn nhận tiếp, vui lòng cho biết; nếu không, việc gửi tin sẽ tự kết thúc.

{terms}`,
    buttons: { yes: 'Đồng ý nhận tiếp', topics: 'Chọn chủ đề', no: 'Không, cảm ơn' },
  },
  done: {
    body: `Đã xong. Bạn đã đăng ký nhận: {subscribed}.
Để làm bằng chứng cho lựa chọn của bạn, chúng tôi đã lưu nội dung thông báo, câu trả lời và thời điểm. Trả lời {receipt} để nhận bản sao.
Trả lời {stop} bất cứ lúc nào để ngừng nhận.`,
    buttons: {
      topics: 'Chọn chủ đề',
      stop: 'Ngừng nhận tin',
    },
  },
  already: {
    body: `Bạn đang đăng ký nhận: {subscribed}.
Trả lời {stop} bất cứ lúc nào để ngừng nhận.`,
    buttons: {
      topics: 'Chọn chủ đề',
      stop: 'Ngừng nhận tin',
    },
  },
  help: {
    body: `Đây là {business}.
• {stop} – ngừng nhận tin
• {start} – đăng ký nhận tin
• {choose} – chọn nội dung muốn nhận
• {receipt} – xem thông tin đã ghi nhận
Tần suất: {frequency}. Có thể phát sinh cước dữ liệu.
Câu hỏi, nhận bản sao hoặc xóa dữ liệu của bạn: {contact}
Quyền riêng tư: {privacy}`,
    buttons: {
      stop: 'Ngừng nhận tin',
      topics: 'Chọn chủ đề',
    },
  },
  unsure: {
    body: `Để chắc chắn: bạn có muốn chúng tôi ngừng gửi tin nhắn không? Cho đến khi bạn trả lời, chúng tôi sẽ không gửi ưu đãi.`,
    buttons: {
      stop_yes: 'Có, ngừng gửi',
      stop_no: 'Không, tiếp tục',
    },
  },
  topics: {
    body: `Bạn muốn nhận gì từ *{business}*? Mỗi lần nhấn sẽ thêm hoặc bỏ một chủ đề.`,
    footer: 'Trả lời {stop} để hủy đăng ký',
    open: 'Chọn chủ đề',
    given: 'Bạn đang nhận. Nhấn để ngừng',
    stop_all: 'Ngừng mọi tin nhắn',
  },
  stopped: {
    body: `{business}: đã hủy đăng ký của bạn. Tại đây bạn sẽ không còn nhận: {topics}. Đây là xác nhận duy nhất.`,
    more: 'Nếu bạn chỉ muốn ngừng một phần, hãy cho biết bên dưới. Khi chưa có câu trả lời, chúng tôi không gửi gì.',
    buttons: { stop_all: 'Ngừng mọi tin nhắn', keep: 'Chỉ tin đơn hàng', undo: 'Hoàn tác' },
  },
  narrowed: {
    body: `Bạn vẫn nhận: {topics}. Mọi nội dung khác đã ngừng. Trả lời {stop} để ngừng cả phần này.`,
  },
  kept: { body: `Cảm ơn bạn. Đăng ký của bạn vẫn giữ nguyên. Trả lời {stop} bất cứ lúc nào để ngừng nhận.` },
  refused: { body: `Chúng tôi sẽ không gửi tin nhắn. Nếu đổi ý, hãy trả lời {start}.` },
  minor: {
    body: `Tin nhắn này không dành cho trẻ em. Chúng tôi đã hủy đăng ký. Cha mẹ hoặc người giám hộ có thể liên hệ {contact}.`,
  },
  receipt: {
    body: `*{business}*: thông tin đã ghi nhận về bạn, ngày {date}

{lines}

Lưu làm bằng chứng: nội dung thông báo, câu trả lời của bạn và thời điểm. Mã bằng chứng: {proof}
Câu hỏi: {contact}
Quyền riêng tư: {privacy}`,
    given: '• {topic}: có, từ ngày {date} đến ngày {until}',
    ended: '• {topic}: không, từ ngày {date}',
    open: '• {topic}: chờ câu trả lời của bạn',
    never: '• {topic}: chưa từng đồng ý, không gửi gì',
  },
}

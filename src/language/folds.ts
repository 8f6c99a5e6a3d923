// Tables of letters that are written differently and mean the same. Data for normalise.ts; every table folds patterns
// and messages alike, so that a fold can only make two spellings of one word equal, never change which word wins.

/** Small capitals: NFKC leaves them as they are (ꜱᴛᴏᴘ). */
const SMALL_CAPITALS = 'ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzǫq'

/**
 * Simplified to traditional, for the characters of our keywords only. The second half unites traditional variants of
 * one word (覆/復/複, 臺/台, 裡/裏), because people and input methods mix them.
 */
const CHINESE =
  '订訂阅閱发發别別请請给給传傳讯訊广廣优優资資个個数數据據帐帳账帳賬帳号號删刪单單从從绝絕续續码碼关關闭閉' +
  '骚騷扰擾销銷签簽权權隐隱积積问問题題时時间間结結么麼这這们們吗嗎说說话話电電对對没沒让讓烦煩谢謝会會' +
  '还還过過种種样樣岁歲学學开開启啟选選择擇类類项項务務实實现現买買卖賣价價钱錢货貨运運递遞车車场場产產' +
  '预預约約书書记記录錄证證凭憑户戶动動处處为為与與无無帮幫诉訴报報举舉频頻几幾点點离離远遠组組' +
  '调調变變应應当當总總网網费費听聽见見边邊头頭门門长長东東简簡邮郵寻尋讨討厌厭联聯络絡误誤错錯轰轟' +
  '复復複復覆復系繫係繫里裡裏裡臺台甚什妳你您你畀俾脏髒骗騙储儲导導馈饋设設档檔' +
  '来來后後内內谁誰认認识識将將该該仅僅随隨许許协協议議静靜够夠断斷营營业業库庫划劃拦攔备備载載询詢获獲龄齡儿兒妈媽师師监監减減' +
  '条條紧緊软軟尽盡终終闹鬧换換转轉访訪诈詐检檢绑綁继繼归歸冻凍刚剛团團员員护護则則规規执執围圍响響晓曉亲親图圖视視赶趕欢歡兴興' +
  '觉覺坏壞输輸试試购購赠贈旧舊细細统統审審诺諾爱愛恶惡达達顺順领領须須顾顧骂罵显顯页頁写寫丢丟净淨进進连連迟遲遗遺讲講词詞语語' +
  '责責违違仓倉办辦却卻历歷双雙国國奖獎张張强強带帶弃棄挂掛挡擋损損暂暫术術机機极極标標满滿测測状狀确確称稱纸紙线線级級维維职職' +
  '脱脫节節虑慮补補触觸计計评評课課贩販银銀键鍵锁鎖难難顿頓额額验驗馆館两兩万萬义義习習乱亂众眾劳勞庆慶弹彈怀懷战戰扫掃扩擴挤擠' +
  '捡撿气氣浏瀏炉爐环環画畫盖蓋粮糧红紅纪紀编編缩縮罚罰药藥虚虛装裝观觀训訓诊診详詳谈談谅諒贴貼赔賠赖賴轮輪轻輕较較辆輛迁遷适適' +
  '逊遜释釋针針钟鐘铃鈴铁鐵链鏈闪閃队隊际際险險颜顏飞飛饭飯鲜鮮鸡雞脑腦栏欄笔筆贷貸贝貝热熱体體惯慣毁毀册冊参參荐薦烧燒饶饒厂廠' +
  '灭滅汇匯块塊陈陳愿願註注贵貴败敗质質负負读讀论論声聲乐樂纠糾缠纏经經缓緩宁寧宝寶宽寬废廢泄洩灯燈疯瘋祸禍脸臉蓝藍览覽贱賤贺賀迹跡酱醬钉釘铺鋪闲閒闻聞韵韻顶頂风風马馬驾駕麦麥黄黃葱蔥俩倆圆圓夹夾并並担擔挥揮杂雜涨漲滚滾盗盜礼禮艺藝区區华華卫衛压壓丝絲于於着著'

/** Letters of other scripts that look like a Latin one once lower-cased; UTS #39 has many more, these spell words. */
const LOOK_ALIKES =
  'аaвbсcԁdеeһhнhіiїiјjкkмmпnоoрpԛqѕsтtуyүyѵvԝwхxгrзz' +
  'αaβbϲcεeζzηhιiκkμmνnοoπpρpσsτtυuχxγyωw' +
  'օoսuհhոnаa'

function table(pairs: string): ReadonlyMap<string, string> {
  const letters = [...pairs]
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < letters.length; i += 2) map.set(letters[i] ?? '', letters[i + 1] ?? '')
  return map
}

export const COMPATIBLE = table(SMALL_CAPITALS)
export const VARIANTS = table(CHINESE)
export const LOOKS_LATIN = table(LOOK_ALIKES)

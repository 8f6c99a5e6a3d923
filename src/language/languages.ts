// The languages people can write in. One more language is one more file and one more line here.

import { ar } from './lexicon/ar.js'
import { bn } from './lexicon/bn.js'
import { de } from './lexicon/de.js'
import { en } from './lexicon/en.js'
import { es } from './lexicon/es.js'
import { fa } from './lexicon/fa.js'
import { fr } from './lexicon/fr.js'
import { he } from './lexicon/he.js'
import { hi } from './lexicon/hi.js'
import { hiLatn } from './lexicon/hi-Latn.js'
import { id } from './lexicon/id.js'
import { it } from './lexicon/it.js'
import { ja } from './lexicon/ja.js'
import { ko } from './lexicon/ko.js'
import type { Lexicon } from './lexicon/lexicon.js'
import { ms } from './lexicon/ms.js'
import { nl } from './lexicon/nl.js'
import { pl } from './lexicon/pl.js'
import { ptBR } from './lexicon/pt-BR.js'
import { ru } from './lexicon/ru.js'
import { sw } from './lexicon/sw.js'
import { th } from './lexicon/th.js'
import { tr } from './lexicon/tr.js'
import { uk } from './lexicon/uk.js'
import { ur } from './lexicon/ur.js'
import { vi } from './lexicon/vi.js'
import { yue } from './lexicon/yue.js'
import { zhHans } from './lexicon/zh-Hans.js'
import { zhHant } from './lexicon/zh-Hant.js'

export const LEXICONS: readonly Lexicon[] = [
  en,
  es,
  ptBR,
  fr,
  de,
  it,
  nl,
  pl,
  ru,
  uk,
  tr,
  ar,
  he,
  fa,
  hi,
  hiLatn,
  bn,
  ur,
  id,
  ms,
  zhHant,
  yue,
  zhHans,
  ja,
  ko,
  vi,
  th,
  sw,
]

// The languages people can write in. One more language is one more file and one more line here.

import { de } from './lexicon/de.js'
import { en } from './lexicon/en.js'
import { es } from './lexicon/es.js'
import type { Lexicon } from './lexicon/lexicon.js'
import { zhHant } from './lexicon/zh-Hant.js'

export const LEXICONS: readonly Lexicon[] = [en, es, de, zhHant]

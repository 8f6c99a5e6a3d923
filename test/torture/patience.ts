// Only the database of the tests is borrowed by a long run, not their patience: tap reads this when it is loaded, so this
// file is imported before it.

import process from 'node:process'

process.env.TAP_TIMEOUT = String(4 * 3_600)

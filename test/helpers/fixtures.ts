// Webhook bodies, one file per shape.

import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = 'test/fixtures/webhooks'

export const fixtureNames: string[] = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''))

export function fixture(name: string): any {
  return JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'))
}

// A template that becomes marketing stops reaching everybody who said yes to something else only. Whoever runs this
// should read it in the log when Meta says it, and not from a caller whose messages are refused.

import type { FastifyBaseLogger } from 'fastify'
import type { TemplateNews } from './category.js'

/**
 * One warning for each template that Meta has made marketing, or is about to. A template's name is the company's own and
 * names no person.
 *
 * An announced change counts at once, not on the announced day. Meta gives its 24 hours to the sender, for prices and
 * appeals; what it has found is what the message is today, and a person who has not said yes to marketing is owed no
 * last day of it. Advertising is what the content is, whatever it is filed under (Directive 2002/58/EC Art. 13; ICO,
 * "service messages" with promotional content are direct marketing; Meta: mixed content is marketing). It also leaves
 * nothing to a timer, and the webhook of the change itself may be lost. Whoever appeals with success hears it from the
 * next reading; a change from marketing to something cheaper counts when Meta has made it.
 */
export function warnOfCategories(
  log: Pick<FastifyBaseLogger, 'warn'>,
  news: readonly Omit<TemplateNews, 'at'>[],
): void {
  for (const { account, name: template, language, category, correct, status } of news) {
    const named = { account, template, language }
    if (correct?.category === 'marketing') {
      const from = correct.changesAt?.toISOString()
      log.warn(
        { ...named, now: category, from },
        'Meta will make a template marketing: it counts as marketing at once',
      )
    } else if (category === 'marketing' && status === undefined) {
      log.warn(named, 'Meta has made a template marketing')
    }
  }
}

// What GET /v1/events/{id} answers for a stop, as far as the verdict looks at it.

import { z } from 'zod'

const sends = z.array(z.looseObject({ id: z.string() }))

export const metSchema = z.looseObject({ sends: z.looseObject({ left: sends, cancelled: sends }) })

export type Met = z.infer<typeof metSchema>['sends']

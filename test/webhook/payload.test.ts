import fc from 'fast-check'
import t from 'tap'
import { type MessageUpdate, readUpdates, type Update } from '../../src/webhook/payload.js'
import { fixture, fixtureNames } from '../helpers/fixtures.js'

const read = (name: string): Update[] => readUpdates(fixture(name))
const message = (name: string) => read(name)[0] as MessageUpdate

t.test('every way of saying something is read with its words or its tap', async (t) => {
  t.match(message('text-stop'), {
    kind: 'message',
    type: 'text',
    wamid: 'wamid.FIX.TEXT',
    phoneNumberId: '106540352242922',
    identity: { phone: '12025550101', bsuid: 'US.20250101aa' },
    content: { by: 'text', method: 'text', text: 'STOP' },
    at: new Date(1795000000_000),
  })
  t.match(message('image-caption-stop').content, { method: 'caption', text: 'please stop texting me' })
  t.match(message('button-unsubscribe').content, { by: 'label', payload: 'Unsubscribe', text: 'Unsubscribe' })
  t.match(message('interactive-button-reply').content, {
    by: 'tap',
    method: 'button',
    title: 'Yes, send them',
  })
  t.match(message('interactive-list-reply').content, { by: 'tap', method: 'list', id: 'some-row' })
})

t.test('people without a phone are read by their BSUID and username', async (t) => {
  t.same(message('text-no-phone').identity, { bsuid: 'HK.20250103cc', username: 'mei.hk' })
})

t.test('what is nobody’s own statement has no content', async (t) => {
  for (const name of [
    'text-forwarded',
    'text-group',
    'reaction-stop-sign',
    'edit-to-stop',
    'revoke',
    'order',
    'audio',
  ]) {
    t.equal(message(name).content, null, name)
  }
  for (const name of ['echo-stop', 'history-stop']) t.match(read(name), [{ kind: 'ignored' }], name)
})

t.test('unknown fields, types and values are ignored by name', async (t) => {
  t.match(read('unknown-field'), [{ kind: 'ignored', what: 'field:weather_update' }])
  t.match(read('unknown-type'), [{ kind: 'ignored', what: 'type:hologram' }])
  t.match(read('status-unknown'), [{ kind: 'ignored', what: 'status:in_orbit' }])
  t.match(read('preference-unknown'), [{ kind: 'ignored', what: 'preference:snooze' }])
  t.match(read('errors-only'), [{ kind: 'ignored', what: 'field:messages' }])
})

t.test('a malformed item never costs its neighbours', async (t) => {
  const updates = read('malformed-neighbours')
  t.equal(updates.filter((u) => u.kind === 'malformed').length, 7)
  t.match(
    updates.filter((u) => u.kind === 'message'),
    [{ wamid: 'wamid.FIX.GOOD', content: { text: 'STOP' } }],
  )
})

t.test('preferences carry no id, so the same statement at the same second is the same update', async (t) => {
  const [stop, again, resume] = [
    read('preference-stop')[0],
    read('preference-stop')[0],
    read('preference-resume')[0],
  ]
  t.match(stop, { kind: 'preference', value: 'stop', at: new Date(1795000007_000) })
  t.same(stop && 'key' in stop && stop.key, again && 'key' in again && again.key)
  t.notSame(stop && 'key' in stop && stop.key, resume && 'key' in resume && resume.key)
})

t.test('an error code is read from a failed status', async (t) => {
  t.match(read('status-failed-131050'), [{ kind: 'status', status: 'failed', errorCode: 131050 }])
})

t.test('a status says by which number its message left, and what its request called it', async (t) => {
  const body = fixture('status-sent')
  const { value } = body.entry[0].changes[0]
  const [status] = value.statuses
  const names: [unknown, string | null][] = [
    ['order 4711', 'order 4711'],
    ['x'.repeat(512), 'x'.repeat(512)],
    ['x'.repeat(513), null],
    ['', null],
    ['nul\0', null],
    [{ not: 'text' }, null],
    [undefined, null],
  ]
  for (const [written, read] of names) {
    status.biz_opaque_callback_data = written
    t.match(readUpdates(body), [
      { kind: 'status', phoneNumberId: value.metadata.phone_number_id, callbackData: read },
    ])
  }
})

t.test('a status names its recipient, and a group is nobody', async (t) => {
  t.match(read('status-read-parent'), [
    { identity: { phone: '12025550140', bsuid: 'US.20250140aa', parentBsuid: 'CA.20250140aa' } },
  ])
  t.match(read('status-card-only'), [{ identity: { phone: '12025550140', bsuid: 'US.20250140aa' } }])
  t.match(read('status-delivered-old-parent'), [{ identity: { parentBsuid: 'US.ENT.20250140aa' } }])
  const [group] = read('status-group')
  t.same(group && 'identity' in group && group.identity, {})
})

t.test('old and new names are told apart by their fields, in every form of a change', async (t) => {
  const before = { phone: '12025550140', bsuid: 'US.20250140aa', parentBsuid: 'US.ENT.20250140aa' }
  const after = { phone: '12025550141', bsuid: 'US.20250141bb', parentBsuid: 'US.ENT.20250141bb' }
  const { phone: _, ...idsBefore } = before
  const { phone: __, ...idsAfter } = after
  const expected: Record<string, [object, object]> = {
    'system-number-change-full': [before, after],
    'system-number-change-bare': [{ phone: before.phone }, { phone: after.phone }],
    'system-customer-changed-number': [{ phone: before.phone }, { phone: after.phone }],
    'system-id-change': [idsBefore, idsAfter],
    'system-id-change-half': [{ phone: before.phone }, { bsuid: after.bsuid }],
    'system-id-change-unlinked': [{}, { bsuid: after.bsuid }],
    'user-id-update': [idsBefore, idsAfter],
  }
  for (const [name, [previous, identity]] of Object.entries(expected)) {
    const [update] = read(name)
    t.equal(update?.kind, 'renamed', name)
    if (update?.kind === 'renamed') t.same([update.previous, update.identity], [previous, identity], name)
  }
})

t.test('an id that no database could hold is made holdable, not dropped', async (t) => {
  const body = fixture('text-stop')
  const raw = body.entry[0].changes[0].value
  raw.messages[0].from_user_id = `US.${'x'.repeat(5000)}\u0000\ud800`
  raw.contacts = []
  const { bsuid = '' } = (readUpdates(body)[0] as MessageUpdate).identity
  t.ok(bsuid.length <= 256 && !bsuid.includes('\0') && bsuid.isWellFormed())
})

t.test('no JSON whatever makes the reader throw, and everything becomes some update', async () => {
  fc.assert(fc.property(fc.jsonValue(), (body) => readUpdates(body).length > 0))
  // A fixture with one value anywhere replaced by any other JSON.
  const shapes = fixtureNames.map(fixture)
  fc.assert(
    fc.property(fc.constantFrom(...shapes), fc.nat(), fc.jsonValue(), (shape, n, junk) => {
      const copy = structuredClone(shape)
      const places: [Record<string, unknown>, string][] = []
      const walk = (node: unknown) => {
        if (typeof node !== 'object' || node === null) return
        for (const key of Object.keys(node)) {
          places.push([node as Record<string, unknown>, key])
          walk((node as Record<string, unknown>)[key])
        }
      }
      walk(copy)
      const [owner, key] = places[n % places.length] ?? [{}, '']
      owner[key] = junk
      return Array.isArray(readUpdates(copy))
    }),
    { numRuns: 3000 },
  )
})

t.test(
  'what Meta says of a template is read in both forms of its category, and with its status',
  async (t) => {
    const template = {
      message_template_id: 278077987957091,
      message_template_name: 'order_shipped',
      message_template_language: 'en-US',
    }
    const read = (
      field: string,
      value: object,
      entry: object = { id: '102290129340398', time: 1795000000 },
    ) => readUpdates({ entry: [{ ...entry, changes: [{ field, value: { ...template, ...value } }] }] })[0]
    const news = {
      account: '102290129340398',
      name: 'order_shipped',
      language: 'en_US',
      templateId: '278077987957091',
    }
    const changesAt = 1795086400
    t.match(
      read('template_category_update', {
        new_category: 'UTILITY',
        correct_category: 'MARKETING',
        category_update_timestamp: changesAt,
      }),
      {
        kind: 'template',
        at: new Date(1795000000_000),
        news: {
          ...news,
          category: 'utility',
          correct: { category: 'marketing', changesAt: new Date(changesAt * 1000) },
        },
      },
      'announced',
    )
    t.match(
      read('template_category_update', { previous_category: 'UTILITY', new_category: 'MARKETING' }),
      { news: { ...news, category: 'marketing', correct: null } },
      'made',
    )
    const status = (value: object) => read('message_template_status_update', value)
    t.match(status({ event: 'PAUSED', message_template_category: 'UTILITY' }), {
      news: { ...news, category: 'utility', correct: undefined, status: 'PAUSED', gone: false },
    })
    for (const event of ['APPROVED', 'REINSTATED', 'UNARCHIVED', 'FLAGGED'])
      t.match(status({ event }), { news: { status: 'APPROVED', category: undefined } }, event)
    t.match(status({ event: 'DELETED' }), { news: { gone: true } })
    t.match(
      read('template_category_update', { new_category: 'UTILITY' }, {}),
      { kind: 'malformed' },
      'of no account',
    )
    for (const value of [
      {},
      { new_category: 'UTILITY', message_template_name: 'nul\0' },
      { new_category: 'UTILITY', message_template_language: '' },
    ])
      t.match(read('template_category_update', value), { kind: 'malformed' })
    t.match(status({}), { kind: 'malformed' })
    t.match(read('message_template_components_update', {}), { kind: 'ignored' })
  },
)

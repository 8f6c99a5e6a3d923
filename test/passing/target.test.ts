import t from 'tap'
import { PASSING } from '../../src/passing/table.js'
import { boundaryOf, isPlainTarget, readQuery, saysJson } from '../../src/passing/target.js'

t.test('a path has one spelling', async (t) => {
  for (const target of [
    '/v26.0/106540352242922/messages',
    '/106540352242922',
    '/v9.0/123/media?a=%2F/../x',
  ]) {
    t.ok(isPlainTarget(target), target)
  }
  for (const target of [
    '/v26.0/106540352242922/mess%61ges',
    '/v26.0/106540352242922/messages/',
    '/v26.0//106540352242922/messages',
    '/v26.0/./106540352242922/messages',
    '/v26.0/106540352242922/messages;x=1',
    '/v26.0/106540352242922/messages#x',
    '/v26.0/106540352242922\\messages',
    '/V26.0/106540352242922/messages',
    '/v26.0/106540352242922/Messages',
    '/v26.0/106540352242922/messages\0',
    '/v26.0/+106540352242922/messages',
    '/v26/106540352242922/messages',
    'http://graph.facebook.com/v26.0/106540352242922/messages',
    '//graph.facebook.com/v26.0/106540352242922/messages',
    `/${'1'.repeat(33)}`,
    '*',
    '',
  ]) {
    t.notOk(isPlainTarget(target), JSON.stringify(target))
  }
})

const queryOf = (edge: string, of: string) => PASSING.find((r) => r.edge === edge && r.of === of)?.query ?? {}

t.test('a query holds what its line of the table names, once, and is written anew', async (t) => {
  const templates = queryOf('message_templates', 'account')
  for (const [given, sent] of [
    ['', ''],
    ['?', ''],
    ['?fields=name,status&limit=100', '?fields=name%2Cstatus&limit=100'],
    ['?after=QVFIU%3D%3D', '?after=QVFIU%3D%3D'],
    ['?status=["APPROVED","PAUSED"]', '?status=%5B%22APPROVED%22%2C%22PAUSED%22%5D'],
    ['?name_or_content=two+words', '?name_or_content=two+words'],
    ['?n%61me=summer_sale', '?name=summer_sale'],
  ] as const) {
    t.same(readQuery(`/1/message_templates${given}`, templates), { query: sent }, given)
  }
  for (const given of [
    '?access_token=x',
    '?ACCESS_TOKEN=x',
    '?fields=id&access_token=x',
    '?fields=id&fields=name',
    '?fields[]=id',
    '?method=delete',
    '?fields=owner{access_token}',
    '?fields=access_token',
    '?fields=user_Token',
    '?fields=id.limit(5)',
    '?fields=id,,name',
    '?fields=',
    '?limit=-1',
    '?status=[["x"]]',
    '?name=a%00b',
    '?__proto__=x',
    '?toString=x',
    '?=x',
    '?name=a?access_token=b',
  ]) {
    t.match(readQuery(`/1/message_templates${given}`, templates), { problem: String }, given)
  }
  t.match(readQuery('/1/messages?to=x', queryOf('messages', 'number')), { problem: /none is known/ })
})

t.test('JSON is UTF-8 as it stands, a form says its boundary and nothing else', async (t) => {
  const type = (value: string, more = {}) => ({ 'content-type': value, ...more })
  for (const json of [
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
  ]) {
    t.ok(saysJson(type(json)), json)
  }
  for (const other of [
    'application/json; charset=latin1',
    'application/json; charset=utf-8; charset=utf-7',
    'text/plain',
    'application/json, text/plain',
    'application/json; boundary=x',
    'application/jsonp',
  ]) {
    t.notOk(saysJson(type(other)), other)
  }
  t.notOk(saysJson({}))
  t.notOk(saysJson(type('application/json', { 'content-encoding': 'gzip' })))
  t.equal(boundaryOf(type('multipart/form-data; boundary=----x1')), '----x1')
  t.equal(boundaryOf(type('multipart/form-data; boundary="x=1"')), 'x=1')
  for (const other of [
    'multipart/form-data',
    'multipart/mixed; boundary=x',
    'multipart/form-data; boundary=x,y',
    'multipart/form-data; boundary=x; boundary=y',
    'multipart/form-data; charset=x; boundary=y',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ]) {
    t.equal(boundaryOf(type(other)), undefined, other)
  }
})

import type { LookupAddress } from 'node:dns'
import t from 'tap'
import { isPublicAddress, publicLookup, urlProblem } from '../../src/deliveries/address.js'
import { createPost } from '../../src/deliveries/post.js'
import { startReceiver } from '../helpers/receiver.js'

const PRIVATE = [
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::7f00:1',
  '64:ff9b::a9fe:a9fe',
  '2002:7f00:1::',
  '2001:0:53aa:64c:0:0:80ff:fffe',
  '2001:db8::1',
  'nonsense',
  '',
]
const PUBLIC = [
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.128.0.1',
  '::ffff:1.1.1.1',
  '2606:4700:4700::1111',
]

t.test('only what is out on the internet is a public address', async (t) => {
  for (const address of PRIVATE) t.equal(isPublicAddress(address), false, address)
  for (const address of PUBLIC) t.equal(isPublicAddress(address), true, address)
})

t.test('a URL that leads into a private network is refused by its text, however it is written', async (t) => {
  for (const host of [
    'localhost',
    'LOCALHOST.',
    'hooks.localhost',
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '169.254.169.254',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '[fd00:ec2::254]',
    '0',
  ]) {
    t.match(urlProblem(`https://${host}/hooks`, false), /private network/, host)
    t.equal(urlProblem(`http://${host}/hooks`, true), null, `${host} on purpose`)
  }
  t.equal(urlProblem('https://crm.acme.example/hooks?token=1', false), null)
  t.match(urlProblem('http://crm.acme.example/hooks', false), /https/)
  t.match(urlProblem('ftp://crm.acme.example/hooks', true), /https/)
  t.match(urlProblem('https://user:pass@crm.acme.example/', true), /user name/)
  t.match(urlProblem('crm', false), /must be a URL/)
})

const resolving =
  (...addresses: string[]) =>
  (_name: string, _options: unknown, answer: (error: Error | null, found: LookupAddress[]) => void) =>
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

t.test('a name is judged by what it resolves to, each time, and that is what is connected to', async (t) => {
  const look = (addresses: string[], all: boolean) =>
    new Promise<unknown>((resolve) =>
      publicLookup(resolving(...addresses))('crm.acme.example', { all }, (error, found) =>
        resolve(error === null ? found : (error as { code?: string }).code),
      ),
    )
  t.equal(await look(['1.1.1.1'], false), '1.1.1.1')
  t.same(await look(['1.1.1.1'], true), [{ address: '1.1.1.1', family: 4 }])
  t.equal(await look(['10.0.0.1'], false), 'ADDRESS_PRIVATE')
  t.equal(await look(['1.1.1.1', '::ffff:127.0.0.1'], true), 'ADDRESS_PRIVATE', 'one private one is enough')
  t.equal(await look([], true), 'ADDRESS_PRIVATE')
})

t.test('no connection is made to a name that resolves into a private network', async (t) => {
  const receiver = await startReceiver(t)
  // Every system resolves this name to loopback; by its text it could be anywhere.
  const url = receiver.url.replace('127.0.0.1', 'localhost')
  const post = (isPrivate: boolean) => {
    const made = createPost({ name: 'x', url, private: isPrivate, feed: null, headers: () => ({}) })
    t.teardown(() => made.close())
    return made.send(Buffer.from('{}'), {})
  }
  t.same(await post(false), { status: null, error: 'ADDRESS_PRIVATE' })
  t.equal(receiver.all.length, 0)
  t.equal(await post(true), null)
  t.equal(receiver.all.length, 1)
})

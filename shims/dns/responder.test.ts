// DNS as resolvers ask it: our names and nothing else, whatever comes in.

import { type Answer, decode, encode, type Packet } from 'dns-packet'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { fakeClient } from '../../test/shims/fake-client.js'
import { answersPerSecond, maxQueryBytes, maxWaiting } from './limits.js'
import { readQuery } from './query.js'
import { Responder } from './responder.js'
import { fixOf } from './wiring.js'

const test = suite('dns responder')
const name = 'a'.repeat(56)
const address = '2001:20::1'
const streamAddress = '2001:21::2'

/** Knows one name, one petname of it, and each label of it. */
function open(options: { nowMs?: () => number; wait?: Promise<void> } = {}): Responder {
  const client = fakeClient({
    petnames: async (_, call) => {
      await call.item({ petname: 'Alice', name })
      return { count: 1 }
    },
    addresses: async ({ link }) => {
      await options.wait
      if (link === name)
        return {
          name,
          addresses: [
            { address, kind: 'device' },
            { address: '2001:20::9', kind: 'device' },
          ],
        }
      if (link === `posts.${name}`) return { name, addresses: [{ address: streamAddress, kind: 'stream' }] }
      throw new RunnelError(link.length < 56 ? 'BAD_NAME' : 'NO_HOLDER')
    },
  })
  return new Responder({ client, suffix: 'key', ...(options.nowMs === undefined ? {} : { nowMs: options.nowMs }) })
}

function query(host: string, type = 'AAAA', more: Partial<Packet> = {}): Uint8Array {
  return encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name: host, type } as never], ...more })
}

async function ask(responder: Responder, message: Uint8Array, over: 'udp' | 'tcp' = 'udp') {
  const bytes = await responder.answer(message, over)
  if (bytes === undefined) throw new Error('no answer')
  const packet = decode(Buffer.from(bytes)) as ReturnType<typeof decode> & { rcode: string }
  const [first] = packet.answers ?? []
  return { packet, rcode: packet.rcode, data: (first as { data?: unknown } | undefined)?.data, bytes }
}

test('a name is the address of its device that was heard of last, and a label that of its stream', async () => {
  const responder = open()
  const { packet, rcode, data } = await ask(responder, query(`${name}.key`))
  assert.is(rcode, 'NOERROR')
  assert.is(data, address)
  assert.is(packet.answers?.length, 1)
  assert.is(packet.id, 7)
  assert.ok(packet.flag_qr && packet.flag_aa && packet.flag_rd && !packet.flag_ra)
  assert.is((await ask(responder, query(`posts.${name}.key`))).data, streamAddress)
  assert.is((await ask(responder, query('alice.key'))).data, address)
  assert.is((await ask(responder, query('posts.ALICE.key'))).data, streamAddress)
})

test('the case of a question is repeated, as resolvers check it', async () => {
  const mixed = `${name.slice(1)}A.kEy`
  const { packet } = await ask(open(), query(mixed))
  assert.is(packet.questions?.[0]?.name, mixed)
  assert.is((packet.answers?.[0] as Answer | undefined)?.name, mixed)
})

test('of a name that is there any other type is nothing, for a while', async () => {
  for (const type of ['A', 'MX', 'TXT', 'UNKNOWN_65']) {
    const { packet, rcode } = await ask(open(), query(`${name}.key`, type))
    assert.is(rcode, 'NOERROR', type)
    assert.equal(packet.answers, [])
    assert.is(packet.authorities?.[0]?.type, 'SOA')
  }
  assert.is((await ask(open(), query('key', 'SOA'))).rcode, 'NOERROR')
})

test('what cannot be a name does not exist, and a name that nobody tells of fails for now', async () => {
  for (const host of ['bob.key', 'a.b.alice.key', '_tcp.alice.key', '-.key']) {
    const { packet, rcode } = await ask(open(), query(host))
    assert.is(rcode, 'NXDOMAIN', host)
    assert.is(packet.authorities?.[0]?.type, 'SOA')
  }
  assert.is((await ask(open(), query(`${'b'.repeat(56)}.key`))).rcode, 'SERVFAIL')
})

test('every other name is refused at once, and never looked for', async () => {
  for (const host of ['example.org', 'key.example.org', 'monkey', 'xkey', 'localhost', '.']) {
    const { packet, rcode } = await ask(open(), query(host))
    assert.is(rcode, 'REFUSED', host)
    assert.equal([...(packet.answers ?? []), ...(packet.authorities ?? [])], [])
  }
  const chaos = encode({ type: 'query', id: 1, questions: [{ name: `${name}.key`, type: 'AAAA', class: 'CH' }] })
  assert.is((await ask(open(), chaos)).rcode, 'REFUSED')
})

test('EDNS is answered by EDNS, and another version of it by BADVERS', async () => {
  const opt = (ednsVersion: number, udpPayloadSize = 4_096) => ({
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize, extendedRcode: 0, ednsVersion, flags: 0, flag_do: false, options: [] },
    ] as never,
  })
  const { packet, data } = await ask(open(), query(`${name}.key`, 'AAAA', opt(0)))
  assert.is(data, address)
  assert.is(packet.additionals?.[0]?.type, 'OPT')
  const bad = await ask(open(), query(`${name}.key`, 'AAAA', opt(1)))
  assert.is((bad.packet.additionals?.[0] as { extendedRcode?: number } | undefined)?.extendedRcode, 1)
  assert.equal(bad.packet.answers, [])
  assert.equal((await ask(open(), query(`${name}.key`))).packet.additionals, [])
})

test('what is no question gets no answer, and a wrong one is told so', async () => {
  const responder = open()
  const good = query(`${name}.key`)
  const changed = (offset: number, byte: number) => Uint8Array.from(good, (old, at) => (at === offset ? byte : old))
  for (const silent of [new Uint8Array(0), good.slice(0, 11), changed(2, 0x81), new Uint8Array(maxQueryBytes + 1)])
    assert.is(await responder.answer(silent, 'udp'), undefined)
  assert.is(responder.answers.get('dropped'), 4)
  assert.is((await ask(responder, changed(2, 0x28))).rcode, 'NOTIMP')
  for (const count of [5, 7, 9]) assert.is((await ask(responder, changed(count, 2))).rcode, 'FORMERR')
  assert.is((await ask(responder, good.slice(0, 20))).rcode, 'FORMERR')
  assert.is((await ask(responder, changed(12, 0xc0))).rcode, 'FORMERR')
  assert.is((await ask(responder, changed(14, 0xff))).rcode, 'FORMERR')
})

test('an answer is hardly longer than its question, so that nobody is flooded through us', async () => {
  const responder = open()
  for (const host of [`${name}.key`, `posts.${name}.key`, 'bob.key', 'example.org', `${'x'.repeat(60)}.org`]) {
    for (const type of ['AAAA', 'A', 'ANY', 'TXT']) {
      const message = query(host, type)
      const { bytes } = await ask(responder, message)
      assert.ok(bytes.length <= 2 * message.length + 60, `${host} ${type}: ${message.length} and ${bytes.length}`)
    }
  }
})

test('no message makes it throw, and none gets what it did not ask for', async () => {
  const good = query(`${name}.key`)
  const responder = open({
    nowMs: (() => {
      let now = 0
      return () => (now += 1_000)
    })(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 600 }),
        fc
          .tuple(fc.nat(good.length - 1), fc.nat(255))
          .map(([at, byte]) => Uint8Array.from(good, (old, index) => (index === at ? byte : old))),
        fc.nat(good.length).map((length) => good.slice(0, length)),
      ),
      async (message) => {
        const read = readQuery(message)
        const bytes = await responder.answer(message, 'udp')
        assert.is(bytes === undefined, read === undefined)
        if (bytes === undefined) return
        assert.ok(bytes.length <= 512)
        assert.equal(bytes.slice(0, 2), Buffer.from(message.slice(0, 2)))
        assert.ok(((bytes[2] ?? 0) & 0x80) !== 0)
      },
    ),
    { numRuns: 400 },
  )
})

test('more questions in a second than there is room for are dropped, and later ones answered', async () => {
  let nowMs = 0
  const responder = open({ nowMs: () => nowMs })
  const message = query('example.org')
  for (let count = 0; count < answersPerSecond; count += 1) await ask(responder, message)
  assert.is(await responder.answer(message, 'udp'), undefined)
  nowMs = 2
  await ask(responder, message)
  assert.is(responder.answers.get('refused'), answersPerSecond + 1)
})

test('one name more that waits for the network than there is room for fails at once', async () => {
  let go: () => void = () => {}
  const responder = open({
    wait: new Promise((resolve) => {
      go = resolve
    }),
  })
  const waiting = Array.from({ length: maxWaiting }, () => ask(responder, query(`${name}.key`)))
  assert.is((await ask(responder, query(`${name}.key`))).rcode, 'SERVFAIL')
  go()
  for (const one of await Promise.all(waiting)) assert.is(one.data, address)
})

test('the line to add is of the resolver that is there', () => {
  assert.match(fixOf('key', '127.0.0.1:5354', true), '"Domains=~key"')
  assert.match(fixOf('key', '[::1]:5354', false), 'server=/key/::1#5354')
})

test.run()

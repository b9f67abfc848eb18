// The sockets of the DNS server, over a real node: by Node's own resolver, and by hand over TCP.

import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { encode } from 'dns-packet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeClient } from '../../api/index.js'
import { inAlone } from '../../test/shims/alone.js'
import { openDnsServer } from './index.js'
import { maxQueryBytes } from './limits.js'
import type { DnsServer } from './server.js'

const test = suite('dns server')

async function inServer(use: (server: DnsServer, client: NodeClient) => Promise<void>): Promise<void> {
  await inAlone(async ({ node, client }) => {
    const server = await openDnsServer({ client, suffix: 'key', listen: ['127.0.0.1:0'] })
    node.attach(server)
    try {
      await use(server, client)
    } finally {
      await server.close()
    }
  })
}

function resolverOf(server: DnsServer): Resolver {
  const resolver = new Resolver({ timeout: 10_000, tries: 1 })
  resolver.setServers([...server.listening])
  return resolver
}

test('a resolver finds the address of a name, of a petname, of a label and of a log', () =>
  inServer(async (server, client) => {
    const resolver = resolverOf(server)
    const { name, address } = await client.id()
    assert.equal(await resolver.resolve6(`${name}.key`), [address])
    await client.setPetname('me', name)
    assert.equal(await resolver.resolve6('me.key'), [address])
    const { log } = await client.createStream({ label: 'posts' })
    const [stream] = await resolver.resolve6(`posts.${name}.key`)
    const [ofLog] = await resolver.resolve6(`${log}.key`)
    for (const one of [stream, ofLog]) assert.match(one ?? '', /^2001:21:/)
    assert.is.not(stream, ofLog)
    const failed = async (host: string) => resolver.resolve6(host).catch((error) => error.code)
    assert.is(await failed('nobody.key'), 'ENOTFOUND')
    assert.is(await failed(`${name.replace(/^./, name.startsWith('q') ? 'r' : 'q')}.key`), 'ENOTFOUND')
    assert.is(await failed('example.org'), 'EREFUSED')
    assert.is(await resolver.resolve4(`${name}.key`).catch((error) => error.code), 'ENODATA')
    assert.ok((server.answers.get('noerror') ?? 0) >= 5)
    assert.match(await client.metrics(), 'runnel_dns_answers_total{code="refused"} 1')
  }))

test('over TCP several questions are answered in order, and a long one ends the connection', () =>
  inServer(async (server, client) => {
    const { name } = await client.id()
    const [, port] = server.listening[0]?.split(':') ?? []
    const framed = (id: number) => {
      const message = encode({ type: 'query', id, questions: [{ name: `${name}.key`, type: 'AAAA' }] })
      return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])
    }
    const socket = connectSocket(Number(port), '127.0.0.1')
    let got = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk as Buffer])
    })
    socket.write(framed(1))
    const second = framed(2)
    socket.write(second.subarray(0, 9))
    await once(socket, 'data')
    socket.write(second.subarray(9))
    socket.end()
    await once(socket, 'close')
    const length = got.readUInt16BE(0)
    assert.equal([got.readUInt16BE(2), got.readUInt16BE(2 + length + 2)], [1, 2])
    assert.is(got.length, 2 * (length + 2))
    const long = connectSocket(Number(port), '127.0.0.1')
    long.on('error', () => {})
    long.write(Buffer.from([(maxQueryBytes + 1) >> 8, (maxQueryBytes + 1) & 255, 0]))
    await once(long, 'close')
  }))

test('doctor says whether programs here ask it, and what to add where they do not', () =>
  inServer(async (_, client) => {
    const checks = await client.doctor()
    const check = checks.find((one) => one.check === 'dns')
    assert.is(check?.level, 'warn')
    assert.match(check?.fix ?? '', /resolved\.conf\.d|server=\/key\//)
  }))

test('an address that others reach is refused, and one that is taken is told', () =>
  inServer(async (server, client) => {
    for (const listen of [['0.0.0.0:53'], ['[::]:53'], ['10.0.0.1:53'], ['x']]) {
      const error = await openDnsServer({ client, suffix: 'key', listen }).catch((thrown) => thrown)
      assert.is(error.code, 'BAD_ARGUMENT', listen[0])
    }
    const second = await openDnsServer({ client, suffix: 'key', listen: [...server.listening] })
    assert.is(second.problems.length, 1)
    await second.close()
  }))

test.run()

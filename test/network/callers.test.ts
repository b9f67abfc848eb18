// Programs at the API socket that send nonsense, disappear or never read: each ends with one coded error or with its
// connection, costs the node little, and changes nothing for the others.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../api/index.js'
import { loopbackHost } from '../lab/lab.js'
import { writeSample } from '../lab/make-tree.js'
import { RunningNode } from '../lab/running-node.js'
import { codeOf, told } from '../lab/told.js'
import { until } from '../lab/until.js'

const test = suite('network/callers')
const it = told(test)
const scratch = mkdtempSync(join(tmpdir(), 'c-'))
const fileBytes = 100_000_000

let node: RunningNode
let link = ''

test.before(async () => {
  node = await RunningNode.up(loopbackHost('here'), join(scratch, 'home'))
  writeSample(join(scratch, 'file'), 'file', fileBytes)
  link = (await node.client.publish(join(scratch, 'file'))).link
})

test.after(async () => {
  await node.kill()
  rmSync(scratch, { recursive: true, force: true })
})

async function knock(): Promise<{ socket: Socket; received: () => Buffer }> {
  const socket = connectSocket(join(scratch, 'home', 'runnel.sock'))
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  await once(socket, 'connect')
  return { socket, received: () => Buffer.concat(chunks) }
}

async function assertServes(): Promise<void> {
  const client = await connect({ home: join(scratch, 'home') })
  const stream = await client.openStream(link)
  assert.is((await stream.read('', { from: 7, to: 1_000_007 }).bytes()).length, 1_000_000)
  await client.close()
}

function residentBytes(): Promise<number> {
  return node.client.status().then((status) => status.residentBytes)
}

it('nonsense ends the connection with one BAD_FRAME, and nobody else notices', async () => {
  const empty = Buffer.from([0, 0, 0, 0])
  const oversized = Buffer.from([0xff, 0xff, 0xff, 0xff])
  const notMap = Buffer.from([0, 0, 0, 1, 0x01])
  const http = Buffer.from('GET / HTTP/1.1\r\nHost: runnel\r\n\r\n')
  for (const nonsense of [empty, oversized, notMap, http, ...Array.from({ length: 30 }, () => randomBytes(300))]) {
    // A length that promises more than came is no nonsense yet.
    nonsense[0] = nonsense === empty || nonsense === notMap ? 0 : (nonsense[0] ?? 0) | 0x40
    const { socket, received } = await knock()
    socket.write(nonsense)
    await once(socket, 'close')
    assert.match(received().toString('latin1'), 'BAD_FRAME')
  }
  await assertServes()
})

it('half a frame and then silence costs nobody else anything', async () => {
  const silent = await Promise.all(Array.from({ length: 50 }, knock))
  for (const { socket } of silent) socket.write(Buffer.from([0, 0x10, 0, 0, 0xa1]))
  await assertServes()
  for (const { socket } of silent) socket.destroy()
})

it('a call for what is no method, and one with wrong parameters, fail alone', async () => {
  const client = await node.connect()
  assert.is(await codeOf(client.caller.call('format' as 'id', {})), 'UNSUPPORTED')
  assert.is(await codeOf(client.caller.call('get', { link } as never)), 'BAD_ARGUMENT')
  assert.is(await codeOf(client.caller.call('get', { link, output: 'relative' })), 'BAD_ARGUMENT')
  assert.ok((await client.id()).name)
})

it('a program that reads nothing of a large answer is waited for without memory', async () => {
  const before = await residentBytes()
  const client = await connect({ home: join(scratch, 'home') })
  const reading = client.caller.items('read', { link })
  const iterator = reading[Symbol.asyncIterator]()
  await iterator.next()
  // Long enough to have sent all of it to a program that reads.
  await sleep(1_500)
  assert.ok(reading.bufferedBytes <= 2_000_000, `${reading.bufferedBytes} bytes came`)
  assert.ok((await residentBytes()) - before < 60_000_000)
  await assertServes()
  await client.close()
})

it('the calls of a program that disappears end', async () => {
  const gone = await Promise.all(Array.from({ length: 20 }, () => connect({ home: join(scratch, 'home') })))
  for (const client of gone) {
    const items = client.caller.items('read', { link })[Symbol.asyncIterator]()
    await items.next()
    await client.close()
  }
  await until('nothing is asked for any more', async () => (await node.client.status()).counters.interestsWaiting === 0)
  await assertServes()
})

test.run()

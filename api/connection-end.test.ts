// How a connection ends, and what each side makes of it: the node dies, the client disappears, the node sends nonsense.

import { rmSync } from 'node:fs'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFakeNode } from '../test/api/fake-node.js'
import { deferred, failure } from '../test/api/promises.js'
import { Caller, connect, RunnelError } from './index.js'
import {
  encodeFrame,
  type Frame,
  FrameSplitter,
  firstCreditBytes,
  helloFrame,
  socketChannel,
} from './protocol/index.js'

const test = suite('the end of a connection')

test('rejects what is open, items before it included, when the node dies in the middle', async () => {
  const { path, server, close } = await listening()
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const caller = new Caller(socketChannel(connectSocket(path)))
  const call = caller.items('petnames', {})
  const plain = failure(caller.call('status', {}), 'NO_NODE')
  const node = await accepted
  node.write(helloBytes())
  node.write(encodeFrame({ id: 1, item: { petname: 'a', name: 'b' } }))
  const got: string[] = []
  const iterate = async () => {
    for await (const { petname } of call) {
      got.push(petname)
      node.destroy()
    }
  }
  await failure(iterate(), 'NO_NODE')
  await failure(call.result, 'NO_NODE')
  await plain
  assert.equal(got, ['a'])
  await failure(caller.call('status', {}), 'NO_NODE')
  await close()
})

test('aborts the handlers of a client that disappears in the middle of its items', async () => {
  const gone = deferred<unknown>()
  const node = await openFakeNode({
    read: async (_, call) => {
      try {
        for (;;) await call.item(new Uint8Array(65_536))
      } catch (error) {
        gone.resolve(error)
        throw error
      }
    },
  })
  const socket = connectSocket(node.path)
  socket.write(encodeFrame(helloFrame('client')))
  socket.write(encodeFrame({ id: 1, method: 'read', params: { link: 'x' } }))
  await new Promise((resolve) => socket.once('data', resolve))
  socket.destroy()
  const error = await gone.promise
  assert.is((error as RunnelError).code, 'ABORTED')
  await node.close()
})

test('is BAD_FRAME for a node that sends nonsense, whatever it is', async () => {
  const nonsense = [
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    Buffer.alloc(64, 0xff),
    Buffer.alloc(64),
    Buffer.from([0, 0, 0, 1, 0x80]),
    encodeFrame({ hello: 'world' }),
    encodeFrame({ id: 1 }),
    encodeFrame({ id: -1, result: 1 }),
    encodeFrame({ runnel: 2, role: 'node' }),
  ]
  for (const bytes of nonsense) {
    const { path, close } = await listening((socket) => socket.write(bytes))
    const caller = new Caller(socketChannel(connectSocket(path)))
    await failure(caller.call('status', {}), 'BAD_FRAME')
    await failure(caller.call('status', {}), 'BAD_FRAME')
    await close()
  }
})

test('is BAD_FRAME for a node that sends more items than it was given credit for', async () => {
  const { path, close } = await listening((socket) => {
    socket.write(helloBytes())
    for (let index = 0; index < 40; index += 1) socket.write(encodeFrame({ id: 1, item: new Uint8Array(65_536) }))
  })
  const caller = new Caller(socketChannel(connectSocket(path)))
  const call = caller.items('read', { link: 'x' })
  await failure(call.result, 'BAD_FRAME')
  assert.ok(call.bufferedBytes < firstCreditBytes + 70_000)
  await close()
})

test('answers and items for calls that nobody made change nothing', async () => {
  const { path, close } = await listening((socket) => {
    socket.write(helloBytes())
    for (const kind of ['result', 'error', 'item', 'progress']) socket.write(encodeFrame({ id: 99, [kind]: 1 }))
    socket.write(encodeFrame({ id: 1, result: { fine: true } }))
  })
  const caller = new Caller(socketChannel(connectSocket(path)))
  assert.equal(await caller.call('status', {}), { fine: true } as never)
  caller.close()
  await close()
})

test('is what the node says about the connection itself', async () => {
  const { path, close } = await listening((socket) =>
    socket.write(encodeFrame({ id: 0, error: new RunnelError('TOO_MANY', 'full').toJSON() })),
  )
  const caller = new Caller(socketChannel(connectSocket(path)))
  assert.is((await failure(caller.call('status', {}), 'TOO_MANY')).message, 'full')
  await close()
})

test('an error that is none is still an error', async () => {
  const { path, close } = await listening((socket) => socket.write(encodeFrame({ id: 1, error: 7 })))
  const caller = new Caller(socketChannel(connectSocket(path)))
  await failure(caller.call('status', {}), 'INTERNAL')
  caller.close()
  await close()
})

test('is cut for a side that does not close in time, so that it costs nothing for ever', async () => {
  const { path, server, close } = await listening()
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const client = connectSocket({ path, allowHalfOpen: true })
  const socket = await accepted
  const channel = socketChannel(socket)
  const gone = new Promise((resolve) => socket.once('close', resolve))
  channel.end()
  await gone
  client.destroy()
  await close()
})

test('a callback of progress that throws is told to its program, and the call goes on', async () => {
  const node = await openFakeNode({
    publish: async (_, call) => {
      call.progress({ files: 1, bytes: 0, totalFiles: 0, totalBytes: 0, newBytes: 0, path: '' })
      return { link: 'l' } as never
    },
  })
  const client = await connect({ home: node.home })
  const told = deferred<unknown>()
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', told.resolve)
  const boom = new Error('boom')
  const result = await client.publish('/x', {
    onProgress: () => {
      throw boom
    },
  })
  assert.is(result.link, 'l')
  assert.is(await told.promise, boom)
  for (const listener of before) process.on('uncaughtException', listener)
  await client.close()
  await node.close()
})

test.run()

function helloBytes(): Uint8Array {
  return encodeFrame(helloFrame('node'))
}

let paths = 0

/** A socket of which the test is the node. `greet` is called for each client once it has spoken. */
async function listening(
  greet?: (socket: Socket) => void,
): Promise<{ path: string; server: Server; close(): Promise<void> }> {
  paths += 1
  const path = join(tmpdir(), `runnel-test-${process.pid}-${paths}.sock`)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const splitter = new FrameSplitter()
    socket.on('data', (bytes) =>
      splitter.push(bytes, (frame: Frame) => {
        if ('method' in frame) greet?.(socket)
        return true
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    path,
    server,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(path, { force: true })
    },
  }
}

// Client and server over a real socket, and inside one process: results, items with credit, cancelling, and what each side
// makes of the other's end.

import { rmSync } from 'node:fs'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Handlers } from '../node/api-server/index.js'
import { ApiServer } from '../node/api-server/index.js'
import { fakeHandlers, openFakeNode } from '../test/api/fake-node.js'
import { deferred, failure, until } from '../test/api/promises.js'
import { Caller, connect, RunnelError } from './index.js'
import {
  channelPair,
  encodeFrame,
  type Frame,
  FrameSplitter,
  firstCreditBytes,
  helloFrame,
  type Progress,
  type ReadResult,
  socketChannel,
} from './protocol/index.js'

const status = { name: 'n' } as never
const noResult: ReadResult = {
  bytes: 0,
  verified: true,
  stale: false,
  head: { timeMs: 0, ageS: 0, stale: false },
  sources: [],
}

interface Opened {
  readonly caller: Caller
  close(): Promise<void>
}

/** Both ways to reach a node; what holds for one holds for the other. */
const ways: Readonly<Record<string, (handlers: Partial<Handlers>) => Promise<Opened>>> = {
  'over a socket': async (handlers) => {
    const node = await openFakeNode(handlers)
    const client = await connect({ home: node.home })
    return {
      caller: client.caller,
      close: async () => {
        await client.close()
        await node.close()
      },
    }
  },
  'inside a process': async (handlers) => {
    const [ours, theirs] = channelPair()
    new ApiServer(fakeHandlers(handlers)).serve(theirs)
    const caller = new Caller(ours)
    return { caller, close: async () => caller.close() }
  },
}

for (const [way, open] of Object.entries(ways)) {
  const test = suite(`calls ${way}`)

  test('resolve with what the method gave', async () => {
    const { caller, close } = await open({ status: async () => status })
    assert.equal(await caller.call('status', {}), status)
    await close()
  })

  test('of several methods at once each get their own answer', async () => {
    const first = deferred()
    const { caller, close } = await open({
      status: async () => {
        await first.promise
        return status
      },
      id: async () => {
        first.resolve()
        return { name: 'a', device: 'b', address: 'c', home: 'd' }
      },
    })
    const [one, two] = await Promise.all([caller.call('status', {}), caller.call('id', {})])
    assert.is(one.name, 'n')
    assert.is(two.name, 'a')
    await close()
  })

  test('reject with the error of the node: code, blame, hint and details', async () => {
    const { caller, close } = await open({
      status: async () => {
        throw new RunnelError('NO_HOLDER', 'nobody', { details: { asked: ['x'] }, hint: 'wait' })
      },
    })
    const error = await failure(caller.call('status', {}), 'NO_HOLDER')
    assert.is(error.message, 'nobody')
    assert.is(error.blame, 'network')
    assert.is(error.hint, 'wait')
    assert.equal(error.details, { asked: ['x'] })
    await close()
  })

  test('of a method that this node does not have are UNSUPPORTED, and wrong params BAD_ARGUMENT with their place', async () => {
    const { caller, close } = await open({})
    await failure(caller.call('fly' as never, {} as never), 'UNSUPPORTED')
    const wrong = await failure(caller.call('get', { link: 1, output: '/x' } as never), 'BAD_ARGUMENT')
    assert.match(wrong.message, 'get: link:')
    await failure(caller.call('status', { extra: 1 } as never), 'BAD_ARGUMENT')
    await failure(caller.call('get', { link: 'a', output: 'relative' }), 'BAD_ARGUMENT')
    await failure(caller.call('get', { link: 'a', output: '/x', idleTimeoutMs: 0 }), 'BAD_ARGUMENT')
    await failure(caller.call('append', { label: 'a', entries: [] }), 'BAD_ARGUMENT')
    await close()
  })

  test('give their items in order, then their result', async () => {
    const { caller, close } = await open({
      petnames: async (_, call) => {
        for (let index = 0; index < 1000; index += 1) await call.item({ petname: `p${index}`, name: 'n' })
        return { count: 1000 }
      },
    })
    const call = caller.items('petnames', {})
    let expected = 0
    for await (const { petname } of call) {
      assert.is(petname, `p${expected}`)
      expected += 1
    }
    assert.equal(await call.result, { count: 1000 })
    assert.is(call.bufferedBytes, 0)
    await close()
  })

  test('give items before an error, then the error', async () => {
    const { caller, close } = await open({
      petnames: async (_, call) => {
        await call.item({ petname: 'a', name: 'b' })
        throw new RunnelError('IO')
      },
    })
    const got: string[] = []
    const iterate = async () => {
      for await (const { petname } of caller.items('petnames', {})) got.push(petname)
    }
    await failure(iterate(), 'IO')
    assert.equal(got, ['a'])
    await close()
  })

  test('whose items nobody takes hold the node back: it sends no more than the credit and one item', async () => {
    const itemBytes = 100_000
    let sent = 0
    const { caller, close } = await open({
      read: async (_, call) => {
        for (let index = 0; index < 200; index += 1) {
          await call.item(new Uint8Array(itemBytes))
          sent += itemBytes
        }
        return noResult
      },
    })
    const call = caller.items('read', { link: 'x' })
    await until(() => call.bufferedBytes >= firstCreditBytes)
    // What could still come would be here after other calls have been there and back.
    for (let index = 0; index < 5; index += 1) await failure(caller.call('id', {}), 'UNSUPPORTED')
    assert.ok(call.bufferedBytes < firstCreditBytes + 2 * itemBytes, `${call.bufferedBytes} bytes are buffered`)
    assert.ok(sent < firstCreditBytes + 2 * itemBytes, `${sent} bytes were sent`)
    let got = 0
    for await (const bytes of call) {
      got += bytes.length
      assert.ok(call.bufferedBytes < firstCreditBytes + 2 * itemBytes)
    }
    assert.is(got, 200 * itemBytes)
    await close()
  })

  test('are cancelled at the node when the signal aborts, and reject with its reason as cause', async () => {
    const seen = deferred<unknown>()
    const started = deferred()
    const { caller, close } = await open({
      status: (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            seen.resolve(signal.reason)
            reject(signal.reason)
          })
          started.resolve()
        }),
    })
    const abort = new AbortController()
    const call = caller.call('status', {}, { signal: abort.signal })
    await started.promise
    const reason = new Error('enough')
    abort.abort(reason)
    assert.is((await failure(call, 'ABORTED')).cause, reason)
    assert.instance(await seen.promise, RunnelError)
    await close()
  })

  test('with a signal that was aborted before are never sent', async () => {
    let asked = 0
    const { caller, close } = await open({
      status: async () => {
        asked += 1
        return status
      },
      id: async () => ({ name: '', device: '', address: '', home: '' }),
    })
    await failure(caller.call('status', {}, { signal: AbortSignal.abort('no') }), 'ABORTED')
    await caller.call('id', {})
    assert.is(asked, 0)
    await close()
  })

  test('give no further item after an abort', async () => {
    const { caller, close } = await open({
      petnames: async (_, call) => {
        for (;;) await call.item({ petname: 'a', name: 'b' })
      },
    })
    const abort = new AbortController()
    let after = 0
    const iterate = async () => {
      for await (const _ of caller.items('petnames', {}, { signal: abort.signal })) {
        if (abort.signal.aborted) after += 1
        abort.abort()
      }
    }
    await failure(iterate(), 'ABORTED')
    assert.is(after, 0)
    await close()
  })

  test('whose iteration is left early are cancelled at the node', async () => {
    const cancelled = deferred()
    const { caller, close } = await open({
      petnames: async (_, call) => {
        call.signal.addEventListener('abort', () => cancelled.resolve())
        for (;;) await call.item({ petname: 'a', name: 'b' })
      },
    })
    const call = caller.items('petnames', {})
    for await (const _ of call) break
    await cancelled.promise
    await failure(call.result, 'ABORTED')
    await close()
  })

  test('leave no listener on the signal when they are done', async () => {
    const { caller, close } = await open({ status: async () => status })
    const { signal } = new AbortController()
    let listeners = 0
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...args)
    }
    for (let index = 0; index < 3; index += 1) await caller.call('status', {}, { signal })
    assert.is(listeners, 0)
    await close()
  })

  test('report progress, which nobody waits for', async () => {
    const never = new Promise<void>(() => {})
    const { caller, close } = await open({
      publish: async (_, call) => {
        call.progress({ files: 1, bytes: 2, totalFiles: 3, totalBytes: 4, newBytes: 5, path: 'p' })
        return { link: 'l' } as never
      },
    })
    const seen: Progress<'publish'>[] = []
    await caller.call(
      'publish',
      { path: '/x' },
      {
        onProgress: (progress) => {
          seen.push(progress)
          return never as never
        },
      },
    )
    assert.equal(seen, [{ files: 1, bytes: 2, totalFiles: 3, totalBytes: 4, newBytes: 5, path: 'p' }])
    await close()
  })

  test('report progress at most ten times a second', async () => {
    let reports = 0
    const { caller, close } = await open({
      publish: async (_, call) => {
        for (let files = 0; files < 10_000; files += 1) {
          call.progress({ files, bytes: 0, totalFiles: 0, totalBytes: 0, newBytes: 0, path: '' })
        }
        return {} as never
      },
    })
    const count = () => {
      reports += 1
    }
    const started = performance.now()
    await caller.call('publish', { path: '/x' }, { onProgress: count })
    const possible = 1 + Math.floor((performance.now() - started) / 100)
    assert.ok(reports >= 1 && reports <= possible, `${reports} reports`)
    await close()
  })

  test('with an answer over the limit are TOO_LARGE, and the connection goes on', async () => {
    const { caller, close } = await open({
      id: async () => ({ name: 'x'.repeat(5_000_000), device: '', address: '', home: '' }),
      read: async (_, call) => {
        await call.item(new Uint8Array(5_000_000))
        return noResult
      },
      status: async () => status,
    })
    await failure(caller.call('id', {}), 'TOO_LARGE')
    await failure(caller.call('read', { link: 'x' }), 'TOO_LARGE')
    assert.equal(await caller.call('status', {}), status)
    await close()
  })

  test('with params over the limit, or no plain data, are refused before they are sent, and the connection goes on', async () => {
    const { caller, close } = await open({ status: async () => status })
    await failure(caller.call('append', { label: 'a', entries: [new Uint8Array(5_000_000)] }), 'TOO_LARGE')
    await failure(caller.call('append', { label: 'a', entries: [new Date()] } as never), 'BAD_ARGUMENT')
    assert.equal(await caller.call('status', {}), status)
    await close()
  })

  test('whose answer is no plain data are INTERNAL, and the connection goes on', async () => {
    const { caller, close } = await open({
      status: async () => ({ when: new Date() }) as never,
      id: async () => status,
    })
    await failure(caller.call('status', {}), 'INTERNAL')
    await caller.call('id', {})
    await close()
  })

  test('more than the limit at once are TOO_MANY, and the others go on', async () => {
    const go = deferred()
    const { caller, close } = await open({
      status: async () => {
        await go.promise
        return status
      },
    })
    const open256 = Array.from({ length: 256 }, () => caller.call('status', {}))
    await failure(caller.call('status', {}), 'TOO_MANY')
    go.resolve()
    assert.is((await Promise.all(open256)).length, 256)
    await close()
  })

  test('give bytes that are a plain Uint8Array, which nobody else has', async () => {
    const original = Buffer.from('abc')
    let given: Uint8Array | undefined
    const { caller, close } = await open({
      read: async (_, call) => {
        await call.item(original)
        return noResult
      },
      append: async ({ entries }) => {
        given = entries[0]
        return { link: '', first: 0, count: 1, length: 1 }
      },
    })
    for await (const bytes of caller.items('read', { link: 'x' })) {
      assert.is(Object.getPrototypeOf(bytes), Uint8Array.prototype)
      bytes.fill(0)
    }
    assert.is(original.toString(), 'abc')
    const entry = Buffer.from('mine')
    await caller.call('append', { label: 'a', entries: [entry] })
    given?.fill(0)
    assert.is(entry.toString(), 'mine')
    await close()
  })

  test('after the connection was closed are refused at once', async () => {
    const { caller, close } = await open({})
    await close()
    await failure(caller.call('status', {}), 'ABORTED')
  })

  test.run()
}

const lifes = suite('the end of a connection')

lifes('rejects what is open, items before it included, when the node dies in the middle', async () => {
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

lifes('aborts the handlers of a client that disappears in the middle of its items', async () => {
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

lifes('is BAD_FRAME for a node that sends nonsense, whatever it is', async () => {
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

lifes('is BAD_FRAME for a node that sends more items than it was given credit for', async () => {
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

lifes('answers and items for calls that nobody made change nothing', async () => {
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

lifes('is what the node says about the connection itself', async () => {
  const { path, close } = await listening((socket) =>
    socket.write(encodeFrame({ id: 0, error: new RunnelError('TOO_MANY', 'full').toJSON() })),
  )
  const caller = new Caller(socketChannel(connectSocket(path)))
  assert.is((await failure(caller.call('status', {}), 'TOO_MANY')).message, 'full')
  await close()
})

lifes('an error that is none is still an error', async () => {
  const { path, close } = await listening((socket) => socket.write(encodeFrame({ id: 1, error: 7 })))
  const caller = new Caller(socketChannel(connectSocket(path)))
  await failure(caller.call('status', {}), 'INTERNAL')
  caller.close()
  await close()
})

lifes('a callback of progress that throws is told to its program, and the call goes on', async () => {
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

lifes.run()

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

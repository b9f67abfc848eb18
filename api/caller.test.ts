// Calls of a client over a real socket, and inside one process: results, items with credit, cancelling, progress, limits.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiServer, fakeHandlers, type Handlers, openFakeNode } from '../test/api/fake-node.js'
import { deferred, failure, until } from '../test/api/promises.js'
import { Caller, connect, RunnelError } from './index.js'
import { channelPair, firstCreditBytes, type Progress, type ReadResult } from './protocol/index.js'

const status = { name: 'n' } as never
const noResult: ReadResult = {
  bytes: 0,
  verified: true,
  stale: false,
  head: { timeMs: 0, ageS: 0, stale: false, forked: false },
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

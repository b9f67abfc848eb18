// The server against clients that are clumsy or hostile: each costs itself its connection, and the node nothing.

import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  encodeFrame,
  type Frame,
  FrameSplitter,
  firstCreditBytes,
  helloFrame,
  inputWindowBytes,
  maxPathBytes,
} from '../../api/protocol/index.js'
import { type FakeNode, fakeHandlers, openFakeNode } from '../../test/api/fake-node.js'
import { deferred, failure, until } from '../../test/api/promises.js'
import { ApiServer, type Handlers } from './index.js'
import { maxCalls, maxClients, maxCredit, maxQueuedBytes } from './limits.js'

const test = suite('api server')
const status = async () => ({ name: 'n' }) as never

test('can be reached by its owner only', async () => {
  const node = await openFakeNode({})
  assert.is(statSync(node.path).mode & 0o777, 0o600)
  await node.close()
})

test('replaces the socket that a dead node left, and takes its own away at the end', async () => {
  const home = mkdtempSync(join(tmpdir(), 'api-server-'))
  writeFileSync(join(home, 'runnel.sock'), '')
  const node = await openFakeNode({ status }, home)
  const client = new RawClient(node)
  await client.answers({ id: 1, method: 'status', params: {} })
  await node.close()
  assert.is(statSync(node.path, { throwIfNoEntry: false }), undefined)
  rmSync(home, { recursive: true })
})

test('says so when the path is too long for a socket, or cannot be bound', async () => {
  const server = new ApiServer(fakeHandlers({}))
  const error = await failure(server.listen(`/tmp/${'x'.repeat(maxPathBytes - 4)}`), 'BAD_ARGUMENT')
  assert.match(error.hint, 'path of at most')
  await failure(server.listen('/nonexistent/folder/runnel.sock'), 'IO')
  await server.close()
})

// protocol.md §12 MUST: A frame that does not parse, a call with the id
test('answers nonsense with one BAD_FRAME and the end, and goes on for the others', async () => {
  const node = await openFakeNode({ status })
  const other = new RawClient(node)
  await other.answers({ id: 1, method: 'status', params: {} })
  const nonsense: (Uint8Array | Frame)[] = [
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    Buffer.alloc(1000, 0xff),
    Buffer.from([0, 0, 0, 0]),
    Buffer.from([0, 0, 0, 2, 0xc1, 0x00]),
    { runnel: 2, role: 'client' },
    { id: 1, method: 'status' },
    { id: 0, method: 'status', params: {} },
    { id: 1, result: 1 },
  ]
  for (const bytes of nonsense) {
    const client = new RawClient(node)
    client.send(bytes)
    await client.closed
    assert.equal(codesOf(client.frames), ['BAD_FRAME'])
  }
  await other.answers({ id: 2, method: 'status', params: {} })
  other.end()
  await node.close()
})

test('input that is not wanted, or comes after its end, ends the connection; for a call that is over it is for nobody', async () => {
  const read = deferred()
  const handlers = {
    status: async (_: object, call: { readInput(): Promise<unknown> }) => (await call.readInput()) as never,
  }
  const node = await openFakeNode({ status: handlers.status as never, id: (async () => read.promise) as never })
  const input = Uint8Array.of(1)
  const call = { id: 1, method: 'status', params: {} }
  const cases: Frame[][] = [
    [
      { id: 1, method: 'id', params: {} },
      { id: 1, input },
    ],
    [
      { id: 1, method: 'id', params: {} },
      { id: 1, inputEnd: true },
      { id: 1, inputEnd: true },
    ],
  ]
  for (const frames of cases) {
    const client = new RawClient(node)
    for (const frame of frames) client.send(frame)
    await client.closed
    assert.equal(codesOf(client.frames), ['BAD_FRAME'])
  }
  const client = new RawClient(node)
  client.send({ id: 9, input })
  client.send(call)
  await until(() => client.frames.some(({ wants }) => wants === inputWindowBytes))
  client.send({ id: 1, input })
  await until(() => client.frames.some(({ id, result }) => id === 1 && result instanceof Uint8Array))
  client.end()
  read.resolve()
  await node.close()
})

test('survives any bytes', async () => {
  const node = await openFakeNode({ status })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 5, maxLength: 200 }), async (bytes) => {
      const client = new RawClient(node)
      client.send(bytes)
      client.end()
      await client.closed
    }),
    { numRuns: 50 },
  )
  const client = new RawClient(node)
  await client.answers({ id: 1, method: 'status', params: {} })
  client.end()
  await node.close()
})

// protocol.md §12 MUST: A frame that does not parse, a call with the id
test('refuses an id that is still open', async () => {
  const node = await openFakeNode({ status: () => new Promise(() => {}) })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'status', params: {} })
  client.send({ id: 1, method: 'status', params: {} })
  await client.closed
  assert.equal(codesOf(client.frames), ['BAD_FRAME'])
  await node.close()
})

test('lets an id be used again when its call has ended', async () => {
  const node = await openFakeNode({ status })
  const client = new RawClient(node)
  await client.answers({ id: 1, method: 'status', params: {} })
  await client.answers({ id: 1, method: 'status', params: {} })
  client.end()
  await node.close()
})

test('refuses one call more than the limit, and takes the next when one has ended', async () => {
  const go = deferred()
  const node = await openFakeNode({
    status: async () => {
      await go.promise
      return status()
    },
  })
  const client = new RawClient(node)
  for (let id = 1; id <= maxCalls + 1; id += 1) client.send({ id, method: 'status', params: {} })
  await until(() => client.frames.length >= 2)
  assert.equal(codesOf(client.frames), ['TOO_MANY'])
  assert.is(client.frames[1]?.id, maxCalls + 1)
  go.resolve()
  await until(() => client.frames.length === 2 + maxCalls)
  await client.answers({ id: 1, method: 'status', params: {} })
  client.end()
  await node.close()
})

test('turns away one client more than the limit, with the reason, and takes the next when one has gone', async () => {
  const node = await openFakeNode({ status })
  const clients = Array.from({ length: maxClients }, () => new RawClient(node))
  await Promise.all(clients.map((client) => until(() => client.frames.length === 1)))
  const tooMany = new RawClient(node)
  await tooMany.closed
  assert.equal(codesOf(tooMany.frames), ['TOO_MANY'])
  clients[0]?.end()
  await clients[0]?.closed
  await until(() => clients[0]?.socket.destroyed === true)
  const next = new RawClient(node)
  await next.answers({ id: 1, method: 'status', params: {} })
  for (const client of [...clients, next]) client.end()
  await node.close()
})

// protocol.md §12 MUST: Items MUST NOT be sent unless the credit
test('sends no item beyond the credit, and goes on when it is given some', async () => {
  const node = await openFakeNode({ read: endless(50_000) })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'read', params: { link: 'x' } })
  await until(() => client.itemBytes >= firstCreditBytes)
  await client.answers({ id: 2, method: 'id', params: {} })
  assert.ok(client.itemBytes < firstCreditBytes + 51_000)
  client.send({ id: 1, credit: 200_000 })
  await until(() => client.itemBytes >= firstCreditBytes + 200_000)
  await client.answers({ id: 3, method: 'id', params: {} })
  assert.ok(client.itemBytes < firstCreditBytes + 251_000)
  client.end()
  await node.close()
})

// protocol.md §12 MUST: Items MUST NOT be sent unless the credit
test('takes no more credit than the limit', async () => {
  let sent = 0
  const node = await openFakeNode({ read: endless(1_000_000, () => (sent += 1_000_000)) })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'read', params: { link: 'x' } })
  for (let index = 0; index < 10; index += 1) client.send({ id: 1, credit: Number.MAX_SAFE_INTEGER })
  await until(() => client.itemBytes >= maxCredit)
  await client.answers({ id: 2, method: 'id', params: {} })
  assert.ok(client.itemBytes < maxCredit + 2_000_000)
  client.end()
  await node.close()
})

test('waits for a client that gave credit and does not read, instead of filling the memory', async () => {
  let sent = 0
  const node = await openFakeNode({ read: endless(100_000, () => (sent += 100_000)) })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'read', params: { link: 'x' } })
  client.send({ id: 1, credit: maxCredit })
  await until(() => client.itemBytes > 0)
  client.socket.pause()
  let before = -1
  while (before !== sent) {
    before = sent
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const unread = sent - client.itemBytes
  assert.ok(unread < 4_000_000, `${unread} bytes wait for the client`)
  client.socket.destroy()
  await node.close()
})

test('ends the connection of a client that asks and asks and reads no answer', async () => {
  const answer = { name: 'x'.repeat(1_000_000) } as never
  let answered = 0
  const node = await openFakeNode({
    status: async () => {
      answered += 1
      return answer
    },
  })
  const client = new RawClient(node)
  await until(() => client.frames.length === 1)
  client.socket.pause()
  let id = 0
  while (answered * 1_000_000 < maxQueuedBytes) {
    id += 1
    client.send({ id, method: 'status', params: {} })
    await until(() => answered === id)
  }
  for (let more = 0; more < 5; more += 1) {
    id += 1
    client.send({ id, method: 'status', params: {} })
  }
  client.socket.resume()
  await client.closed
  assert.ok(answered < id)
  await node.close()
})

test('aborts a call that is cancelled, and items that wait for credit with it', async () => {
  const ended = deferred<string>()
  const node = await openFakeNode({
    read: async (_, call) => {
      try {
        for (;;) await call.item(new Uint8Array(600_000))
      } catch (error) {
        ended.resolve((error as { code: string }).code)
        throw error
      }
    },
  })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'read', params: { link: 'x' } })
  await until(() => client.itemBytes >= firstCreditBytes)
  client.send({ id: 1, cancel: true })
  assert.is(await ended.promise, 'ABORTED')
  client.end()
  await node.close()
})

test('tells a method that asks for its signal late that nobody waits any more', async () => {
  const go = deferred<void>()
  const seen = deferred<boolean>()
  const node = await openFakeNode({
    status,
    read: async (_, call) => {
      await go.promise
      seen.resolve(call.signal.aborted)
      throw call.signal.reason
    },
  })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'read', params: { link: 'x' } })
  client.send({ id: 1, cancel: true })
  client.send({ id: 2, method: 'status', params: {} })
  await until(() => client.frames.some((frame) => frame.id === 2))
  go.resolve()
  assert.ok(await seen.promise)
  await until(() => client.frames.some((frame) => frame.id === 1))
  assert.equal(codesOf(client.frames.filter((frame) => frame.id === 1)), ['ABORTED'])
  client.end()
  await node.close()
})

test('lets a handler send several items at once, in order', async () => {
  const node = await openFakeNode({
    petnames: async (_, call) => {
      const names = Array.from({ length: 100 }, (_, index) => String(index))
      await Promise.all(names.map((petname) => call.item({ petname, name: 'n'.repeat(10) })))
      return { count: 100 }
    },
    read: async (_, call) => {
      await Promise.all(Array.from({ length: 30 }, () => call.item(new Uint8Array(100_000))))
      return { bytes: 0 } as never
    },
  })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'petnames', params: {} })
  await until(() => client.frames.some((frame) => 'result' in frame))
  const items = client.frames
    .filter((frame) => 'item' in frame)
    .map((frame) => (frame.item as { petname: string }).petname)
  assert.equal(
    items,
    Array.from({ length: 100 }, (_, index) => String(index)),
  )
  client.send({ id: 2, method: 'read', params: { link: 'x' } })
  client.send({ id: 2, credit: 4_000_000 })
  await until(() => client.itemBytes >= 3_000_000)
  client.end()
  await node.close()
})

test('closes although a client does not read its last answers', async () => {
  const node = await openFakeNode({ read: endless(100_000) })
  const client = new RawClient(node)
  client.send({ id: 1, method: 'read', params: { link: 'x' } })
  client.send({ id: 1, credit: maxCredit })
  await until(() => client.itemBytes > 0)
  client.socket.pause()
  await node.close()
  client.socket.destroy()
})

test('lets a client read its last answer when it closes', async () => {
  let stop: () => Promise<void> = async () => {}
  const node = await openFakeNode({
    stop: async () => {
      queueMicrotask(() => void stop())
      return {}
    },
  })
  stop = node.close
  const client = new RawClient(node)
  client.send({ id: 1, method: 'stop', params: {} })
  await client.closed
  assert.equal(client.frames.slice(1), [{ id: 1, result: {} }])
})

test('is not disturbed when its own socket is taken away', async () => {
  const node = await openFakeNode({ status })
  const client = new RawClient(node)
  await client.answers({ id: 1, method: 'status', params: {} })
  chmodSync(node.path, 0)
  rmSync(node.path)
  await client.answers({ id: 2, method: 'status', params: {} })
  client.end()
  await node.close()
})

test.run()

/** Items without an end. */
function endless(itemBytes: number, each: () => void = () => {}): Handlers['read'] {
  return async (_, call) => {
    for (;;) {
      await call.item(new Uint8Array(itemBytes))
      each()
    }
  }
}

function codesOf(frames: readonly Frame[]): unknown[] {
  return frames.flatMap((frame) => ('error' in frame ? [(frame.error as { code: string }).code] : []))
}

/** A client that sends what it likes. */
class RawClient {
  readonly socket: Socket
  readonly frames: Frame[] = []
  readonly closed: Promise<unknown>
  itemBytes = 0

  constructor(node: FakeNode) {
    const splitter = new FrameSplitter()
    this.socket = connect(node.path)
    this.socket.on('error', () => {})
    this.closed = once(this.socket, 'close')
    this.socket.on('data', (bytes) =>
      splitter.push(bytes, (frame) => {
        if (frame.item instanceof Uint8Array) this.itemBytes += frame.item.length
        else this.frames.push(frame)
        return true
      }),
    )
    this.send(helloFrame('client'))
  }

  send(what: Uint8Array | Frame): void {
    this.socket.write(what instanceof Uint8Array ? what : encodeFrame(what))
  }

  end(): void {
    this.socket.end()
  }

  /** Sends a call and resolves when it was answered. */
  async answers(call: Frame): Promise<void> {
    const before = this.frames.length
    this.send(call)
    await until(() => this.frames.slice(before).some((frame) => frame.id === call.id))
  }
}

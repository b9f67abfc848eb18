// A stream as a program sees it: one object to iterate, to ask by sequence or range, that tells where answers came from.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Handlers, openFakeNode } from '../test/api/fake-node.js'
import { failure } from '../test/api/promises.js'
import { connect, type LogEntry, type NodeClient, RunnelError, type Stream } from './index.js'
import type { OpenedStream, Params, ReadResult } from './protocol/index.js'

const name = `a${'b'.repeat(55)}`
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (value: string) => new TextEncoder().encode(value)
const head = { timeMs: 1000, ageS: 2, stale: false, forked: false }
const opened: OpenedStream = {
  link: `posts.${name}`,
  visibility: 'public',
  logs: [{ log: 'l1', length: 3, bytes: 9, closed: false, forked: false }],
  length: 3,
  bytes: 9,
  kind: 'log',
  head,
  source: { hop: 2, cached: false },
}
const result: ReadResult = {
  bytes: 9,
  verified: true,
  stale: true,
  head,
  sources: [
    { hop: 0, cached: true, bytes: 3 },
    { hop: 1, cached: true, bytes: 6 },
  ],
}

function entryOf(sequence: number, content: string, long = false): LogEntry {
  return { sequence, log: 'l1', timeMs: 5, length: content.length, bytes: bytes(long ? '' : content), long }
}

/** A log of three entries, the second of them long. */
const log: Partial<Handlers> = {
  open: async () => opened,
  entry: async ({ sequence }) => {
    const entry = [entryOf(0, 'one'), entryOf(1, 'two', true), entryOf(2, 'six')][sequence]
    if (entry === undefined) throw new RunnelError('NOT_FOUND')
    return { entry, source: { hop: 1, cached: true }, head }
  },
  entries: async ({ from, to = 3 }, call) => {
    const all = [entryOf(0, 'one'), entryOf(1, 'two', true), entryOf(2, 'six')]
    const first = typeof from === 'number' ? from : 0
    for (const entry of all.slice(first, to)) await call.item(entry)
    return { ...result, count: to - first }
  },
  readEntry: async ({ from = 0, to = 3 }, call) => {
    for (const letter of 'two'.slice(from, to)) await call.item(bytes(letter))
    return result
  },
  readLog: async ({ from, to }, call) => {
    await call.item(bytes('onetwosix'.slice(from, to)))
    return result
  },
}

async function withStream(handlers: Partial<Handlers>, use: (stream: Stream, node: NodeClient) => Promise<void>) {
  const fake = await openFakeNode(handlers)
  const node = await connect({ home: fake.home })
  try {
    await use(await node.openStream(name, { label: 'posts' }), node)
  } finally {
    await node.close()
    await fake.close()
  }
}

const test = suite('stream')

test('opens by link, or by name, label and secret', async () => {
  const links: string[] = []
  const handlers: Partial<Handlers> = {
    open: async ({ link }) => {
      links.push(link)
      return opened
    },
  }
  await withStream(handlers, async (_, node) => {
    await node.openStream(`posts.${name}`)
    await node.openStream(name)
    await node.openStream(name, { label: 'a', secret: 's' })
  })
  assert.equal(links, [`posts.${name}`, `posts.${name}`, name, `a.${name}+s`])
})

test('passes on how fresh it must be, and nothing that was not said', async () => {
  const seen: Params<'open'>[] = []
  const handlers: Partial<Handlers> = {
    open: async (params) => {
      seen.push(params)
      return opened
    },
  }
  await withStream(handlers, async (_, node) => {
    await node.openStream(name, {
      maxAgeS: 5,
      refuseStale: true,
      idleTimeoutMs: 100,
      signal: new AbortController().signal,
    })
  })
  assert.equal(seen[0], { link: `posts.${name}` })
  assert.equal(seen[1], { link: name, maxAgeS: 5, refuseStale: true, idleTimeoutMs: 100 })
})

test('says what it is, and where the opening came from', () =>
  withStream(log, async (stream) => {
    assert.is(stream.link, opened.link)
    assert.is(stream.kind, 'log')
    assert.is(stream.visibility, 'public')
    assert.is(stream.length, 3)
    assert.equal(stream.head, head)
    assert.equal(stream.source, { hop: 2, cached: false, verified: true, stale: false })
  }))

test('gives an entry by its sequence, a long one too, and says who served it', () =>
  withStream(log, async (stream) => {
    assert.is(text(await stream.get(0)), 'one')
    assert.equal(stream.source, { hop: 1, cached: true, verified: true, stale: false })
    assert.is(text(await stream.get(1)), 'two')
    await failure(stream.get(3), 'NOT_FOUND')
  }))

test('iterates over the bytes of its entries, with a long one in parts', () =>
  withStream(log, async (stream) => {
    const parts: string[] = []
    for await (const part of stream) parts.push(text(part))
    assert.equal(parts, ['one', 't', 'w', 'o', 'six'])
  }))

test('reads a long entry of the log that it is in', async () => {
  let asked: Params<'readEntry'> | undefined
  const handlers: Partial<Handlers> = {
    ...log,
    entries: async (_, call) => {
      await call.item({ ...entryOf(7, 'two', true), log: 'l2' })
      return { ...result, count: 1 }
    },
    readEntry: async (params) => {
      asked = params
      return result
    },
  }
  await withStream(handlers, async (stream) => {
    for await (const _ of stream) assert.unreachable('the entry is empty')
  })
  assert.equal(asked, { link: opened.link, sequence: 7, log: 'l2' })
})

test('lists entries with their facts, from and to where one wants', () =>
  withStream(log, async (stream) => {
    const sequences: number[] = []
    for await (const entry of stream.entries({ from: 1, to: 3 })) sequences.push(entry.sequence)
    assert.equal(sequences, [1, 2])
    assert.equal(stream.source, { hop: 1, cached: true, verified: true, stale: true })
  }))

test('reads a range of all its bytes, joined or in parts', () =>
  withStream(log, async (stream) => {
    const joined = await stream.range(2, 7).bytes()
    assert.is(text(joined), 'etwos')
    assert.is(joined.buffer.byteLength, 5, 'memory of its own')
    const read = stream.range(3)
    const parts: string[] = []
    for await (const part of read) parts.push(text(part))
    assert.equal(parts, ['twosix'])
    assert.equal(await read.result, result)
  }))

test('reads a file of a site by its path, and lists a folder', async () => {
  const asked: string[] = []
  const handlers: Partial<Handlers> = {
    open: async () => opened,
    read: async ({ link, from, to }, call) => {
      asked.push(`${link} ${from} ${to}`)
      await call.item(bytes('page'))
      return result
    },
    list: async ({ link }, call) => {
      asked.push(link)
      await call.item({ name: 'a', kind: 'file', mode: 0o644, bytes: 1 })
      return { count: 1, head }
    },
  }
  await withStream(handlers, async (stream) => {
    assert.is(text(await stream.read('docs/index.html', { from: 1, to: 2 }).bytes()), 'page')
    await stream.read().bytes()
    assert.is((await stream.list('docs'))[0]?.name, 'a')
    await stream.list()
  })
  const link = opened.link
  assert.equal(asked, [`${link}/docs/index.html 1 2`, `${link} undefined undefined`, `${link}/docs`, link])
})

test('is asked again for its newest head by refresh', async () => {
  let length = 3
  const handlers: Partial<Handlers> = { open: async () => ({ ...opened, length: length++ }) }
  await withStream(handlers, async (stream) => {
    assert.is(stream.length, 3)
    await stream.refresh()
    assert.is(stream.length, 4)
  })
})

test('gives up everything with the signal that it was opened with', async () => {
  const fake = await openFakeNode({
    ...log,
    entries: (_, call) =>
      new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason))),
  })
  const node = await connect({ home: fake.home })
  const abort = new AbortController()
  const stream = await node.openStream(name, { signal: abort.signal })
  const iterate = async () => {
    for await (const _ of stream.entries()) assert.unreachable('there is no entry')
  }
  const failed = failure(iterate(), 'ABORTED')
  abort.abort('enough')
  assert.is((await failed).cause, 'enough')
  await node.close()
  await fake.close()
})

test.run()

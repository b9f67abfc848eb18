// What a program may ask of a node besides streams.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Handlers, openFakeNode } from '../test/api/fake-node.js'
import { failure } from '../test/api/promises.js'
import { connect, type NodeClient } from './index.js'

async function withNode(handlers: Partial<Handlers>, use: (node: NodeClient) => Promise<void>): Promise<void> {
  const fake = await openFakeNode(handlers)
  try {
    await using node = await connect({ home: fake.home })
    await use(node)
  } finally {
    await fake.close()
  }
}

const test = suite('client')

test('lists are arrays of what the node yields', () =>
  withNode(
    {
      peers: async (_, call) => {
        await call.item({ device: 'd' } as never)
        return { count: 1 }
      },
      streams: async () => ({ count: 0 }),
      doctor: async (_, call) => {
        await call.item({ check: 'c', level: 'warn', text: 't', fix: 'f' })
        return { ok: true }
      },
    },
    async (node) => {
      assert.equal(await node.peers(), [{ device: 'd' }] as never)
      assert.equal(await node.streams(), [])
      assert.equal(await node.doctor(), [{ check: 'c', level: 'warn', text: 't', fix: 'f' }])
    },
  ))

test('publish and get pass on what was said, and nothing else', async () => {
  const seen: object[] = []
  const handlers: Partial<Handlers> = {
    publish: async (params) => {
      seen.push(params)
      return { link: 'l' } as never
    },
    get: async (params) => {
      seen.push(params)
      return { link: 'l' } as never
    },
  }
  await withNode(handlers, async (node) => {
    await node.publish('/site')
    await node.publish('/site', { label: 'a', visibility: 'unlisted', onProgress: () => {} })
    await node.get({ link: 'l', output: '/out', maxAgeS: 0 })
  })
  assert.equal(seen, [
    { path: '/site' },
    { path: '/site', label: 'a', visibility: 'unlisted' },
    { link: 'l', output: '/out', maxAgeS: 0 },
  ])
})

test('a stream of one’s own takes texts and bytes, one or several, and says where they are', async () => {
  const batches: string[][] = []
  const handlers: Partial<Handlers> = {
    createStream: async ({ label, visibility = 'public' }) => ({
      link: `${label}.n`,
      name: 'n',
      label,
      visibility,
      log: 'l',
      created: true,
    }),
    append: async ({ label, entries }) => {
      batches.push([label, ...entries.map((entry) => new TextDecoder().decode(entry))])
      return { link: 'posts.n', first: 4, count: entries.length, length: 4 + entries.length }
    },
  }
  await withNode(handlers, async (node) => {
    const own = await node.createStream({ label: 'posts', visibility: 'unlisted' })
    assert.is(own.link, 'posts.n')
    assert.is(own.visibility, 'unlisted')
    assert.is((await own.append('ü')).first, 4)
    await own.append(Uint8Array.of(97))
    await own.append(['b', Uint8Array.of(99)])
  })
  assert.equal(batches, [
    ['posts', 'ü'],
    ['posts', 'a'],
    ['posts', 'b', 'c'],
  ])
})

test('a stream is wanted kept when it is made and when something is appended, for a time in words', async () => {
  const seen: unknown[] = []
  const handlers: Partial<Handlers> = {
    createStream: async ({ label, visibility = 'public', keepS }) => {
      seen.push(['createStream', keepS])
      return { link: `${label}.n`, name: 'n', label, visibility, log: 'l', created: true }
    },
    append: async ({ entries, keepS }) => {
      seen.push(['append', entries.length, keepS])
      return { link: 'posts.n', first: 0, count: entries.length, length: 1, custody: [] }
    },
  }
  await withNode(handlers, async (node) => {
    const own = await node.createStream({ label: 'posts', keep: '30d' })
    assert.equal((await own.append('a', { keep: 3_600 })).custody, [])
    await own.append([], { keep: '1h' })
    await failure(own.append('a', { keep: 'long' }), 'BAD_ARGUMENT')
    await failure(node.createStream({ label: 'posts', keep: '-1' }), 'BAD_ARGUMENT')
  })
  assert.equal(seen, [
    ['createStream', 2_592_000],
    ['append', 1, 3_600],
    ['append', 0, 3_600],
  ])
})

test('petnames are set, listed and taken away', async () => {
  const names = new Map<string, string>()
  const handlers: Partial<Handlers> = {
    setPetname: async ({ petname, name }) => {
      if (name === '') names.delete(petname)
      else names.set(petname, name)
      return {}
    },
    petnames: async (_, call) => {
      for (const [petname, name] of names) await call.item({ petname, name })
      return { count: names.size }
    },
  }
  await withNode(handlers, async (node) => {
    await node.setPetname('alice', 'n')
    assert.equal(await node.petnames(), [{ petname: 'alice', name: 'n' }])
    await node.setPetname('alice', '')
    assert.equal(await node.petnames(), [])
  })
})

test('every call takes a signal', () =>
  withNode({}, async (node) => {
    const signal = AbortSignal.abort()
    const calls = [
      node.status({ signal }),
      node.id({ signal }),
      node.peers({ signal }),
      node.streams({ signal }),
      node.doctor({ signal }),
      node.petnames({ signal }),
      node.setPetname('a', 'b', { signal }),
      node.stop({ signal }),
      node.list({ link: 'x' }, { signal }),
      node.wait({ for: 'ready' }, { signal }),
      node.publish('/x', { signal }),
      node.get({ link: 'x', output: '/x' }, { signal }),
      node.createStream({ label: 'x' }, { signal }),
      node.openStream('x', { signal }),
    ]
    for (const call of calls) await failure(call, 'ABORTED')
  }))

test('`await using` closes the connection', async () => {
  const fake = await openFakeNode({})
  let outer: NodeClient
  {
    await using node = await connect({ home: fake.home })
    outer = node
  }
  await failure(outer.status(), 'ABORTED')
  await fake.close()
})

test('closing twice is closing once', async () => {
  const fake = await openFakeNode({})
  const node = await connect({ home: fake.home })
  await Promise.all([node.close(), node.close()])
  await fake.close()
})

test.run()

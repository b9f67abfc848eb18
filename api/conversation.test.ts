// Conversations through the API: two programs on two nodes, behind one router, and what a program that misbehaves meets.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat } from '../stack/bytes/index.js'
import { failure, until } from '../test/api/promises.js'
import { inDirectory } from '../test/node/temporary.js'
import { openTestCrypto } from '../test/provider.js'
import { type Conversation, connect, type NodeClient, toDuplex } from './index.js'

const test = suite('conversation')
process.env.RUNNEL_CRYPTO = (await openTestCrypto()).provider.startsWith('native') ? 'auto' : 'portable'

interface Place {
  readonly a: NodeClient
  readonly b: NodeClient
  readonly names: { readonly a: string; readonly b: string }
}

async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const open = (home: string, options: object) => connect({ embedded: true, home: join(directory, home), ...options })
    const router = await open('router', { listen: ['127.0.0.1:0'] })
    const { device, listening } = await router.status()
    const upstream = [`${device}@${listening[0]}`]
    const [a, b] = [await open('a', { upstream }), await open('b', { upstream })]
    try {
      for (const node of [a, b]) await node.wait({ for: 'neighbour' })
      await use({ a, b, names: { a: (await a.id()).name, b: (await b.id()).name } })
    } finally {
      for (const node of [a, b, router]) await node.close()
    }
  })
}

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return concat(...parts)
}

async function echo(conversation: Conversation): Promise<void> {
  for await (const bytes of conversation) await conversation.write(bytes)
  await conversation.end()
}

test('a program dials another one, each reads what the other writes, and each knows who it is', async () => {
  await inPlace(async ({ a, b, names }) => {
    const peers: (string | undefined)[] = []
    const listening = (async () => {
      for await (const conversation of b.listen('echo', { from: [names.a] })) {
        peers.push(conversation.peer.name)
        await echo(conversation)
        return
      }
    })()
    const conversation = await dialled(a, names.b, 'echo')
    assert.is(conversation.peer.name, names.b)
    const sent = Uint8Array.from({ length: 3_000_000 }, (_, index) => index & 0xff)
    const reading = readAll(conversation)
    await conversation.write(sent)
    const total = conversation.end()
    assert.is(Buffer.compare(await reading, sent), 0)
    assert.equal(await total, { bytesIn: sent.length, bytesOut: sent.length })
    await listening
    assert.equal(peers, [names.a])
  })
})

test('a duplex of Node is a conversation, with its ends', async () => {
  await inPlace(async ({ a, b, names }) => {
    const listener = b.listen('echo')
    const first = listener.next()
    const duplex = toDuplex(await dialled(a, names.b, 'echo'))
    const { value } = await first
    void echo(value as Conversation)
    duplex.end('to and fro')
    assert.is(Buffer.from(await readAll(duplex)).toString(), 'to and fro')
    await listener.return(undefined)
    await failure(a.dial(names.b, 'echo'), 'NO_SERVICE')
  })
})

test('who gives a conversation up, and whose program goes away, is known at the other end', async () => {
  await inPlace(async ({ a, b, names }) => {
    const listener = b.listen('hold')
    const next = listener.next()
    const abort = new AbortController()
    const conversation = await dialled(a, names.b, 'hold', abort.signal)
    const { value } = await next
    abort.abort()
    await failure(readAll(conversation), 'ABORTED')
    await failure(readAll(value as Conversation), 'CONVERSATION_RESET')
    await listener.return(undefined)
  })
})

test('a listener that does not read holds its dialler back, and other calls of both go on', async () => {
  await inPlace(async ({ a, b, names }) => {
    const listener = b.listen('slow')
    const next = listener.next()
    const conversation = await dialled(a, names.b, 'slow')
    const { value } = await next
    let written = 0
    const writing = (async () => {
      for (; written < 24; written++) await conversation.write(new Uint8Array(1_000_000))
      await conversation.end()
    })()
    writing.catch(() => {})
    let before = -1
    for (; before !== written || written === 0; await b.status()) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.ok(written < 20, `${written} MB were taken from who is not read`)
    let read = 0
    for await (const bytes of value as Conversation) {
      read += bytes.length
      if (read === 24_000_000) break
    }
    assert.is(read, 24_000_000)
    await conversation.close()
    await listener.return(undefined)
  })
})

test('what is no service, no name or no conversation is told', async () => {
  await inPlace(async ({ a, names }) => {
    await failure(a.dial('nobody', 'chat'), 'BAD_NAME')
    await failure(a.dial('@nobody', 'chat'), 'BAD_NAME')
    await failure(a.dial(names.b, 'Chat'), 'BAD_ARGUMENT')
    await failure(a.listen('runnel.inbox').next(), 'BAD_ARGUMENT')
    await failure(a.listen('chat', { from: ['nobody'] }).next(), 'BAD_NAME')
    await failure(a.caller.call('accept', { conversation: 7 }), 'NOT_FOUND')
    const listening = a.listen('chat')
    void listening.next().catch(() => {})
    await until(() => true)
    await failure(a.listen('chat').next(), 'EXISTS')
    await a.close()
  })
})

test.run()

/** Dials as soon as the other side listens and is known. */
async function dialled(node: NodeClient, to: string, service: string, signal?: AbortSignal): Promise<Conversation> {
  for (;;) {
    try {
      return await node.dial(to, service, signal === undefined ? {} : { signal })
    } catch (error) {
      if ((error as { code?: string }).code !== 'NO_SERVICE') throw error
    }
  }
}

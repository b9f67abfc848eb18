// Conversations between whole nodes on loopback: two that only dial out, and the router between them.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concat } from '../../stack/bytes/index.js'
import { failure, until } from '../../test/api/promises.js'
import { inDirectory } from '../../test/node/temporary.js'
import { openTestCrypto } from '../../test/provider.js'
import type { ComposedNode } from '../composed.js'
import { openNodeIn } from '../node.js'
import { openSystem } from '../system.js'
import { type Conversation, openMessages } from './index.js'
import { maxSessionsOfDevice } from './limits.js'

const test = suite('node/sessions')
const crypto = (await openTestCrypto()).provider.startsWith('native') ? 'auto' : 'portable'

interface Place {
  readonly router: ComposedNode
  readonly a: ComposedNode
  readonly b: ComposedNode
  /** Ends the router and starts it again on the same address. */
  restartRouter(): Promise<void>
}

async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const open = (home: string, listen: readonly string[], upstream: readonly string[]) =>
      openNodeIn(openSystem(), { home: join(directory, home), serveApi: false, crypto, listen, upstream })
    let router = await open('router', ['127.0.0.1:0'], [])
    const [address = ''] = router.listening
    const upstream = [`${router.identity.device}@${address}`]
    const a = await open('a', [], upstream)
    const b = await open('b', [], upstream)
    try {
      await until(() => router.hub.machine.status().routes >= 4)
      await use({
        get router() {
          return router
        },
        a,
        b,
        restartRouter: async () => {
          await router.close()
          router = await open('router', [address], [])
        },
      })
    } finally {
      for (const node of [a, b, router]) await node.close()
    }
  })
}

const nameOf = (node: ComposedNode): Uint8Array => node.parts.opened.identity.name
const deviceOf = (node: ComposedNode): Uint8Array => node.parts.opened.identity.device
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const bytes = (said: string): Uint8Array => Uint8Array.from(Buffer.from(said))

async function readAll(conversation: Conversation): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of conversation) parts.push(part)
  return concat(...parts)
}

/** Answers with everything that it reads, until the other side ends. */
async function echo(conversation: Conversation): Promise<void> {
  for await (const part of conversation) await conversation.write(part)
  await conversation.end()
}

test('two devices that only dial out speak by name through the router, and each knows who the other is', async () => {
  await inPlace(async ({ a, b }) => {
    const peers: (Uint8Array | undefined)[] = []
    b.sessions.serve('echo', (conversation) => {
      peers.push(conversation.peer.device, conversation.peer.name)
      return echo(conversation)
    })
    const conversation = await a.dialer.dial({ name: nameOf(b) }, 'echo')
    assert.equal([conversation.peer.device, conversation.peer.name], [deviceOf(b), nameOf(b)])
    await conversation.write(bytes('hello'))
    await conversation.end()
    assert.is(text(await readAll(conversation)), 'hello')
    assert.is(await conversation.closed, undefined)
    assert.equal(peers, [deviceOf(a), nameOf(a)])
    await until(() => a.sessions.count === 0 && b.sessions.count === 0)
  })
})

test('bytes go both ways through a router that is started again in the middle, each once and in order', async () => {
  await inPlace(async ({ a, b, restartRouter }) => {
    b.sessions.serve('echo', echo)
    const conversation = await a.dialer.dial({ device: deviceOf(b) }, 'echo')
    const sent: Uint8Array[] = []
    const writing = (async () => {
      for (let part = 0; part < 200; part++) {
        const piece = new Uint8Array(20_000).fill(part)
        sent.push(piece)
        await conversation.write(piece)
        if (part === 40) await restartRouter()
      }
      await conversation.end()
    })()
    const received = await readAll(conversation)
    await writing
    assert.is(Buffer.compare(received, concat(...sent)), 0)
    assert.ok(a.sessions.counters.resumed >= 1)
  })
})

test('a service that is not there, one that does not let us, and a device that nobody knows are told apart', async () => {
  await inPlace(async ({ a, b }) => {
    await failure(a.dialer.dial({ name: nameOf(b) }, 'nothing'), 'NO_SERVICE')
    b.sessions.serve('friends', echo, { from: [nameOf(b)] })
    await failure(a.dialer.dial({ name: nameOf(b) }, 'friends'), 'NOT_ALLOWED')
    await failure(
      a.dialer.dial({ device: deviceOf(a).map((byte) => byte ^ 1) }, 'chat', { timeoutMs: 100 }),
      'NO_ROUTE',
    )
    await failure(a.dialer.dial({ device: deviceOf(b) }, 'No Service'), 'BAD_ARGUMENT')
    await failure(a.dialer.dial({ device: deviceOf(b) }, 'chat', { signal: AbortSignal.abort() }), 'ABORTED')
  })
})

test('a service lets in who is allowed by name, and hears a reset with its reason', async () => {
  await inPlace(async ({ a, b }) => {
    const stop = b.sessions.serve('friends', (conversation) => conversation.reset('not today'), { from: [nameOf(a)] })
    const conversation = await a.dialer.dial({ name: nameOf(b) }, 'friends')
    const error = await failure(readAll(conversation), 'CONVERSATION_RESET')
    assert.match(error.message, 'not today')
    stop()
    await failure(a.dialer.dial({ name: nameOf(b) }, 'friends'), 'NO_SERVICE')
  })
})

test('messages come whole, and one over the limit ends the conversation', async () => {
  await inPlace(async ({ a, b }) => {
    const heard: (string | undefined)[] = []
    const ended: string[] = []
    b.sessions.serve('words', async (conversation) => {
      const messages = openMessages(conversation, 100)
      try {
        for (let message = await messages.receive(); message; message = await messages.receive())
          heard.push(text(message))
        await conversation.end()
      } catch (error) {
        ended.push((error as { code: string }).code)
      }
    })
    const first = await a.dialer.dial({ device: deviceOf(b) }, 'words')
    const { send } = openMessages(first)
    await send(bytes('one'))
    await send(bytes(''))
    await send(bytes('three'))
    await first.end()
    await readAll(first)
    assert.equal(heard, ['one', '', 'three'])
    const second = await a.dialer.dial({ device: deviceOf(b) }, 'words')
    await openMessages(second).send(new Uint8Array(101))
    await failure(readAll(second), 'CONVERSATION_RESET')
    assert.equal(ended, ['TOO_LARGE'])
  })
})

test('a device has 64 conversations here, and a further one is told Busy; others are let in', async () => {
  await inPlace(async ({ a, b, router }) => {
    b.sessions.serve('hold', async (conversation) => void (await conversation.read()))
    const held: Conversation[] = []
    for (let count = 0; count < maxSessionsOfDevice; count++) {
      held.push(await a.dialer.dial({ device: deviceOf(b) }, 'hold'))
    }
    await failure(a.dialer.dial({ device: deviceOf(b) }, 'hold', { timeoutMs: 100 }), 'BUSY')
    const other = await router.dialer.dial({ device: deviceOf(b) }, 'hold')
    for (const conversation of [...held, other]) conversation.reset()
    await until(() => b.sessions.count === 0)
  })
})

test('a node dials a service of its own, and whoever it speaks to is told when it ends', async () => {
  await inPlace(async ({ a, b }) => {
    a.sessions.serve('echo', echo)
    const own = await a.dialer.dial({ name: nameOf(a) }, 'echo')
    await own.write(bytes('myself'))
    await own.end()
    assert.is(text(await readAll(own)), 'myself')
    const conversation = await b.dialer.dial({ name: nameOf(a) }, 'echo')
    await conversation.write(bytes('x'))
    assert.is(text((await conversation.read()) ?? bytes('')), 'x')
    await a.close()
    await failure(readAll(conversation), 'CONVERSATION_RESET')
  })
})

test.run()

// dial and listen as a user runs them, against a node whose other side is known.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Params } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { type FakeNode, type Handlers, openFakeNode } from '../../test/api/fake-node.js'
import { deferred, until } from '../../test/api/promises.js'
import { command, ended, records, startCommand } from '../../test/cli/command.js'

const name = `a${'b'.repeat(55)}`
const friend = { device: 'device-of-x', name: `c${'d'.repeat(55)}`, through: 'device-of-the-router' }
const stranger = { device: 'device-of-y' }
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const bytes = (said: string): Uint8Array => Uint8Array.from(Buffer.from(said))

/** What `dial` and `accept` have in common. */
interface Call {
  item(item: Uint8Array | { end: true }): Promise<void> | undefined
  readInput(): Promise<Uint8Array | undefined>
}

async function withFake(handlers: Partial<Handlers>, use: (node: FakeNode) => Promise<void>): Promise<void> {
  const id: Handlers['id'] = async () => ({ name, device: 'd', address: '2001:20::1', home: '/h' })
  const node = await openFakeNode({ id, ...handlers })
  try {
    await use(node)
  } finally {
    await node.close()
  }
}

/** The other side: says `greeting`, ends, and keeps all that it is told. */
async function answer(call: Call, heard: string[], greeting = ''): Promise<{ bytesIn: number; bytesOut: number }> {
  if (greeting !== '') await call.item(bytes(greeting))
  await call.item({ end: true })
  let all = ''
  for (let part = await call.readInput(); part !== undefined; part = await call.readInput()) all += text(part)
  heard.push(all)
  return { bytesIn: greeting.length, bytesOut: all.length }
}

/** A node with so many who dial as soon as somebody listens; `accept` is what each of them does. */
function dialled(
  peers: readonly object[],
  accept: Handlers['accept'],
  seen: Params<'listen'>[] = [],
): Partial<Handlers> {
  return {
    accept,
    listen: async (params, call) => {
      seen.push(params)
      call.progress({ listening: true })
      for (const [index, peer] of peers.entries()) await call.item({ conversation: index + 1, peer } as never)
      return new Promise((_, reject) => {
        const stop = (): void => reject(new RunnelError('ABORTED'))
        if (call.signal.aborted) stop()
        else call.signal.addEventListener('abort', stop, { once: true })
      })
    },
  }
}

async function interrupted(
  child: ChildProcess,
  when: (notes: string) => boolean,
): Promise<Awaited<ReturnType<typeof ended>>> {
  let notes = ''
  child.stderr?.on('data', (part: Buffer) => {
    notes += part.toString()
  })
  const over = ended(child)
  await until(() => when(notes))
  child.kill('SIGINT')
  return over
}

const test = suite('commands that converse')

test('dial carries standard input there and what is said to standard output, and tells who it is beside', async () => {
  const heard: string[] = []
  const seen: Params<'dial'>[] = []
  const dial: Handlers['dial'] = async (params, call) => {
    seen.push(params)
    await call.item({ peer: friend })
    return answer(call, heard, 'hello\n')
  }
  await withFake({ dial }, async ({ home }) => {
    const plain = await command(['dial', '@alice', 'chat'], { home, input: 'good day\n' })
    assert.is(plain.code, 0, plain.stderr)
    assert.is(plain.stdout, 'hello\n')
    assert.match(plain.stderr, `speaking to ${friend.name} (device device-of-x), through device-of-the-router`)
    assert.match(plain.stderr, '9 B sent, 6 B received')
    const json = await command(['dial', name, 'chat', '--timeout', '2s', '--json'], { home, input: 'again' })
    assert.is(json.stdout, 'hello\n')
    assert.equal(records(json.stderr), [{ peer: friend }, { bytesIn: 6, bytesOut: 5 }])
  })
  assert.equal(heard, ['good day\n', 'again'])
  assert.equal(seen, [
    { to: '@alice', service: 'chat' },
    { to: name, service: 'chat', timeoutMs: 2_000 },
  ])
})

test('dial carries bytes of any kind and number, in order', async () => {
  const sent = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31 + (index >> 9)) & 0xff)
  const echo: Handlers['dial'] = async (_, call) => {
    await call.item({ peer: stranger })
    for (let part = await call.readInput(); part !== undefined; part = await call.readInput()) await call.item(part)
    await call.item({ end: true })
    return { bytesIn: 0, bytesOut: 0 }
  }
  await withFake({ dial: echo }, async ({ home }) => {
    const child = startCommand(['dial', name, 'echo'], { home })
    const parts: Buffer[] = []
    child.stdout?.on('data', (part: Buffer) => parts.push(part))
    child.stdin?.end(sent)
    const [code] = (await once(child, 'close')) as [number]
    assert.is(code, 0)
    assert.is(Buffer.compare(Buffer.concat(parts), sent), 0)
  })
})

test('dial ends with the exit code of what went wrong, also while its input is silent', async () => {
  const cases = [
    ['NO_SERVICE', 3],
    ['NOT_ALLOWED', 5],
    ['BUSY', 8],
    ['NO_ROUTE', 4],
  ] as const
  for (const [code, exit] of cases) {
    const dial: Handlers['dial'] = async () => {
      throw new RunnelError(code)
    }
    await withFake({ dial }, async ({ home }) => {
      const failed = await command(['dial', name, 'chat'], { home })
      assert.is(failed.code, exit)
      assert.match(failed.stderr, `runnel: ${code}: `)
    })
  }
  const resets: Handlers['dial'] = async (_, call) => {
    await call.item({ peer: friend })
    await call.item(bytes('so far'))
    throw new RunnelError('CONVERSATION_RESET', 'the other side has given the conversation up: enough')
  }
  await withFake({ dial: resets }, async ({ home }) => {
    // Its input is never ended.
    const lost = await ended(startCommand(['dial', name, 'chat'], { home }))
    assert.is(lost.code, 4)
    assert.is(lost.stdout, 'so far')
    assert.match(lost.stderr, 'runnel: CONVERSATION_RESET: the other side has given the conversation up: enough')
  })
})

test('an interrupt gives the conversation up, and the node is told', async () => {
  const cancelled = deferred()
  const dial: Handlers['dial'] = async (_, call) => {
    call.signal.addEventListener('abort', () => cancelled.resolve(), { once: true })
    await call.item({ peer: friend })
    return answer(call, [])
  }
  await withFake({ dial }, async ({ home }) => {
    const over = await interrupted(startCommand(['dial', name, 'chat'], { home }), (notes) =>
      notes.includes('speaking'),
    )
    assert.is(over.code, 130)
    await cancelled.promise
  })
})

test('listen takes one conversation, for which it stops to listen, and carries it as dial does', async () => {
  const heard: string[] = []
  const seen: Params<'listen'>[] = []
  const handlers = dialled(
    [friend],
    async ({ conversation }, call) => answer(call, heard, `to ${conversation}\n`),
    seen,
  )
  await withFake(handlers, async ({ home }) => {
    const one = await command(['listen', 'chat', '--from', '@x', '--from', name], { home, input: 'hi\n' })
    assert.is(one.code, 0, one.stderr)
    assert.is(one.stdout, 'to 1\n')
    assert.match(one.stderr, `listening; others come by: runnel dial ${name} chat\nspeaking to ${friend.name}`)
    const json = await command(['listen', 'chat', '--json'], { home, input: 'hi\n' })
    assert.equal(records(json.stderr), [{ listening: 'chat', name }, { peer: friend }, { bytesIn: 5, bytesOut: 3 }])
  })
  assert.equal(heard, ['hi\n', 'hi\n'])
  assert.equal(seen, [{ service: 'chat', from: ['@x', name] }, { service: 'chat' }])
})

test('listen with a command starts a process for each conversation, which knows who it speaks to', async () => {
  const heard: string[] = []
  const handlers = dialled([friend, stranger], async (_, call) => answer(call, heard, 'words of mine\n'))
  const script = 'read line; echo "$RUNNEL_SERVICE from [$RUNNEL_PEER_NAME] $RUNNEL_PEER_DEVICE: $line"'
  await withFake(handlers, async ({ home }) => {
    const child = startCommand(['listen', 'say', '--json', '--', 'sh', '-c', script], {
      env: { RUNNEL_HOME: home, RUNNEL_PEER_NAME: 'inherited' },
    })
    const over = await interrupted(child, (notes) => notes.split('"code"').length === 3)
    assert.is(over.code, 0, over.stderr)
    assert.is(over.stdout, '')
    const said = records(over.stderr)
    assert.equal(said[0], { listening: 'say', name })
    const byNumber = (number: number) => said.filter(({ conversation }) => conversation === number)
    assert.equal(byNumber(1)[0], { conversation: 1, peer: friend })
    assert.is(byNumber(1)[1]?.code, 0)
    assert.equal(byNumber(2)[0], { conversation: 2, peer: stranger })
  })
  assert.equal(heard.sort(), [
    'say from [] device-of-y: words of mine\n',
    `say from [${friend.name}] device-of-x: words of mine\n`,
  ])
})

test('a process whose conversation is given up is ended, and listening goes on', async () => {
  const heard: string[] = []
  const handlers = dialled([friend, stranger], async ({ conversation }, call) => {
    if (conversation === 2) return answer(call, heard)
    await call.readInput()
    throw new RunnelError('CONVERSATION_LOST')
  })
  await withFake(handlers, async ({ home }) => {
    const child = startCommand(['listen', 'say', '--', 'sh', '-c', 'echo hi; cat; exec sleep 100'], {
      env: { RUNNEL_HOME: home },
    })
    const over = await interrupted(child, (notes) => notes.includes('1: given up') && heard.length === 0)
    assert.is(over.code, 0, over.stderr)
    assert.match(over.stderr, /^1: given up: .*; the command was ended by SIGTERM$/m)
  })
})

test('a command that cannot be started is a wrong command line, and whoever dialled is told', async () => {
  const cancelled = deferred()
  const handlers = dialled([friend], async (_, call) => {
    call.signal.addEventListener('abort', () => cancelled.resolve(), { once: true })
    return answer(call, [])
  })
  await withFake(handlers, async ({ home }) => {
    const { code, stderr } = await command(['listen', 'say', '--', '/no/such/program'], { env: { RUNNEL_HOME: home } })
    assert.is(code, 2)
    assert.match(stderr, 'runnel: BAD_ARGUMENT: /no/such/program cannot be started')
    await cancelled.promise
  })
})

test('a service that somebody listens for already is refused', async () => {
  const listen: Handlers['listen'] = async () => {
    throw new RunnelError('EXISTS', 'somebody listens for chat here already')
  }
  await withFake({ listen }, async ({ home }) => {
    const { code, stderr } = await command(['listen', 'chat'], { home })
    assert.is(code, new RunnelError('EXISTS').exitCode)
    assert.not.match(stderr, 'listening;')
  })
})

test.run()

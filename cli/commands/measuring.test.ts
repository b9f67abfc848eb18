// `runnel ping` and `runnel trace`, as a user runs them, against a node whose answers are known.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PingAnswer, TraceHop } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { type Handlers, openFakeNode } from '../../test/api/fake-node.js'
import { command, records } from '../../test/cli/command.js'

const test = suite('ping and trace')
const device = `a${'b'.repeat(55)}`
const router = `c${'d'.repeat(55)}`
const address = '2001:20::7'

const answers: PingAnswer[] = [
  { sequence: 1, way: 'packets', rttMs: 12.34, direct: false, through: router, to: '192.0.2.1:7254' },
  { sequence: 2, way: 'packets' },
  { sequence: 3, way: 'packets', rttMs: 0.432, direct: true, to: '[2001:db8::1]:7254' },
  { sequence: 4, way: 'channel', rttMs: 1_500, through: router },
]
const hops: TraceHop[] = [
  { hop: 1, rttMs: 0.5, device: router, reached: false },
  { hop: 2, reached: false },
  { hop: 3, rttMs: 12, device, reached: true },
]

async function ran(handlers: Partial<Handlers>, ...args: string[]) {
  const node = await openFakeNode(handlers)
  try {
    return await command(args, { home: node.home })
  } finally {
    await node.close()
  }
}

const pinged = (shown: readonly PingAnswer[], seen: unknown[] = []): Partial<Handlers> => ({
  ping: async (params, { item }) => {
    seen.push(params)
    for (const answer of shown) await item(answer)
    const received = shown.filter(({ rttMs }) => rttMs !== undefined).length
    return { device, address, sent: shown.length, received }
  },
})

test('ping shows a line an answer with its way, and how many came', async () => {
  const seen: unknown[] = []
  const asked = ['--count', '4', '--interval', '0.5s', '--timeout', '2s']
  const { code, stdout } = await ran(pinged(answers, seen), 'ping', device, ...asked)
  assert.is(code, 0)
  assert.equal(stdout.split('\n'), [
    '1  12 ms, by labels through cddddddd, 192.0.2.1:7254',
    '2  no answer in time',
    '3  0.43 ms, direct, [2001:db8::1]:7254',
    '4  1.5 s, over a channel through cddddddd',
    `3 of 4 answers from ${address}; least, median, most: 0.43 ms, 12 ms, 1.5 s`,
    '',
  ])
  assert.equal(seen, [{ to: device, count: 4, intervalMs: 500, timeoutMs: 2_000 }])
})

test('ping without any answer ends with 4, and with that of an error', async () => {
  const { code, stdout } = await ran(pinged([{ sequence: 1, way: 'packets' }]), 'ping', device)
  assert.equal([code, stdout], [4, `1  no answer in time\n0 of 1 answers from ${address}\n`])
  const refuse = async () => {
    throw new RunnelError('BAD_NAME', 'nobody')
  }
  const refused = await ran({ ping: refuse, trace: refuse }, 'ping', device)
  assert.is(refused.code, new RunnelError('BAD_NAME').exitCode)
})

test('trace shows a line a node, and who it is where that is known', async () => {
  const trace: Handlers['trace'] = async (_, { item }) => {
    for (const hop of hops) await item(hop)
    return { device, hops: 3 }
  }
  const { code, stdout } = await ran({ trace }, 'trace', device)
  assert.is(code, 0)
  assert.equal(stdout.split('\n'), [
    ` 1  0.5 ms     ${router}`,
    ' 2  no answer  a router that is no neighbour',
    ` 3  12 ms      ${device} (the device)`,
    '',
  ])
  const json = await ran({ trace }, 'trace', device, '--json')
  assert.equal(records(json.stdout), [...hops, { device, hops: 3 }])
})

test('both say as JSON what the node says', async () => {
  const { stdout } = await ran(pinged(answers), 'ping', device, '--json')
  assert.equal(records(stdout), [...answers, { device, address, sent: 4, received: 3 }])
})

test.run()

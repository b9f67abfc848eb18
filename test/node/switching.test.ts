// Whole nodes on loopback, with datapaths that only know labels and cookies: datagrams beside a conversation of two that only
// dial out go through the router, and go on after it was started again.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComposedNode } from '../../node/composed.js'
import { openNodeIn } from '../../node/node.js'
import { Switching } from '../../node/packets/index.js'
import type { Conversation } from '../../node/sessions/index.js'
import { openSystem } from '../../node/system.js'
import type { SwitchCommand, UdpAddress } from '../../stack/forward/index.js'
import { DatagramNetwork, type FakeDatapath } from '../../stack/forward/testing/datagrams.js'
import { until } from '../api/promises.js'
import { openTestCrypto } from '../provider.js'
import { inDirectory } from './temporary.js'

const test = suite('node/switching')
const crypto = (await openTestCrypto()).provider.startsWith('native') ? 'auto' : 'portable'
const loopback = Uint8Array.of(127, 0, 0, 1)

interface Switched {
  readonly node: ComposedNode
  readonly datapath: FakeDatapath
  readonly switching: Switching
  readonly observed: (readonly UdpAddress[])[]
}

/** Gives a node a datapath on a port. */
function withDatapath(datagrams: DatagramNetwork, node: ComposedNode, port: number): Switched {
  const at = { address: loopback, port }
  const datapath = datagrams.open(at)
  const observed: (readonly UdpAddress[])[] = []
  const switching = new Switching({ hub: node.hub, handleObserved: (seen) => observed.push(seen) })
  switching.handleOpen({
    ports: { four: port, six: undefined },
    tell: (commands: readonly SwitchCommand[]) => datapath.tell(commands),
  })
  datapath.handleCookie = (cookie, from) =>
    switching.handleEvents([
      { type: 'spent', index: 1 },
      { type: 'cookie', cookie, from },
    ])
  return { node, datapath, switching, observed }
}

async function passes(from: Switched, of: Conversation, to: Switched, index: number): Promise<void> {
  to.datapath.indexes.add(index)
  const before = to.datapath.arrived.length
  await until(() => of.ways.current.has(index))
  await until(() => {
    const way = of.ways.current.get(index)
    if (way !== undefined) from.datapath.send(way.to, way.label)
    // Those before may still be on their way.
    return to.datapath.arrived.slice(before).some(({ number }) => number === index)
  })
}

test('datagrams go beside a conversation through a router, and again when it was started anew', async () => {
  await inDirectory(async (directory) => {
    const open = (home: string, listen: readonly string[], upstream: readonly string[]) =>
      openNodeIn(openSystem(), { home: join(directory, home), serveApi: false, crypto, listen, upstream })
    const datagrams = new DatagramNetwork((call) => void setImmediate(call))
    let router = withDatapath(datagrams, await open('router', ['127.0.0.1:0'], []), 7_001)
    const [address = ''] = router.node.listening
    const upstream = [`${router.node.identity.device}@${address}`]
    const a = withDatapath(datagrams, await open('a', [], upstream), 7_002)
    const b = withDatapath(datagrams, await open('b', [], upstream), 7_003)
    try {
      await until(() => router.node.hub.machine.status().routes >= 4)
      const taken = new Promise<Conversation>((resolve) => {
        b.node.sessions.serve('packets', async (conversation) => {
          resolve(conversation)
          await conversation.closed
        })
      })
      const dialled = await a.node.dialer.dial({ device: b.node.parts.opened.identity.device }, 'packets')
      const accepted = await taken
      let changes = 0
      dialled.ways.handleChange = () => changes++
      dialled.ways.give(11)
      accepted.ways.give(21)
      accepted.ways.give(22)
      await passes(a, dialled, b, 22)
      await passes(a, dialled, b, 21)
      await passes(b, accepted, a, 11)
      assert.ok(changes >= 2)
      assert.equal(a.observed, [[{ address: loopback, port: 7_002 }]])
      // Who asks for the neighbours is told where their datagrams come from.
      const udp = router.node.hub.machine.status().neighbours.map((neighbour) => neighbour.udp?.port)
      assert.equal(udp.sort(), [7_002, 7_003])
      // One that is withdrawn has no way any more, nor has the oldest of too many.
      accepted.ways.withdraw(21)
      accepted.ways.withdraw(99)
      await until(() => !dialled.ways.current.has(21))
      for (const index of [23, 24, 25]) accepted.ways.give(index)
      for (const index of [23, 24, 25]) await passes(a, dialled, b, index)
      await until(() => !dialled.ways.current.has(22))
      await router.node.close()
      await until(() => dialled.ways.current.size === 0)
      router = withDatapath(datagrams, await open('router', [address], []), 7_004)
      await passes(a, dialled, b, 23)
      await passes(b, accepted, a, 11)
      // Without a datapath there is no way, and no label is left.
      router.switching.handleGone()
      assert.equal(router.observed.at(-1), [])
      await until(() => dialled.ways.current.size === 0 && accepted.ways.current.size === 0)
      assert.is(router.node.hub.machine.status().channels.labels, 0)
      dialled.reset()
      await dialled.closed
      assert.is(dialled.ways.current.size, 0)
    } finally {
      for (const { node } of [a, b, router]) await node.close()
    }
  })
})

test.run()

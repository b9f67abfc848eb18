// Three nodes on loopback with native datapaths, and no interface: what one seals for another goes through the router between
// them by its label, unopened, and comes with the router as its source.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComposedNode } from '../../node/composed.js'
import type { Datapath } from '../../node/datapath.js'
import { openNodeIn } from '../../node/node.js'
import { Switching } from '../../node/packets/index.js'
import type { Conversation } from '../../node/sessions/index.js'
import { openSystem } from '../../node/system.js'
import { openSystemDatapath } from '../../node/tunnel/index.js'
import type { DatapathEvent } from '../../stack/packet/index.js'
import { until } from '../api/promises.js'
import { inDirectory } from './temporary.js'

const test = suite('node/native-switching')
const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const

interface Switched {
  readonly node: ComposedNode
  readonly datapath: Datapath
  readonly events: DatapathEvent[]
}

/** Gives a node a datapath; undefined where this machine has none. */
function withDatapath(node: ComposedNode): Switched | undefined {
  const events: DatapathEvent[] = []
  const switching = new Switching({ hub: node.hub, handleObserved: () => {} })
  const handleEvents = (some: readonly DatapathEvent[]): void => {
    switching.handleEvents(some)
    events.push(...some)
  }
  try {
    const datapath = openSystemDatapath({ interface: undefined, port: 0, handleEvents })
    switching.handleOpen(datapath)
    return { node, datapath, events }
  } catch {
    return undefined
  }
}

test('a sealed probe goes through a router by its label', async () => {
  await inDirectory(async (directory) => {
    const open = (home: string, listen: readonly string[], upstream: readonly string[]) =>
      openNodeIn(openSystem(), { home: join(directory, home), serveApi: false, listen, upstream })
    const nodes = [await open('router', ['127.0.0.1:0'], [])]
    const [above] = nodes
    if (above === undefined) return
    const upstream = [`${above.identity.device}@${above.listening[0]}`]
    nodes.push(await open('a', [], upstream), await open('b', [], upstream))
    const [router, a, b] = nodes.map(withDatapath)
    try {
      if (router === undefined || a === undefined || b === undefined) {
        console.log('left out: there is no native datapath here')
        return
      }
      const taken = new Promise<Conversation>((resolve) => {
        b.node.sessions.serve('packets', async (conversation) => {
          resolve(conversation)
          await conversation.closed
        })
      })
      const dialled = await a.node.dialer.dial({ device: b.node.parts.opened.identity.device }, 'packets')
      const accepted = await taken
      const address = new Uint8Array(16).fill(0x20)
      const [one, other] = keys
      a.datapath.tell([
        { type: 'set-peer', peer: 1, address },
        { type: 'add-keys', index: 5, peer: 1, opening: one, sealing: other },
      ])
      b.datapath.tell([
        { type: 'set-peer', peer: 1, address },
        { type: 'add-keys', index: 6, peer: 1, opening: other, sealing: one },
      ])
      accepted.ways.give(6)
      await until(() => dialled.ways.current.has(6))
      const way = dialled.ways.current.get(6)
      if (way === undefined) throw new Error('there is no way')
      const content = Uint8Array.of(1, 2, 3)
      const { to, label: remote } = way
      for (let sent = 0; sent < 10; sent++) {
        a.datapath.tell([{ type: 'probe', index: 5, to, remote, content, datagramBytes: 500 }])
      }
      await until(() => b.events.filter(({ type }) => type === 'probe').length === 10)
      const probe = b.events.find((event) => event.type === 'probe')
      assert.equal(probe?.type === 'probe' && [probe.index, probe.content, probe.datagramBytes], [6, content, 500])
      assert.is(probe?.type === 'probe' && probe.from.port, to.port)
      router.datapath.tell([{ type: 'report-label', label: remote }])
      await until(() => router.events.some(({ type }) => type === 'switched'))
      const switched = router.events.find((event) => event.type === 'switched')
      assert.equal(switched, { type: 'switched', label: remote, switched: { packets: 10, bytes: 5_000 } })
      // With the conversation its label ends, and what carries it is nobody's.
      dialled.reset()
      await accepted.closed
      await until(() => router.node.hub.machine.status().channels.labels === 0)
      a.datapath.tell([{ type: 'probe', index: 5, to, remote, content, datagramBytes: 500 }])
      await until(() => (router.datapath.counters().get('stranger') ?? 0) > 0)
      assert.is(b.events.filter(({ type }) => type === 'probe').length, 10)
    } finally {
      for (const one of [a, b, router]) one?.datapath.close()
      for (const node of nodes.reverse()) await node.close()
    }
  })
})

test.run()

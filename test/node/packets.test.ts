// Whole nodes on loopback with datapaths in TypeScript: packets between two that only dial out go through the router, and
// directly when each knows where the other is; and go on when the router was started again.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComposedNode } from '../../node/composed.js'
import { openNodeIn } from '../../node/node.js'
import { Addressed, Packets, Switching } from '../../node/packets/index.js'
import { openSystem } from '../../node/system.js'
import { addressOf } from '../../stack/name/index.js'
import { addressKey } from '../../stack/packet/address.js'
import type { DatapathCommand, DatapathEvent, Rule, UdpAddress } from '../../stack/packet/index.js'
import { DatapathModel } from '../../stack/packet/testing/datapath-model.js'
import { echo, udp } from '../../stack/packet/testing/packets.js'
import { until } from '../api/promises.js'
import { openTestCrypto } from '../provider.js'
import { inDirectory } from './temporary.js'

const test = suite('node/packets')
const crypto = await openTestCrypto()
const choice = crypto.provider.startsWith('native') ? 'auto' : 'portable'
const open: Rule = { action: 'allow', protocol: 'any', port: undefined, from: 'anybody' }

/** A socket with a datapath behind it. */
class Host {
  readonly received: Uint8Array[] = []
  readonly address: Uint8Array
  readonly packets: Packets
  readonly device: Uint8Array
  #model: DatapathModel
  readonly #switching: Switching
  readonly #sockets: Map<string, Host>
  readonly #at: UdpAddress
  readonly #store: ComposedNode['parts']['store']

  constructor(sockets: Map<string, Host>, node: ComposedNode, port: number) {
    const { identity } = node.parts.opened
    this.device = identity.device
    this.address = addressOf(crypto, 'device', identity.device)
    this.#model = new DatapathModel(crypto, this.address)
    // Loopback, so that the router proves it; what peers try directly is another address of the same socket.
    this.#at = { address: Uint8Array.of(127, 0, 0, 1), port }
    this.#sockets = sockets
    sockets.set(addressKey(this.#at), this)
    sockets.set(addressKey(this.elsewhere), this)
    const { sessions, dialer, hub } = node
    const { time, randomBytes } = node.parts.outside
    const groupsOf = () => []
    this.#store = node.parts.store
    const addressed = new Addressed(this.#store, () => {})
    const heldName = (name: Uint8Array) => node.content.findName(name)?.state
    const ends = { sessions, dialer, device: identity.device, groupsOf, heldName, addressed }
    this.packets = new Packets({ crypto, time, randomBytes, ...ends })
    this.#switching = new Switching({ hub, handleObserved: () => {} })
    this.open()
  }

  /** Begins with a datapath whose tables are empty. */
  open(): void {
    this.#model = new DatapathModel(crypto, this.address)
    const tell = (commands: readonly DatapathCommand[]): void => {
      for (const command of commands) this.#model.tell(performance.now() * 1_000, command)
      this.#drain()
    }
    this.#switching.handleOpen({ ports: { four: this.#at.port, six: undefined }, tell })
    this.packets.handleOpen({ tell })
  }

  /** The devices that it would know if it were started again. */
  known(): readonly Uint8Array[] {
    return new Addressed(this.#store, () => {}).devices
  }

  get elsewhere(): UdpAddress {
    return { address: Uint8Array.of(10, 0, 0, 1), port: this.#at.port }
  }

  send(bytes: Uint8Array): void {
    this.#model.handlePacket(performance.now() * 1_000, bytes)
    this.#drain()
  }

  close(): void {
    this.packets.close()
    this.#switching.handleGone()
    this.#sockets.delete(addressKey(this.#at))
    this.#sockets.delete(addressKey(this.elsewhere))
  }

  #drain(): void {
    const events: DatapathEvent[] = []
    for (let output = this.#model.pollOutput(); output !== undefined; output = this.#model.pollOutput()) {
      if (output.kind === 'packet') this.received.push(output.bytes)
      else if (output.kind === 'event') events.push(output.event)
      else {
        const { to, bytes } = output
        const isDirect = to.address[0] === 10
        setImmediate(() => this.#sockets.get(addressKey(to))?.arrive(bytes, isDirect ? this.elsewhere : this.#at))
      }
    }
    if (events.length === 0) return
    setImmediate(() => {
      this.#switching.handleEvents(events)
      this.packets.handleEvents(events)
    })
  }

  arrive(bytes: Uint8Array, from: UdpAddress): void {
    this.#model.handleDatagram(performance.now() * 1_000, bytes, from)
    this.#drain()
  }
}

test('packets go through a router, directly as soon as the ends know where they are, and on after the router was away', async () => {
  await inDirectory(async (directory) => {
    const openNode = (home: string, listen: readonly string[], upstream: readonly string[]) =>
      openNodeIn(openSystem(), { home: join(directory, home), serveApi: false, crypto: choice, listen, upstream })
    const sockets = new Map<string, Host>()
    let routerNode = await openNode('router', ['127.0.0.1:0'], [])
    let router = new Host(sockets, routerNode, 7_001)
    const [address = ''] = routerNode.listening
    const upstream = [`${routerNode.identity.device}@${address}`]
    const [aNode, bNode] = [await openNode('a', [], upstream), await openNode('b', [], upstream)]
    const a = new Host(sockets, aNode, 7_002)
    const b = new Host(sockets, bNode, 7_003)
    try {
      await until(() => routerNode.hub.machine.status().routes >= 4)
      // An address of nobody who is known is answered at once.
      a.send(echo(a.address, b.address, 128, 1))
      await until(() => a.received.length === 1)
      assert.equal([a.received[0]?.[40], a.received[0]?.[41], a.packets.counters.unknown], [1, 3, 1])
      a.packets.addDevice(b.device)
      a.send(echo(a.address, b.address, 128, 1))
      await until(() => b.received.length === 1)
      b.send(echo(b.address, a.address, 129, 1))
      await until(() => a.received.length === 2)
      const [peer] = a.packets.peers()
      // Of whom it asked for by an address it is known after a restart; who asked it is not.
      assert.equal(
        [a, b].map((host) => host.known()),
        [[b.device], []],
      )
      assert.equal([peer?.way?.isDirect, peer?.way?.to.port, peer?.name === undefined], [false, 7_001, false])
      // Closed until a rule allows it.
      const asked = udp(a.address, b.address, [1, 2], new Uint8Array(3))
      a.send(asked)
      await until(() => b.packets.counters.denied === 1)
      b.packets.setRules([open])
      a.send(asked)
      await until(() => b.received.length === 2)
      for (const host of [a, b]) host.packets.setCandidates([host.elsewhere])
      await until(() => [a, b].every((host) => host.packets.peers()[0]?.way?.isDirect === true))
      await routerNode.close()
      router.close()
      a.send(asked)
      await until(() => b.received.length === 3)
      routerNode = await openNode('router', [address], [])
      router = new Host(sockets, routerNode, 7_004)
      // Another datapath of b knows nothing: keys are agreed anew, over the router that is back.
      b.packets.handleGone()
      assert.not(b.packets.isOpen)
      b.open()
      await until(() => {
        if (a.packets.peers()[0]?.hasConversation === true) a.send(asked)
        return b.received.length > 3
      })
    } finally {
      for (const host of [a, b, router]) host.close()
      for (const node of [aNode, bNode, routerNode]) await node.close()
    }
  })
})

test.run()

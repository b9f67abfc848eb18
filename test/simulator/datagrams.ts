// Datagrams of a simulation: each computer that has a datapath has one as long as its process runs. They cross the cables
// of the network, and what is sent over one that is cut is lost.

import type { ComposedNode } from '../../node/composed.js'
import { DatagramNetwork, type FakeDatapath } from '../../stack/forward/testing/datagrams.js'
import type { Computer } from './computer.js'
import type { World } from './world.js'

const PORT = 7_255

export class SimulatedDatagrams {
  readonly #world: World
  readonly #network: DatagramNetwork
  readonly #datapaths = new Map<Computer, FakeDatapath>()

  constructor(world: World) {
    this.#world = world
    this.#network = new DatagramNetwork((call, from, to) => {
      const cable = world.network.cable(from, to)
      if (cable.clearAtUs <= world.time.nowUs) world.time.after(cable.delayUs, call)
    })
  }

  /** Gives a computer's node a datapath, and every one that runs there later. */
  attach(computer: Computer): void {
    const { handleStart, node } = computer
    computer.handleStart = (started) => {
      handleStart(started)
      this.#open(computer, started)
    }
    if (node !== undefined) this.#open(computer, node)
  }

  /** Throws when it has none. */
  of(computer: Computer): FakeDatapath {
    const datapath = this.#datapaths.get(computer)
    if (datapath === undefined) throw new Error(`${computer.name} has no datapath`)
    return datapath
  }

  #open(computer: Computer, node: ComposedNode): void {
    const { starts } = computer
    const before = this.#datapaths.get(computer)
    if (before !== undefined) this.#network.close(before)
    const address = Uint8Array.from(this.#world.network.addressOf(computer.name).split('.'), Number)
    const isAlive = (): boolean => computer.running && computer.starts === starts
    const datapath = this.#network.open({ address, port: PORT }, { host: computer.name, isAlive })
    datapath.handleCookie = (cookie, from) => node.hub.handleCookie(cookie, from)
    datapath.handleStray = (label, from) => node.hub.handleStray(label, from)
    this.#datapaths.set(computer, datapath)
    node.hub.attachSwitch(
      { four: PORT, six: undefined },
      { tell: (commands) => datapath.tell(commands), handleObserved: () => {} },
    )
  }
}

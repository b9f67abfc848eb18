// The network of a simulation: TCP connections between machines, over cables with a delay, a rate and a queue, which can
// be clogged, cut in one direction or in both, and reset.

import type { ByteSocket, HostPort, Listener, Sockets } from '../../node/outside.js'
import { type Cable, type Carried, nextTry, SimulatedSocket, type Wires } from './socket.js'
import type { VirtualTime } from './virtual-time.js'

export type { Cable } from './socket.js'

interface Process {
  /** Ends with the process. */
  readonly isAlive: () => boolean
}

interface Listening extends Process {
  readonly accept: (socket: ByteSocket) => void
}

export class SimulatedNetwork implements Wires {
  readonly time: VirtualTime
  readonly #carried = new Map<string, Carried>()
  readonly #cables = new Map<string, Cable>()
  readonly #listeners = new Map<string, Listening>()
  readonly #sockets = new Set<SimulatedSocket>()
  readonly #addresses = new Map<string, string>()
  readonly #newCable: (from: string, to: string) => Cable
  #nextPort = 40_000

  constructor(time: VirtualTime, newCable: (from: string, to: string) => Cable) {
    this.time = time
    this.#newCable = newCable
  }

  /** The cable from one machine to another. */
  cable(from: string, to: string): Cable {
    const key = `${from}>${to}`
    let cable = this.#cables.get(key)
    if (cable === undefined) {
      cable = this.#newCable(from, to)
      this.#cables.set(key, cable)
    }
    return cable
  }

  /** The IP address of a machine. */
  addressOf(host: string): string {
    let address = this.#addresses.get(host)
    if (address === undefined) {
      const number = this.#addresses.size + 1
      address = `10.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}`
      this.#addresses.set(host, address)
    }
    return address
  }

  carried(from: string, to: string): Carried {
    const key = `${from}>${to}`
    let carried = this.#carried.get(key)
    if (carried === undefined) {
      carried = { bytes: 0 }
      this.#carried.set(key, carried)
    }
    return carried
  }

  cables(): Iterable<[string, Cable]> {
    return this.#cables
  }

  /** Resets every connection between two machines. */
  reset(one: string, other: string): void {
    for (const socket of [...this.#sockets]) {
      if ((socket.host === one && socket.peerHost === other) || (socket.host === other && socket.peerHost === one)) {
        socket.fail(new Error('ECONNRESET'))
      }
    }
  }

  /** What a machine's process sees of the network. `isAlive` ends with the process. */
  socketsOf(host: string, isAlive: () => boolean): Sockets {
    return {
      connect: (to) => this.#connect(host, to, isAlive),
      listen: async (at, accept) => this.#listen(host, at, { isAlive, accept }),
    }
  }

  /** The process of a machine has ended: its kernel resets its connections; a machine without power says nothing. */
  end(host: string, silently: boolean): void {
    for (const address of [...this.#listeners.keys()]) {
      if (address.startsWith(`${host}:`)) this.#listeners.delete(address)
    }
    for (const socket of [...this.#sockets]) {
      if (socket.host !== host) continue
      if (silently) socket.vanish()
      else socket.fail(undefined)
    }
  }

  /** Whether a node listens there. */
  isUp(host: string): boolean {
    for (const address of this.#listeners.keys()) if (address.startsWith(`${host}:`)) return true
    return false
  }

  forget(socket: SimulatedSocket): void {
    this.#sockets.delete(socket)
  }

  #listen(host: string, { port }: HostPort, listening: Listening): Listener {
    const address = `${host}:${port}`
    if (this.#listeners.has(address)) throw new Error('EADDRINUSE')
    this.#listeners.set(address, listening)
    return {
      bound: { host, port },
      close: async () => {
        this.#listeners.delete(address)
      },
    }
  }

  #connect(host: string, to: HostPort, isAlive: () => boolean): SimulatedSocket {
    const port = this.#nextPort++
    const near = new SimulatedSocket(this, { host, port }, to, isAlive)
    this.#sockets.add(near)
    const there = this.cable(host, to.host)
    this.#arrive(there, () => {
      if (near.destroyed) return
      const listening = this.#listeners.get(`${to.host}:${to.port}`)
      const back = this.cable(to.host, host)
      if (listening === undefined) {
        this.#arrive(back, () => near.fail(new Error('ECONNREFUSED')))
        return
      }
      const far = new SimulatedSocket(this, to, { host, port }, listening.isAlive)
      this.#sockets.add(far)
      far.meet(near)
      listening.accept(far)
      this.#arrive(back, () => {
        if (!near.destroyed) near.meet(far)
      })
    })
    return near
  }

  #arrive(cable: Cable, call: () => void): void {
    this.time.at(nextTry(cable, this.time.nowUs + cable.delayUs), () => {
      if (this.time.nowUs < cable.clearAtUs) this.#arrive(cable, call)
      else call()
    })
  }
}

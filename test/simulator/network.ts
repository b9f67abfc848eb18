// The network of a simulation: TCP connections between machines, over cables with a delay, a rate and a queue, which can
// be clogged, cut in one direction or in both, and reset.

import { EventEmitter } from 'node:events'
import type { ByteSocket, HostPort, Listener, Sockets } from '../../node/outside.js'
import type { VirtualTime } from './virtual-time.js'

/** One direction between two machines. */
export interface Cable {
  delayUs: number
  bytesPerSecond: number
  /** Nothing arrives before this time: what is sent waits, as TCP sends it again. */
  clearAtUs: number
}

/** What a kernel holds of one connection's bytes that did not arrive; the rest waits in the process. */
const KERNEL_BYTES = 262_144

interface Process {
  /** Ends with the process. */
  readonly isAlive: () => boolean
}

interface Listening extends Process {
  readonly accept: (socket: ByteSocket) => void
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly written: (() => void) | undefined
}

interface Flying {
  readonly bytes: Uint8Array
  readonly atUs: number
}

export class SimulatedNetwork {
  readonly time: VirtualTime
  /** Bytes carried, by `from>to`. */
  readonly carried = new Map<string, number>()
  readonly #cables = new Map<string, Cable>()
  readonly #listeners = new Map<string, Listening>()
  readonly #sockets = new Set<SimulatedSocket>()
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

  /** For SimulatedSocket. */
  forget(socket: SimulatedSocket): void {
    this.#sockets.delete(socket)
  }

  /** For SimulatedSocket. */
  count(from: string, to: string, bytes: number): void {
    const key = `${from}>${to}`
    this.carried.set(key, (this.carried.get(key) ?? 0) + bytes)
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
    this.time.at(Math.max(this.time.nowUs + cable.delayUs, cable.clearAtUs), () => {
      if (this.time.nowUs < cable.clearAtUs) this.#arrive(cable, call)
      else call()
    })
  }
}

/** One end of a connection. */
export class SimulatedSocket extends EventEmitter implements ByteSocket {
  readonly host: string
  readonly peerHost: string
  readonly remoteAddress: string
  readonly remotePort: number
  destroyed = false
  writableLength = 0
  readonly #network: SimulatedNetwork
  readonly #isAlive: () => boolean
  #peer: SimulatedSocket | undefined
  #waiting: Waiting[] = []
  /** In the kernel and on the way, in order. */
  readonly #flying: Flying[] = []
  #flyingBytes = 0
  #busyUntilUs = 0
  #corked = 0
  #ending = false
  #landing = false

  constructor(network: SimulatedNetwork, own: HostPort, remote: HostPort, isAlive: () => boolean) {
    super()
    this.#network = network
    this.#isAlive = isAlive
    this.host = own.host
    this.peerHost = remote.host
    this.remoteAddress = remote.host
    this.remotePort = remote.port
  }

  /** The other end is there. */
  meet(peer: SimulatedSocket): void {
    this.#peer = peer
    this.emit('connect')
    this.#send()
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    if (this.destroyed || this.#ending) return false
    // The machines reuse what they wrote once it was taken.
    this.#waiting.push({ bytes: bytes.slice(), written })
    this.writableLength += bytes.length
    if (this.#corked === 0) this.#send()
    return true
  }

  cork(): void {
    this.#corked++
  }

  uncork(): void {
    this.#corked--
    if (this.#corked === 0) this.#send()
  }

  setNoDelay(): void {}

  destroy(error?: Error): void {
    this.fail(error)
  }

  destroySoon(): void {
    this.#ending = true
    if (this.writableLength === 0 && this.#flyingBytes === 0) this.fail(undefined)
  }

  /** Ends it here, and tells the other end. */
  fail(error: Error | undefined): void {
    const peer = this.#peer
    if (this.destroyed) return
    this.vanish()
    if (peer !== undefined) this.#tellEnd(peer)
    this.#network.time.after(0, () => {
      if (!this.#isAlive()) return
      if (error !== undefined && this.listenerCount('error') > 0) this.emit('error', error)
      this.emit('close')
    })
  }

  /** Ends it here; the other end learns nothing. */
  vanish(): void {
    this.destroyed = true
    this.writableLength = 0
    this.#waiting = []
    this.#network.forget(this)
  }

  /** What is on the way arrives before the end does. */
  #tellEnd(peer: SimulatedSocket): void {
    const cable = this.#network.cable(this.host, this.peerHost)
    const atUs = Math.max(this.#network.time.nowUs, this.#busyUntilUs) + cable.delayUs
    this.#network.time.at(Math.max(atUs, cable.clearAtUs), () => {
      if (peer.destroyed) return
      if (this.#network.time.nowUs < cable.clearAtUs || this.#flying.length > 0) this.#tellEnd(peer)
      else {
        peer.emit('end')
        peer.fail(undefined)
      }
    })
  }

  /** Puts into the kernel what it takes. */
  #send(): void {
    if (this.#peer === undefined || this.destroyed) return
    const cable = this.#network.cable(this.host, this.peerHost)
    const { time } = this.#network
    let done: (() => void)[] | undefined
    while (this.#waiting.length > 0 && this.#flyingBytes < KERNEL_BYTES) {
      const { bytes, written } = this.#waiting.shift() as Waiting
      this.#busyUntilUs = Math.max(this.#busyUntilUs, time.nowUs) + (bytes.length * 1_000_000) / cable.bytesPerSecond
      this.#flying.push({ bytes, atUs: this.#busyUntilUs + cable.delayUs })
      this.#flyingBytes += bytes.length
      this.writableLength -= bytes.length
      if (written !== undefined) {
        done ??= []
        done.push(written)
      }
    }
    this.#land(cable)
    if (done === undefined) return
    const calls = done
    time.after(0, () => {
      if (!this.destroyed && this.#isAlive()) for (const call of calls) call()
    })
  }

  /** One happening for all that arrives together. */
  #land(cable: Cable): void {
    const last = this.#flying.at(-1)
    const first = this.#flying[0]
    if (this.#landing || first === undefined || last === undefined) return
    this.#landing = true
    const { time } = this.#network
    time.at(Math.max(first.atUs, cable.clearAtUs), () => {
      this.#landing = false
      if (time.nowUs >= cable.clearAtUs) this.#deliver()
      this.#land(cable)
      this.#send()
      if (this.#ending && this.writableLength === 0 && this.#flyingBytes === 0) this.fail(undefined)
    })
  }

  /** A computer that is up again knows nothing of a connection from before, and says so. */
  #handleUnknown(): void {
    const { time } = this.#network
    const back = this.#network.cable(this.peerHost, this.host)
    if (!this.#network.isUp(this.peerHost)) return
    time.at(Math.max(time.nowUs + back.delayUs, back.clearAtUs), () => this.fail(new Error('ECONNRESET')))
  }

  #deliver(): void {
    const peer = this.#peer
    const { nowUs } = this.#network.time
    while (this.#flying[0] !== undefined && this.#flying[0].atUs <= nowUs) {
      const { bytes } = this.#flying.shift() as Flying
      this.#flyingBytes -= bytes.length
      if (peer === undefined || peer.destroyed) {
        if (peer !== undefined) this.#handleUnknown()
        continue
      }
      this.#network.count(this.host, this.peerHost, bytes.length)
      peer.emit('data', bytes)
    }
  }
}

// One end of a TCP connection of a simulation: what is written waits in the process, then in a kernel, then flies over a
// cable, and arrives whole and in order or not at all.

import { EventEmitter } from 'node:events'
import type { ByteSocket, HostPort } from '../../node/outside.js'
import type { VirtualTime } from './virtual-time.js'

/** One direction between two machines. */
export interface Cable {
  delayUs: number
  bytesPerSecond: number
  /** Nothing arrives before this time: what is sent waits, as TCP sends it again. */
  clearAtUs: number
}

/** Bytes that one direction has carried. */
export interface Carried {
  bytes: number
}

/** What an end needs of its network. */
export interface Wires {
  readonly time: VirtualTime
  /** The cable from one machine to another. */
  cable(from: string, to: string): Cable
  /** The IP address of a machine. */
  addressOf(host: string): string
  /** What arrived from one machine at another. */
  carried(from: string, to: string): Carried
  /** Whether a node listens there. */
  isUp(host: string): boolean
  /** An end is no more. */
  forget(socket: SimulatedSocket): void
}

/** A cable may be cleared before its time: whoever waits for it looks this often. */
const lookEveryUs = 250_000

/** When to try again what would arrive at a time, over a cable that may not be clear by then. */
export function nextTry(cable: Cable, atUs: number): number {
  return cable.clearAtUs > atUs ? Math.min(cable.clearAtUs, atUs + lookEveryUs) : atUs
}

/** What a kernel holds of one connection's bytes that did not arrive; the rest waits in the process. */
const KERNEL_BYTES = 262_144

interface Waiting {
  readonly bytes: Uint8Array
  readonly written: (() => void) | undefined
}

interface Flying {
  readonly bytes: Uint8Array
  readonly atUs: number
}

/** One end of a connection. */
export class SimulatedSocket extends EventEmitter implements ByteSocket {
  readonly host: string
  readonly peerHost: string
  readonly remoteAddress: string
  readonly remotePort: number
  destroyed = false
  writableLength = 0
  readonly #network: Wires
  readonly #cable: Cable
  readonly #carried: Carried
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

  constructor(network: Wires, own: HostPort, remote: HostPort, isAlive: () => boolean) {
    super()
    this.#network = network
    this.#isAlive = isAlive
    this.host = own.host
    this.peerHost = remote.host
    this.remoteAddress = network.addressOf(remote.host)
    this.remotePort = remote.port
    this.#cable = network.cable(own.host, remote.host)
    this.#carried = network.carried(own.host, remote.host)
  }

  /** The other end is there. */
  meet(peer: SimulatedSocket): void {
    this.#peer = peer
    this.emit('connect')
    this.#send()
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    if (this.destroyed || this.#ending) return false
    this.#waiting.push({ bytes, written })
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

  /** The other end has ended. Who does not know yet that it was there hears that nobody is. */
  end(): void {
    if (this.#peer === undefined) this.fail(new Error('ECONNRESET'))
    else {
      this.emit('end')
      this.fail(undefined)
    }
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
    const cable = this.#cable
    const atUs = Math.max(this.#network.time.nowUs, this.#busyUntilUs) + cable.delayUs
    this.#network.time.at(nextTry(cable, atUs), () => {
      if (peer.destroyed) return
      if (this.#network.time.nowUs < cable.clearAtUs || this.#flying.length > 0) this.#tellEnd(peer)
      else {
        peer.end()
      }
    })
  }

  /** Puts into the kernel what it takes. */
  #send(): void {
    if (this.#peer === undefined || this.destroyed) return
    const cable = this.#cable
    const { time } = this.#network
    let done: (() => void)[] | undefined
    while (this.#waiting.length > 0 && this.#flyingBytes < KERNEL_BYTES) {
      const { bytes, written } = this.#waiting.shift() as Waiting
      this.#busyUntilUs = Math.max(this.#busyUntilUs, time.nowUs) + (bytes.length * 1_000_000) / cable.bytesPerSecond
      // The kernel has a copy: who wrote it may write to it again.
      this.#flying.push({ bytes: bytes.slice(), atUs: this.#busyUntilUs + cable.delayUs })
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
    const first = this.#flying[0]
    if (this.#landing || first === undefined) return
    this.#landing = true
    const { time } = this.#network
    time.at(nextTry(cable, Math.max(first.atUs, time.nowUs)), () => {
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
      this.#carried.bytes += bytes.length
      peer.emit('data', bytes)
      // Lent until now: who keeps a part of it is found out.
      bytes.fill(0xee)
    }
  }
}

// The datapath of a computer of a simulation: the model of the native one (`stack/packet/testing`), between a program that
// speaks IPv6 and the datagrams of the simulation.

import { RunnelError } from '../../errors/index.js'
import type { BoundPorts, Datapath, DatapathOptions, OpenInterface, StreamSocket } from '../../node/datapath.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { DatapathCommand, DatapathEvent, UdpAddress } from '../../stack/packet/index.js'
import { DatapathModel } from '../../stack/packet/testing/datapath-model.js'
import type { DatagramCables, DatagramEnd } from './datagram-cables.js'
import type { VirtualTime } from './virtual-time.js'

/** How often the model looks what has been idle. */
const tickUs = 250_000

export interface SimulatedDatapathParts {
  readonly time: VirtualTime
  readonly crypto: Crypto
  readonly cables: DatagramCables
  readonly host: string
  /** Of the computer, 4 bytes. */
  readonly address: Uint8Array
  /** Whether its process runs. */
  readonly isAlive: () => boolean
  /** A packet for a program of this computer. */
  readonly handlePacket: (bytes: Uint8Array) => void
}

export class SimulatedDatapath implements Datapath, DatagramEnd {
  readonly interface: OpenInterface | undefined
  readonly ports: BoundPorts
  readonly address: UdpAddress
  readonly #parts: SimulatedDatapathParts
  readonly #model: DatapathModel
  readonly #handleEvents: (events: readonly DatapathEvent[]) => void
  #events: DatapathEvent[] = []
  #isOpen = true

  constructor(parts: SimulatedDatapathParts, { interface: wished, port, handleEvents }: DatapathOptions) {
    this.#parts = parts
    this.address = { address: parts.address, port }
    this.ports = { four: port, six: undefined }
    this.interface = wished && { name: wished.name, offloads: 'none' }
    this.#model = new DatapathModel(parts.crypto, wished?.address ?? new Uint8Array(16))
    this.#handleEvents = handleEvents
    parts.cables.open(this)
    if (wished !== undefined) this.#tick()
  }

  get host(): string {
    return this.#parts.host
  }

  isAlive(): boolean {
    return this.#isOpen && this.#parts.isAlive()
  }

  tell(commands: readonly DatapathCommand[]): void {
    if (!this.isAlive()) return
    for (const command of commands) this.#model.tell(this.#parts.time.nowUs, command)
    this.#drain()
  }

  /** A packet of a program of this computer. */
  send(packet: Uint8Array): void {
    if (!this.isAlive()) return
    this.#model.handlePacket(this.#parts.time.nowUs, packet)
    this.#drain()
  }

  handleDatagram(bytes: Uint8Array, from: UdpAddress): void {
    this.#model.handleDatagram(this.#parts.time.nowUs, bytes, from)
    this.#drain()
  }

  listen(port: number): number {
    throw new RunnelError('IO', `a simulated interface has no port ${port}`)
  }

  /** No program of a simulation asks by packets. */
  openStreamSocket(): StreamSocket {
    return { send: () => false, counters: () => new Map(), close: () => {} }
  }

  counters(): ReadonlyMap<string, number> {
    return this.#model.drops
  }

  close(): void {
    this.#isOpen = false
    this.#parts.cables.close(this)
  }

  #tick(): void {
    this.#parts.time.after(tickUs, () => {
      if (!this.isAlive()) return
      this.#model.handleTick(this.#parts.time.nowUs)
      this.#drain()
      this.#tick()
    })
  }

  #drain(): void {
    for (let output = this.#model.pollOutput(); output !== undefined; output = this.#model.pollOutput()) {
      if (output.kind === 'datagram') this.#parts.cables.send(this, output.to, output.bytes)
      else if (output.kind === 'packet') this.#parts.handlePacket(output.bytes)
      else this.#event(output.event)
    }
  }

  /** Told never inside of a call to it, and those of one moment at once. */
  #event(event: DatapathEvent): void {
    this.#events.push(event)
    if (this.#events.length > 1) return
    this.#parts.time.after(0, () => {
      const events = this.#events
      this.#events = []
      if (this.isAlive()) this.#handleEvents(events)
    })
  }
}

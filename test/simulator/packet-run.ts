// A program that sends packets to another computer's for the whole run, and is sent each of them back: what either is given
// is what the other has sent, whole and once at most, whatever happens; nothing comes to a port that was not allowed; and
// nobody else sees anything of it.

import { RunnelError } from '../../errors/index.js'
import { Killed } from '../../node/store/testing/faults.js'
import { equal } from '../../stack/bytes/index.js'
import { addressOf, encodeText, TextKind } from '../../stack/name/index.js'
import { packetOf, u16At } from '../../stack/packet/testing/ip.js'
import { udp } from '../../stack/packet/testing/packets.js'
import { poured } from '../lab/pour.js'
import type { Computer } from './computer.js'
import { Violation } from './model.js'
import type { SimulatedDatapath } from './simulated-datapath.js'
import type { World } from './world.js'

/** A port of the sender, one that the receiver allows, and one that it does not: this much further for each run. */
const ports = { sender: 10_000, allowed: 20_000, closed: 30_000 } as const

/** One packet of so many goes where it must not arrive. */
const closedEvery = 8

/** How long to rest before something that failed is tried again. */
const restUs = 500_000

const udpProtocol = 17
const headerBytes = 48
const numberBytes = 8

export interface PlannedPackets {
  readonly sender: number
  readonly receiver: number
  /** Whether the sender asks the network where the receiver is, as a name server does; else it knows the device. */
  readonly byName: boolean
  /** Bytes of the largest payload, at least 8, and the time between two packets. */
  readonly bytes: number
  readonly gapMs: number
}

export class PacketRun {
  readonly sender: Computer
  readonly receiver: Computer
  /** Packets that came back. */
  returned = 0
  readonly #world: World
  readonly #number: number
  readonly #planned: PlannedPackets
  /** What is on its way there, and back, by number. */
  readonly #there = new Set<number>()
  readonly #back = new Set<number>()
  #sent = 0
  #isAllowed = false
  /** The start of the sender's process that knows the receiver's device. */
  #knownAt = 0
  #isStopped = false

  constructor(
    world: World,
    number: number,
    planned: PlannedPackets,
    [sender, receiver]: readonly [Computer, Computer],
  ) {
    this.#world = world
    this.#number = number
    this.#planned = planned
    this.sender = sender
    this.receiver = receiver
  }

  get name(): string {
    return `${this.sender.name} sends packets to ${this.receiver.name}`
  }

  /** Until `stop`. Throws what neither program may be told. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const isReady = (await this.#allow()) && (await this.#find())
      if (isReady) this.#send()
      await this.#world.time.sleep(isReady ? this.#planned.gapMs * 1_000 : restUs)
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  /** A packet that a program of a computer is given. Throws a Violation. */
  handlePacket(computer: Computer, bytes: Uint8Array): void {
    const packet = packetOf(bytes)
    if (typeof packet === 'string') throw new Violation(`${computer.name} was given what is no packet: ${packet}`)
    if (packet.protocol !== udpProtocol) return
    const [from, to] = [u16At(bytes, 40), u16At(bytes, 42)]
    const isThere = computer === this.receiver && from === ports.sender + this.#number
    const isBack = computer === this.sender && to === ports.sender + this.#number
    if (!isThere && !isBack) return
    const other = this.#addressOf(isThere ? this.sender : this.receiver)
    if (!equal(packet.source, other)) throw new Violation(`${this.name}: it came from somebody else`)
    if (to === ports.closed + this.#number) throw new Violation(`${this.name}: a closed port was reached`)
    const payload = bytes.subarray(headerBytes)
    const number = u16At(payload, 0) * 65_536 + u16At(payload, 2)
    const pending = isThere ? this.#there : this.#back
    if (!pending.delete(number)) throw new Violation(`${this.name}: packet ${number} was given twice, or never sent`)
    if (!equal(payload, this.#payload(number))) throw new Violation(`${this.name}: packet ${number} is another one`)
    if (isBack) this.returned++
    else this.#answer(number, payload)
  }

  /** A datagram that somebody has sent. Throws a Violation where something of a packet can be read in it. */
  handleDatagram(bytes: Uint8Array): void {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(Buffer.from(this.#addressOf(this.sender)))) {
      throw new Violation(`${this.name}: what crosses a cable shows whose it is`)
    }
  }

  /** Whether the receiver lets it in, which it does for good once that is on disk. */
  async #allow(): Promise<boolean> {
    if (this.#isAllowed) return true
    const { receiver, sender } = this
    const from = encodeText(this.#world.crypto, TextKind.name, sender.keys.name)
    this.#isAllowed = await this.#try(async () => {
      const port = ports.allowed + this.#number
      await receiver.call('setRule', { action: 'allow', protocol: 'udp', port, from })
    })
    return this.#isAllowed
  }

  /** Whether the sender's node knows where the receiver is; it does as long as it runs. */
  async #find(): Promise<boolean> {
    const { sender, receiver } = this
    if (sender.starts === this.#knownAt) return sender.node !== undefined
    const { starts } = sender
    const { name, device } = receiver.keys
    const isFound = await this.#try(async () => {
      if (!this.#planned.byName) await sender.use(async (node) => node.tunnel.addDevice(device))
      else await sender.call('addresses', { link: encodeText(this.#world.crypto, TextKind.name, name) })
    })
    if (isFound) this.#knownAt = starts
    return isFound
  }

  /** Whether it was done. Throws what may not be told to whoever asks. */
  async #try(call: () => Promise<void>): Promise<boolean> {
    try {
      await call()
      return true
    } catch (error) {
      if (error instanceof Killed) return false
      if (error instanceof RunnelError && error.code !== 'INTERNAL') return false
      throw error
    }
  }

  #send(): void {
    const isClosed = this.#sent % closedEvery === closedEvery - 1
    const number = this.#sent++
    if (!isClosed) this.#there.add(number)
    const to = (isClosed ? ports.closed : ports.allowed) + this.#number
    this.#sendFrom(this.sender, this.receiver, [ports.sender + this.#number, to], this.#payload(number))
  }

  #answer(number: number, payload: Uint8Array): void {
    this.#back.add(number)
    const [from, to] = [ports.allowed + this.#number, ports.sender + this.#number]
    this.#sendFrom(this.receiver, this.sender, [from, to], payload)
  }

  #sendFrom(from: Computer, to: Computer, by: readonly [number, number], payload: Uint8Array): void {
    const datapath: SimulatedDatapath | undefined = from.datapath
    datapath?.send(udp(this.#addressOf(from), this.#addressOf(to), by, payload))
  }

  #payload(number: number): Uint8Array {
    const bytes = numberBytes + ((number * 7_919) % (this.#planned.bytes - numberBytes + 1))
    const payload = poured(this.#number, 8 * number, bytes).slice()
    new DataView(payload.buffer).setUint32(0, number)
    return payload
  }

  #addressOf(computer: Computer): Uint8Array {
    return addressOf(this.#world.crypto, 'device', computer.keys.device)
  }
}

// Datagrams between the computers of a simulation: over the same cables as its connections, but lost, doubled and late, as
// datagrams are. Some computers are behind a NAT, whose memory can be wiped.

import { addressKey } from '../../stack/packet/address.js'
import type { UdpAddress } from '../../stack/packet/index.js'
import type { Random } from './random.js'
import type { World } from './world.js'

/** A cone gives one address for all destinations, a symmetric NAT one for each, which nobody else can guess. */
export type NatKind = 'cone' | 'symmetric'

/** How long a NAT lets in what comes from where something was sent to (RFC 4787 section 4.3 has two minutes at least; many have less). */
const holeUs = 60_000_000

/** What a cable takes at once; more is lost. */
const mtuBytes = 1_472

export interface DatagramFaults {
  /** Of a hundred datagrams. */
  readonly lostPercent: number
  readonly doubledPercent: number
  /** The most that one is late beyond the cable's delay. */
  readonly jitterUs: number
}

/** Where datagrams come from and go to. */
export interface DatagramEnd {
  readonly host: string
  readonly address: UdpAddress
  readonly isAlive: () => boolean
  handleDatagram(bytes: Uint8Array, from: UdpAddress): void
}

interface Hole {
  readonly end: DatagramEnd
  /** By address of the other side, until when it is let in; undefined where there is no NAT. */
  readonly letsIn: Map<string, number> | undefined
}

export class DatagramCables {
  sent = 0
  readonly #world: World
  readonly #random: Random
  #faults: DatagramFaults
  /** By the address that others see. */
  readonly #holes = new Map<string, Hole>()
  readonly #nats = new Map<string, NatKind>()
  /** What others see, by own address, and behind a symmetric NAT by destination too. */
  readonly #seen = new Map<string, UdpAddress>()
  readonly #listeners: ((bytes: Uint8Array) => void)[] = []

  constructor(world: World, random: Random, faults: DatagramFaults) {
    this.#world = world
    this.#random = random
    this.#faults = faults
  }

  /** A computer is behind a NAT from now on. */
  hide(host: string, nat: NatKind): void {
    this.#nats.set(host, nat)
  }

  /** Calls with each datagram that somebody sends. */
  watch(listener: (bytes: Uint8Array) => void): void {
    this.#listeners.push(listener)
  }

  open(end: DatagramEnd): void {
    if (!this.#nats.has(end.host)) this.#holes.set(addressKey(end.address), { end, letsIn: undefined })
  }

  close(end: DatagramEnd): void {
    for (const [key, hole] of this.#holes) if (hole.end === end) this.#holes.delete(key)
  }

  /** The NAT of a computer, where it is behind one, forgets everything: others see it elsewhere from now on. */
  rebind(host: string): void {
    if (!this.#nats.has(host)) return
    for (const [key, { end }] of this.#holes) if (end.host === host) this.#holes.delete(key)
    for (const key of [...this.#seen.keys()]) if (key.startsWith(`${host} `)) this.#seen.delete(key)
  }

  heal(): void {
    this.#faults = { lostPercent: 0, doubledPercent: 0, jitterUs: 0 }
  }

  send(end: DatagramEnd, to: UdpAddress, bytes: Uint8Array): void {
    this.sent++
    for (const listener of this.#listeners) listener(bytes)
    const from = this.#pass(end, to)
    const copies = this.#random.chance(this.#faults.doubledPercent / 100) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const isLost = this.#random.chance(this.#faults.lostPercent / 100)
      const lateUs = this.#random.between(0, this.#faults.jitterUs)
      if (!isLost && bytes.length <= mtuBytes) this.#carry(end.host, from, to, { bytes, lateUs })
    }
  }

  #carry(
    host: string,
    from: UdpAddress,
    to: UdpAddress,
    { bytes, lateUs }: { bytes: Uint8Array; lateUs: number },
  ): void {
    const { time, network } = this.#world
    const there = this.#holes.get(addressKey(to))
    if (there === undefined) return
    const cable = network.cable(host, there.end.host)
    if (cable.clearAtUs > time.nowUs) return
    time.after(cable.delayUs + lateUs, () => {
      const { end, letsIn } = this.#holes.get(addressKey(to)) ?? {}
      if (end === undefined || !end.isAlive() || cable.clearAtUs > time.nowUs) return
      if (letsIn === undefined || (letsIn.get(addressKey(from)) ?? 0) > time.nowUs) end.handleDatagram(bytes, from)
    })
  }

  /** Where the other side sees it come from. */
  #pass(end: DatagramEnd, to: UdpAddress): UdpAddress {
    const nat = this.#nats.get(end.host)
    if (nat === undefined) return end.address
    const key = `${end.host} ${nat === 'cone' ? '' : addressKey(to)}`
    const seen = this.#seen.get(key) ?? this.#newAddress(end.address)
    this.#seen.set(key, seen)
    const hole = this.#holes.get(addressKey(seen)) ?? { end, letsIn: new Map() }
    hole.letsIn?.set(addressKey(to), this.#world.time.nowUs + holeUs)
    this.#holes.set(addressKey(seen), hole.end === end ? hole : { end, letsIn: hole.letsIn })
    return seen
  }

  /** A NAT has one address of its own, here that of the computer, as others know it from its connections. */
  #newAddress({ address }: UdpAddress): UdpAddress {
    for (;;) {
      const seen = { address, port: this.#random.between(10_000, 65_535) }
      if (!this.#holes.has(addressKey(seen))) return seen
    }
  }
}

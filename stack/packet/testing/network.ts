// Devices with whole machines and datapaths, routers that switch labels, and a network between them that delays, loses,
// doubles and reorders datagrams, bears only so much, translates addresses, all under virtual time and from a seed.

import { equal } from '../../bytes/index.js'
import type { Crypto } from '../../crypto/index.js'
import { addressOf } from '../../name/index.js'
import { addressKey } from '../address.js'
import type { DatapathEvent, UdpAddress } from '../datapath.js'
import type { PacketEvent } from '../event.js'
import { PacketMachine } from '../machine.js'
import { DatapathModel } from './datapath-model.js'

export interface NetworkOptions {
  readonly crypto: Crypto
  readonly seed: number
  readonly delayUs?: number
  /** How long a message of a conversation takes; twice the delay where it is missing. */
  readonly talkUs?: number
  /** Added at random, so that datagrams overtake each other. */
  readonly jitterUs?: number
  /** Shares of datagrams, 0 to 1. */
  readonly loss?: number
  readonly doubled?: number
}

export interface DeviceOptions {
  readonly number: number
  /** Only who was sent something gets through, from there. */
  readonly hasNat?: boolean
  readonly name?: Uint8Array
  /** Bytes of the largest datagram of its link, and whether it is told of larger ones. */
  readonly linkBytes?: number
  readonly tellsTooBig?: boolean
}

export interface Device {
  readonly number: number
  readonly key: Uint8Array
  readonly address: Uint8Array
  machine: PacketMachine
  datapath: DatapathModel
  /** Where its datagrams come from now. */
  udp: UdpAddress
  /** Packets that have come to its programs, and ICMPv6 errors among them. */
  readonly received: Uint8Array[]
  /** How long each answer took that was measured, µs. */
  readonly measured: number[]
  readonly events: DatapathEvent[]
  readonly options: DeviceOptions
  /** By conversation of its own. */
  readonly talks: Map<number, Talk>
  isDown: boolean
}

interface Talk {
  readonly id: number
  readonly ends: readonly [Device, Device]
  isOver: boolean
  /** Until then nothing is delivered. */
  stalledUs: number
  /** What is on its way to each end. */
  readonly queues: ReadonlyMap<Device, Uint8Array[]>
  /** Labels of the router by the index that they stand for, with the end that is meant. */
  readonly labels: Map<string, { readonly label: number; readonly owner: Device; readonly index: number }>
}

interface Job {
  readonly atUs: number
  readonly order: number
  readonly run: () => void
}

const second = 1_000_000

export class PacketNetwork {
  nowUs = 1_000 * second
  readonly devices: Device[] = []
  /** Sees each datagram that is sent, and takes those away for which it says true. */
  watch: ((from: UdpAddress, to: UdpAddress, bytes: Uint8Array) => boolean) | undefined
  readonly router: DatapathModel
  readonly routerUdp: UdpAddress = { address: Uint8Array.of(192, 0, 2, 1), port: 7254 }
  /** Ways by labels, and between devices, can be shut. */
  isRouterDown = false
  isDirectShut = false
  delayUs: number
  loss: number
  readonly #options: NetworkOptions
  readonly #jobs: Job[] = []
  #order = 0
  #random: number
  /** Conversations that there have been. */
  conversations = 0
  #labels = 0
  readonly #timers = new Map<Device, number>()
  /** Holes in NATs by (device, other), and until when. */
  readonly #holes = new Map<string, number>()

  constructor(options: NetworkOptions) {
    this.#options = options
    this.#random = options.seed
    this.delayUs = options.delayUs ?? 10_000
    this.loss = options.loss ?? 0
    this.router = new DatapathModel(options.crypto, new Uint8Array(16))
  }

  /** A number in [0, 1). */
  random(): number {
    // Mulberry32.
    this.#random = (this.#random + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  randomBytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.random() * 256))
  }

  add(options: DeviceOptions): Device {
    const key = this.#options.crypto.ed25519.publicKeyFromSeed(new Uint8Array(32).fill(options.number))
    const device: Device = {
      ...{
        number: options.number,
        key,
        options,
        isDown: false,
        received: [],
        measured: [],
        events: [],
        talks: new Map(),
      },
      address: addressOf(this.#options.crypto, 'device', key),
      udp: { address: Uint8Array.of(198, 51, 100, options.number), port: 4_000 },
      ...this.#fresh(key),
    }
    this.devices.push(device)
    return device
  }

  /** The process is killed and begins anew: it remembers nothing. */
  restart(device: Device): void {
    for (const talk of [...device.talks.values()]) this.endTalk(talk)
    Object.assign(device, this.#fresh(device.key))
  }

  /** The same, but nobody hears that its conversations are over: only their labels are gone. */
  vanish(device: Device): void {
    for (const talk of device.talks.values()) {
      const other = otherEnd(talk, device)
      talk.stalledUs = Number.POSITIVE_INFINITY
      for (const { label, owner, index } of talk.labels.values()) {
        this.router.tell(this.nowUs, { type: 'remove-label', label })
        if (owner === device) other.machine.handleLabelGone(this.nowUs, talk.id, index)
      }
      this.drain(other)
    }
    device.talks.clear()
    Object.assign(device, this.#fresh(device.key))
  }

  /** Its datagrams come from elsewhere from now on; its routers hear of it after a while. */
  move(device: Device, port: number, afterUs = 500_000): void {
    device.udp = { address: device.udp.address, port }
    this.at(this.nowUs + afterUs, () => {
      for (const talk of device.talks.values()) this.#setLabels(talk)
    })
  }

  /** A packet of a program. */
  send(device: Device, bytes: Uint8Array): void {
    device.datapath.handlePacket(this.nowUs, bytes)
    this.drain(device)
  }

  at(atUs: number, run: () => void): void {
    const job = { atUs, order: this.#order++, run }
    let [low, high] = [0, this.#jobs.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#jobs[middle]
      if (other !== undefined && (other.atUs < atUs || other.atUs === atUs)) low = middle + 1
      else high = middle
    }
    this.#jobs.splice(low, 0, job)
  }

  /** Does what is due until a time has passed. */
  run(durationUs: number): void {
    const endUs = this.nowUs + durationUs
    for (let [job] = this.#jobs; job !== undefined && job.atUs <= endUs; [job] = this.#jobs) {
      this.#jobs.shift()
      this.nowUs = Math.max(this.nowUs, job.atUs)
      job.run()
    }
    this.nowUs = endUs
  }

  /** A conversation is over for both. */
  endTalk(talk: Talk): void {
    if (talk.isOver) return
    talk.isOver = true
    for (const end of talk.ends) {
      end.talks.delete(talk.id)
      end.machine.handleOver(this.nowUs, talk.id)
    }
    for (const { label } of talk.labels.values()) this.router.tell(this.nowUs, { type: 'remove-label', label })
    for (const end of talk.ends) this.drain(end)
  }

  /** Nothing of a conversation is delivered for a while. */
  stallTalks(durationUs: number): void {
    for (const { talks } of this.devices) {
      for (const talk of talks.values()) talk.stalledUs = this.nowUs + durationUs
    }
  }

  /** Does what a machine and its datapath want done. */
  drain(device: Device): void {
    for (;;) {
      const output = device.datapath.pollOutput()
      if (output !== undefined) {
        if (output.kind === 'packet') device.received.push(output.bytes)
        else if (output.kind === 'datagram') this.#transmit(device, output.to, output.bytes)
        else {
          device.events.push(output.event)
          device.machine.handleDatapathEvent(this.nowUs, output.event)
        }
        continue
      }
      const event = device.machine.pollEvent()
      if (event === undefined) break
      this.#do(device, event)
    }
    this.#setTimer(device)
  }

  #fresh(key: Uint8Array) {
    const { crypto } = this.#options
    const machine = new PacketMachine({
      crypto,
      device: key,
      randomBytes: (count) => this.randomBytes(count),
      world: {
        deviceAt: (address) => this.devices.find((other) => equal(other.address, address))?.key,
        groupsOf: () => [],
      },
    })
    return { machine, datapath: new DatapathModel(crypto, addressOf(crypto, 'device', key)) }
  }

  #setTimer(device: Device): void {
    const dueUs = device.machine.pollTimeout()
    if (dueUs >= (this.#timers.get(device) ?? Number.POSITIVE_INFINITY)) return
    this.#timers.set(device, dueUs)
    this.at(Math.max(dueUs, this.nowUs), () => {
      if (this.#timers.get(device) !== dueUs) return
      this.#timers.delete(device)
      device.machine.handleTimeout(this.nowUs)
      this.drain(device)
    })
  }

  #do(device: Device, event: PacketEvent): void {
    switch (event.kind) {
      case 'tell':
        device.datapath.tell(this.nowUs, event.command)
        return
      case 'dial':
        this.#dial(device, event.device)
        return
      case 'measured':
        device.measured.push(event.tookUs)
        return
      case 'send': {
        const talk = device.talks.get(event.conversation)
        if (talk !== undefined) this.#say(talk, device, event.message)
        return
      }
      case 'close': {
        const talk = device.talks.get(event.conversation)
        if (talk === undefined) return
        talk.isOver = true
        device.talks.delete(talk.id)
        const other = otherEnd(talk, device)
        for (const { label } of talk.labels.values()) this.router.tell(this.nowUs, { type: 'remove-label', label })
        this.at(this.nowUs + this.delayUs, () => {
          other.talks.delete(talk.id)
          other.machine.handleOver(this.nowUs, talk.id)
          this.drain(other)
        })
        return
      }
      case 'announce': {
        const talk = device.talks.get(event.conversation)
        if (talk === undefined) return
        this.#labels++
        const label = 0x8000_0000 + this.#labels
        talk.labels.set(String([device.number, event.index]), { label, owner: device, index: event.index })
        this.at(this.nowUs + this.delayUs, () => this.#setLabels(talk))
        const other = otherEnd(talk, device)
        this.at(this.nowUs + 2 * this.delayUs, () => {
          if (talk.isOver) return
          other.machine.handleLabel(this.nowUs, talk.id, event.index, { to: this.routerUdp, label })
          this.drain(other)
        })
        return
      }
      case 'withdraw': {
        const talk = device.talks.get(event.conversation)
        const key = String([device.number, event.index])
        const known = talk?.labels.get(key)
        if (known === undefined) return
        talk?.labels.delete(key)
        this.router.tell(this.nowUs, { type: 'remove-label', label: known.label })
      }
    }
  }

  #setLabels(talk: Talk): void {
    if (talk.isOver) return
    for (const { label, owner, index } of talk.labels.values()) {
      const from = otherEnd(talk, owner).udp
      this.router.tell(this.nowUs, { type: 'set-label', label, from, to: owner.udp, next: index })
    }
  }

  #dial(device: Device, key: Uint8Array): void {
    const other = this.devices.find((one) => equal(one.key, key))
    this.at(this.nowUs + 2 * this.delayUs, () => {
      if (other === undefined || other.isDown || this.isRouterDown) {
        device.machine.handleNoConversation(this.nowUs, key)
        this.drain(device)
        return
      }
      this.conversations++
      const talk: Talk = {
        ...{ id: this.conversations, ends: [device, other], isOver: false, stalledUs: 0 },
        ...{ labels: new Map(), queues: new Map([device, other].map((end) => [end, []])) },
      }
      this.#open(talk, device, true)
      this.at(this.nowUs + this.delayUs, () => {
        if (!talk.isOver) this.#open(talk, other, false)
      })
    })
  }

  #open(talk: Talk, device: Device, isOurs: boolean): void {
    const other = otherEnd(talk, device)
    device.talks.set(talk.id, talk)
    const caller = { device: other.key, name: other.options.name, isOurs }
    device.machine.handleConversation(this.nowUs, talk.id, caller)
    this.drain(device)
  }

  #say(talk: Talk, device: Device, message: Uint8Array): void {
    const other = otherEnd(talk, device)
    const queue = talk.queues.get(other)
    queue?.push(message)
    const deliver = (): void => {
      if (talk.isOver) return
      if (this.isRouterDown || this.nowUs < talk.stalledUs) {
        this.at(Math.max(talk.stalledUs, this.nowUs + 100_000), deliver)
        return
      }
      const first = queue?.shift()
      if (first !== undefined) other.machine.handleMessage(this.nowUs, talk.id, first)
      this.drain(other)
    }
    this.at(this.nowUs + (this.#options.talkUs ?? 2 * this.delayUs), deliver)
  }

  #transmit(device: Device, to: UdpAddress, bytes: Uint8Array): void {
    const { linkBytes, tellsTooBig, hasNat } = device.options
    if (bytes.length > (linkBytes ?? 1_472)) {
      if (tellsTooBig === true) {
        const event: DatapathEvent = { type: 'too-big', to, datagramBytes: linkBytes ?? 1_472 }
        this.at(this.nowUs, () => {
          device.machine.handleDatapathEvent(this.nowUs, event)
          this.drain(device)
        })
      }
      return
    }
    if (hasNat === true) this.#holes.set(`${device.number} ${addressKey(to)}`, this.nowUs + 60 * second)
    this.carry(device.udp, to, bytes)
  }

  /** Carries a datagram, whoever has sent it. */
  carry(from: UdpAddress, to: UdpAddress, bytes: Uint8Array): void {
    if (this.watch?.(from, to, bytes) === true) return
    const copies = this.random() < (this.#options.doubled ?? 0) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.random() < this.loss) continue
      const tookUs = this.delayUs + Math.floor(this.random() * (this.#options.jitterUs ?? 0))
      this.at(this.nowUs + tookUs, () => this.#arrive(from, to, bytes))
    }
  }

  #arrive(from: UdpAddress, to: UdpAddress, bytes: Uint8Array): void {
    if (addressKey(to) === addressKey(this.routerUdp)) {
      if (this.isRouterDown) return
      this.router.handleDatagram(this.nowUs, bytes, from)
      for (let out = this.router.pollOutput(); out !== undefined; out = this.router.pollOutput()) {
        if (out.kind === 'datagram') this.carry(this.routerUdp, out.to, out.bytes)
      }
      return
    }
    const device = this.devices.find(({ udp }) => addressKey(udp) === addressKey(to))
    if (device === undefined || device.isDown || bytes.length > (device.options.linkBytes ?? 1_472)) return
    const isRouter = addressKey(from) === addressKey(this.routerUdp)
    if (!isRouter && this.isDirectShut) return
    const hole = this.#holes.get(`${device.number} ${addressKey(from)}`) ?? 0
    if (device.options.hasNat === true && !isRouter && hole < this.nowUs) return
    device.datapath.handleDatagram(this.nowUs, bytes, from)
    this.drain(device)
  }
}

function otherEnd({ ends: [a, b] }: Talk, device: Device): Device {
  return device === a ? b : a
}

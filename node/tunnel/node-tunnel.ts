// The interface as a part of a node: what was wished for, who decides about its packets, and what is shown of it.

import type { Check, TunStatus } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { formatAddress } from '../../stack/name/index.js'
import { type PeerStatus, Protocol, type UdpAddress } from '../../stack/packet/index.js'
import type { Datapath } from '../datapath.js'
import type { Firewall } from '../firewall/index.js'
import type { Hub } from '../hub.js'
import type { LogEvent } from '../log-event.js'
import type { Outside } from '../outside.js'
import {
  Addressed,
  type MeasuredWay,
  Packets,
  type PacketsOptions,
  Switching,
  type SwitchingOptions,
} from '../packets/index.js'
import type { Store } from '../store/index.js'
import { candidatesOf, usableAddress } from './candidates.js'
import { dropReasons } from './counter-names.js'
import { natCheck } from './nat.js'
import { type InterfaceWish, namesAddress, ownInterface } from './own-interface.js'
import { StreamQuestions } from './stream-questions.js'
import { Tunnel } from './tunnel.js'
import { UnknownAddresses } from './unknown-addresses.js'

export interface NodeTunnelParts {
  readonly outside: Pick<Outside, 'openDatapath' | 'ownAddresses' | 'time' | 'randomBytes'>
  readonly crypto: Crypto
  readonly device: Uint8Array
  readonly hub: SwitchingOptions['hub'] & Pick<Hub, 'ask'>
  readonly sessions: PacketsOptions['sessions']
  readonly dialer: PacketsOptions['dialer']
  readonly firewall: Firewall
  readonly heldName: PacketsOptions['heldName']
  /** Where whom packets went to is written down. */
  readonly store: Pick<Store, 'setValue' | 'values'>
  /** 'labels': no interface; undefined: nothing at all. */
  readonly wish: InterfaceWish | 'labels' | undefined
  readonly log: (event: LogEvent) => void
}

/** Packets of this node, and those that go through it, at one moment. */
export interface PacketsMeasured {
  /** Whether there is an interface. */
  readonly isUp: boolean
  /** As `status` has them. */
  readonly counters: ReadonlyMap<string, number>
  readonly flows: Packets['flows']
  /** Devices that packets are exchanged with, by the way that they go. */
  readonly peers: { readonly direct: number; readonly relayed: number; readonly none: number }
}

export class NodeTunnel {
  /** Undefined where no packets are carried at all. */
  readonly tunnel: Tunnel | undefined
  /** Undefined where none of our own are. */
  readonly #packets: Packets | undefined
  /** Questions of programs by protocol 253. */
  readonly #questions: StreamQuestions | undefined
  readonly #unknown = new UnknownAddresses((address) => this.#packets?.isKnown(address) === true)
  readonly #wish: InterfaceWish | 'labels' | undefined
  readonly #nat: (() => Check) | undefined
  /** The addresses of this machine have changed. */
  readonly handleAddresses: () => void = () => {}

  constructor(parts: NodeTunnelParts) {
    const { outside, crypto, device, hub, sessions, dialer, firewall, heldName, store, wish, log } = parts
    const { openDatapath: open, ownAddresses, time, randomBytes } = outside
    this.#wish = wish
    if (open === undefined || wish === undefined) return
    const own = wish === 'labels' ? undefined : ownInterface(crypto, device, wish)
    const tunnel = new Tunnel({ open, interface: own, time, log })
    this.tunnel = tunnel
    const handleObserved = (observed: readonly UdpAddress[]): void => {
      const { datapath } = tunnel.status
      if (datapath?.interface === undefined) return
      this.#packets?.setCandidates(candidatesOf(observed, ownAddresses?.() ?? [], datapath.ports))
    }
    tunnel.use(new Switching({ hub, handleObserved }))
    this.#nat = () =>
      natCheck(
        hub.observed(),
        (ownAddresses?.() ?? []).flatMap((text) => usableAddress(text) ?? []),
      )
    this.handleAddresses = () => {
      handleObserved(hub.observed())
      this.#packets?.handleMoved()
    }
    if (own === undefined) return
    const admits = (from: Uint8Array): boolean => this.#packets?.admits(from, Protocol.stream) === true
    this.#questions = new StreamQuestions({ crypto, time, hub, address: own.address, admits, log })
    tunnel.use(this.#questions)
    const groupsOf = (name: Uint8Array) => firewall.groupsOf(name)
    const addressed = new Addressed(store, log)
    const around = { crypto, time, randomBytes, device, sessions, dialer, groupsOf, heldName, addressed }
    const packets = new Packets(around)
    this.#packets = packets
    packets.setRules(firewall.rules)
    firewall.watch(() => {
      packets.setRules(firewall.rules)
      packets.handleGroups()
    })
    tunnel.use({
      handleOpen: (datapath) => {
        // Without an interface only packets of others are carried.
        if (datapath.interface === undefined) return
        packets.handleOpen(datapath)
        handleObserved(hub.observed())
      },
      handleEvents: (events) => {
        this.#unknown.handleEvents(events)
        packets.handleEvents(events)
      },
      handleGone: () => packets.handleGone(),
    })
  }

  /** Opens what can be had; `port` is that of UDP, where it is free. */
  open(port: number): void {
    this.tunnel?.open(port)
  }

  close(): void {
    this.#packets?.close()
    this.tunnel?.close()
  }

  /** A device key that has become known: of a neighbour, or of a name that was looked up. */
  addDevice(device: Uint8Array): void {
    this.#packets?.addDevice(device)
  }

  /** Another state of a name (32 bytes) is known. */
  handleName(name: Uint8Array): void {
    this.#packets?.handleName(name)
  }

  /** How long a device takes to answer on the way of its packets, as Packets; undefined too where there are none. */
  async measure(device: Uint8Array, timeoutMs: number): Promise<MeasuredWay | undefined> {
    return this.#packets?.isOpen === true ? this.#packets.measure(device, timeoutMs) : undefined
  }

  /** How each device that packets were exchanged with stands. */
  peers(): PeerStatus[] {
    return this.#packets?.peers() ?? []
  }

  get status(): TunStatus {
    const { tunnel } = this
    const unknown = this.#unknown.list()
    if (tunnel === undefined) return { state: 'off', ports: [], unknown }
    const { datapath, problem, state } = tunnel.status
    const { four, six } = datapath?.ports ?? {}
    const ports = [...new Set([four, six].flatMap((port) => port ?? []))]
    const dropped = this.#dropped()
    const told = {
      ...(dropped === undefined ? {} : { dropped }),
      ...(problem === undefined ? {} : { problem: problem.message, hint: problem.hint }),
    }
    const open = datapath?.interface
    if (open === undefined || this.#wish === 'labels' || this.#wish === undefined) {
      return { state: state === 'off' ? 'labels' : state, ports, unknown, ...told }
    }
    const { mtuBytes } = this.#wish
    const names = formatAddress(namesAddress)
    return { state, interface: open.name, names, mtuBytes, offloads: open.offloads, ports, unknown, ...told }
  }

  /** Calls whenever there is an interface, and when it is gone; at once where there is one. What it gives ends that. */
  watch(listener: (open: boolean) => void): () => void {
    const { tunnel } = this
    if (tunnel === undefined || tunnel.status.state === 'off') return () => {}
    const user = {
      handleOpen: (datapath: Datapath) => {
        if (datapath.interface !== undefined) listener(true)
      },
      handleEvents: () => {},
      handleGone: () => listener(false),
    }
    tunnel.use(user)
    return () => tunnel.drop(user)
  }

  /** The descriptor of a TCP socket that listens on this port of the interface alone. Throws IO, NO_TUN. */
  listen(port: number): number {
    const datapath = this.tunnel?.status.datapath
    if (datapath?.interface === undefined) throw new RunnelError('NO_TUN')
    return datapath.listen(port)
  }

  /** By name, as `status` has counters. */
  get counters(): ReadonlyMap<string, number> {
    const counted = new Map(this.tunnel?.counters)
    for (const [what, count] of Object.entries(this.#packets?.counters ?? {})) counted.set(`flows ${what}`, count)
    for (const [what, count] of this.#questions?.counters ?? []) counted.set(`questions ${what}`, count)
    return counted
  }

  /** What metrics show of it. */
  get measured(): PacketsMeasured {
    const peers = { direct: 0, relayed: 0, none: 0 }
    for (const { way } of this.peers()) peers[way === undefined ? 'none' : way.isDirect ? 'direct' : 'relayed'] += 1
    const flows = this.#packets?.flows ?? { pass: 0, waiting: 0, denied: 0, unreachable: 0 }
    return { isUp: this.status.state === 'up', counters: this.counters, flows, peers }
  }

  /** By reason, those that were; undefined when none was. */
  #dropped(): Record<string, number> | undefined {
    const counters = this.tunnel?.counters
    const were = dropReasons.flatMap((reason): [string, number][] => {
      const count = counters?.get(reason) ?? 0
      return count === 0 ? [] : [[reason, count]]
    })
    return were.length === 0 ? undefined : Object.fromEntries(were)
  }

  /** What `doctor` says of it. */
  examine(): Check[] {
    return [...this.#examineInterface(), ...(this.#nat === undefined ? [] : [this.#nat()])]
  }

  #examineInterface(): Check[] {
    const { state, interface: name, mtuBytes, offloads, ports, problem, hint } = this.status
    if (state === 'off') return []
    const check = 'tun'
    const udp = `UDP port ${ports.join(' and ') || 'none'}`
    const troubles: Check[] =
      problem === undefined
        ? []
        : [{ check, level: 'warn', text: problem, ...(hint === undefined ? {} : { fix: hint }) }]
    if (problem !== undefined && state !== 'up') return troubles
    if (state === 'labels') return [{ check, level: 'ok', text: `no interface, packets of others are sent on; ${udp}` }]
    const text = `${name} is up: packets of up to ${mtuBytes} bytes, ${udp}, ${offloadsText[offloads ?? 'none']}`
    const { problem: unheard } = this.#questions ?? {}
    if (unheard !== undefined) troubles.push({ check, level: 'warn', text: unheard.message, fix: unheard.hint })
    return [{ check, level: 'ok', text }, ...troubles]
  }
}

const offloadsText = {
  'tcp-and-udp': 'TCP and UDP in super-packets',
  tcp: 'TCP in super-packets, UDP since Linux 6.2',
  none: 'no super-packets, so it is slower than it could be',
} as const

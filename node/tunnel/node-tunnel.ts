// The interface as a part of a node: what was wished for, who decides about its packets, and what is shown of it.

import type { Check, TunStatus } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { formatAddress } from '../../stack/name/index.js'
import type { LogEvent } from '../options.js'
import type { Outside } from '../outside.js'
import type { Datapath } from './datapath.js'
import { type InterfaceWish, namesAddress, ownInterface } from './own-interface.js'
import { Tunnel } from './tunnel.js'
import { UnknownFlows } from './unknown-flows.js'

export interface NodeTunnelParts {
  readonly outside: Pick<Outside, 'openDatapath' | 'time'>
  readonly crypto: Crypto
  readonly device: Uint8Array
  /** 'labels': no interface; undefined: nothing at all. */
  readonly wish: InterfaceWish | 'labels' | undefined
  readonly log: (event: LogEvent) => void
}

export class NodeTunnel {
  /** Undefined where no packets are carried at all. */
  readonly tunnel: Tunnel | undefined
  readonly #unknown = new UnknownFlows()
  readonly #wish: InterfaceWish | 'labels' | undefined

  constructor({ outside, crypto, device, wish, log }: NodeTunnelParts) {
    const { openDatapath: open, time } = outside
    this.#wish = wish
    if (open === undefined || wish === undefined) return
    const own = wish === 'labels' ? undefined : ownInterface(crypto, device, wish)
    this.tunnel = new Tunnel({ open, interface: own, time, log })
    this.tunnel.use(this.#unknown)
  }

  /** Opens what can be had; `port` is that of UDP, where it is free. */
  open(port: number): void {
    this.tunnel?.open(port)
  }

  close(): void {
    this.tunnel?.close()
  }

  get status(): TunStatus {
    const { tunnel } = this
    const unknown = [...this.#unknown.shown].reverse().map(([address, count]) => ({ address, count }))
    if (tunnel === undefined) return { state: 'off', ports: [], unknown }
    const { datapath, problem, state } = tunnel.status
    const { four, six } = datapath?.ports ?? {}
    const ports = [...new Set([four, six].flatMap((port) => port ?? []))]
    const told = problem === undefined ? {} : { problem: problem.message, hint: problem.hint }
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
    return this.tunnel?.status.datapath?.counters() ?? new Map()
  }

  /** What `doctor` says of it. */
  examine(): Check[] {
    const { state, interface: name, mtuBytes, offloads, ports, problem, hint } = this.status
    if (state === 'off') return []
    const check = 'tun'
    const udp = `UDP port ${ports.join(' and ') || 'none'}`
    if (problem !== undefined) {
      return [{ check, level: 'warn', text: problem, ...(hint === undefined ? {} : { fix: hint }) }]
    }
    if (state === 'labels') return [{ check, level: 'ok', text: `no interface, packets of others are sent on; ${udp}` }]
    const text = `${name} is up: packets of up to ${mtuBytes} bytes, ${udp}, ${offloadsText[offloads ?? 'none']}`
    return [{ check, level: 'ok', text }]
  }
}

const offloadsText = {
  'tcp-and-udp': 'TCP and UDP in super-packets',
  tcp: 'TCP in super-packets, UDP since Linux 6.2',
  none: 'no super-packets, so it is slower than it could be',
} as const

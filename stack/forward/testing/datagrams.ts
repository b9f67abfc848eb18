// A network of datagrams for tests: sockets with addresses, some of them behind a NAT, and datapaths that do with labels and
// cookies what the native one does. Nothing in it has keys: a datagram is a number, and where it came from.

import { toHex } from '../../bytes/index.js'
import { equalAddresses, type SwitchCommand, type UdpAddress } from '../index.js'

/** A cookie, or what is sealed: of that only the number on it is looked at. */
export type Datagram = { readonly cookie: Uint8Array } | { readonly number: number }

type Label = Extract<SwitchCommand, { type: 'set-label' }>

export interface Arrived {
  readonly number: number
  readonly from: UdpAddress
}

export interface DatapathOptions {
  /** Where others see it. */
  readonly nat?: UdpAddress
  /** The machine that it is on. */
  readonly host?: string
  /** Whether its process runs. */
  readonly isAlive?: () => boolean
}

/** As text, to be a key. */
export function addressText({ address, port }: UdpAddress): string {
  return `${toHex(address)}:${port}`
}

export class DatagramNetwork {
  /** Calls later, when what was sent has crossed. */
  readonly #after: (call: () => void, from: string, to: string) => void
  /** By the address that others see. */
  readonly #datapaths = new Map<string, FakeDatapath>()
  sent = 0

  constructor(after: (call: () => void, from: string, to: string) => void) {
    this.#after = after
  }

  /** A datapath at an address; its `handleCookie` is told each cookie that was expected, `handleStray` what was refused. `nat`: where others see it. */
  open(at: UdpAddress, options: DatapathOptions = {}): FakeDatapath {
    const datapath = new FakeDatapath(this, at, options)
    this.#datapaths.set(addressText(datapath.seen), datapath)
    return datapath
  }

  close(datapath: FakeDatapath): void {
    this.#datapaths.delete(addressText(datapath.seen))
    datapath.isOpen = false
  }

  /** Where others see a datapath from now on: its NAT has forgotten it, or it has moved. */
  move(datapath: FakeDatapath, seen: UdpAddress): void {
    this.#datapaths.delete(addressText(datapath.seen))
    datapath.seen = seen
    datapath.sentTo.clear()
    this.#datapaths.set(addressText(seen), datapath)
  }

  send(from: FakeDatapath, to: UdpAddress, datagram: Datagram): void {
    if (!from.isUp) return
    this.sent++
    from.sentTo.add(addressText(to))
    const source = from.seen
    const there = this.#datapaths.get(addressText(to))
    if (there === undefined) return
    this.#after(
      () => {
        // A NAT lets in what comes from where something was sent to, and nothing else.
        if (!there.isUp || (there.isBehindNat && !there.sentTo.has(addressText(source)))) return
        there.receive(source, datagram)
      },
      from.host,
      there.host,
    )
  }
}

/** The part of a datapath that has to do with labels and cookies. */
export class FakeDatapath {
  readonly labels = new Map<number, Label>()
  readonly expected = new Set<string>()
  /** Numbers by which it takes datagrams itself, and what came by them. */
  readonly indexes = new Set<number>()
  readonly arrived: Arrived[] = []
  readonly commands = new Map<SwitchCommand['type'], number>()
  /** Sent on; by a label, but not from the neighbour that it is for; by no number or cookie that it knows. */
  switched = 0
  refused = 0
  strange = 0
  /** The most labels and expected cookies at once. */
  mostLabels = 0
  mostExpected = 0
  isOpen = true
  seen: UdpAddress
  readonly isBehindNat: boolean
  readonly host: string
  readonly sentTo = new Set<string>()
  handleCookie: (cookie: Uint8Array, from: UdpAddress) => void = () => {}
  handleStray: (label: number, from: UdpAddress) => void = () => {}
  readonly #network: DatagramNetwork
  readonly #isAlive: () => boolean

  constructor(network: DatagramNetwork, at: UdpAddress, { nat, host = '', isAlive = () => true }: DatapathOptions) {
    this.#network = network
    this.seen = nat ?? at
    this.isBehindNat = nat !== undefined
    this.host = host
    this.#isAlive = isAlive
  }

  get isUp(): boolean {
    return this.isOpen && this.#isAlive()
  }

  tell(commands: readonly SwitchCommand[]): void {
    for (const command of commands) this.#take(command)
    this.mostLabels = Math.max(this.mostLabels, this.labels.size)
    this.mostExpected = Math.max(this.mostExpected, this.expected.size)
  }

  /** Sends what is sealed elsewhere. */
  send(to: UdpAddress, number: number): void {
    this.#network.send(this, to, { number })
  }

  receive(from: UdpAddress, datagram: Datagram): void {
    if ('cookie' in datagram) {
      if (this.expected.has(toHex(datagram.cookie))) this.handleCookie(datagram.cookie, from)
      else this.strange++
      return
    }
    const { number } = datagram
    const label = this.labels.get(number)
    if (label !== undefined && equalAddresses(label.from, from)) {
      this.switched++
      this.#network.send(this, label.to, { number: label.next })
    } else if (label !== undefined) {
      this.refused++
      this.handleStray(number, from)
    } else if (this.indexes.has(number)) this.arrived.push({ number, from })
    else this.strange++
  }

  #take(command: SwitchCommand): void {
    this.commands.set(command.type, (this.commands.get(command.type) ?? 0) + 1)
    switch (command.type) {
      case 'set-label':
        this.labels.set(command.label, command)
        return
      case 'remove-label':
        this.labels.delete(command.label)
        return
      case 'send-cookie':
        this.#network.send(this, command.to, { cookie: command.cookie })
        return
      case 'expect-cookie':
        this.expected.add(toHex(command.cookie))
        return
      case 'forget-cookie':
        this.expected.delete(toHex(command.cookie))
    }
  }
}

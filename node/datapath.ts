// A datapath, as the rest of the node sees it: it is told, it tells, and no packet passes through JavaScript. What it does
// with what it is told is `native/tunnel`'s; what it is told is decided by machines.

import type { RunnelError } from '../errors/index.js'
import type { PacketAnswer, StreamPacket } from '../stack/forward/index.js'
import type { DatapathCommand, DatapathEvent } from '../stack/packet/index.js'

/** The UDP ports of a datapath, on every address of the machine: one number, unless it was taken in one of the families. */
export interface BoundPorts {
  /** Undefined where the machine lacks the family. */
  readonly four: number | undefined
  readonly six: number | undefined
}

/** What an interface is to be. */
export interface InterfaceOptions {
  /** At most 15 bytes; `%d` in it becomes the first number that is free. */
  readonly name: string
  /** Our IPv6 address, 16 bytes. */
  readonly address: Uint8Array
  /** More addresses of ours on it, which no peer reaches. */
  readonly localAddresses: readonly Uint8Array[]
  /** Prefixes whose packets go to peers. */
  readonly routes: readonly Prefix[]
  /** Prefixes all of whose addresses are this machine itself. */
  readonly localRoutes: readonly Prefix[]
  /** TCP ports of the first of `routes` at which this machine answers its own programs itself. */
  readonly answeredPorts: readonly number[]
  /** Bytes of the largest packet, 1280 to 65535. */
  readonly mtuBytes: number
}

export interface Prefix {
  /** 16 bytes. */
  readonly address: Uint8Array
  readonly bits: number
}

export interface DatapathOptions {
  /** Left out: datagrams are only sent on by their labels. */
  readonly interface: InterfaceOptions | undefined
  /** The UDP port of both families; another where it is taken. 0: any. */
  readonly port: number
  /** Called with what the datapath tells, in its order, and never inside of a call to it. */
  readonly handleEvents: (events: readonly DatapathEvent[]) => void
}

/** The interface as it came to be. */
export interface OpenInterface {
  /** The name that it got. */
  readonly name: string
  /** Which super-packets the kernel hands over. */
  readonly offloads: 'tcp-and-udp' | 'tcp' | 'none'
  /** What it lacks although it is there, and what to do. */
  readonly lacking?: RunnelError
}

export interface Datapath {
  readonly interface: OpenInterface | undefined
  readonly ports: BoundPorts
  /** Done in this order, and before the next packet. Nothing happens once it is closed. */
  tell(commands: readonly DatapathCommand[]): void
  /**
   * A TCP socket that listens on this port of every address of the interface, and of no other: its descriptor, which is the
   * caller's to close. Throws IO.
   */
  listen(port: number): number
  /**
   * A raw socket of the interface for protocol 253 (docs/protocol.md §22). `handle` is called with what comes, its checksum
   * checked, and never inside of a call to it. Throws IO, where the right to it is missing among others.
   */
  openStreamSocket(handle: (packets: readonly StreamPacket[]) => void): StreamSocket
  /** How much was done, and dropped by reason, since it was opened: by the names of `counterNames`. */
  counters(): ReadonlyMap<string, number>
  /** Ends it, with its interface, addresses and routes; no event comes after that. */
  close(): void
}

export interface StreamSocket {
  /**
   * Sends `head` and `payload` as one packet, of which the checksum is filled in; both are read before it returns. Addresses
   * have 16 bytes. Whether it left.
   */
  send(answer: PacketAnswer): boolean
  /** How much was heard and sent, and dropped by reason. */
  counters(): ReadonlyMap<string, number>
  close(): void
}

/** Throws NO_TUN where there is no interface to be had, and IO where there are no sockets. */
export type OpenDatapath = (options: DatapathOptions) => Datapath

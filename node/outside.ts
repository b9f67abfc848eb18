// What a node needs of the world, as an interface: time, files, sockets, randomness and cryptography. `openSystem` is the
// machine that the process runs on; the simulator has another one, in which time is virtual and everything may fail.

import type { ChosenCrypto, CryptoChoice } from './choose-crypto.js'
import type { OpenDatapath } from './datapath.js'
import type { Files, Time } from './store/index.js'

export type { Clock, Time, Timer } from './store/index.js'

/** An IP address or a host name, and a port. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** A connection, as node:net has it; only what is listed here is used. */
export interface ByteSocket {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  /** The address of this machine that it has. */
  readonly localAddress?: string | undefined
  readonly destroyed: boolean
  /** Bytes that were written and not yet taken by the kernel. */
  readonly writableLength: number
  /** The bytes are lent: the listener may write to them, and when it has returned their memory is filled again. */
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  once(event: 'connect' | 'close', listener: () => void): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** Takes the bytes, which must not change until `written` is called without an error: then the kernel has them. */
  write(bytes: Uint8Array, written?: (error?: Error | null) => void): unknown
  cork(): void
  uncork(): void
  setNoDelay(noDelay: boolean): unknown
  /** Ends it now. `error` is told to the listeners. */
  destroy(error?: Error): unknown
  /** Ends it when all that was written has left. */
  destroySoon(): void
}

export interface Listener {
  /** What was bound. */
  readonly bound: HostPort
  /** Resolves when it accepts no more and its connections have ended. */
  close(): Promise<void>
}

export interface Sockets {
  /** Dials; 'connect' or 'error' tells how it ended. */
  connect(to: HostPort): ByteSocket
  /** Rejects when the address cannot be had. `fail` is called when accepting fails later. */
  listen(at: HostPort, accept: (socket: ByteSocket) => void, fail: (error: Error) => void): Promise<Listener>
}

export interface Outside {
  readonly time: Time
  readonly files: Files
  readonly sockets: Sockets
  /** Bytes of a segment of own/ and kept/; 64 MiB where it is missing. */
  readonly segmentBytes?: number | undefined
  readonly randomBytes: (count: number) => Uint8Array
  openCrypto(choice: CryptoChoice): Promise<ChosenCrypto>
  /** Where packets are carried; nowhere where it is missing. */
  readonly openDatapath?: OpenDatapath | undefined
  /** The addresses that this machine has now, as texts. */
  readonly ownAddresses?: (() => readonly string[]) | undefined
  /** Calls when they may have changed, until what it gives is called. */
  readonly watchAddresses?: ((handleNews: () => void) => () => void) | undefined
}

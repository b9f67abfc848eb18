// What the native addon is, as far as this folder needs it. Who loads it hands it over as an unknown value, because a file
// on disk may be anything; that it is of this version, `INTERFACE` says for all of it.

import { ADDON_INTERFACE } from '../../stack/crypto/index.js'

export interface TunnelAddon {
  readonly INTERFACE: number
  /** Throws an Error whose message is `STEP ERRNO TEXT`; see native/binding/src/tunnel.rs. */
  openTunnel(interfaceRow: Uint8Array | undefined, port: number, bell: () => void): NativeTunnel
  /** The names of what `counters` gives, in its order. */
  tunnelCounterNames(): string[]
  /** The same of `NativeStreamSocket`. */
  streamCounterNames(): string[]
}

export interface NativeTunnel {
  readonly name: string | null
  /** 0: none; 1: TCP; 2: UDP too. */
  readonly offloads: number
  /** Which rules of routing the interface lacks, as `openTunnel` says why it throws. */
  readonly lacking: string | null
  readonly portFour: number | null
  readonly portSix: number | null
  /** The descriptor of a TCP socket that listens on the interface. Throws as `openTunnel` does. */
  listen(port: number): number
  /** Throws as `openTunnel` does. */
  openStreamSocket(bell: () => void): NativeStreamSocket
  /** Throws when one of the rows is none. */
  tell(rows: Uint8Array): void
  takeEvents(): Uint8Array
  counters(): number[]
  close(): void
}

export interface NativeStreamSocket {
  take(): Uint8Array
  /** `addresses`: from 16 | to 16. */
  send(addresses: Uint8Array, head: Uint8Array, rest: Uint8Array): boolean
  counters(): number[]
  close(): void
}

/** Whether a value has the shape of an addon of this version, on a platform that it carries packets on. */
export function isTunnelAddon(value: unknown): value is TunnelAddon {
  if (typeof value !== 'object' || value === null) return false
  const { INTERFACE, openTunnel, tunnelCounterNames, streamCounterNames } = value as Record<string, unknown>
  const functions = [openTunnel, tunnelCounterNames, streamCounterNames]
  return INTERFACE === ADDON_INTERFACE && functions.every((one) => typeof one === 'function')
}

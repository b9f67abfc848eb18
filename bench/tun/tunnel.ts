// What the bench asks of every tunnel, Runnel's and its peers': two ends that reach each other's address, over the cable
// between them or through the middle alone.

import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'
import type { Place, TunnelLine, Way } from './line.js'

export interface TunnelOptions {
  readonly surroundings: Surroundings
  readonly line: TunnelLine
  readonly way: Way
  /** A directory of its own, which is there. */
  readonly directory: string
  /** Bytes of the largest packet inside; undefined for what it takes without being told. */
  readonly mtuBytes: number | undefined
}

export interface Tunnel {
  /** IPv6 address of b's end. */
  readonly address: string
  /** Every process of it that runs now. */
  readonly processes: () => readonly Child[]
  /** Ends a process; resolves when it is gone. */
  stop(place: Place): Promise<void>
  /** Starts it anew; resolves when the process runs. */
  start(place: Place): Promise<void>
  close(): Promise<void>
}

export type OpenTunnel = (options: TunnelOptions) => Promise<Tunnel>

/** A tunnel of these processes, each of which `start` starts anew and puts in its place. */
export function tunnelOf(
  address: string,
  processes: ReadonlyMap<Place, Child>,
  start: (place: Place) => void | Promise<void>,
): Tunnel {
  return {
    address,
    processes: () => [...processes.values()],
    stop: async (place) => processes.get(place)?.stop(),
    start: async (place) => start(place),
    close: async () => {
      await Promise.all([...processes.values()].map((child) => child.stop()))
    },
  }
}

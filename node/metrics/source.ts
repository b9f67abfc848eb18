// What the table of metrics reads: a node at one moment.

import type { DropReason, MachineStatus } from '../../stack/forward/index.js'
import type { Handshakes } from '../carrier/index.js'
import type { SessionCounters, SessionsState } from '../sessions/index.js'
import type { StoreStats } from '../store/index.js'
import type { PacketsMeasured } from '../tunnel/index.js'
import type { HistogramValue } from './histogram.js'
import type { NeighbourValues } from './neighbours.js'

export interface MetricSource {
  readonly version: string
  readonly native: boolean
  readonly machine: MachineStatus
  readonly store: StoreStats
  /** Chunks that the store gave to whoever asked. */
  readonly served: { readonly ram: number; readonly disk: number }
  readonly neighbours: readonly NeighbourValues[]
  readonly handshakes: Handshakes
  /** Of forwarding and of all links. */
  readonly drops: ReadonlyMap<DropReason, number>
  readonly histograms: Readonly<Record<'append' | 'firstByte' | 'loopDelay', HistogramValue>>
  /** By code, those at 0 too. */
  readonly warnings: ReadonlyMap<string, number>
  /** Promises of others by how they stand, and what is promised to others. */
  readonly custody: {
    readonly copies: Readonly<Record<string, number>>
    readonly logs: number
    readonly promisedBytes: number
    readonly limitBytes: number
    readonly refused: Readonly<Record<string, number>>
  }
  /** Inboxes that are kept here, by what became of envelopes; and our own letters. */
  readonly inboxes: {
    readonly count: number
    readonly bytes: number
    readonly envelopes: Readonly<Record<string, number>>
    readonly waiting: number
    readonly notShown: ReadonlyMap<string, number>
    readonly dropped: number
  }
  /** Conversations that begin or end here. */
  readonly sessions: { readonly state: SessionsState; readonly counters: Readonly<SessionCounters> }
  /** Of servers beside the node, by status. */
  readonly answers: Readonly<Record<'http' | 'dns', ReadonlyMap<string, number>>>
  /** Packets of the interface, and of others. */
  readonly packets: PacketsMeasured
  readonly process: { readonly residentBytes: number; readonly cpuSeconds: number; readonly startSeconds: number }
}

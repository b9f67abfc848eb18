// What `status`, `peers` and `doctor` show of forwarding: copies, so that nobody outside holds the machine's own records.

import type { ChannelCounters } from './channels/index.js'
import type { Counters, NeighbourCounters } from './counters.js'
import type { NeighbourId } from './neighbour-id.js'
import type { State } from './state.js'
import type { RouteName, UdpAddress } from './wire/index.js'

export interface NeighbourStatus {
  readonly id: NeighbourId
  readonly device: Uint8Array
  readonly upstream: boolean
  readonly rank: number
  /** 1, or less after blame. */
  readonly share: number
  /** answerBytes that it allows us, and how much of it is in flight. */
  readonly allowedBytes: number
  readonly inFlightBytes: number
  /** answerBytes that we allow it, and how much of it is outstanding. */
  readonly grantedBytes: number
  readonly outstandingBytes: number
  /** Bytes given to its link and not delivered yet. */
  readonly queuedBytes: number
  readonly bytesPerSecond: number | undefined
  readonly interests: number
  readonly routes: number
  readonly channels: number
  /** Where its datagrams come from and ours go to, once it has proven that. */
  readonly udp: UdpAddress | undefined
  readonly counters: NeighbourCounters
}

export interface MachineStatus {
  readonly rank: number
  /** Interests that wait, of neighbours and of the local program, and questions that they are joined in. */
  readonly interests: number
  readonly questions: number
  readonly routes: number
  readonly announced: number
  /** What others and local programs follow here, and what this node follows of others for them. */
  readonly liveRows: number
  readonly liveAsks: number
  /** Bytes of answers that wait for links. */
  readonly queuedBytes: number
  /** Channels that go through, begin or end here, and what waits in them. */
  readonly channels: {
    readonly open: number
    readonly bufferedBytes: number
    readonly labels: number
    readonly counters: ChannelCounters
  }
  readonly counters: Counters
  readonly neighbours: readonly NeighbourStatus[]
}

/** What one neighbour announced of a key. */
export interface RouteStatus {
  readonly neighbour: NeighbourId
  readonly cost: number
  /** A verified answer came this way, and nothing has failed since. */
  readonly proven: boolean
  /** Failures since the last verified answer. */
  readonly failures: number
}

export function routesOf(state: State, kind: RouteName, key: Uint8Array): RouteStatus[] {
  return state.routes.find(kind, key).map(({ neighbour, cost, proven, failures }) => {
    return { neighbour: neighbour.id, cost, proven, failures }
  })
}

export function statusOf(state: State): MachineStatus {
  return {
    rank: state.rank,
    interests: state.pit.rows,
    questions: state.pit.entries,
    routes: state.routes.size,
    announced: state.announcements.ownCount,
    liveRows: state.live.rows,
    liveAsks: [...state.neighbours.values()].reduce((sum, { follows }) => sum + follows.asks.size, 0),
    queuedBytes: state.queuedBytes,
    channels: {
      open: state.channels.all.size,
      bufferedBytes: state.channels.bufferedBytes,
      labels: state.channels.labels.size,
      counters: { ...state.channels.counters },
    },
    counters: { ...state.counters, drops: new Map(state.counters.drops) },
    neighbours: [...state.neighbours.values()].map((neighbour) => ({
      id: neighbour.id,
      device: neighbour.device.slice(),
      upstream: neighbour.upstream,
      rank: neighbour.rank,
      share: neighbour.share,
      allowedBytes: neighbour.window.allowedBytes,
      inFlightBytes: neighbour.window.inFlightBytes,
      grantedBytes: neighbour.grant.acceptedBytes,
      outstandingBytes: neighbour.outstandingBytes,
      queuedBytes: neighbour.egress.queuedBytes,
      bytesPerSecond: neighbour.egress.bytesPerSecond,
      interests: neighbour.rows.size,
      routes: neighbour.routes.size,
      channels: neighbour.channels.ends.size,
      udp: neighbour.port.address,
      counters: { ...neighbour.counters },
    })),
  }
}

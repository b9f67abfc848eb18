// What `ping` and `trace` tell.

/**
 * One answer, or none in time. `packets` are those of the interfaces, sealed from end to end; `channel` is one through routers,
 * opened for this answer.
 */
export interface PingAnswer {
  sequence: number
  way: 'packets' | 'channel'
  /** Left out: nothing came in time. */
  rttMs?: number
  /** Packets go from device to device and not by a router's label. */
  direct?: boolean
  /** The neighbour that a channel, or packets that are not direct, go through; left out where the device is a neighbour. */
  through?: string
  /** Where its packets are sent: HOST:PORT of UDP. */
  to?: string
}

export interface PingTotal {
  device: string
  /** The device's IPv6 address. */
  address: string
  sent: number
  received: number
}

/** A node on the way: who it is tells only the first, a neighbour of ours, and the last, which is the device. */
export interface TraceHop {
  hop: number
  /** Left out: it did not answer. */
  rttMs?: number
  device?: string
  /** It is the device that was asked for. */
  reached: boolean
}

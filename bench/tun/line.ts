// Three machines: a, the middle, b. There is one cable between the ends, or one from each end to the middle, which passes
// nothing on by itself: what comes through it went through a tunnel.

import type { Surroundings } from '../frame/surroundings.js'
import { type CablePlan, Line } from '../line/line.js'

export type Place = 'a' | 'middle' | 'b'

/** `direct`: over a cable between the ends. `middle`: each end has a cable to the middle alone. */
export type Way = 'direct' | 'middle'

/** IPv4 addresses of the cables' ends. */
export const cables = {
  /** From one end to the other. */
  direct: { a: '10.78.1.1', b: '10.78.1.2' },
  /** From `a` to the middle. */
  near: { a: '10.78.2.1', middle: '10.78.2.3' },
  /** From `b` to the middle. */
  far: { b: '10.78.3.2', middle: '10.78.3.3' },
} as const

const plans: Readonly<Record<Way, readonly CablePlan<Place>[]>> = {
  direct: [
    {
      near: { place: 'a', device: 'uplink', address: cables.direct.a },
      far: { place: 'b', device: 'uplink', address: cables.direct.b },
    },
  ],
  middle: [
    {
      near: { place: 'a', device: 'uplink', address: cables.near.a },
      far: { place: 'middle', device: 'to-a', address: cables.near.middle },
    },
    {
      near: { place: 'b', device: 'uplink', address: cables.far.b },
      far: { place: 'middle', device: 'to-b', address: cables.far.middle },
    },
  ],
}

export class TunnelLine extends Line<Place> {
  readonly #plan: readonly CablePlan<Place>[]

  /** Throws where namespaces cannot be made, and leaves nothing. */
  constructor({ children }: Pick<Surroundings, 'children'>, way: Way) {
    super(children, ['a', 'middle', 'b'], plans[way])
    this.#plan = plans[way]
  }

  /** Lets the middle pass on what its own tables say, as a router of the kernel's does. */
  forwardInTheMiddle(): void {
    this.run('middle', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding')
  }

  /** Switches UDP segmentation off in all cables, so that each datagram is a packet of its own. */
  withoutSegmentation(): void {
    for (const { place, device } of this.#plan.flatMap(({ near, far }) => [near, far])) {
      this.run(place, 'ethtool', '-K', device, 'tx-udp-segmentation', 'off')
    }
  }
}

// The line that readers are at the end of: a publisher, three routers, two readers; a rival of the publisher's at the first
// router. The uplink is the publisher's cable.

import { execFileSync } from 'node:child_process'
import type { Surroundings } from '../frame/surroundings.js'
import { type Cable, type CablePlan, Line } from '../line/line.js'

export type Router = 'first' | 'second' | 'third'
export type ReaderPlace = 'reader' | 'other'
export type WriterPlace = 'publisher' | 'rival'
export type Place = WriterPlace | Router | ReaderPlace

const places: readonly Place[] = ['publisher', 'rival', 'first', 'second', 'third', 'reader', 'other']

const neighbours: ReadonlyArray<readonly [Place, Place]> = [
  ['publisher', 'first'],
  ['rival', 'first'],
  ['first', 'second'],
  ['second', 'third'],
  ['third', 'reader'],
  ['third', 'other'],
]

const plan: readonly CablePlan<Place>[] = neighbours.map(([near, far], index) => ({
  near: { place: near, device: `to-${far}`, address: `10.79.${index + 1}.1` },
  far: { place: far, device: `to-${near}`, address: `10.79.${index + 1}.2` },
}))

/** The next one on the way to the publishers; of the first router none. */
export const above: Readonly<Partial<Record<Place, Router>>> = {
  publisher: 'first',
  rival: 'first',
  second: 'first',
  third: 'second',
  reader: 'third',
  other: 'third',
}

export class ReaderLine extends Line<Place> {
  constructor({ children }: Pick<Surroundings, 'children'>) {
    super(children, places, plan, { quiet: true })
    this.route()
  }

  /** As seen from where the bytes go: near is the first router's end. */
  get uplink(): Cable {
    return this.cable('first', 'publisher')
  }

  /** Where `place` reaches the router above it; itself, where it is a router. */
  routerOf(place: Place): string {
    const router = above[place]
    if (place === 'first' || place === 'second' || place === 'third') return '127.0.0.1'
    return this.address(router ?? 'first', place)
  }

  /** An address of `place` that every other place reaches. */
  reachableAddress(place: Place): string {
    switch (place) {
      case 'first':
      case 'publisher':
        return this.address(place, place === 'first' ? 'second' : 'first')
      case 'second':
      case 'reader':
      case 'other':
        return this.address(place, 'third')
      case 'rival':
        return this.address(place, 'first')
      case 'third':
        return this.address(place, 'reader')
    }
  }

  /** Bytes of all cables, both ways. */
  allBytes(): number {
    return neighbours.reduce((sum, [near, far]) => {
      const { sent, received } = this.bytes(near, far)
      return sum + sent + received
    }, 0)
  }

  /**
   * Loses so many of a hundred packets on the cable between two neighbours, both ways, each by itself: packets are what a
   * network carries then, not what the kernel gathers. 0 loses none.
   */
  lose(near: Place, far: Place, percent: number): void {
    for (const { namespace, device } of Object.values(this.cable(near, far)) as Cable['near'][]) {
      const inside = (command: string, ...args: string[]): void => {
        execFileSync('ip', ['netns', 'exec', namespace, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      }
      const gathering = ['tx', 'rx', 'tso', 'gso', 'gro'].flatMap((feature) => [feature, percent > 0 ? 'off' : 'on'])
      inside('ethtool', '-K', device, ...gathering.slice(4))
      inside('sh', '-c', 'nft delete table inet lost 2>/dev/null || true')
      if (percent === 0) continue
      inside('nft', 'add', 'table', 'inet', 'lost')
      inside('nft', 'add chain inet lost coming { type filter hook prerouting priority -300 ; }')
      inside('nft', `add rule inet lost coming iifname "${device}" numgen random mod 1000 < ${10 * percent} drop`)
    }
  }

  /** Lets so many Mbit/s through the cable between two neighbours, each way, with a buffer of 50 ms. */
  narrow(near: Place, far: Place, megabits: number): void {
    for (const { namespace, device } of Object.values(this.cable(near, far)) as Cable['near'][]) {
      const bucket = ['tbf', 'rate', `${megabits}mbit`, 'burst', '64kb', 'latency', '50ms']
      execFileSync('ip', ['netns', 'exec', namespace, 'tc', 'qdisc', 'replace', 'dev', device, 'root', ...bucket])
    }
  }
}

// Machines in a line, or in a tree, that are network namespaces, with a virtual cable (veth) between neighbours. Nothing
// of them is left after `close`, nor after the end of the process.

import { ip, removeAbandoned, removeNamespace } from '../../test/lab/ip.js'
import type { Child, Children } from '../frame/children.js'
import { ChildrenAt } from './children-at.js'

/** One end of a cable: where it is plugged in, its device and its IPv4 address. */
export interface CableEnd<Place extends string = string> {
  readonly place: Place
  readonly device: string
  readonly address: string
}

/** Two ends, whose addresses are of one /24 that no other cable has. */
export interface CablePlan<Place extends string = string> {
  readonly near: CableEnd<Place>
  readonly far: CableEnd<Place>
}

/** A device in a namespace. */
export interface Plug {
  readonly namespace: string
  readonly device: string
}

/** A cable that is laid. */
export interface Cable {
  readonly near: Plug
  readonly far: Plug
}

let lines = 0

/** Without IPv6 a device says nothing by itself, so the kernel's counters count what programs send. */
const quiet = 'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done'

export interface LineOptions {
  /** Whether the machines have no IPv6. */
  readonly quiet?: boolean
}

export class Line<Place extends string> {
  readonly #children: Children
  readonly #prefix: string
  readonly #places: readonly Place[]
  readonly #cables: readonly CablePlan<Place>[]
  readonly #remove = (): void => this.close()

  /** Throws where namespaces cannot be made, and leaves nothing. */
  constructor(
    children: Children,
    places: readonly Place[],
    cables: readonly CablePlan<Place>[],
    options: LineOptions = {},
  ) {
    removeAbandoned('bnl')
    this.#children = children
    this.#places = places
    this.#cables = cables
    lines += 1
    this.#prefix = `bnl${process.pid}x${lines}`
    process.once('exit', this.#remove)
    try {
      for (const place of places) {
        ip('netns', 'add', this.namespace(place))
        if (options.quiet === true) this.run(place, 'sh', '-c', quiet)
        this.run(place, 'ip', 'link', 'set', 'lo', 'up')
      }
      for (const cable of cables) this.#lay(cable)
    } catch (error) {
      this.close()
      throw error
    }
  }

  namespace(place: Place): string {
    return `${this.#prefix}-${place}`
  }

  /** The cable between two neighbours, `near` at the first one. Throws when there is none. */
  cable(near: Place, far: Place): Cable {
    const ends = this.#ends(near, far)
    return { near: this.#plug(ends.near), far: this.#plug(ends.far) }
  }

  /** The address that `place` has on its cable to a neighbour. */
  address(place: Place, neighbour: Place): string {
    return this.#ends(place, neighbour).near.address
  }

  /** Runs a command there to its end. Throws when it fails. */
  run(place: Place, command: string, ...args: string[]): string {
    return ip('netns', 'exec', this.namespace(place), command, ...args)
  }

  /** Starts a process there; it ends with the bench. */
  start(
    place: Place,
    name: string,
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Child {
    return this.at(place).start(name, command, args, { env: { ...process.env, ...environment } })
  }

  /** What is started by these starts there. */
  at(place: Place): Children {
    return new ChildrenAt(this.#children, ['ip', 'netns', 'exec', this.namespace(place)])
  }

  /** Bytes that have left `place` on its cable to a neighbour, and those that came, by the kernel's counters. */
  bytes(place: Place, neighbour: Place): { readonly sent: number; readonly received: number } {
    const { namespace, device } = this.cable(place, neighbour).near
    const [shown] = JSON.parse(ip('-n', namespace, '-s', '-j', 'link', 'show', device)) as [
      { stats64: { rx: { bytes: number }; tx: { bytes: number } } },
    ]
    return { sent: shown.stats64.tx.bytes, received: shown.stats64.rx.bytes }
  }

  /** Lets every machine reach every other one, with those between passing packets on, as routers of the kernel's do. */
  route(): void {
    for (const place of this.#places) {
      this.run(place, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
      for (const [network, next] of this.#ways(place)) {
        this.run(place, 'ip', 'route', 'add', `${network}.0/24`, 'via', next)
      }
    }
  }

  close(): void {
    process.removeListener('exit', this.#remove)
    for (const place of this.#places) removeNamespace(this.namespace(place))
  }

  /** From each network that has no cable here to the address of the neighbour on the way. */
  #ways(from: Place): Map<string, string> {
    const ways = new Map<string, string>()
    const reached = new Set<Place>([from])
    let edge: { place: Place; next: string | undefined }[] = [{ place: from, next: undefined }]
    while (edge.length > 0) {
      const further: typeof edge = []
      for (const { place, next } of edge) {
        for (const { near, far } of this.#cablesOf(place)) {
          if (next !== undefined && !ways.has(networkOf(near.address))) ways.set(networkOf(near.address), next)
          if (reached.has(far.place)) continue
          reached.add(far.place)
          further.push({ place: far.place, next: next ?? far.address })
        }
      }
      edge = further
    }
    for (const { near } of this.#cablesOf(from)) ways.delete(networkOf(near.address))
    return ways
  }

  #cablesOf(place: Place): CablePlan<Place>[] {
    return this.#cables.flatMap(({ near, far }) => [
      ...(near.place === place ? [{ near, far }] : []),
      ...(far.place === place ? [{ near: far, far: near }] : []),
    ])
  }

  #ends(place: Place, neighbour: Place): CablePlan<Place> {
    const found = this.#cablesOf(place).find(({ far }) => far.place === neighbour)
    if (found === undefined) throw new Error(`there is no cable between ${place} and ${neighbour}`)
    return found
  }

  #plug({ place, device }: CableEnd<Place>): Plug {
    return { namespace: this.namespace(place), device }
  }

  #lay({ near, far }: CablePlan<Place>): void {
    const from = [near.device, 'netns', this.namespace(near.place)]
    const to = [far.device, 'netns', this.namespace(far.place)]
    ip('link', 'add', ...from, 'type', 'veth', 'peer', 'name', ...to)
    for (const { place, device, address } of [near, far]) {
      this.run(place, 'ip', 'address', 'add', `${address}/24`, 'dev', device)
      this.run(place, 'ip', 'link', 'set', device, 'up')
    }
  }
}

function networkOf(address: string): string {
  return address.slice(0, address.lastIndexOf('.'))
}

// Three machines that are network namespaces: a, the middle, b. There is one cable between the ends, or one from each end
// to the middle, which passes nothing on by itself: what comes through it went through a tunnel.

import { execFileSync } from 'node:child_process'
import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'

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

const places: readonly Place[] = ['a', 'middle', 'b']

let lines = 0

export class Line {
  readonly #surroundings: Surroundings
  readonly #prefix: string
  readonly #devices: End[] = []
  readonly #remove = (): void => this.close()

  /** Throws where namespaces cannot be made, and leaves nothing. */
  constructor(surroundings: Surroundings, way: Way) {
    this.#surroundings = surroundings
    lines += 1
    this.#prefix = `bnl${process.pid}x${lines}`
    process.once('exit', this.#remove)
    try {
      for (const place of places) {
        ip('netns', 'add', this.namespace(place))
        this.run(place, 'ip', 'link', 'set', 'lo', 'up')
      }
      if (way === 'direct') this.#cable(['a', 'uplink', cables.direct.a], ['b', 'uplink', cables.direct.b])
      else {
        this.#cable(['a', 'uplink', cables.near.a], ['middle', 'to-a', cables.near.middle])
        this.#cable(['b', 'uplink', cables.far.b], ['middle', 'to-b', cables.far.middle])
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  namespace(place: Place): string {
    return `${this.#prefix}-${place}`
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
    const all = ['netns', 'exec', this.namespace(place), command, ...args]
    return this.#surroundings.children.start(name, 'ip', all, { env: { ...process.env, ...environment } })
  }

  /** Lets the middle pass on what its own tables say, as a router of the kernel's does. */
  forwardInTheMiddle(): void {
    this.run('middle', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding')
  }

  /** Switches UDP segmentation off in all cables, so that each datagram is a packet of its own. */
  withoutSegmentation(): void {
    for (const [place, device] of this.#devices) this.run(place, 'ethtool', '-K', device, 'tx-udp-segmentation', 'off')
  }

  close(): void {
    process.removeListener('exit', this.#remove)
    for (const place of places) {
      try {
        ip('netns', 'del', this.namespace(place))
      } catch {
        // It was not made.
      }
    }
  }

  #cable(...ends: readonly [End, End]): void {
    const [[fromPlace, fromDevice], [toPlace, toDevice]] = ends
    const from = [fromDevice, 'netns', this.namespace(fromPlace)]
    const to = [toDevice, 'netns', this.namespace(toPlace)]
    ip('link', 'add', ...from, 'type', 'veth', 'peer', 'name', ...to)
    for (const end of ends) {
      const [place, device, address] = end
      this.#devices.push(end)
      this.run(place, 'ip', 'address', 'add', `${address}/24`, 'dev', device)
      this.run(place, 'ip', 'link', 'set', device, 'up')
    }
  }
}

type End = readonly [place: Place, device: string, address: string]

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

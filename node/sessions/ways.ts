// How datagrams go beside a conversation, along whichever channel it is on: by which numbers ours come, and where those for
// the other side are sent. With another channel every way is another one; what was given is given again there.

import type { DatagramWay } from '../../stack/forward/index.js'
import type { Hub } from '../hub.js'

export type WaysHub = Pick<Hub, 'giveIndex' | 'withdrawIndex'>

/** Indexes that are given at once: of one generation of keys, the one before and the next. Of more the oldest goes. */
const givenIndexes = 3

/** What a service sees of it. */
export interface Ways {
  /** By the index of the other side: what to write, and where to send it. Empty while there is no channel. */
  readonly current: ReadonlyMap<number, DatagramWay>
  /** Takes datagrams by this index, beside the two before; 1 to 2^31 − 1, and no other device's on this node. */
  give(index: number): void
  /** Takes none by this index any more. */
  withdraw(index: number): void
  /** Called when `current` has changed; it throws nothing. */
  handleChange: () => void
}

export class ChannelWays implements Ways {
  handleChange: () => void = () => {}
  readonly #hub: WaysHub
  readonly #given: number[] = []
  /** By channel: a new one may know its ways before the conversation has moved to it. */
  readonly #ways = new Map<number, Map<number, DatagramWay>>()
  #channel: number | undefined

  constructor(hub: WaysHub) {
    this.#hub = hub
  }

  get current(): ReadonlyMap<number, DatagramWay> {
    return (this.#channel === undefined ? undefined : this.#ways.get(this.#channel)) ?? new Map()
  }

  give(index: number): void {
    this.#given.push(index)
    if (this.#given.length > givenIndexes) this.#given.shift()
    if (this.#channel !== undefined) this.#hub.giveIndex(this.#channel, index)
  }

  withdraw(index: number): void {
    const at = this.#given.indexOf(index)
    if (at < 0) return
    this.#given.splice(at, 1)
    if (this.#channel !== undefined) this.#hub.withdrawIndex(this.#channel, index)
  }

  handleWay(channel: number, index: number, way: DatagramWay | undefined): void {
    const ways = this.#ways.get(channel) ?? new Map<number, DatagramWay>()
    if (way === undefined) ways.delete(index)
    else ways.set(index, way)
    this.#ways.set(channel, ways)
    if (channel === this.#channel) this.handleChange()
  }

  /** The channel is over. */
  forget(channel: number): void {
    this.#ways.delete(channel)
    if (channel !== this.#channel) return
    this.#channel = undefined
    this.handleChange()
  }

  /** The conversation is on this channel now. */
  moveTo(channel: number | undefined): void {
    if (channel === this.#channel) return
    this.#channel = channel
    if (channel !== undefined) for (const index of this.#given) this.#hub.giveIndex(channel, index)
    this.handleChange()
  }
}

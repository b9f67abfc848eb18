// Who publishes what, and who reads it: one home in eight publishes 16 objects, and every home reads six, picked by Zipf's
// law over all objects. All of it follows from the seed and the tree.

import { Random } from '../../test/simulator/random.js'
import type { IspTree } from './shape.js'

/** Bytes of an object: one chunk, because FastCDC never cuts below 8 KiB. */
export const OBJECT_BYTES = 8_000
export const HOMES_PER_PUBLISHER = 8
export const OBJECTS_PER_PUBLISHER = 16
export const READS_PER_HOME = 6

/** Of web requests at caches, 0.64 to 0.83 (Breslau et al., "Web caching and Zipf-like distributions", INFOCOM 1999). */
export const ZIPF_EXPONENT = 0.8

/** One home in so many follows the log that is written live. */
export const HOMES_PER_FOLLOWER = 10

export class Load {
  readonly publishers: number
  readonly objects: number
  readonly reads: number
  readonly #tree: IspTree
  readonly #seed: string
  /** Of each rank, the share of reads that go to it or to one before it. */
  readonly #shares: Float64Array

  constructor(seed: string, tree: IspTree) {
    this.#seed = seed
    this.#tree = tree
    this.publishers = Math.max(1, Math.floor(tree.homes / HOMES_PER_PUBLISHER))
    this.objects = this.publishers * OBJECTS_PER_PUBLISHER
    this.reads = tree.homes * READS_PER_HOME
    this.#shares = new Float64Array(this.objects)
    let sum = 0
    for (let rank = 0; rank < this.objects; rank++) {
      sum += (rank + 1) ** -ZIPF_EXPONENT
      this.#shares[rank] = sum
    }
    for (let rank = 0; rank < this.objects; rank++) this.#shares[rank] = (this.#shares[rank] ?? 0) / sum
  }

  /** The home that publishes an object: those next to each other in rank are far apart in the tree. */
  ownerOf(object: number): number {
    return this.homeOfPublisher(object % this.publishers)
  }

  homeOfPublisher(publisher: number): number {
    // A step without a common divisor meets every publisher once.
    const step = Math.max(1, Math.floor(this.publishers * 0.618) | 1)
    const place = gcd(step, this.publishers) === 1 ? (publisher * step) % this.publishers : publisher
    return this.#tree.firstHome + Math.min(this.#tree.homes - 1, place * HOMES_PER_PUBLISHER)
  }

  /** Calls with each read in order. */
  forEachRead(call: (reader: number, object: number) => void): void {
    const random = new Random(`${this.#seed} reads of ${this.#tree.nodes}`)
    const { firstHome, homes } = this.#tree
    for (let read = 0; read < this.reads; read++) {
      call(random.between(firstHome, firstHome + homes - 1), this.#pick(random.unit()))
    }
  }

  /** The home that writes live, and those that follow it. */
  get liveWriter(): number {
    return this.#tree.firstHome
  }

  followers(): number[] {
    const random = new Random(`${this.#seed} followers of ${this.#tree.nodes}`)
    const { firstHome, homes } = this.#tree
    const chosen: number[] = []
    for (let home = 1; home < homes; home++) if (random.chance(1 / HOMES_PER_FOLLOWER)) chosen.push(firstHome + home)
    return chosen
  }

  #pick(unit: number): number {
    let [low, high] = [0, this.objects - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#shares[middle] ?? 1) < unit) low = middle + 1
      else high = middle
    }
    return low
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

// What did not verify: counted always, and named as long as the list is short.

import { equal } from '../../stack/bytes/index.js'
import type { PlaceName } from './item.js'
import { DAMAGE_MAX } from './limits.js'

/** Bytes of a segment that are not what was written, or a chunk whose hash is wrong. */
export interface Damage {
  readonly place: PlaceName
  readonly segment: number
  readonly offset: number
  readonly bytes: number
  /** The chunk that is lost, where it is one. */
  readonly chunk?: Uint8Array
}

export class DamageList {
  readonly #named: Damage[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The first DAMAGE_MAX of them. */
  get named(): readonly Damage[] {
    return this.#named
  }

  /** Counts each place once. */
  add(damage: Damage): void {
    const { place, segment, offset } = damage
    const known = this.#named.some((d) => d.place === place && d.segment === segment && d.offset === offset)
    if (known) return
    this.#count++
    if (this.#named.length < DAMAGE_MAX) this.#named.push(damage)
  }

  /** The chunks of a place that are lost. */
  chunks(place: PlaceName): Uint8Array[] {
    return this.#named.flatMap((d) => (d.place === place && d.chunk !== undefined ? [d.chunk] : []))
  }

  /** A lost chunk was written again. */
  mend(place: PlaceName, chunk: Uint8Array): void {
    const index = this.#named.findIndex((d) => d.place === place && d.chunk !== undefined && equal(d.chunk, chunk))
    if (index >= 0) this.#named.splice(index, 1)
  }
}

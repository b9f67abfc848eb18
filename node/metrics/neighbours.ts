// What each neighbour cost and gave since the node started, over all its links: a counter never goes back because a link
// ended. Only so many neighbours have counts of their own, for the node's whole life; those beyond count together.

import { KeyMap } from '../../stack/bytes/index.js'
import { type ByteKind, byteKinds, type KindBytes, type LinkCounters } from '../../stack/link/index.js'
import { keyCharacters, maxNeighbours } from './limits.js'

/** One neighbour, or all that share a label. */
export interface NeighbourValues {
  readonly label: string
  readonly bytesIn: KindBytes
  readonly bytesOut: KindBytes
  readonly verifyFailures: number
  /** Of the quickest of its links that are up; undefined when none is. */
  readonly rttUs: number | undefined
}

/** A link that is up now. */
export interface LiveLink {
  readonly device: Uint8Array
  readonly counters: LinkCounters
}

/** How a device is shown. */
export interface Naming {
  /** The key's 56 characters. */
  readonly text: (device: Uint8Array) => string
  readonly petname: (device: Uint8Array) => string | undefined
}

type Bytes = { [kind in ByteKind]: number }

interface Totals {
  readonly device: Uint8Array | undefined
  readonly bytesIn: Bytes
  readonly bytesOut: Bytes
  verifyFailures: number
}

/** Counts together whoever has no counts of its own. */
const others = 'other'

export class NeighbourCounts {
  readonly #totals: KeyMap<Totals>
  readonly #others = newTotals(undefined)

  /** `seed`: 8 random bytes that no peer knows. */
  constructor(seed: Uint8Array) {
    this.#totals = new KeyMap(seed, maxNeighbours)
  }

  /** Keeps counts for a neighbour from now on, before strangers take the room. */
  reserve(device: Uint8Array): void {
    this.#of(device)
  }

  /** A link has ended, or a connection that never became one. */
  handleEnded(device: Uint8Array | undefined, { kindsIn, kindsOut }: LinkCounters): void {
    const totals = this.#of(device)
    add(totals.bytesIn, kindsIn)
    add(totals.bytesOut, kindsOut)
  }

  /** It sent what fails a check. */
  handleBlame(device: Uint8Array | undefined): void {
    this.#of(device).verifyFailures += 1
  }

  /** Every neighbour with what its links that are up have counted so far; `other` is the last one. */
  values(live: Iterable<LiveLink>, naming: Naming): NeighbourValues[] {
    const links = [...live]
    // Whoever is shown once keeps its place: what it counts must not move to another series when its link ends.
    for (const { device } of links) this.#of(device)
    const known = [...this.#totals.values(), this.#others]
    const sums = new Map(known.map((totals) => [totals, { ...copyOf(totals), rttUs: undefined as number | undefined }]))
    for (const { device, counters } of links) {
      const sum = sums.get(this.#of(device))
      if (sum === undefined) continue
      add(sum.bytesIn, counters.kindsIn)
      add(sum.bytesOut, counters.kindsOut)
      sum.rttUs = least(sum.rttUs, counters.rttUs)
    }
    const byLabel = new Map<string, ReturnType<typeof copyOf> & { rttUs: number | undefined }>()
    for (const sum of sums.values()) {
      const label = sum.device === undefined ? others : labelOf(sum.device, naming)
      const same = byLabel.get(label)
      if (same === undefined) {
        byLabel.set(label, sum)
        continue
      }
      add(same.bytesIn, sum.bytesIn)
      add(same.bytesOut, sum.bytesOut)
      same.verifyFailures += sum.verifyFailures
      same.rttUs = least(same.rttUs, sum.rttUs)
    }
    return [...byLabel].map(([label, { bytesIn, bytesOut, verifyFailures, rttUs }]) => {
      return { label, bytesIn, bytesOut, verifyFailures, rttUs }
    })
  }

  #of(device: Uint8Array | undefined): Totals {
    if (device === undefined) return this.#others
    const known = this.#totals.get(device)
    if (known !== undefined) return known
    if (this.#totals.full) return this.#others
    const totals = newTotals(device.slice())
    this.#totals.set(device, totals)
    return totals
  }
}

function labelOf(device: Uint8Array, { text, petname }: Naming): string {
  const own = petname(device)
  return own === undefined || own === others ? text(device).slice(0, keyCharacters) : own
}

function newTotals(device: Uint8Array | undefined): Totals {
  const none = { interest: 0, data: 0, session: 0, control: 0 }
  return { device, bytesIn: { ...none }, bytesOut: { ...none }, verifyFailures: 0 }
}

function copyOf({ device, bytesIn, bytesOut, verifyFailures }: Totals): Totals {
  return { device, bytesIn: { ...bytesIn }, bytesOut: { ...bytesOut }, verifyFailures }
}

function add(sum: Bytes, more: KindBytes): void {
  for (const kind of byteKinds) sum[kind] += more[kind]
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

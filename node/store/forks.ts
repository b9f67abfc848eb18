// Fork proofs (docs/protocol.md §7): two signed heads of a log of which neither continues the other, one proof for each log.

import { equal, KeyMap } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type ForkItem, type HeadWithPage, ITEM_HEADER_BYTES } from './item.js'
import { FORKS_MAX, RECORD_ITEMS_MAX } from './limits.js'
import { headFields } from './signed.js'
import { type Ledger, type ReadSpot, replaceSpot, type Spot, sameSpot } from './spot.js'

export interface ForkProof {
  readonly log: Uint8Array
  readonly first: HeadWithPage
  readonly second: HeadWithPage
}

interface Entry {
  readonly heads: readonly [Uint8Array, Uint8Array]
  readonly pageBytes: readonly [number, number]
  spot: Spot
}

export class Forks {
  readonly #forks: KeyMap<Entry>
  readonly #ledger: Ledger
  readonly #crypto: Crypto
  readonly #read: ReadSpot

  constructor(seed: Uint8Array, ledger: Ledger, crypto: Crypto, read: ReadSpot) {
    this.#forks = new KeyMap(seed, FORKS_MAX + RECORD_ITEMS_MAX)
    this.#ledger = ledger
    this.#crypto = crypto
    this.#read = read
  }

  get size(): number {
    return this.#forks.size
  }

  /** Whether a proof against this log would be one too many. */
  refuses(log: Uint8Array): boolean {
    return this.#forks.size >= FORKS_MAX && !this.#forks.has(log)
  }

  has(log: Uint8Array): boolean {
    return this.#forks.has(log)
  }

  /** The newest copy of a proof counts: they are all equally good. */
  apply(item: ForkItem, spot: Spot): void {
    const log = headFields(item.first.headBytes)?.log
    if (log === undefined || (this.#forks.full && !this.#forks.has(log))) return
    replaceSpot(this.#ledger, this.#forks.get(log)?.spot, spot)
    this.#forks.set(log, {
      heads: [item.first.headBytes.slice(), item.second.headBytes.slice()],
      pageBytes: [item.first.page.length, item.second.page.length],
      spot,
    })
  }

  /** The proof against a log; undefined where there is none, or where it is damaged. */
  fork(log: Uint8Array): ForkProof | undefined {
    const entry = this.#forks.get(log)
    if (entry === undefined) return undefined
    const { heads, pageBytes, spot } = entry
    let offset = spot.offset + ITEM_HEADER_BYTES
    const pages = heads.map((headBytes, index) => {
      offset += 2 + headBytes.length + 2
      const page = this.#read(spot.segment, offset, pageBytes[index] ?? 0)
      offset += pageBytes[index] ?? 0
      const openPage = headFields(headBytes)?.openPage
      return page !== undefined && openPage !== undefined && equal(this.#crypto.hash(page), openPage) ? page : undefined
    })
    const [first, second] = pages
    if (first === undefined || second === undefined) return undefined
    return {
      log: log.slice(),
      first: { headBytes: heads[0], page: first },
      second: { headBytes: heads[1], page: second },
    }
  }

  *logs(): Generator<Uint8Array, void, undefined> {
    yield* this.#forks.keys()
  }

  /** The item again if it counts at this spot. */
  copy(item: ForkItem, spot: Spot): ForkItem | undefined {
    const log = headFields(item.first.headBytes)?.log
    const entry = log === undefined ? undefined : this.#forks.get(log)
    if (log === undefined || !sameSpot(entry?.spot, spot)) return undefined
    const proof = this.fork(log)
    return proof === undefined ? undefined : { type: 'fork', first: proof.first, second: proof.second }
  }
}

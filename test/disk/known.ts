// Everything that a scenario ever brought to a store, so that a check knows what to ask for, and what was never there.

import type { Item, PlaceName } from '../../node/store/item.js'
import { crypto } from '../../node/store/testing/samples.js'
import { decodeHead } from '../../stack/data/index.js'
import { decodeCardHead, decodeCertificate, nameOf } from '../../stack/name/index.js'
import { cardFact, chunkFact, digestOf, type Facts, headFact, nameFact, shortOf } from './facts.js'

/** Keys by their short text, with the place in which they first were. */
type Keys = Map<string, { readonly key: Uint8Array; readonly place: PlaceName }>

export class Known {
  readonly chunks = new Map<string, { readonly name: Uint8Array; readonly bytes: Uint8Array }>()
  readonly logs: Keys = new Map()
  readonly names: Keys = new Map()
  readonly keptValues = new Set<string>()
  /** Facts with their digests that were true once, in any place. */
  readonly #history = new Set<string>()

  noteItems(place: PlaceName, items: readonly Item[]): void {
    for (const item of items) this.#noteItem(place, item)
  }

  noteFacts(facts: Facts): void {
    for (const [fact, digest] of facts) this.#history.add(`${fact}=${digest}`)
  }

  wasTrue(fact: string, digest: string): boolean {
    return this.#history.has(`${fact}=${digest}`)
  }

  #noteItem(place: PlaceName, item: Item): void {
    switch (item.type) {
      case 'chunk':
        this.chunks.set(shortOf(item.name), { name: item.name.slice(), bytes: item.bytes.slice() })
        // Also one that its own commit forgets again: of a damaged record its chunks are as good as new.
        this.#history.add(`${chunkFact(item.name)}=there`)
        break
      case 'head': {
        const head = decodeHead(item.headBytes)
        if (typeof head === 'string') break
        this.#add(this.logs, head.log, place)
        if (place === 'cache')
          this.#history.add(`${headFact(head.log)}=${digestOf(item.headBytes, item.page ?? new Uint8Array(0))}`)
        break
      }
      case 'name': {
        const certificate = decodeCertificate(item.certificateBytes)
        if (typeof certificate === 'string') break
        const name = nameOf(crypto, certificate.ladder)
        this.#add(this.names, name, place)
        if (place === 'cache') this.#history.add(`${nameFact(name)}=${digestOf(item.certificateBytes)}`)
        break
      }
      case 'card': {
        const head = decodeCardHead(item.headBytes)
        if (typeof head === 'string') break
        this.#add(this.names, head.name, place)
        if (place === 'cache') this.#history.add(`${cardFact(item.headBytes)}=${digestOf(item.headBytes)}`)
        break
      }
      case 'value':
        if (place === 'kept') this.keptValues.add(item.key)
        break
      case 'fork': {
        const head = decodeHead(item.first.headBytes)
        if (typeof head !== 'string') this.#add(this.logs, head.log, place)
      }
    }
  }

  #add(keys: Keys, key: Uint8Array, place: PlaceName): void {
    if (!keys.has(shortOf(key))) keys.set(shortOf(key), { key: key.slice(), place })
  }
}

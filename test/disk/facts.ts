// What one place of a store must hold, told from the items that were committed to it and docs/protocol.md §11 alone, as short
// texts that can be compared: `value a` is of this digest, `chunk 12ab…` is there.

import type { Item } from '../../node/store/item.js'
import { crypto } from '../../node/store/testing/samples.js'
import { concat, toHex } from '../../stack/bytes/index.js'
import { decodeHead } from '../../stack/data/index.js'
import { decodeCardHead, decodeCertificate, nameOf } from '../../stack/name/index.js'

export type Facts = ReadonlyMap<string, string>

/** Eight bytes of a key or hash are enough to tell what a scenario makes apart. */
export function shortOf(bytes: Uint8Array): string {
  return toHex(bytes.subarray(0, 8))
}

export function digestOf(...parts: readonly Uint8Array[]): string {
  return shortOf(crypto.hash(concat(...parts)))
}

export const chunkFact = (name: Uint8Array): string => `chunk ${shortOf(name)}`
export const headFact = (log: Uint8Array): string => `head ${shortOf(log)}`
export const nameFact = (name: Uint8Array): string => `name ${shortOf(name)}`
export const forkFact = (log: Uint8Array): string => `fork ${shortOf(log)}`
export const valueFact = (key: string): string => `value ${key}`

/** The fact of a card head; undefined for what is none. */
export function cardFact(headBytes: Uint8Array): string | undefined {
  const head = decodeCardHead(headBytes)
  return typeof head === 'string' ? undefined : `card ${shortOf(head.name)} ${shortOf(head.device)}`
}

type Order = readonly [number, number]

interface Run {
  readonly position: number
  readonly bytes: Uint8Array
}

/** One place after some commits; a further commit gives another model. */
export class PlaceModel {
  readonly facts: Facts
  readonly #isOwn: boolean
  /** By fact, where the highest of several counts. */
  readonly #orders: ReadonlyMap<string, Order>
  /** The open pages of own logs. */
  readonly #runs: ReadonlyMap<string, readonly Run[]>

  constructor(
    isOwn: boolean,
    facts: Facts = new Map(),
    orders: ReadonlyMap<string, Order> = new Map(),
    runs: ReadonlyMap<string, readonly Run[]> = new Map(),
  ) {
    this.#isOwn = isOwn
    this.facts = facts
    this.#orders = orders
    this.#runs = runs
  }

  after(items: readonly Item[]): PlaceModel {
    const [facts, orders, runs] = [new Map(this.facts), new Map(this.#orders), new Map(this.#runs)]
    const setHighest = (fact: string | undefined, order: Order, digest: string): void => {
      const known = fact === undefined ? undefined : orders.get(fact)
      if (fact === undefined || (known !== undefined && compareOrders(order, known) <= 0)) return
      orders.set(fact, order)
      facts.set(fact, digest)
    }
    for (const item of items) {
      switch (item.type) {
        case 'chunk':
          facts.set(chunkFact(item.name), 'there')
          break
        case 'forget':
          facts.delete(chunkFact(item.name))
          break
        case 'value':
          if (item.bytes.length > 0) facts.set(valueFact(item.key), digestOf(item.bytes))
          else facts.delete(valueFact(item.key))
          break
        case 'run': {
          const log = shortOf(item.log)
          const { position, bytes } = item
          runs.set(log, [...(runs.get(log) ?? []).filter((run) => run.position < position), { position, bytes }])
          break
        }
        case 'head': {
          const head = decoded(decodeHead(item.headBytes))
          const log = shortOf(head.log)
          const page = this.#isOwn ? pageOf(runs.get(log) ?? [], head.openBytes) : (item.page ?? new Uint8Array(0))
          const digest = digestOf(item.headBytes, page)
          if (this.#isOwn) facts.set(headFact(head.log), digest)
          else setHighest(headFact(head.log), [head.length, head.timeMs], digest)
          break
        }
        case 'name': {
          const certificate = decoded(decodeCertificate(item.certificateBytes))
          const fact = nameFact(nameOf(crypto, certificate.ladder))
          setHighest(fact, [certificate.k, certificate.serial], digestOf(item.certificateBytes))
          break
        }
        case 'card': {
          const head = decoded(decodeCardHead(item.headBytes))
          setHighest(cardFact(item.headBytes), [head.version, head.timeMs], digestOf(item.headBytes))
          break
        }
        case 'fork': {
          const { first, second } = item
          const { log } = decoded(decodeHead(first.headBytes))
          facts.set(forkFact(log), digestOf(first.headBytes, first.page, second.headBytes, second.page))
        }
      }
    }
    return new PlaceModel(this.#isOwn, facts, orders, runs)
  }
}

/** What differs, for a message: at most a few of them. */
export function differences(expected: Facts, found: Facts): string {
  const keys = [...new Set([...expected.keys(), ...found.keys()])].filter((key) => expected.get(key) !== found.get(key))
  const shown = keys
    .slice(0, 4)
    .map((key) => `${key} is ${found.get(key) ?? 'gone'}, not ${expected.get(key) ?? 'gone'}`)
  return `${shown.join('; ')}${keys.length > 4 ? `; and ${keys.length - 4} more` : ''}`
}

export function sameFacts(a: Facts, b: Facts): boolean {
  return a.size === b.size && [...a].every(([fact, digest]) => b.get(fact) === digest)
}

function decoded<T extends object>(value: T | string): T {
  if (typeof value === 'string') throw new Error(`a scenario made something that does not decode: ${value}`)
  return value
}

function pageOf(runs: readonly Run[], bytes: number): Uint8Array {
  const page = new Uint8Array(bytes)
  page[0] = 1
  for (const run of runs) if (run.position < bytes) page.set(run.bytes.subarray(0, bytes - run.position), run.position)
  return page
}

function compareOrders([a, b]: Order, [c, d]: Order): number {
  return a - c || b - d
}

// What a custodian holds, as it stands on disk: the records of its ledger, what is being fetched for an offer, and what is
// announced because of them. A record is written before what it replaces goes, and deleted before what only it needed does.

import { equal, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Client,
  CustodyLedger,
  type CustodyPolicy,
  type CustodyRecord,
  clientKey,
} from '../../stack/custody/index.js'
import type { HeldHead } from '../../stack/data/index.js'
import type { Hub } from '../hub.js'
import type { Store } from '../store/index.js'
import { custodyKey, decodeStoredCustody, encodeStoredCustody } from './custody-record.js'
import { heldHeadOf } from './kept-head.js'
import type { KeptTree, KeptTrees } from './kept-trees.js'
import { maxAnnounced } from './limits.js'

export interface HoldingsContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly trees: KeptTrees
  readonly hub: Pick<Hub, 'announce' | 'withdraw'>
  /** Whether this node writes the log, or it is its name: then it is announced anyway. */
  readonly isOwn: (kind: 'name' | 'head', key: Uint8Array) => boolean
  /** Whether a pin has the log announced. */
  readonly isPinned: (log: Uint8Array) => boolean
  readonly policy: CustodyPolicy
}

interface Holding {
  record: CustodyRecord | undefined
  coming: HeldHead | undefined
}

export class Holdings {
  readonly ledger: CustodyLedger
  readonly #context: HoldingsContext
  readonly #holdings = new Map<string, Holding>()
  /** What is announced because of them, by kind and key. */
  readonly #announced = new Set<string>()

  constructor(context: HoldingsContext) {
    const { crypto, store, trees, policy } = context
    this.#context = context
    const records: CustodyRecord[] = []
    for (const { key, bytes } of store.values('custody/')) {
      const stored = decodeStoredCustody(bytes)
      if (stored === undefined) continue
      // What was being fetched when the node ended: its client will offer it again.
      const coming = stored.coming && heldHeadOf(crypto, store, toHex(stored.coming))
      this.#holdings.set(key, { record: stored.record, coming })
      if (stored.record !== undefined) records.push(stored.record)
    }
    this.ledger = new CustodyLedger(policy, records)
    for (const record of records) this.#announce(record)
    trees.addSource(() => this.#trees())
  }

  get size(): number {
    return this.#holdings.size
  }

  /** The state that is promised; undefined when it is none, or damaged. */
  held(record: CustodyRecord | undefined): HeldHead | undefined {
    return record && heldHeadOf(this.#context.crypto, this.#context.store, toHex(record.headBytes))
  }

  /** Notes on disk that a state is being fetched, so that nothing of it is kept for nobody. */
  async begin(client: Client, held: HeldHead): Promise<void> {
    const { store } = this.#context
    const { log, openPage } = held.head
    const who = clientKey(client)
    const record = this.ledger.find(who, log)
    this.#holdings.set(custodyKey(who, log), { record, coming: held })
    await store.keep([{ type: 'chunk', name: openPage, bytes: held.page }])
    await this.#write(who, log)
  }

  /** Gives up what was being fetched; what was promised before stays. */
  async abandon(client: Client, held: HeldHead): Promise<void> {
    const who = clientKey(client)
    const key = custodyKey(who, held.head.log)
    const holding = this.#holdings.get(key)
    if (holding === undefined) return
    holding.coming = undefined
    if (holding.record === undefined) this.#holdings.delete(key)
    await this.#context.trees.release(held)
    await this.#write(who, held.head.log)
  }

  /** What was fetched is promised from now on. */
  async put(record: CustodyRecord, held: HeldHead, nowMs: number): Promise<void> {
    const { headBytes, page } = held
    await this.#context.store.keep([{ type: 'head', ageS: 0, seenMs: nowMs, headBytes, page }])
    this.#holdings.set(custodyKey(record.client, record.log), { record, coming: undefined })
    await this.#write(record.client, record.log)
    this.#announce(record)
  }

  /** Takes back a promise, whoever wants that. Resolves with the bytes that are free now. */
  async drop(client: Uint8Array, log: Uint8Array): Promise<number> {
    const key = custodyKey(client, log)
    const record = this.ledger.delete(client, log)
    const holding = this.#holdings.get(key)
    if (holding === undefined) return 0
    const held = this.held(record)
    this.#holdings.delete(key)
    this.#withdraw(log, record?.name)
    let freedBytes = 0
    for (const tree of [held, holding.coming]) {
      if (tree !== undefined) freedBytes += (await this.#context.trees.release(tree)).bytes
    }
    await this.#write(client, log)
    return freedBytes
  }

  async #write(client: Uint8Array, log: Uint8Array): Promise<void> {
    const key = custodyKey(client, log)
    const holding = this.#holdings.get(key)
    const stored = holding && { record: holding.record, client, log, coming: holding.coming?.headBytes }
    await this.#context.store.setValue(key, stored === undefined ? new Uint8Array(0) : encodeStoredCustody(stored))
  }

  #announce({ log, name }: CustodyRecord): void {
    const { isOwn } = this.#context
    if (!isOwn('head', log)) this.#put('log', log)
    if (name !== undefined && !isOwn('name', name)) this.#put('name', name)
  }

  /** Others must not take all the room that this node's own streams are announced in. */
  #put(kind: 'name' | 'log', key: Uint8Array): void {
    const route = `${kind} ${toHex(key)}`
    if (!this.#announced.has(route) && this.#announced.size >= maxAnnounced) return
    this.#announced.add(route)
    this.#context.hub.announce(kind, key)
  }

  #take(kind: 'name' | 'log', key: Uint8Array): void {
    if (this.#announced.delete(`${kind} ${toHex(key)}`)) this.#context.hub.withdraw(kind, key)
  }

  #withdraw(log: Uint8Array, name: Uint8Array | undefined): void {
    const { isOwn, isPinned } = this.#context
    const others = this.ledger.list()
    if (!others.some((one) => equal(one.log, log)) && !isOwn('head', log) && !isPinned(log)) this.#take('log', log)
    if (name === undefined || others.some((one) => one.name !== undefined && equal(one.name, name))) return
    if (!isOwn('name', name)) this.#take('name', name)
  }

  *#trees(): Generator<KeptTree, void, undefined> {
    for (const owner of this.#holdings.values()) {
      const held = this.held(owner.record)
      if (held !== undefined) yield { owner, held }
      if (owner.coming !== undefined) yield { owner, held: owner.coming }
    }
  }
}

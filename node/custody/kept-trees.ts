// What kept/ holds of others' logs: brought here by a walk that fetches only what is missing and has each chunk on disk
// before the walk is said to be done; and let go of again, except for what another kept log needs. A chunk that any walk
// under way has met is never let go of.

import { RunnelError } from '../../errors/index.js'
import { equal, KeySet, type Reason, toHex } from '../../stack/bytes/index.js'
import { ChunkKind, decodeTree, type HeldHead, KeepWalk } from '../../stack/data/index.js'
import { ReadSession, type SessionContext } from '../reader/index.js'
import type { KeptItem, Store } from '../store/index.js'
import {
  fetchAhead,
  forgetBatch,
  keepBatchBytes,
  keepIdleMs,
  maxComparedNames,
  maxKeptChunks,
  maxKnownNames,
  stepsATurn,
} from './limits.js'

export interface KeptTreesContext {
  readonly store: Store
  readonly session: SessionContext
  readonly randomBytes: (count: number) => Uint8Array
  /** How long a walk may come no further before it is given up, in milliseconds; `keepIdleMs` where it is missing. */
  readonly idleMs?: number
}

export interface KeepOptions {
  /** Bytes that may be kept of it in all. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** Why a chunk must not be kept, if so: that ends the walk. */
  readonly denied?: ((name: Uint8Array) => string | undefined) | undefined
  /** Told now and then of the bytes that are visited. */
  readonly progress?: (bytes: number) => void
}

/** A log that somebody keeps, as it stands on disk. */
export interface KeptTree {
  readonly owner: object
  readonly held: HeldHead
}

/** A state of a log that is here whole, and what it takes. */
export interface KeptState extends Size {
  readonly held: HeldHead
}

/** Of chunks, each counted once. */
export interface Size {
  readonly bytes: number
  readonly chunks: number
}

export interface Kept extends Size {
  /** Why it ended early: 'too-large' is the limit; anything else, that the log does not add up. */
  readonly ended: Reason | undefined
  /** Why it was ended by `denied`. */
  readonly denied: string | undefined
  readonly names: KeySet
}

export class KeptTrees {
  readonly #context: KeptTreesContext
  /** All that is kept for a reason: what no sweep may take from. */
  readonly #sources: (() => Iterable<KeptTree>)[] = []
  readonly #walks = new Set<KeepWalk>()
  readonly #forgetting: KeySet
  readonly #known = new Map<string, KeySet>()
  #sweeping: Promise<unknown> = Promise.resolve()

  constructor(context: KeptTreesContext) {
    this.#context = context
    this.#forgetting = new KeySet(context.randomBytes(8))
  }

  /** Adds somebody who keeps logs. */
  addSource(source: () => Iterable<KeptTree>): void {
    this.#sources.push(source)
  }

  /**
   * Brings all of a log here that is not, newest first. `since`: an earlier state of the same log that is here whole, so
   * that only what is new is walked. Throws what a reading call throws when something cannot be had; what came stays.
   */
  async keep(held: HeldHead, since: KeptState | undefined, options: KeepOptions): Promise<Kept> {
    const known = since && (await this.#namesOf(since.held))
    const before: Size = known === undefined || since === undefined ? { bytes: 0, chunks: 0 } : since
    const seed = this.#context.randomBytes(8)
    const isKnown = known && ((name: Uint8Array) => known.has(name))
    const maxBytes = Math.max(0, options.maxBytes - before.bytes)
    const walk = new KeepWalk(held, { seed, maxChunks: maxKeptChunks, maxBytes, ...(isKnown && { isKnown }) })
    this.#walks.add(walk)
    try {
      const denied = await this.#run(walk, held, options)
      const { bytes, chunks, failed } = walk
      const names = walk.takeNames()
      if (failed === undefined && denied === undefined) this.#remember(held, names, known)
      return { bytes: before.bytes + bytes, chunks: before.chunks + chunks, ended: failed, denied, names }
    } finally {
      // A sweep that began meanwhile may not have heard of what this walk was for.
      void this.#sweeping.finally(() => this.#walks.delete(walk))
    }
  }

  /**
   * Lets go of what is here of a log and nobody else needs. `left`: who kept it, and the names that stay nevertheless.
   * Resolves with what is free now.
   */
  release(dropped: HeldHead, left?: { readonly owner: object; readonly names: KeySet }): Promise<Size> {
    return this.#sweep(async () => {
      const candidates = new KeySet(this.#context.randomBytes(8))
      await this.#visit(dropped, (name) => left?.names.has(name) || candidates.add(name))
      let looked = 0
      for (const { owner, held } of this.#trees()) {
        if (candidates.size === 0) break
        // Thousands of small logs take long together, and anybody may have one let go of.
        if (++looked % stepsATurn === 0) await this.#context.session.time.turn()
        if (owner === left?.owner) continue
        const known = this.#known.get(knownKey(held))
        const isQuick = known !== undefined && Math.min(known.size, candidates.size) <= maxComparedNames
        if (isQuick) deleteAll(candidates, known)
        else await this.#visit(held, (name) => candidates.delete(name))
      }
      return this.#forget([...candidates])
    })
  }

  /** Lets go of the trees and the open page of an earlier state that the newer one has others in place of. */
  releaseEdge(earlier: HeldHead, names: KeySet): Promise<Size> {
    return this.#sweep(async () => {
      let edge = this.#edge(earlier, names)
      for (const { held } of this.#trees()) {
        if (!equal(held.head.log, earlier.head.log)) continue
        const needed = this.#edge(held)
        edge = edge.filter((name) => !needed.some((one) => equal(one, name)))
      }
      return this.#forget(edge)
    })
  }

  /** Resolves when nothing is being let go of. */
  async settle(): Promise<void> {
    await this.#sweeping
  }

  async #run(walk: KeepWalk, { head, page }: HeldHead, options: KeepOptions): Promise<string | undefined> {
    const { store, session: context } = this.#context
    const session = new ReadSession(context, { idleTimeoutMs: this.#context.idleMs ?? keepIdleMs }, options.signal)
    const batch: KeptItem[] = [{ type: 'chunk', name: head.openPage, bytes: page }]
    let batchBytes = page.length
    const write = async (): Promise<void> => {
      batchBytes = 0
      await store.keep(batch.splice(0))
      options.progress?.(walk.bytes)
    }
    const underWay = new Set<Promise<void>>()
    let failure: unknown
    const fetch = async (name: Uint8Array): Promise<void> => {
      const bytes = await session.chunk(name, head.log)
      const before = walk.chunks
      walk.handleChunk(name, bytes)
      if (walk.chunks === before) return
      batch.push({ type: 'chunk', name, bytes })
      batchBytes += bytes.length
    }
    try {
      for (let step = 1; !walk.done && walk.failed === undefined; step++) {
        let here = 0
        for (const name of walk.wanted(fetchAhead)) {
          const denied = options.denied?.(name)
          if (denied !== undefined) return denied
          if (this.#takeHere(walk, name)) {
            here += 1
            continue
          }
          const fetched: Promise<void> = fetch(name)
            .catch((error: unknown) => {
              failure ??= error
            })
            .finally(() => underWay.delete(fetched))
          underWay.add(fetched)
        }
        if (step % stepsATurn === 0) await context.time.turn()
        if (here === 0) await Promise.race(underWay)
        if (failure !== undefined) throw failure
        if (options.signal.aborted) throw new RunnelError('ABORTED', undefined, { cause: options.signal.reason })
        if (batchBytes >= keepBatchBytes) await write()
      }
      return undefined
    } finally {
      session.close()
      await Promise.allSettled(underWay)
      if (batch.length > 0) await write()
    }
  }

  /** Whether the chunk is in kept/ and stays there, so that the walk goes on from it. */
  #takeHere(walk: KeepWalk, name: Uint8Array): boolean {
    const { store } = this.#context
    const found = this.#forgetting.has(name) ? undefined : store.keptChunk(name)
    if (found === undefined) return false
    if (found.kind === ChunkKind.part) walk.handlePart(name, found.bytes)
    else {
      const bytes = store.readKept(name)
      if (bytes === undefined) return false
      walk.handleChunk(name, bytes)
    }
    return true
  }

  /** The names of a log that is here whole; undefined when some of it is not. */
  async #namesOf(held: HeldHead): Promise<KeySet | undefined> {
    const known = this.#known.get(knownKey(held))
    if (known !== undefined) return known
    const names = new KeySet(this.#context.randomBytes(8))
    const whole = await this.#visit(held, (name) => void names.add(name))
    return whole ? names : undefined
  }

  *#trees(): Generator<KeptTree, void, undefined> {
    for (const source of this.#sources) yield* source()
  }

  /** Calls `each` for every chunk of a log that is in kept/. Whether that is all of it. */
  async #visit(held: HeldHead, each: (name: Uint8Array) => unknown): Promise<boolean> {
    const { session, randomBytes } = this.#context
    const maxBytes = Number.MAX_SAFE_INTEGER
    const walk = new KeepWalk(held, { seed: randomBytes(8), maxChunks: maxKeptChunks, maxBytes })
    let whole = true
    each(held.head.openPage)
    for (let step = 1; ; step++) {
      const [name] = walk.wanted(1)
      if (name === undefined) return whole && walk.done
      if (this.#takeHere(walk, name)) each(name)
      else {
        whole = false
        walk.skip(name)
      }
      if (step % stepsATurn === 0) await session.time.turn()
    }
  }

  /** What a later state of a log may have others in place of: the open page, and the trees down the right edge that are not in `names`. */
  #edge({ head }: HeldHead, names?: KeySet): Uint8Array[] {
    const edge = names?.has(head.openPage) ? [] : [head.openPage]
    for (let name = head.closedLength === 0 ? undefined : head.closedRoot; name !== undefined; ) {
      // A tree that is still there has all that is below it.
      if (names?.has(name)) break
      edge.push(name)
      const tree = decodeTree(this.#context.store.readKept(name) ?? new Uint8Array(0))
      name = typeof tree === 'string' || tree.level === 0 ? undefined : tree.children.at(-1)?.name.slice()
    }
    return edge
  }

  async #forget(names: readonly Uint8Array[]): Promise<Size> {
    const { store, session } = this.#context
    let [bytes, chunks] = [0, 0]
    for (let first = 0; first < names.length; first += forgetBatch) {
      const batch = names
        .slice(first, first + forgetBatch)
        .filter((name) => ![...this.#walks].some((walk) => walk.hasSeen(name)))
      for (const name of batch) {
        const kept = store.keptChunk(name)
        bytes += kept?.bytes ?? 0
        chunks += kept === undefined ? 0 : 1
        this.#forgetting.add(name)
        for (const known of this.#known.values()) known.delete(name)
      }
      try {
        await store.forgetKept(batch)
      } finally {
        for (const name of batch) this.#forgetting.delete(name)
      }
      await session.time.turn()
    }
    return { bytes, chunks }
  }

  /** One sweep at a time. */
  #sweep<T>(sweep: () => Promise<T>): Promise<T> {
    const next = this.#sweeping.then(sweep)
    this.#sweeping = next.catch(() => {})
    return next
  }

  #forgetKnown(log: Uint8Array): void {
    for (const key of this.#known.keys()) if (key.startsWith(toHex(log))) this.#known.delete(key)
  }

  #remember(held: HeldHead, names: KeySet, known: KeySet | undefined): void {
    const all = known ?? new KeySet(this.#context.randomBytes(8))
    for (const name of names) all.add(name)
    this.#forgetKnown(held.head.log)
    this.#known.set(knownKey(held), all)
    let total = 0
    for (const set of this.#known.values()) total += set.size
    for (const [key, set] of this.#known) {
      if (total <= maxKnownNames) break
      total -= set.size
      this.#known.delete(key)
    }
  }
}

/** Takes the names out of a set that are in another, by the smaller of both. */
function deleteAll(from: KeySet, names: KeySet): void {
  if (names.size < from.size) for (const name of names) from.delete(name)
  else for (const name of from) if (names.has(name)) from.delete(name)
}

function knownKey({ head }: HeldHead): string {
  return toHex(head.log) + toHex(head.closedRoot) + toHex(head.openPage)
}

// What a store has acknowledged, and when: it listens to every commit that goes to the store, whoever makes it, and keeps the
// state of each place after each of them. After a kill or a failure of which nobody knows the end, the next start tells.

import type { Store } from '../../node/store/index.js'
import type { Item, KeptItem, OwnItem } from '../../node/store/item.js'
import type { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { chunkFact, differences, type Facts, PlaceModel, sameFacts } from './facts.js'
import { Known } from './known.js'
import type { Observed } from './observe.js'

export interface Acknowledged {
  readonly facts: Facts
  /** How many changes the disk had seen. */
  readonly changes: number
}

class PlaceLedger {
  readonly acknowledged: Acknowledged[]
  #model: PlaceModel
  #waiting: (readonly Item[])[] = []
  /** Commits that failed in a way that leaves open whether they are in effect. */
  #unknown: (readonly Item[])[] = []
  readonly #known: Known

  constructor(isOwn: boolean, known: Known) {
    this.#model = new PlaceModel(isOwn)
    this.#known = known
    this.acknowledged = [{ facts: this.#model.facts, changes: 0 }]
  }

  get facts(): Facts {
    return this.#model.facts
  }

  submit(items: readonly Item[]): void {
    this.#waiting.push(items)
    // Whatever becomes of it, this may be seen.
    let model = this.#model
    for (const waiting of this.#waiting) {
      model = model.after(waiting)
      this.#known.noteFacts(model.facts)
    }
  }

  accept(items: readonly Item[], changes: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== items)
    this.#take(items, changes)
  }

  refuse(items: readonly Item[], isUnknown: boolean): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== items)
    if (isUnknown) this.#unknown.push(items)
  }

  /** The states that the next start may find: with none, one, … or all of what was not settled, in its order. */
  candidates(): Facts[] {
    const states = [this.#model]
    for (const items of [...this.#unknown, ...this.#waiting]) states.push((states.at(-1) as PlaceModel).after(items))
    return states.map(({ facts }) => facts)
  }

  /** Takes what a start has found as acknowledged from now on. */
  settle(found: Facts, changes: number): string | undefined {
    const states = this.candidates()
    const count = states.findIndex((facts) => sameFacts(facts, found))
    if (count < 0) return differences(states[0] as Facts, found)
    for (const items of [...this.#unknown, ...this.#waiting].slice(0, count)) this.#take(items, changes)
    this.#unknown = []
    this.#waiting = []
    return undefined
  }

  #take(items: readonly Item[], changes: number): void {
    this.#model = this.#model.after(items)
    this.#known.noteFacts(this.#model.facts)
    this.acknowledged.push({ facts: this.#model.facts, changes })
  }
}

export class Ledger {
  readonly known = new Known()
  readonly own = new PlaceLedger(true, this.known)
  readonly kept = new PlaceLedger(false, this.known)

  /** Listens to a store on these files until its process is killed. */
  watch(store: Store, files: MemoryFiles): void {
    const { commit, keep, forget, putCached, putHead, putName } = store
    const follow = async (place: 'own' | 'kept', items: readonly Item[], done: () => Promise<void>): Promise<void> => {
      this.known.noteItems(place, items)
      this[place].submit(items)
      try {
        await done()
      } catch (thrown) {
        const { closed } = store.stats()[place]
        if (!files.faults.isDead) this[place].refuse(items, closed && codeOf(thrown) !== 'LOG_CLOSED')
        throw thrown
      }
      if (!files.faults.isDead) this[place].accept(items, files.changes.length)
    }
    store.commit = (items: readonly OwnItem[]) => follow('own', items, () => commit.call(store, items))
    store.keep = (items: readonly KeptItem[]) => follow('kept', items, () => keep.call(store, items))
    store.forget = (names: readonly Uint8Array[]) => {
      // What is forgotten in one call is in one place, in a scenario.
      const place = names.some((name) => this.own.facts.has(chunkFact(name))) ? 'own' : 'kept'
      const items = names.map((name) => ({ type: 'forget' as const, name }))
      return follow(place, items, () => forget.call(store, names))
    }
    store.putCached = (name, bytes) => {
      this.known.noteItems('cache', [{ type: 'chunk', name, bytes }])
      putCached.call(store, name, bytes)
    }
    store.putHead = (headBytes, page, ageS) => {
      this.known.noteItems('cache', [{ type: 'head', ageS, seenMs: 0, headBytes, page }])
      putHead.call(store, headBytes, page, ageS)
    }
    store.putName = (certificateBytes, cardHeads, ageS) => {
      const cards = cardHeads.map((headBytes) => ({ type: 'card' as const, ageS, seenMs: 0, headBytes }))
      this.known.noteItems('cache', [{ type: 'name', ageS, seenMs: 0, certificateBytes }, ...cards])
      putName.call(store, certificateBytes, cardHeads, ageS)
    }
  }

  /** Compares what a start has found with what may be there, and goes on from it. Gives what is wrong. */
  settle(observed: Observed, changes: number): string[] {
    const [own, kept] = [this.own.settle(observed.own, changes), this.kept.settle(observed.kept, changes)]
    const wrong = [...observed.wrong]
    if (own !== undefined) wrong.push(`own: ${own}`)
    if (kept !== undefined) wrong.push(`kept: ${kept}`)
    return wrong
  }
}

/** Whether what was found after so many changes is a state with all that had been acknowledged; else what is wrong. */
export function checkPrefix(acknowledged: readonly Acknowledged[], changes: number, found: Facts): string | undefined {
  let least = 0
  while ((acknowledged[least + 1]?.changes ?? Number.POSITIVE_INFINITY) <= changes) least++
  for (let index = least; index < acknowledged.length; index++) {
    if (sameFacts((acknowledged[index] as Acknowledged).facts, found)) return undefined
  }
  return `not a state with the ${least} that were acknowledged: ${differences((acknowledged[least] as Acknowledged).facts, found)}`
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}

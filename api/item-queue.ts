// The items of one call, from the channel to whoever iterates: queued as they come, taken in order, and never more of them
// than the credit that was given, which goes back as they are taken.

import type { RunnelError } from '../errors/index.js'
import { firstCreditBytes, type Item, itemCost, type MethodName, type Result } from './protocol/index.js'

/** A call that yields items: iterate it to the end, then `result` is settled. Iterate once; leaving early cancels it. */
export interface ItemCall<M extends MethodName> extends AsyncIterable<Item<M>> {
  readonly result: Promise<Result<M>>
  /** Bytes of items that have arrived and were not taken yet. */
  readonly bufferedBytes: number
}

export type Outcome = { readonly result: unknown } | { readonly error: RunnelError }

/** Credit goes back in steps of a quarter of the first credit: few frames, and the node never runs dry. */
const creditStepBytes = firstCreditBytes / 4

export class ItemQueue<M extends MethodName> implements ItemCall<M> {
  readonly result: Promise<Result<M>>
  readonly #controls: { credit(bytes: number): void; cancel(): void }
  #items: Item<M>[] = []
  #outcome: Outcome | undefined
  #wake: (() => void) | undefined
  #resolve: (result: Result<M>) => void = () => {}
  #reject: (error: RunnelError) => void = () => {}
  #creditBytes = firstCreditBytes
  #takenBytes = 0
  #bufferedBytes = 0

  constructor(controls: { credit(bytes: number): void; cancel(): void }) {
    this.#controls = controls
    this.result = new Promise<Result<M>>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever iterates meets the error there; a result that nobody awaits must not end the program.
    this.result.catch(() => {})
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Takes in an item; false when there was no credit left for it. */
  put(item: Item<M>): boolean {
    if (this.#creditBytes <= 0) return false
    const cost = itemCost(item)
    this.#creditBytes -= cost
    this.#bufferedBytes += cost
    this.#items.push(item)
    this.#wake?.()
    return true
  }

  /** Ends it. Of an aborted call nobody wants the rest; what came before another error is still given. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    if ('result' in outcome) this.#resolve(outcome.result as Result<M>)
    else this.#reject(outcome.error)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item<M>, void, undefined> {
    try {
      for (;;) {
        const batch = this.#items
        this.#items = []
        for (const item of batch) {
          if (this.#aborted) break
          this.#take(itemCost(item))
          yield item
        }
        if (this.#items.length > 0 && !this.#aborted) continue
        if (this.#outcome !== undefined) break
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = undefined
      }
      if ('error' in this.#outcome) throw this.#outcome.error
    } finally {
      this.#items = []
      this.#bufferedBytes = 0
      this.#controls.cancel()
    }
  }

  get #aborted(): boolean {
    return this.#outcome !== undefined && 'error' in this.#outcome && this.#outcome.error.code === 'ABORTED'
  }

  #take(bytes: number): void {
    this.#bufferedBytes -= bytes
    this.#takenBytes += bytes
    if (this.#takenBytes < creditStepBytes) return
    this.#creditBytes += this.#takenBytes
    this.#controls.credit(this.#takenBytes)
    this.#takenBytes = 0
  }
}
